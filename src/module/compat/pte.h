/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a stage-2 descriptor leads: kvm_pte_to_phys() came into the headers
 * with pKVM, and learnt of LPA2 later.
 */
#ifndef S2MEMATTR_COMPAT_PTE_H
#define S2MEMATTR_COMPAT_PTE_H

#include <linux/bitfield.h>
#include <linux/kvm_host.h>
#include <asm/kvm_pgtable.h>

#include "probes.h"

#if S2M_PTE_TO_PHYS_IS_SHARED
static inline phys_addr_t s2m_pte_phys(kvm_pte_t pte)
{
	return kvm_pte_to_phys(pte);
}
#else
/* A kernel without it has no LPA2 in KVM: only the 64K granule has bits 51:48. */
static inline phys_addr_t s2m_pte_phys(kvm_pte_t pte)
{
	phys_addr_t phys = pte & GENMASK_ULL(47, PAGE_SHIFT);

	if (PAGE_SHIFT == 16)
		phys |= FIELD_GET(GENMASK_ULL(15, 12), pte) << 48;
	return phys;
}
#endif

#endif
