// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without FEAT_S2FWB, stage 2 cannot make a guest's Normal-NC RAM any stronger,
 * so a guest that maps RAM uncached and a VMM that maps it cached do not see
 * each other's data. What can be made stronger is what the guest's stage 1 says:
 * here the Non-cacheable and Write-Through types in its MAIR_EL1 become Write-
 * Back. An index of MAIR_EL1 maps RAM and BARs alike; but on such a host stage 2 has
 * no cacheable type for device memory: KVM gives it Device or Normal-NC, normal-wb is
 * refused, and cacheable PFNMAP memory needs FEAT_S2FWB too. So the guest's BARs stay
 * what they are.
 *
 * When. Such hosts trap a vCPU's writes of VM control registers (HCR_EL2.TVM)
 * until its MMU and caches are on. kvm_toggle_cache() runs after each of these
 * writes; once both are on, it cleans and invalidates the VM's memory and ends the
 * trapping. MAIR_EL1 is changed right before that, and translations that were made
 * with the old value are dropped. Nothing runs later: a running guest pays nothing.
 *
 * All vCPUs of a VM must have the same types, or they would see each other's memory
 * with mismatched cacheability. So a VM as a whole is coherent or is not:
 *
 *  - The first vCPU to turn its caches on asks the rules. It is the first if none
 *    of the others has started: all VMMs begin like that, and after KVM_ARM_VCPU_
 *    INIT, by which they reset, it is so again. A VM is never changed while it runs.
 *  - The others do as the first did: a VM without a record is not coherent.
 *  - CPU_ON resets a vCPU, but KVM does not set TVM then. Where the VM is
 *    coherent, at_reset() does.
 *
 * A system that takes the guest over without a reset writes MAIR_EL1 unseen: an
 * operating system that the firmware has started, a kernel that another kernel has
 * (kexec). If the register has weaker types again,
 *
 *  - the next PSCI call, which kernels make to ask for the version before they
 *    start other CPUs, sets TVM if no other vCPU is on. Then the guest's next write
 *    of such a register is trapped, and that is as good a moment as the first one:
 *    KVM is told that the caches went on just now, so that it cleans. If its MMU
 *    or caches are still off, TVM is set anyway;
 *  - CPU_ON, if it comes before that, ends it: the VM is not coherent any more, for
 *    the vCPU that is started must not be stronger than the one that runs.
 *
 * Handlers run on the vCPU's thread (destruction apart) with interrupts masked.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <asm/esr.h>
#include <asm/kvm_emulate.h>
#include <asm/sysreg.h>
#include <s2memattr/mair.h>
#include <uapi/linux/psci.h>

#include "coherent/coherent.h"
#include "coherent/coherent_vms.h"
#include "compat/nested.h"
#include "compat/vcpu.h"
#include "kernel/host.h"
#include "kernel/insn.h"
#include "kernel/symbols.h"
#include "kernel/vmm.h"
#include "policy/live.h"
#include "tell/stats.h"

#define SCTLR_CACHES_ON		(SCTLR_ELx_M | SCTLR_ELx_C)

static bool armed;
static bool unavailable;

static bool caches_are_on(u64 sctlr)
{
	return (sctlr & SCTLR_CACHES_ON) == SCTLR_CACHES_ON;
}

NOKPROBE_SYMBOL(caches_are_on);

/* Does MAIR_EL1 have types again that make_coherent() would change? */
static bool is_weakened(const struct kvm_vcpu *vcpu)
{
	u64 mair = s2m_symbols.read_sys_reg(vcpu, MAIR_EL1);

	return mair != s2m_mair_coherent(mair);
}

NOKPROBE_SYMBOL(is_weakened);

/* Was a write of SCTLR_EL1 the vCPU's last trap, or is it one at this moment? */
static bool has_written_sctlr(const struct kvm_vcpu *vcpu)
{
	u64 esr = kvm_vcpu_get_esr(vcpu);

	return ESR_ELx_EC(esr) == ESR_ELx_EC_SYS64 && esr_sys64_to_sysreg(esr) == SYS_SCTLR_EL1 &&
	       (esr & ESR_ELx_SYS64_ISS_DIR_MASK) == ESR_ELx_SYS64_ISS_DIR_WRITE;
}

NOKPROBE_SYMBOL(has_written_sctlr);

/*
 * Has a vCPU had its caches on since its reset? TVM alone does not tell: set/way
 * operations set it, and a VMM may begin with the state of another host. The
 * SCTLR_EL1 in memory is from the last time that the vCPU was put, from its VMM, or
 * from shall_be_coherent().
 *
 * Note that KVM changes the register before it calls kvm_toggle_cache(): a vCPU in
 * between is still to come to at_toggle(), which leaves no TVM behind.
 */
