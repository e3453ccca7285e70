/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's registers, as far as KVM offers no one way to all of them: behind an
 * instruction, the stack pointer, SIMD&FP, and what stage 1 may do that tables of
 * VMSAv8-64 do not say.
 *
 * All of it is for the vCPU's own thread, between two runs of the guest.
 */
#ifndef S2MEMATTR_COMPAT_GUEST_H
#define S2MEMATTR_COMPAT_GUEST_H

#include <linux/kvm_host.h>
#include <linux/preempt.h>
#include <asm/cpufeature.h>
#include <asm/kvm_emulate.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <s2memattr/s1walk.h>

#include "probes.h"

/*
 * EL1's registers that say how stage 1 translates; returns CPACR_EL1. With VHE they stay
 * in the CPU until the vCPU is put, as for vcpu_read_sys_reg(), which finds that out
 * for each of them anew; without it, KVM has them in memory from the exit on.
 */
static inline u64 s2m_get_el1(const struct kvm_vcpu *vcpu, struct s2m_s1_regs *regs)
{
	const struct kvm_cpu_context *ctxt = &vcpu->arch.ctxt;
	u64 cpacr;

	if (!is_kernel_in_hyp_mode()) {
		*regs = (struct s2m_s1_regs) {
			.sctlr = ctxt_sys_reg(ctxt, SCTLR_EL1),
			.tcr = ctxt_sys_reg(ctxt, TCR_EL1),
			.ttbr = { ctxt_sys_reg(ctxt, TTBR0_EL1), ctxt_sys_reg(ctxt, TTBR1_EL1) },
			.mair = ctxt_sys_reg(ctxt, MAIR_EL1),
		};
		return ctxt_sys_reg(ctxt, CPACR_EL1);
	}
	preempt_disable();
	*regs = (struct s2m_s1_regs) {
		.sctlr = read_sysreg_s(SYS_SCTLR_EL12),
		.tcr = read_sysreg_s(SYS_TCR_EL12),
		.ttbr = { read_sysreg_s(SYS_TTBR0_EL12), read_sysreg_s(SYS_TTBR1_EL12) },
		.mair = read_sysreg_s(SYS_MAIR_EL12),
	};
	cpacr = read_sysreg_s(SYS_CPACR_EL12);
	preempt_enable();
	return cpacr;
}

/* The instruction has been carried out: PC, BTYPE, and the state of a single step. */
static inline void s2m_skip_insn(struct kvm_vcpu *vcpu)
{
#if S2M_KVM_INCREMENTS_PC
	kvm_incr_pc(vcpu);
#else
	/* What kvm_skip_instr() does, but for AArch32, which takes what is not exported. */
	*vcpu_pc(vcpu) += 4;
	*vcpu_cpsr(vcpu) &= ~(u64)(PSR_BTYPE_MASK | DBG_SPSR_SS);
#endif
}

static inline bool s2m_uses_sp_el1(const struct kvm_vcpu *vcpu)
{
	return (*vcpu_cpsr(vcpu) & PSR_MODE_MASK) == PSR_MODE_EL1h;
}

/* With VHE, SP_EL1 stays in the register until the vCPU is put. Preemption is off. */
static inline u64 s2m_get_sp(struct kvm_vcpu *vcpu)
{
	if (!s2m_uses_sp_el1(vcpu))
		return vcpu_gp_regs(vcpu)->sp;
	if (is_kernel_in_hyp_mode())
		return read_sysreg(sp_el1);
	return ctxt_sys_reg(&vcpu->arch.ctxt, SP_EL1);
}

static inline void s2m_set_sp(struct kvm_vcpu *vcpu, u64 value)
{
	if (!s2m_uses_sp_el1(vcpu))
		vcpu_gp_regs(vcpu)->sp = value;
	else if (is_kernel_in_hyp_mode())
		write_sysreg(value, sp_el1);
	else
		ctxt_sys_reg(&vcpu->arch.ctxt, SP_EL1) = value;
}

/* Bytes of a Z register, whose lower part is a V register; 0 for a vCPU without SVE. */
static inline size_t s2m_sve_bytes(const struct kvm_vcpu *vcpu)
{
	return vcpu_has_sve(vcpu) ? vcpu->arch.sve_max_vl : 0;
}

/* KVM keeps the registers of a vCPU with SVE in the layout of a signal frame. */
static inline void *s2m_simd_reg(struct kvm_vcpu *vcpu, unsigned int n)
{
	size_t vl = s2m_sve_bytes(vcpu);

	if (vl)
		return (u8 *)vcpu->arch.sve_state + n * vl;
	return &vcpu->arch.ctxt.fp_regs.vregs[n];
}

/* May permissions or descriptors be others than VMSAv8-64 had first? */
static inline bool s2m_stage1_may_differ(void)
{
#ifdef SYS_ID_AA64MMFR3_EL1
	/* S1PIE, S1POE and D128: bits 11:8, 19:16 and 35:32. */
	return read_sanitised_ftr_reg(SYS_ID_AA64MMFR3_EL1) &
	       (GENMASK_ULL(11, 8) | GENMASK_ULL(19, 16) | GENMASK_ULL(35, 32));
#else
	/* Such a kernel does not let guests at TCR2_EL1. */
	return false;
#endif
}

#endif
