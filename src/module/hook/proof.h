/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A proof that the hook is met, and finds what this module thinks KVM keeps where.
 *
 * What a mapping is made from are private structures of KVM, on the stack of
 * kvm_pgtable_stage2_map(). A kernel where they look different must be known when
 * the module is loaded, not when a guest faults. So that function is called here, for
 * a table that nobody uses, with arguments that are known, and for an address at
 * which no table has anything: such a walk has an error to return and nothing to
 * visit. The hook makes its size zero, as it does to let a vCPU fault again, and
 * then there is no error. So one call shows that the hook is met, what it finds, and
 * that "fault again" is understood.
 */
#ifndef S2MEMATTR_PROOF_H
#define S2MEMATTR_PROOF_H

#include <linux/types.h>

/**
 * s2m_proof_run() - prove what this module assumes about KVM
 *
 * Puts the hook in for a moment.
 *
 * Context: process context at load, after s2m_hook_choose().
 * Return: 0; -EBUSY if the hook cannot be put in, -ENXIO if it is not met, -EILSEQ
 * if what it finds is not what KVM was called with; each with a line in the log.
 */
int s2m_proof_run(void);

/**
 * s2m_proof_hook_is_met() - does kvm_pgtable_stage2_map() come by the hook now?
 *
 * It does not if the function has been replaced (a livepatch), or if probes are
 * switched off. Costs a few hundred instructions.
 *
 * Context: process context, while the hook is armed and stays so.
 * Return: whether it does, and finds what was proven at load.
 */
bool s2m_proof_hook_is_met(void);

#endif
