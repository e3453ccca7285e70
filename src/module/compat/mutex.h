/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds a mutex.
 */
#ifndef S2MEMATTR_COMPAT_MUTEX_H
#define S2MEMATTR_COMPAT_MUTEX_H

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>

/* Is it the current thread? Cannot be told on PREEMPT_RT. */
static __always_inline bool s2m_mutex_is_ours(const struct mutex *lock)
{
#ifdef CONFIG_PREEMPT_RT
	return false;
#else
	/* The owner stands above three bits of state. */
	return ALIGN_DOWN((unsigned long)atomic_long_read(&lock->owner), 8) ==
	       (unsigned long)current;
#endif
}

#endif
