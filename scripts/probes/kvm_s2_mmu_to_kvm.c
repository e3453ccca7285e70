// SPDX-License-Identifier: GPL-2.0-only
/* Is there an accessor from a stage-2 MMU to its VM? */
#include <linux/kvm_host.h>
#include <asm/kvm_mmu.h>

struct kvm *probe(struct kvm_s2_mmu *mmu);
struct kvm *probe(struct kvm_s2_mmu *mmu)
{
	return kvm_s2_mmu_to_kvm(mmu);
}
