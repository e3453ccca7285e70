/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stage-2 table that nobody uses, for calls of kvm_pgtable_stage2_map() that prove
 * what this module assumes about it (proof.h).
 */
#ifndef S2MEMATTR_PROOF_TABLE_H
#define S2MEMATTR_PROOF_TABLE_H

#include <asm/kvm_pgtable.h>

#include "fault/fault.h"

/* The table. A call for it is a proof and maps nothing. */
extern struct kvm_pgtable s2m_proof_table;

/**
 * struct s2m_proof_answer - what came of such a call
 * @result: what it returned; 0, if the hook made it a walk of no bytes
 * @seen: whether the hook was met
 * @differs: what the hook did not find where it should be, for people; or NULL
 */
struct s2m_proof_answer {
	int result;
	bool seen;
	const char *differs;
};

/**
 * s2m_proof_table_call() - call kvm_pgtable_stage2_map() for &s2m_proof_table
 *
 * Context: process context, may sleep.
 * Return: what came of it.
 */
struct s2m_proof_answer s2m_proof_table_call(void);

/**
 * s2m_proof_table_seen() - the hook meets a call for &s2m_proof_table
 * @ipa: first address to map
 * @size: bytes to map
 * @walker: what the walk will do
 *
 * Context: in place of the call, as s2m_fault().
 * Return: %S2M_FAULT_AGAIN.
 */
enum s2m_fate s2m_proof_table_seen(u64 ipa, u64 size, const struct kvm_pgtable_walker *walker);

#endif
