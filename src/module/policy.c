// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "error.h"
#include "hook.h"
#include "policy.h"
#include "refault.h"

static DEFINE_MUTEX(policy_lock);
static enum s2m_mode live_mode;
static u64 generation;

enum s2m_mode s2m_policy_mode(void)
{
	return READ_ONCE(live_mode);
}

u64 s2m_policy_generation(void)
{
	return READ_ONCE(generation);
}

/*
 * All that can fail happens before the new mode is published. From then on:
 *
 *  - a handler that read the old mode runs with preemption disabled inside
 *    KVM's mmu_lock; synchronize_rcu() waits for it to have decided, and the
 *    invalidation in s2m_refault_all() takes mmu_lock for write and so waits
 *    for its leaf to be in the table, and drops it;
 *  - a fault that decides later reads the new mode.
 */
static int change_mode(enum s2m_mode mode)
{
	int err;

	if (mode == live_mode)
		return 0;
	if (mode == S2M_MODE_POLICY) {
		s2m_error_set("mode: this version has no rule table, so policy is not to be had");
		return -EOPNOTSUPP;
	}
	err = s2m_hook_arm();
	if (err) {
		s2m_error_set("mode: cannot arm the hook by %s (error %d)",
			      s2m_hook_transport(), err);
		return err;
	}

	WRITE_ONCE(live_mode, mode);
	synchronize_rcu();
	s2m_refault_all();
	if (mode == S2M_MODE_NATIVE)
		s2m_hook_disarm();
	WRITE_ONCE(generation, generation + 1);
	return 0;
}

int s2m_policy_set_mode(enum s2m_mode mode)
{
	int err;

	mutex_lock(&policy_lock);
	err = change_mode(mode);
	mutex_unlock(&policy_lock);
	return err;
}
