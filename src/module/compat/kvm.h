/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM is and has.
 */
#ifndef S2MEMATTR_COMPAT_KVM_H
#define S2MEMATTR_COMPAT_KVM_H

#include <linux/kvm_host.h>
#include <asm/kvm_mmu.h>
#include <asm/virt.h>

#include "probes.h"

/* Is stage 2 not the host's to change? */
static inline bool s2m_kvm_is_protected(void)
{
#if S2M_KVM_HAS_PROTECTED_MODE
	return is_protected_kvm_enabled();
#else
	return false;
#endif
}

static __always_inline struct kvm *s2m_mmu_to_kvm(struct kvm_s2_mmu *mmu)
{
#if S2M_KVM_S2_MMU_TO_KVM
	return kvm_s2_mmu_to_kvm(mmu);
#else
	return mmu->kvm;
#endif
}

/* Can KVM's own answer for device memory be Normal-NC? (Linux 6.9, and backports.) */
static inline bool s2m_kvm_may_give_nc(void)
{
	return S2M_KVM_GIVES_NORMAL_NC;
}

static __always_inline bool s2m_kvm_has_mte(struct kvm *kvm)
{
#if S2M_KVM_KNOWS_MTE
	return kvm_has_mte(kvm);
#else
	return false;
#endif
}

#endif