static bool has_started(const struct kvm_vcpu *vcpu)
{
	u64 hcr = READ_ONCE(vcpu->arch.hcr_el2);

	if (!(hcr & HCR_VM))	/* KVM_ARM_VCPU_INIT is still to come */
		return false;
	if (!(hcr & HCR_TVM))
		return true;
	return caches_are_on(READ_ONCE(vcpu->arch.ctxt.sys_regs[SCTLR_EL1])) &&
	       !has_written_sctlr(vcpu);
}

NOKPROBE_SYMBOL(has_started);

/* No other vCPU has started. */
static bool is_first(const struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu *other;
	unsigned long i;

	kvm_for_each_vcpu(i, other, vcpu->kvm)
		if (other != vcpu && has_started(other))
			return false;
	return true;
}

NOKPROBE_SYMBOL(is_first);

/* No other vCPU has started, or is still on. */
static bool is_alone(const struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu *other;
	unsigned long i;

	kvm_for_each_vcpu(i, other, vcpu->kvm)
		if (other != vcpu && has_started(other) && !s2m_vcpu_is_off(other))
			return false;
	return true;
}

NOKPROBE_SYMBOL(is_alone);

static bool rule_says_so(void)
{
	const struct s2m_rules *rules;
	struct s2m_vmm vmm;
	u32 rule;

	if (s2m_live_mode() != S2M_MODE_POLICY)
		return false;
	rcu_read_lock();
	rules = s2m_live_rules();
	s2m_vmm_current(&vmm);
	rule = s2m_index_decide_vm(rules->index, &vmm.task);
	if (rule != S2M_NO_RULE)
		s2m_rules_count(rules, rule);
	rcu_read_unlock();
	return rule != S2M_NO_RULE;
}

NOKPROBE_SYMBOL(rule_says_so);

/* Shall a vCPU be coherent that turns its caches on? */
static bool shall_be_coherent(struct kvm_vcpu *vcpu, u64 sctlr)
{
	if (is_first(vcpu))
		s2m_coherent_vms_set(vcpu->kvm, rule_says_so());
	/* Make has_started() true, even after set/way has set TVM again. */
	WRITE_ONCE(vcpu->arch.ctxt.sys_regs[SCTLR_EL1], sctlr);
	*vcpu_hcr(vcpu) &= ~HCR_TVM;
	/* If it is not, HCR_EL2 is not as assumed, and is_first() may have been wrong as well. */
	if (!has_started(vcpu)) {
		s2m_coherent_vms_set(vcpu->kvm, false);
		s2m_count(S2M_STAT_REFUSED);
	}
	return s2m_coherent_vms_have(vcpu->kvm);
}

NOKPROBE_SYMBOL(shall_be_coherent);

/* May a vCPU become coherent whose caches are on already? */
static bool may_become_coherent(const struct kvm_vcpu *vcpu)
{
	return is_weakened(vcpu) && s2m_coherent_vms_have(vcpu->kvm) && is_alone(vcpu);
}

NOKPROBE_SYMBOL(may_become_coherent);

static void make_coherent(struct kvm_vcpu *vcpu)
{
	u64 mair = s2m_symbols.read_sys_reg(vcpu, MAIR_EL1);

	s2m_symbols.write_sys_reg(vcpu, s2m_mair_coherent(mair), MAIR_EL1);
	s2m_symbols.flush_tlbs(vcpu->kvm);
	s2m_count(S2M_STAT_COHERENT);
}

NOKPROBE_SYMBOL(make_coherent);

/* kvm_toggle_cache(vcpu, was_enabled) */
static int at_toggle(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	bool was_enabled = regs->regs[1] & 0xff, coherent;
	u64 sctlr;

	if (!s2m_vcpu_is_plain(vcpu))
		return 0;
	sctlr = s2m_symbols.read_sys_reg(vcpu, SCTLR_EL1);
	if (!caches_are_on(sctlr))
		return 0;
	s2m_coherent_vms_lock();
	coherent = was_enabled ? may_become_coherent(vcpu) : shall_be_coherent(vcpu, sctlr);
	s2m_coherent_vms_unlock();
	if (!coherent)
		return 0;
	make_coherent(vcpu);
	regs->regs[1] = false;
	return 0;
}

NOKPROBE_SYMBOL(at_toggle);

/* kvm_reset_vcpu(vcpu) */
static int at_reset(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	s2m_coherent_vms_lock();
	if (s2m_coherent_vms_have(vcpu->kvm))
		*vcpu_hcr(vcpu) |= HCR_TVM;
	s2m_coherent_vms_unlock();
	return 0;
}

NOKPROBE_SYMBOL(at_reset);

