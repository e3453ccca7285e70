// SPDX-License-Identifier: GPL-2.0-only
/* Can a memslot have memory that is no mapping of the VMM's? */
#include <linux/kvm_host.h>

bool probe(const struct kvm_memory_slot *slot);
bool probe(const struct kvm_memory_slot *slot)
{
	return kvm_slot_has_gmem(slot);
}
