// SPDX-License-Identifier: GPL-2.0-only
/* Does a stage-2 table of a guest that is a hypervisor tell whether it is a shadow? */
#include <linux/kvm_host.h>

bool probe(const struct kvm_s2_mmu *mmu);
bool probe(const struct kvm_s2_mmu *mmu)
{
	return mmu->nested_stage2_enabled;
}
