// SPDX-License-Identifier: GPL-2.0-only
/* Do the headers say which physical address is in a descriptor? */
#include <linux/kvm_host.h>
#include <asm/kvm_pgtable.h>

u64 probe(kvm_pte_t pte);
u64 probe(kvm_pte_t pte)
{
	return kvm_pte_to_phys(pte);
}
