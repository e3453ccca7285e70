// SPDX-License-Identifier: GPL-2.0-only
/* Can this KVM's own answer for device memory be Normal-NC? */
#include <asm/kvm_pgtable.h>

u64 probe(void);
u64 probe(void)
{
	return KVM_PGTABLE_PROT_NORMAL_NC;
}
