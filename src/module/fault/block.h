/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be proven about the whole of a mapping.
 *
 * KVM looks at one page and maps a block. Up to the stable updates of autumn 2026
 * it takes the size of the block from the VMA, whatever the host has mapped of it:
 * pages, or part of them, or one.
 */
#ifndef S2MEMATTR_BLOCK_H
#define S2MEMATTR_BLOCK_H

#include <linux/mm_types.h>

/**
 * struct s2m_block - a page or a block that KVM is about to map
 * @mm: the VMM's address space
 * @hva: its first address there
 * @size: in bytes
 * @phys: where KVM maps it to
 * @fault: the page that is faulted for, or @hva if that is not known
 * @one_bar: all of @phys is one PCI memory BAR
 */
struct s2m_block {
	struct mm_struct *mm;
	unsigned long hva;
	u64 size;
	phys_addr_t phys;
	unsigned long fault;
	bool one_bar;
};

/**
 * enum s2m_block_proof - what is known of a block
 * @S2M_BLOCK_PROVEN: all of it is what its first page is
 * @S2M_BLOCK_UNPROVEN: the host does not say so of all of it
 * @S2M_BLOCK_ELSEWHERE: the host does not even map its first page to where KVM does
 */
enum s2m_block_proof {
	S2M_BLOCK_PROVEN,
	S2M_BLOCK_UNPROVEN,
	S2M_BLOCK_ELSEWHERE,
};

/**
 * s2m_block_prove() - is a block, as a whole, what KVM takes it for?
 * @block: the block
 * @vma: the VMA of its first page
 *
 * It is if one VMA covers it and either one BAR does as well, and the host's first
 * and last page and the page of the fault lead there as far as they are mapped; or
 * the host maps all of it to there, by one leaf or by no more than 512. KVM has just
 * asked for the first page, so that one is mapped.
 *
 * Context: mmap_lock held for reading; KVM holds mmu_lock and has found that
 * nothing of @mm was invalidated since it asked. A kprobe handler will do.
 * Return: what is known.
 */
enum s2m_block_proof s2m_block_prove(const struct s2m_block *block,
				     const struct vm_area_struct *vma);

#endif
