/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM that splits blocks before anybody asks for a page of them: since 6.5, for VMMs
 * that have asked for it (KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE).
 */
#ifndef S2MEMATTR_COMPAT_SPLIT_H
#define S2MEMATTR_COMPAT_SPLIT_H

#include <linux/kvm_host.h>

#include "probes.h"

#if S2M_KVM_CAN_SPLIT
/* Where what makes the pages is not to be found, nothing can be promised. */
#define S2M_LOST_SPLIT		NULL

/* May KVM have split blocks of a VM? The size stays what it is while there are memslots. */
static inline bool s2m_may_have_split(const struct kvm *kvm)
{
	return READ_ONCE(kvm->arch.mmu.split_page_chunk_size);
}
#else
#define S2M_LOST_SPLIT		""

static inline bool s2m_may_have_split(const struct kvm *kvm)
{
	return false;
}
#endif

#endif
