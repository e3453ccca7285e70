/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm->mmu_lock became a lock with readers, who may share a table with faults
 * that change it. To hold it alone is the same thing on all kernels.
 */
#ifndef S2MEMATTR_COMPAT_MMU_LOCK_H
#define S2MEMATTR_COMPAT_MMU_LOCK_H

#include <linux/kvm_host.h>

static inline void s2m_mmu_lock(struct kvm *kvm)
{
#ifdef KVM_HAVE_MMU_RWLOCK
	write_lock(&kvm->mmu_lock);
#else
	spin_lock(&kvm->mmu_lock);
#endif
}

static inline void s2m_mmu_unlock(struct kvm *kvm)
{
#ifdef KVM_HAVE_MMU_RWLOCK
	write_unlock(&kvm->mmu_lock);
#else
	spin_unlock(&kvm->mmu_lock);
#endif
}

#endif
