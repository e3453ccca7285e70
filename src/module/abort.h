/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alignment faults that go back to the guest.
 */
#ifndef S2MEMATTR_ABORT_H
#define S2MEMATTR_ABORT_H

/**
 * s2m_abort_find() - find out whether this kernel allows it
 *
 * The module can do without; then a line in the log says what is lost, and the
 * two functions below do nothing.
 *
 * Context: process context at load, after s2m_symbols_resolve().
 */
void s2m_abort_find(void);

/**
 * s2m_abort_arm() - give alignment faults to the guest from now on
 *
 * Where that fails, a line in the log says what is lost.
 *
 * Context: process context, callers serialised.
 */
void s2m_abort_arm(void);

/**
 * s2m_abort_disarm() - leave them to KVM again
 *
 * When it returns, the kernel's text is as it was and no handler runs.
 *
 * Context: process context, callers serialised.
 */
void s2m_abort_disarm(void);

/**
 * s2m_abort_state() - for people and tools: do guests get their alignment faults?
 *
 * Context: any.
 * Return: "armed", "off", or "unavailable" if this kernel does not allow it.
 */
const char *s2m_abort_state(void);

#endif
