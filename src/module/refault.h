/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making running VMs fault their device memory in again.
 */
#ifndef S2MEMATTR_REFAULT_H
#define S2MEMATTR_REFAULT_H

/**
 * s2m_refault_all() - drop every stage-2 mapping of a PFNMAP or IO VMA
 *
 * Goes through KVM's own MMU notifiers, as munmap() would, but leaves the host
 * mapping alone: KVM unmaps the range from stage 2 with all TLB maintenance,
 * and sends faults that were under way back to start by its sequence count.
 * Guests notice a fault, nothing else. Cannot fail and needs no memory.
 *
 * Note that VMs which start meanwhile need not be found: their mappings are
 * made under the policy that the caller has already published.
 *
 * Context: process context, may sleep for mmap locks.
 */
void s2m_refault_all(void);

#endif