static bool is_cpu_on(u32 function)
{
	return function == PSCI_0_2_FN_CPU_ON || function == PSCI_0_2_FN64_CPU_ON ||
	       function == KVM_PSCI_FN_CPU_ON;
}

NOKPROBE_SYMBOL(is_cpu_on);

/* A vCPU of a coherent VM makes this PSCI call. */
static void lose_or_look(struct kvm_vcpu *vcpu, u32 function)
{
	if (!caches_are_on(s2m_symbols.read_sys_reg(vcpu, SCTLR_EL1)))
		*vcpu_hcr(vcpu) |= HCR_TVM;	/* as after a reset */
	else if (!is_weakened(vcpu))
		return;
	else if (is_cpu_on(function))
		s2m_coherent_vms_set(vcpu->kvm, false);
	else if (is_alone(vcpu))
		*vcpu_hcr(vcpu) |= HCR_TVM;
}

NOKPROBE_SYMBOL(lose_or_look);

/* kvm_psci_call(vcpu) */
static int at_psci(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	if (!s2m_vcpu_is_plain(vcpu))
		return 0;
	s2m_coherent_vms_lock();
	if (s2m_coherent_vms_have(vcpu->kvm))
		lose_or_look(vcpu, lower_32_bits(vcpu_get_reg(vcpu, 0)));
	s2m_coherent_vms_unlock();
	return 0;
}

NOKPROBE_SYMBOL(at_psci);

/* kvm_arch_destroy_vm(kvm) */
static int at_destroy(struct kprobe *p, struct pt_regs *regs)
{
	s2m_coherent_vms_lock();
	s2m_coherent_vms_forget((const struct kvm *)regs->regs[0]);
	s2m_coherent_vms_unlock();
	return 0;
}

NOKPROBE_SYMBOL(at_destroy);

/* In the order of registration: the handler that ends records before those that make them. */
static const struct {
	void **function;
	kprobe_pre_handler_t handler;
} places[] = {
	{ &s2m_symbols.destroy_vm, at_destroy },
	{ &s2m_symbols.psci_call, at_psci },
	{ &s2m_symbols.reset_vcpu, at_reset },
	{ &s2m_symbols.toggle_cache, at_toggle },
};

static struct kprobe probes[ARRAY_SIZE(places)];
static struct kprobe * const toggle = &probes[ARRAY_SIZE(places) - 1];

static int arm(void)
{
	struct kprobe *all[ARRAY_SIZE(probes)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		/* unregister_kprobes() leaves marks that register_kprobes() refuses. */
		probes[i] = (struct kprobe) {
			.addr = *places[i].function, .pre_handler = places[i].handler,
		};
		all[i] = &probes[i];
	}
	return register_kprobes(all, ARRAY_SIZE(all));
}

static unsigned int count_vms(void)
{
	unsigned int count;

	local_irq_disable();
	s2m_coherent_vms_lock();
	count = s2m_coherent_vms_count();
	s2m_coherent_vms_unlock();
	local_irq_enable();
	return count;
}

static void forget_vms(void)
{
	local_irq_disable();
	s2m_coherent_vms_lock();
	s2m_coherent_vms_forget_all();
	s2m_coherent_vms_unlock();
	local_irq_enable();
}

static void disarm(void)
{
	struct kprobe *all[ARRAY_SIZE(probes)];
	unsigned int i, left;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		all[i] = &probes[i];
	unregister_kprobes(all, ARRAY_SIZE(all));
	left = count_vms();
	if (left)
		pr_warn("coherent-ram: %u VMs keep it, but a vCPU that they stop and start again will not have it\n",
			left);
	forget_vms();
}

static bool has_symbols(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!*places[i].function)
			return false;
	return s2m_symbols.read_sys_reg && s2m_symbols.write_sys_reg && s2m_symbols.flush_tlbs;
}

int s2m_coherent_prepare(bool has_rules)
{
	int err;

	if (!has_rules || armed)
		return 0;
	if (s2m_host_has_fwb()) {
		pr_info("coherent-ram is not needed on this host: with FEAT_S2FWB the hardware does it\n");
		return 0;
	}
	err = has_symbols() ? arm() : -ENOENT;
	unavailable = err;
	WRITE_ONCE(armed, !err);
	return err;
}

void s2m_coherent_finish(bool in_force, bool has_rules)
{
	if (!armed || (in_force && (has_rules || count_vms())))
		return;
	disarm();
	WRITE_ONCE(armed, false);
}

const char *s2m_coherent_state(void)
{
	if (s2m_host_has_fwb())
		return "not-needed";
	if (READ_ONCE(unavailable))
		return "unavailable";
	/* All kprobes can be switched off in debugfs, behind our back. */
	return READ_ONCE(armed) &&
	       s2m_insn((const __le32 *)toggle->addr) != toggle->opcode ? "armed" : "off";
}
