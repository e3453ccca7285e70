// SPDX-License-Identifier: GPL-2.0-only
/* Does whoever maps at stage 2 say how to walk? Since faults run beside each other. */
#include <linux/kvm_host.h>
#include <asm/kvm_pgtable.h>

int probe(struct kvm_pgtable *pgt);
int probe(struct kvm_pgtable *pgt)
{
	return kvm_pgtable_stage2_map(pgt, 0, 0, 0, KVM_PGTABLE_PROT_R, NULL, 0);
}
