/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMAs before and after the maple tree, and which memory is RAM.
 */
#ifndef S2MEMATTR_COMPAT_MM_H
#define S2MEMATTR_COMPAT_MM_H

#include <linux/mm.h>
#include <asm/memory.h>

#include "probes.h"

#if S2M_MM_HAS_VMA_ITERATOR
#define s2m_vma_iterator(vmi, mm)	VMA_ITERATOR(vmi, mm, 0)
#define s2m_for_each_vma(vmi, vma)	for_each_vma(vmi, vma)
#else
#define s2m_vma_iterator(vmi, mm)	struct vm_area_struct *vmi = (mm)->mmap
#define s2m_for_each_vma(vmi, vma)	for ((vma) = (vmi); (vma); (vma) = (vma)->vm_next)
#endif

static __always_inline struct vm_area_struct *s2m_vma_lookup(struct mm_struct *mm,
							     unsigned long hva)
{
#if S2M_MM_HAS_VMA_LOOKUP
	return vma_lookup(mm, hva);
#else
	return find_vma_intersection(mm, hva, hva + 1);
#endif
}

/* Is it RAM that the kernel maps? The test by which KVM tells RAM from devices. */
static __always_inline bool s2m_pfn_is_ram(unsigned long pfn)
{
#if S2M_PFN_IS_MAP_MEMORY
	return pfn_is_map_memory(pfn);
#else
	return pfn_valid(pfn);
#endif
}

#endif
