/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests that are hypervisors came after 6.1.
 */
#ifndef S2MEMATTR_COMPAT_NESTED_H
#define S2MEMATTR_COMPAT_NESTED_H

#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>

#include "probes.h"

#if S2M_KVM_CAN_NEST
#include <asm/kvm_nested.h>

static inline bool s2m_vcpu_can_nest(const struct kvm_vcpu *vcpu)
{
	return vcpu_has_nv(vcpu);
}
#else
static inline bool s2m_vcpu_can_nest(const struct kvm_vcpu *vcpu)
{
	return false;
}
#endif

/*
 * Is it an AArch64 guest that is no hypervisor? AArch32 has registers of its own for
 * EL1, and a hypervisor two sets of them.
 */
static __always_inline bool s2m_vcpu_is_plain(const struct kvm_vcpu *vcpu)
{
	return !vcpu_el1_is_32bit((struct kvm_vcpu *)vcpu) && !s2m_vcpu_can_nest(vcpu);
}

/*
 * Is what a table translates from the VM's own IPA? So it is, too, for a table that a
 * hypervisor's own EL1 runs on while it has stage 2 off.
 */
static __always_inline bool s2m_mmu_has_vm_ipas(const struct kvm_vcpu *vcpu,
						const struct kvm_s2_mmu *mmu)
{
	if (mmu == &vcpu->kvm->arch.mmu)
		return true;
#if S2M_S2_MMU_KNOWS_ITS_GUEST
	return mmu == vcpu->arch.hw_mmu && !mmu->nested_stage2_enabled;
#else
	return false;
#endif
}

#endif
