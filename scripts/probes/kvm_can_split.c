// SPDX-License-Identifier: GPL-2.0-only
/* Can a VMM have KVM split blocks into pages of its own accord? */
#include <linux/kvm_host.h>

u64 probe(struct kvm *kvm);
u64 probe(struct kvm *kvm)
{
	return kvm->arch.mmu.split_page_chunk_size;
}
