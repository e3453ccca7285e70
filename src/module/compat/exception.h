/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A synchronous exception for a guest's EL1: SPSR, ELR, PSTATE and PC. Before
 * there was a flag for it, all that did this also prepared some fault.
 */
#ifndef S2MEMATTR_COMPAT_EXCEPTION_H
#define S2MEMATTR_COMPAT_EXCEPTION_H

#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>

#include "probes.h"

/* kvm_inject_dabt(), by its address */
typedef void s2m_inject_dabt_fn(struct kvm_vcpu *vcpu, unsigned long addr);

#if S2M_KVM_PENDS_EXCEPTIONS
/* What is lost without it. */
#define S2M_LOST_INJECT_DABT	""

static inline bool s2m_can_raise_sync(s2m_inject_dabt_fn *inject)
{
	return true;
}

static inline void s2m_raise_sync(struct kvm_vcpu *vcpu, s2m_inject_dabt_fn *inject)
{
	kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SYNC);
}
#else
#define S2M_LOST_INJECT_DABT	S2M_LOST_SURVIVAL

static_assert(__same_type(s2m_inject_dabt_fn, kvm_inject_dabt));

static inline bool s2m_can_raise_sync(s2m_inject_dabt_fn *inject)
{
	return inject;
}

/* FAR_EL1 and ESR_EL1 are for the caller to write, after this. */
static inline void s2m_raise_sync(struct kvm_vcpu *vcpu, s2m_inject_dabt_fn *inject)
{
	inject(vcpu, kvm_vcpu_get_hfar(vcpu));
}
#endif

#endif
