/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending the faults that a VM has under way back to their start, as an MMU
 * notifier does: by another value of the number that KVM reads before it looks a
 * page up and compares before it maps it. Linux 6.0 gave that number its name of
 * today.
 *
 * KVM's notifiers increment it under mmu_lock. This takes no lock, which a
 * handler could not wait for. Why that is safe all the same:
 *
 *  - KVM's increment is a load and a store. It may undo what is added between the
 *    two; but what is added here is a multiple of 2^32, so the low half of the
 *    number is the count of KVM's own increments whatever comes between, and mmu_lock
 *    puts those in a row.
 *  - So no two values of it are equal, be they made by KVM or here: either KVM has
 *    incremented between them, and the low halves differ, or it has not, then
 *    nothing was undone between them, and the high halves differ. (Until one of
 *    the halves has gone round, which takes 2^32 steps within one fault.)
 *  - A fault is sent back if the number differs. That it differs is never undone,
 *    neither for KVM's reasons nor for ours: what is written here is an atomic
 *    read-modify-write, which never puts an old value back.
 *
 * tests/unit/test_send_back.c tries all interleavings.
 */
#ifndef S2MEMATTR_COMPAT_SEND_BACK_H
#define S2MEMATTR_COMPAT_SEND_BACK_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kvm_host.h>

#include "probes.h"

/* What KVM's own increments cannot be mistaken for. */
#define S2M_SEND_BACK_STRIDE	BIT(32)

#if S2M_KVM_COUNTS_INVALIDATIONS
#define S2M_CAN_SEND_BACK	1
#define s2m_invalidations(kvm)	(&(kvm)->mmu_invalidate_seq)
#elif S2M_KVM_COUNTS_NOTIFICATIONS
#define S2M_CAN_SEND_BACK	1
#define s2m_invalidations(kvm)	(&(kvm)->mmu_notifier_seq)
#else
#define S2M_CAN_SEND_BACK	0
#endif

#if S2M_CAN_SEND_BACK
static __always_inline unsigned long s2m_count_invalidations(const struct kvm *kvm)
{
	return READ_ONCE(*s2m_invalidations(kvm));
}

/* Nothing to do if somebody else has, since @before was read. */
static __always_inline void s2m_send_back(struct kvm *kvm, unsigned long before)
{
	cmpxchg(s2m_invalidations(kvm), before, before + S2M_SEND_BACK_STRIDE);
}
#else
static __always_inline unsigned long s2m_count_invalidations(const struct kvm *kvm)
{
	return 0;
}

static __always_inline void s2m_send_back(struct kvm *kvm, unsigned long before)
{
}
#endif

#endif
