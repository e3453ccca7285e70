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
 * It ends in s2m_inside_leave(), and has no other way out.
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
 * s2m_inside_leave() - the last step of a thread that was counted
 * @count: s2m_inside_count
 *
 * Written in assembly: a jump to a function of the kernel, which takes the thread from the
 * count and returns to the caller. Who comes here by a jump leaves nothing behind.
 *
 * Context: process context.
 * Return: 1.
 */
int s2m_inside_leave(refcount_t *count);

/* One, and one for each thread that is inside. */
extern refcount_t s2m_inside_count;

#endif
