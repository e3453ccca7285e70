/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests that are hypervisors came after 6.1.
 */
#ifndef S2MEMATTR_COMPAT_NESTED_H
#define S2MEMATTR_COMPAT_NESTED_H

#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>

#include "probes.h"

#if S2M_KVM_CAN_NEST
#include <asm/kvm_nested.h>

static inline bool s2m_vcpu_can_nest(const struct kvm_vcpu *vcpu)
{
	return vcpu_has_nv(vcpu);
}
#else
static inline bool s2m_vcpu_can_nest(const struct kvm_vcpu *vcpu)
{
	return false;
}
#endif

#endif
