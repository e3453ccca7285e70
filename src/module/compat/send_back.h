/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending the faults that a VM has under way back to their start, as an MMU
 * notifier does: by counting an invalidation. Not to be had from a handler
 * where mmu_lock may sleep, and not tried where it is no rwlock yet.
 */
#ifndef S2MEMATTR_COMPAT_SEND_BACK_H
#define S2MEMATTR_COMPAT_SEND_BACK_H

#include <linux/kconfig.h>
#include <linux/kvm_host.h>

#include "probes.h"

#if S2M_INVALIDATIONS_ARE_COUNTED && !IS_ENABLED(CONFIG_PREEMPT_RT)
#define S2M_CAN_SEND_BACK	1

/* Count an invalidation, if mmu_lock is free. */
static __always_inline bool s2m_try_send_back(struct kvm *kvm)
{
	if (!write_trylock(&kvm->mmu_lock))
		return false;
	kvm->mmu_invalidate_seq++;
	write_unlock(&kvm->mmu_lock);
	return true;
}
#else
#define S2M_CAN_SEND_BACK	0

static __always_inline bool s2m_try_send_back(struct kvm *kvm)
{
	return false;
}
#endif

#endif
