// SPDX-License-Identifier: GPL-2.0-only
/* KVM of this kernel has no kvm_pgtable_walk(), which Linux has from 5.10 */
#include <linux/kvm_host.h>
#include <asm/kvm_pgtable.h>

int probe(struct kvm_pgtable *pgt, struct kvm_pgtable_walker *walker);
int probe(struct kvm_pgtable *pgt, struct kvm_pgtable_walker *walker)
{
	return kvm_pgtable_walk(pgt, 0, 0, walker);
}
