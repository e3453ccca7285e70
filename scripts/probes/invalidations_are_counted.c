// SPDX-License-Identifier: GPL-2.0-only
/* Does KVM count invalidations under an mmu_lock that can be tried from a handler? */
#include <linux/kvm_host.h>

void probe(struct kvm *kvm);
void probe(struct kvm *kvm)
{
	if (write_trylock(&kvm->mmu_lock)) {
		kvm->mmu_invalidate_seq++;
		write_unlock(&kvm->mmu_lock);
	}
}
