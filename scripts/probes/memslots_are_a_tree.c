// SPDX-License-Identifier: GPL-2.0-only
/* Can memslots be looked through from a guest page on? */
#include <linux/kvm_host.h>

struct kvm_memory_slot *probe(struct kvm_memslots *slots, gfn_t gfn);
struct kvm_memory_slot *probe(struct kvm_memslots *slots, gfn_t gfn)
{
	struct kvm_memslot_iter iter;

	kvm_memslot_iter_start(&iter, slots, gfn);
	return iter.slot;
}
