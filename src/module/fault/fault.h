/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stage-2 mapping on its way into the table.
 */
#ifndef S2MEMATTR_FAULT_H
#define S2MEMATTR_FAULT_H

#include <linux/types.h>
#include <asm/kvm_pgtable.h>
#include <s2memattr/memattr.h>

#include "compat/map_data.h"
#include "kernel/symbols.h"

/**
 * enum s2m_fate - what becomes of the call
 * @S2M_PROCEED: it is made
 * @S2M_FAULT_AGAIN: it is made with a size of zero, see s2m_fault()
 */
enum s2m_fate {
	S2M_PROCEED,
	S2M_FAULT_AGAIN,
};

struct s2m_walk;

/**
 * s2m_is_for_ram() - is this a mapping of RAM, as nearly all are?
 * @walker: what the walk will do
 *
 * Looks at no more than the walk itself is about to dereference.
 *
 * Context: in place of the call, as s2m_fault().
 * Return: true if there is nothing for s2m_fault() to do.
 */
static __always_inline bool s2m_is_for_ram(const struct kvm_pgtable_walker *walker)
{
	const struct s2m_map_head *map = walker->arg;

	return (void *)walker->cb == s2m_symbols.map_walker && s2m_leaf_is_ram(map->attr);
}

/**
 * s2m_fault() - give a mapping its memory type
 * @pgt: the stage-2 table
 * @ipa: first address to map
 * @size: bytes to map: a page or a block
 * @walker: what the walk will do
 *
 * The arguments are those of the call of kvm_pgtable_walk() in
 * kvm_pgtable_stage2_map(). Not for calls of which s2m_is_for_ram() says that there
 * is nothing to do.
 *
 * May rewrite the attributes that the walk is about to put into a leaf. Takes
 * no lock that it would wait for, allocates nothing, prints nothing.
 *
 * "Fault again" is said by a size of zero: the walk then visits nothing and
 * returns 0, on every kernel (its loop runs while addr < end). KVM takes that
 * for a mapping made and lets the vCPU go on, which faults again because there
 * is none. All that is left behind is a page marked dirty that may not be, if
 * the fault was for a write. Returning -EAGAIN in place of the walk would say the
 * same, but not every kernel understands it (5.10 passes it on to the VMM).
 *
 * Context: in place of the call, with kvm->mmu_lock held by KVM and preemption
 * disabled; typically in a kprobe handler with all interrupts masked.
 * Return: what becomes of the call.
 */
enum s2m_fate s2m_fault(const struct kvm_pgtable *pgt, u64 ipa, u64 size,
			const struct kvm_pgtable_walker *walker);

/**
 * s2m_fault_inlined() - the same, where kvm_pgtable_walk() has been inlined
 * @walk: the argument of _kvm_pgtable_walk(): all there is to know, on the caller's
 *	stack
 *
 * If the vCPU has to fault again, this changes what is on the stack so that
 * nothing is visited.
 *
 * From 6.2 on the table is an argument of its own, and what follows the call is the end
 * of an RCU read-side section and no barrier: s2m_site_find() does not take that for
 * the site.
 *
 * Context: as for s2m_fault().
 */
void s2m_fault_inlined(struct s2m_walk *walk);

#endif
