/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM's stage-2 table holds: read from the descriptors, as the hardware
 * reads them, and from nothing that this module or KVM remembers.
 */
#ifndef S2MEMATTR_STAGE2_H
#define S2MEMATTR_STAGE2_H

#include <linux/kvm_host.h>

#define S2M_STAGE2_RUNS		32	/* runs that one call can return */

/**
 * struct s2m_stage2_run - valid leaves that follow each other and differ in
 *	nothing but their addresses
 * @ipa: where they begin
 * @phys: what that translates to
 * @size: bytes, of all of them
 * @leaf: bytes of one: a page or a block
 * @level: of the table that they are in, -1 to 3
 * @memattr: MemAttr[3:0]
 */
struct s2m_stage2_run {
	u64 ipa;
	u64 phys;
	u64 size;
	u64 leaf;
	s8 level;
	u8 memattr;
};

/**
 * struct s2m_stage2_look - a look at a part of a table
 * @table: which table of the VM: 0 is its own, and then come its guests'
 * @ipa: where to begin; afterwards, where the look ended
 * @end: where to end
 * @picks: which leaves to look at, of a run with one; NULL: all. Called with mmu_lock
 *	held, and so must not sleep.
 * @context: for @picks
 * @dropped: runs that s2m_stage2_drop() has dropped
 * @count: runs found
 * @runs: the runs; a leaf that reaches out of the part is cut
 */
struct s2m_stage2_look {
	unsigned int table;
	u64 ipa;
	u64 end;
	bool (*picks)(const struct s2m_stage2_run *leaf, void *context);
	void *context;
	unsigned int dropped;
	unsigned int count;
	struct s2m_stage2_run runs[S2M_STAGE2_RUNS];
};

/**
 * s2m_stage2_look() - read a part of a VM's stage-2 table
 * @kvm: the VM
 * @look: what to look at, and what was seen
 *
 * Holds kvm->mmu_lock, and so reads a bounded number of descriptors: if @look
 * has not come to its end, call again. A VM whose table is gone has no leaves.
 *
 * Context: process context.
 * Return: false if the VM has no such table, nor one with a higher number.
 */
bool s2m_stage2_look(struct kvm *kvm, struct s2m_stage2_look *look);

/**
 * s2m_stage2_drop() - take mappings away from all stage-2 tables of a VM
 * @kvm: the VM
 * @look: where to begin (table 0, address 0), what to drop, and how much was dropped;
 *	afterwards, where to go on
 *
 * What was picked is gone when this returns, with the TLB entries, as if an MMU
 * notifier had unmapped it (kvm_unmap_gfn_range()); but what the VMM maps stays, so
 * that the next access faults it in again. Holds kvm->mmu_lock for some microseconds,
 * or some milliseconds if it had to wait for it.
 *
 * Context: process context.
 * Return: true if there may be more: then call again.
 */
bool s2m_stage2_drop(struct kvm *kvm, struct s2m_stage2_look *look);

#endif
