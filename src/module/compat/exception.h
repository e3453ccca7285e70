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
#include "symbols.h"

#if S2M_KVM_PENDS_EXCEPTIONS
/* What is lost without kvm_inject_dabt(). */
#define S2M_LOST_INJECT_DABT	""

static inline bool s2m_can_raise_sync(void)
{
	return true;
}

static inline void s2m_raise_sync(struct kvm_vcpu *vcpu)
{
	kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SYNC);
}
#else
#define S2M_LOST_INJECT_DABT	S2M_LOST_SURVIVAL

static_assert(__same_type(*s2m_symbols.inject_dabt, kvm_inject_dabt));

static inline bool s2m_can_raise_sync(void)
{
	return s2m_symbols.inject_dabt;
}

/* FAR_EL1 and ESR_EL1 are for the caller to write, after this. */
static inline void s2m_raise_sync(struct kvm_vcpu *vcpu)
{
	s2m_symbols.inject_dabt(vcpu, kvm_vcpu_get_hfar(vcpu));
}
#endif

#endif
