// SPDX-License-Identifier: GPL-2.0-only
/* Does KVM count the invalidations of a VM under the name that it has since 6.0? */
#include <linux/kvm_host.h>

unsigned long *probe(struct kvm *kvm);
unsigned long *probe(struct kvm *kvm)
{
	return &kvm->mmu_invalidate_seq;
}
