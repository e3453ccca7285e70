// SPDX-License-Identifier: GPL-2.0-only
/*
 * The proof that a block is, as a whole, what KVM takes its first page for. It looks at
 * the VMM's VMA and page table and at nothing of the guest's; what type the block gets
 * is not decided here.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>

#include "fault/block.h"
#include "kernel/host.h"

/* Leaves of the host that are looked at to prove a block: some 40,000 instructions. */
#define BUDGET	512

/* Does the host map this page of a block elsewhere? */
static nokprobe_inline bool contradicts(const struct s2m_block *block, unsigned long hva)
{
	struct s2m_host_leaf leaf = s2m_host_look(block->mm, hva);

	return leaf.present && leaf.phys != block->phys + (hva - block->hva);
}

/* Does the host map all of a block as KVM does? The first @first bytes are known to be so. */
static nokprobe_inline bool is_mapped_whole(const struct s2m_block *block, u64 first)
{
	struct s2m_host_leaf leaf;
	u64 done = first;
	int i;

	for (i = 1; i < BUDGET && done < block->size; i++) {
		leaf = s2m_host_look(block->mm, block->hva + done);
		if (!leaf.present || leaf.phys != block->phys + done)
			return false;
		done += leaf.left;
	}
	return done >= block->size;
}

enum s2m_block_proof s2m_block_prove(const struct s2m_block *block,
				     const struct vm_area_struct *vma)
{
	struct s2m_host_leaf leaf = s2m_host_look(block->mm, block->hva);

	if (!leaf.present || leaf.phys != block->phys)
		return S2M_BLOCK_ELSEWHERE;
	/* One leaf of the host's table lies in one VMA. */
	if (leaf.left >= block->size)
		return S2M_BLOCK_PROVEN;
	if (vma->vm_end - block->hva < block->size)
		return S2M_BLOCK_UNPROVEN;
	if (block->one_bar && !contradicts(block, block->hva + block->size - PAGE_SIZE) &&
	    !contradicts(block, block->fault))
		return S2M_BLOCK_PROVEN;
	return is_mapped_whole(block, leaf.left) ? S2M_BLOCK_PROVEN : S2M_BLOCK_UNPROVEN;
}

NOKPROBE_SYMBOL(s2m_block_prove);
