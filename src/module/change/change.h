/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing the policy: what decides is replaced (live.h), and what running VMs have of
 * the one before is taken from them before the change returns.
 */
#ifndef S2MEMATTR_CHANGE_H
#define S2MEMATTR_CHANGE_H

#include <linux/types.h>
#include <s2memattr/memattr.h>

/**
 * s2m_change_start() - an empty table and a knob on native
 *
 * While a mode is on, the table follows the devices on the PCI bus.
 *
 * Context: process context at load.
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_change_start(void);

/**
 * s2m_change_stop() - turn the knob to native and forget the table
 *
 * Every guest has KVM's own types when it returns. Cannot fail.
 *
 * Context: process context; nobody else changes the policy any more.
 */
void s2m_change_stop(void);

/**
 * s2m_change_in_force() - is the mode that s2m_live_mode() tells true of all guests?
 *
 * Asked after s2m_live_mode().
 *
 * Context: process context, may sleep.
 * Return: false while a change is not settled, and while the hook is lost.
 */
bool s2m_change_in_force(void);

/**
 * s2m_change_mode() - turn the knob
 * @mode: the new position
 *
 * When it returns 0, every stage-2 mapping that was made under another answer
 * is gone, in every VM, and the next access faults in a new one. When it
 * returns an error nothing has changed.
 *
 * A writer that is killed after its change has been published leaves the rest to a
 * worker; s2m_change_in_force() says so, and the next change waits for it.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if @mode is the current one: then nothing is done), or
 * -errno, with the reason in s2m_error_get().
 */
int s2m_change_mode(enum s2m_mode mode);

/**
 * s2m_change_unaligned() - what a guest gets for an access Device memory does not take
 * @text: "fault" or "emulate", perhaps with a newline
 * @len: its length
 *
 * Context: process context; may sleep.
 * Return: 0; -EINVAL for another word, -EOPNOTSUPP where this kernel does not allow
 * it: then nothing has changed and s2m_error_get() says why.
 */
int s2m_change_unaligned(const char *text, size_t len);

/**
 * s2m_change_table() - replace the rule table
 * @text: the new table
 * @len: its length in bytes
 *
 * Takes all of the text or nothing of it, and otherwise keeps what
 * s2m_change_mode() promises.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if the table is the current one: then no mapping is dropped, no
 * generation counted and no counter of hits reset; in mode policy the hook is put in
 * as for any other), or -errno, with the reason in s2m_error_get().
 */
int s2m_change_table(const char *text, size_t len);

/**
 * s2m_change_reset_fuses() - let mode and table decide again where a fuse has blown
 * @text: the address of a function, or "all", perhaps with a newline
 * @len: its length
 *
 * Keeps what s2m_change_mode() promises.
 *
 * Context: process context, may sleep.
 * Return: 0, or -errno, with the reason in s2m_error_get().
 */
int s2m_change_reset_fuses(const char *text, size_t len);

/**
 * s2m_change_generation() - how often the policy has changed
 *
 * Return: the number of changes of mode or table that took effect since load; that fuses
 * blow or are reset counts as one.
 */
u64 s2m_change_generation(void);

#endif
