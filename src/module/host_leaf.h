/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM's own page table says.
 */
#ifndef S2MEMATTR_HOST_LEAF_H
#define S2MEMATTR_HOST_LEAF_H

#include <linux/mm_types.h>

/**
 * s2m_host_maps() - does the host map a range the way KVM says it does?
 * @mm: the VMM's address space
 * @hva: first address, page aligned
 * @size: bytes: a page, or a block that one leaf of the host table maps
 * @phys: where KVM says it leads
 *
 * Walks the table without locks, as get_user_mapping_size() in KVM does: with
 * interrupts masked no table page that the walk may stand on is freed.
 *
 * Context: any; @mm's page tables exist.
 * Return: whether one leaf covers the range and leads to @phys.
 */
bool s2m_host_maps(struct mm_struct *mm, unsigned long hva, u64 size, phys_addr_t phys);

#endif
