/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage-2 tables of a VM: its own, and those that KVM makes for the guests of
 * a guest that is a hypervisor (shadows).
 *
 * Where shadows are an array of structures, KVM moves and frees that array without
 * mmu_lock (before it became an array of pointers, in 6.12.y, 7.0 and 7.1), and
 * nobody but KVM can look at it.
 */
#ifndef S2MEMATTR_COMPAT_SHADOW_H
#define S2MEMATTR_COMPAT_SHADOW_H

#include <linux/kvm_host.h>
#include <asm/cpufeature.h>

#include "probes.h"

/**
 * s2m_table_of() - one of the tables of a VM
 * @kvm: the VM, its mmu_lock held alone
 * @number: 0 for its own, and up
 * @pgt: where the table goes; NULL if it is gone
 *
 * Return: false if there are no more.
 */
static inline bool s2m_table_of(const struct kvm *kvm, unsigned int number,
				struct kvm_pgtable **pgt)
{
	if (!number) {
		*pgt = kvm->arch.mmu.pgt;
		return true;
	}
#if S2M_SHADOWS_STAY
	if (number <= kvm->arch.nested_mmus_size) {
		*pgt = kvm->arch.nested_mmus[number - 1]->pgt;
		return true;
	}
#endif
	return false;
}

/* Can VMs have shadows here that cannot be looked at? */
static inline bool s2m_shadows_are_hidden(void)
{
#if S2M_KVM_CAN_NEST && !S2M_SHADOWS_STAY
	return cpus_have_final_cap(ARM64_HAS_NESTED_VIRT);
#else
	return false;
#endif
}

#endif
