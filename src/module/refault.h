/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making running VMs fault their device memory in again.
 */
#ifndef S2MEMATTR_REFAULT_H
#define S2MEMATTR_REFAULT_H

#include <s2memattr/memattr.h>

#include "rules.h"

/**
 * struct s2m_policy_version - everything that decides
 * @mode: the position of the knob
 * @rules: the table
 */
struct s2m_policy_version {
	enum s2m_mode mode;
	const struct s2m_rules *rules;
};

/**
 * struct s2m_change - from what to what
 * @from: the policy under which present mappings were made
 * @to: the policy that is published
 * @everything: @from is not the whole story, so every mapping is to go
 */
struct s2m_change {
	struct s2m_policy_version from;
	struct s2m_policy_version to;
	bool everything;
};

/**
 * s2m_refault() - drop every stage-2 mapping whose answer a change has changed
 * @change: the change
 *
 * Goes through KVM's own MMU notifiers, as munmap() would, but leaves the host
 * mapping alone: KVM unmaps the range from stage 2 with all TLB maintenance,
 * and sends faults that were under way back to start by its sequence count.
 * Guests notice a fault, nothing else. Cannot fail and needs no memory.
 *
 * Where an answer depends on facts about the VMM process, those may have been
 * others when the mapping was made: such a mapping is dropped in any case.
 *
 * Note that VMs which start meanwhile need not be found: their mappings are
 * made under the policy that the caller has already published.
 *
 * Context: process context, may sleep for mmap locks.
 */
void s2m_refault(const struct s2m_change *change);

#endif
