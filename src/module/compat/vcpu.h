/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The register number of vcpu_read_sys_reg() and vcpu_write_sys_reg() was an int
 * before it was an enum; and a vCPU was on or off before there was more to say.
 */
#ifndef S2MEMATTR_COMPAT_VCPU_H
#define S2MEMATTR_COMPAT_VCPU_H

#include <linux/build_bug.h>
#include <linux/kvm_host.h>

#include "probes.h"

#if S2M_VCPU_SYSREG_IS_ENUM
typedef u64 s2m_read_sys_reg_fn(const struct kvm_vcpu *vcpu, enum vcpu_sysreg reg);
typedef void s2m_write_sys_reg_fn(struct kvm_vcpu *vcpu, u64 value, enum vcpu_sysreg reg);
#else
typedef u64 s2m_read_sys_reg_fn(const struct kvm_vcpu *vcpu, int reg);
typedef void s2m_write_sys_reg_fn(struct kvm_vcpu *vcpu, u64 value, int reg);
#endif

/* By PSCI CPU_OFF, or by its VMM. */
static inline bool s2m_vcpu_is_off(const struct kvm_vcpu *vcpu)
{
#if S2M_VCPU_HAS_MP_STATE
	return READ_ONCE(vcpu->arch.mp_state.mp_state) == KVM_MP_STATE_STOPPED;
#else
	return READ_ONCE(vcpu->arch.power_off);
#endif
}

static_assert(__same_type(s2m_read_sys_reg_fn, vcpu_read_sys_reg));
static_assert(__same_type(s2m_write_sys_reg_fn, vcpu_write_sys_reg));

#endif
