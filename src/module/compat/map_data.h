/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's private struct stage2_map_data (hyp/pgtable.c). No header has it, so nothing
 * but a look at the sources tells its layout: the later one is the same from 6.1 to
 * 7.3. That it is what KVM uses is proven at load (proof.h), and checked on each fault
 * by @mmu, which is known from elsewhere.
 */
#ifndef S2MEMATTR_COMPAT_MAP_DATA_H
#define S2MEMATTR_COMPAT_MAP_DATA_H

#include <linux/types.h>
#include <asm/kvm_pgtable.h>

#include "probes.h"

/**
 * struct s2m_map_head - the head of struct stage2_map_data
 * @phys: physical address to map
 * @attr: what the leaf will hold beside the address
 *
 * The same from 5.10 to 7.3; s2m_fault() checks what it can before it writes.
 */
struct s2m_map_head {
	u64 phys;
	kvm_pte_t attr;
};

struct s2m_map_data {
	struct s2m_map_head head;
#if S2M_PGTABLE_HAS_MM_OPS
	u64 owner;
#endif
	kvm_pte_t *anchor;
#if S2M_PGTABLE_HAS_MM_OPS
	kvm_pte_t *childp;
#endif
	struct kvm_s2_mmu *mmu;
	void *memcache;
};

#endif
