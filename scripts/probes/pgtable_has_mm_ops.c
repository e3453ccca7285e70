// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are page tables shared with EL2 (struct kvm_pgtable has operations)? With
 * that came owners of pages into the private struct stage2_map_data.
 */
#include <linux/kvm_host.h>
#include <asm/kvm_pgtable.h>

void *probe(struct kvm_pgtable *pgt);
void *probe(struct kvm_pgtable *pgt)
{
	return pgt->mm_ops;
}
