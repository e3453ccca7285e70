/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that KVM has sent into this module, and that come out of it without a trace.
 */
#ifndef S2MEMATTR_INSIDE_H
#define S2MEMATTR_INSIDE_H

#include <linux/refcount.h>
#include <linux/types.h>

/**
 * s2m_inside_possible() - can threads leave in the way that is needed?
 *
 * Context: process context.
 * Return: whether a thread that leaves returns 1.
 */
bool s2m_inside_possible(void);

/**
 * s2m_inside_add() - count a thread that is about to come in
 *
 * It goes to s2m_inside_enter() and nowhere else.
 *
 * Context: any, NOKPROBE.
 */
void s2m_inside_add(void);

/**
 * s2m_inside_any() - is any thread inside?
 *
 * Context: any.
 * Return: false if all that have been counted have left this module's text.
 */
bool s2m_inside_any(void);

/**
 * s2m_inside_enter() - call s2m_inside_do(), and take the thread from the count
 * @vcpu: the argument
 *
 * Written in assembly: its last instruction is a jump to a function of the kernel, and it is
 * there that the thread is taken from the count.
 *
 * Context: as that of s2m_inside_do().
 * Return: 1.
 */
int s2m_inside_enter(void *vcpu);

/**
 * s2m_inside_do() - what a thread is sent in for
 * @vcpu: its vCPU
 *
 * Context: process context, on the vCPU's thread.
 * Return: s2m_inside_count.
 */
refcount_t *s2m_inside_do(void *vcpu);

/* The last instruction of s2m_inside_enter(). */
int s2m_inside_leave(refcount_t *count);

/* One, and one for each thread that is inside. */
extern refcount_t s2m_inside_count;

#endif
