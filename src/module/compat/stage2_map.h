/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_pgtable_stage2_map(), by its address: it takes one argument more since
 * faults of a VM are handled side by side.
 */
#ifndef S2MEMATTR_COMPAT_STAGE2_MAP_H
#define S2MEMATTR_COMPAT_STAGE2_MAP_H

#include <linux/kvm_host.h>
#include <asm/kvm_pgtable.h>

#include "probes.h"

typedef typeof(kvm_pgtable_stage2_map) s2m_stage2_map_fn;

static inline int s2m_stage2_map(s2m_stage2_map_fn *map, struct kvm_pgtable *pgt, u64 ipa,
				 u64 size, u64 phys, enum kvm_pgtable_prot prot, void *cache)
{
#if S2M_STAGE2_MAP_TAKES_FLAGS
	return map(pgt, ipa, size, phys, prot, cache, 0);
#else
	return map(pgt, ipa, size, phys, prot, cache);
#endif
}

#endif
