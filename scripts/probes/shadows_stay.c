// SPDX-License-Identifier: GPL-2.0-only
/* Do shadow stage-2 MMUs stay where they are, so that mmu_lock protects their array? */
#include <linux/kvm_host.h>

struct kvm_s2_mmu *probe(struct kvm *kvm);
struct kvm_s2_mmu *probe(struct kvm *kvm)
{
	struct kvm_s2_mmu **all = kvm->arch.nested_mmus;

	return kvm->arch.nested_mmus_size ? all[0] : NULL;
}
