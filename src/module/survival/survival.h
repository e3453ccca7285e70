/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alignment faults that go back to the guest.
 */
#ifndef S2MEMATTR_SURVIVAL_H
#define S2MEMATTR_SURVIVAL_H

#include <linux/refcount.h>
#include <linux/types.h>

/**
 * s2m_survival_find() - find out whether this kernel allows it
 *
 * The module can do without; then a line in the log says what is lost, and the
 * two functions below do nothing.
 *
 * Context: process context at load, after s2m_symbols_resolve().
 */
void s2m_survival_find(void);

/**
 * s2m_survival_arm() - give alignment faults to the guest from now on
 *
 * Where that fails, a line in the log says what is lost.
 *
 * Context: process context, callers serialised.
 */
void s2m_survival_arm(void);

/**
 * s2m_survival_disarm() - leave them to KVM again
 *
 * When it returns, the kernel's text is as it was and no handler runs.
 *
 * Context: process context, callers serialised.
 */
void s2m_survival_disarm(void);

/**
 * s2m_survival_set_emulating() - carry the accesses out, or give the guest their faults
 * @on: carry them out
 *
 * When it returns, faults to come are treated that way. An access that is being
 * carried out is not waited for: it may sleep on memory of the VMM.
 *
 * Context: process context, callers serialised; may sleep.
 * Return: 0, or -EOPNOTSUPP if this kernel does not allow it.
 */
int s2m_survival_set_emulating(bool on);

/**
 * s2m_survival_is_emulating() - what s2m_survival_set_emulating() has set
 *
 * Context: any.
 * Return: whether accesses are carried out.
 */
bool s2m_survival_is_emulating(void);

/**
 * s2m_survival_exit() - wait for all who are inside this module
 *
 * Context: process context at unload, after the last s2m_survival_disarm(); may sleep.
 */
void s2m_survival_exit(void);

/**
 * s2m_survival_state() - for people and tools: do guests get their alignment faults?
 *
 * Context: any.
 * Return: "armed", "off", or "unavailable" if this kernel does not allow it.
 */
const char *s2m_survival_state(void);

/**
 * s2m_survival_enter() - call s2m_survival_work(), and take the thread from the count
 * @vcpu: the argument
 *
 * Written in assembly, for threads that s2m_inside_add() has counted. Called by nobody: the
 * probe makes KVM's call of printk() one of this.
 *
 * Context: process context, on the vCPU's thread.
 * Return: 1.
 */
int s2m_survival_enter(void *vcpu);

/**
 * s2m_survival_work() - carry an access out, or make the guest's own fault of it
 * @vcpu: the vCPU whose fault it is
 *
 * Context: as that of s2m_survival_enter(), which alone calls it.
 * Return: s2m_inside_count.
 */
refcount_t *s2m_survival_work(void *vcpu);

/* Where s2m_survival_enter() returns to; known at load, and never written again. */
extern unsigned long s2m_survival_resume;

#endif
