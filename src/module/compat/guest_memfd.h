/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether what a guest has in a memslot is what the VMM maps: it always was, before
 * guest_memfd.
 */
#ifndef S2MEMATTR_COMPAT_GUEST_MEMFD_H
#define S2MEMATTR_COMPAT_GUEST_MEMFD_H

#include <linux/kvm_host.h>

#include "probes.h"

/**
 * s2m_memslot_is_mapped() - is a memslot's address in the VMM what leads to its memory?
 * @slot: the memslot
 *
 * Not if its memory is that of a file of KVM's own. Then there may be anything at that
 * address, of which the guest has nothing.
 *
 * Return: whether it is.
 */
static inline bool s2m_memslot_is_mapped(const struct kvm_memory_slot *slot)
{
#if S2M_KVM_HAS_GUEST_MEMFD
	return !kvm_slot_has_gmem(slot);
#else
	return true;
#endif
}

#endif
