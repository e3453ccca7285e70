/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making running VMs fault their device memory in again.
 */
#ifndef S2MEMATTR_REFAULT_H
#define S2MEMATTR_REFAULT_H

#include "policy/live.h"

/**
 * s2m_refault() - drop every stage-2 mapping whose answer a change has changed
 * @change: the change
 * @killable: give up when the current process is killed
 *
 * Looks for leaves of device memory in the stage-2 tables themselves, those of
 * guests' guests included, and drops them there: what the VMM maps, or has mapped at
 * the time, does not matter, and is left alone. Guests notice a fault, nothing else.
 * Needs no memory.
 *
 * Where an answer depends on facts about the VMM process or its VMA, those may have
 * been others when the mapping was made, or cannot be told any more: such a mapping
 * is dropped if it could be affected.
 *
 * Waits for nothing but kvm->mmu_lock, and so for no process, only for KVM itself; a
 * guest that keeps KVM busy with operations by set/way makes that seconds.
 *
 * Note that VMs which start meanwhile need not be found: their mappings are
 * made under the policy that the caller has already published.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0, or -EINTR: then some mappings have not been looked at.
 */
int s2m_refault(const struct s2m_change *change, bool killable);

#endif
