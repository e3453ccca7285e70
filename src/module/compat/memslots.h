/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memslots in the order of guest addresses: a sorted array once, a tree now.
 */
#ifndef S2MEMATTR_COMPAT_MEMSLOTS_H
#define S2MEMATTR_COMPAT_MEMSLOTS_H

#include <linux/kvm_host.h>

#include "probes.h"

/**
 * s2m_memslot_from() - the first memslot that does not end before a page
 * @slots: the memslots, under kvm->srcu
 * @gfn: the page
 *
 * Return: the memslot, or NULL if there is none.
 */
static inline struct kvm_memory_slot *s2m_memslot_from(struct kvm_memslots *slots, gfn_t gfn)
{
#if S2M_MEMSLOTS_ARE_A_TREE
	struct kvm_memslot_iter iter;

	for (kvm_memslot_iter_start(&iter, slots, gfn); iter.node; kvm_memslot_iter_next(&iter))
		if (iter.slot->base_gfn + iter.slot->npages > gfn)
			return iter.slot;
	return NULL;
#else
	struct kvm_memory_slot *found = NULL;
	int i;

	/* From high addresses to low ones. */
	for (i = 0; i < slots->used_slots; i++) {
		if (slots->memslots[i].base_gfn + slots->memslots[i].npages <= gfn)
			break;
		found = &slots->memslots[i];
	}
	return found;
#endif
}

#endif
