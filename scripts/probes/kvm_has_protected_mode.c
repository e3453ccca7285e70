// SPDX-License-Identifier: GPL-2.0-only
/* Can KVM keep stage 2 to itself (pKVM)? */
#include <asm/virt.h>

bool probe(void);
bool probe(void)
{
	return is_protected_kvm_enabled();
}
