/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU's registers, which the test has. */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include <s2memattr/s1walk.h>

#include "../kernel.h"

u64 s2m_get_el1(const struct kvm_vcpu *vcpu, struct s2m_s1_regs *regs);
void s2m_skip_insn(struct kvm_vcpu *vcpu);
u64 s2m_get_sp(struct kvm_vcpu *vcpu);
void s2m_set_sp(struct kvm_vcpu *vcpu, u64 value);
size_t s2m_sve_bytes(const struct kvm_vcpu *vcpu);
void *s2m_simd_reg(struct kvm_vcpu *vcpu, unsigned int n);
bool s2m_stage1_may_differ(void);

#endif
