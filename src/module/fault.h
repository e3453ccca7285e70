/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stage-2 mapping on its way into the table.
 */
#ifndef S2MEMATTR_FAULT_H
#define S2MEMATTR_FAULT_H

#include <linux/types.h>
#include <asm/kvm_pgtable.h>

/**
 * struct s2m_walk_call - the arguments of the call that the hook sits on
 * @pgt: the stage-2 table
 * @ipa: first address to map
 * @size: bytes to map: a page or a block
 * @walker: what the walk will do
 */
struct s2m_walk_call {
	struct kvm_pgtable *pgt;
	u64 ipa;
	u64 size;
	const struct kvm_pgtable_walker *walker;
};

/**
 * enum s2m_fate - what becomes of the call
 * @S2M_PROCEED: it is made
 * @S2M_FAULT_AGAIN: it is not made and kvm_pgtable_stage2_map() returns
 *	-EAGAIN, on which KVM lets the vCPU fault again
 */
enum s2m_fate {
	S2M_PROCEED,
	S2M_FAULT_AGAIN,
};

/**
 * s2m_fault() - give a mapping its memory type
 * @call: the call of kvm_pgtable_walk() in kvm_pgtable_stage2_map()
 *
 * May rewrite the attributes that the walk is about to put into a leaf. Takes
 * no lock that it would wait for, allocates nothing, prints nothing.
 *
 * Context: in place of the call, with kvm->mmu_lock held by KVM and preemption
 * disabled; typically in a kprobe handler with all interrupts masked.
 * Return: what becomes of the call.
 */
enum s2m_fate s2m_fault(const struct s2m_walk_call *call);

#endif
