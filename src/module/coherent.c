// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without FEAT_S2FWB, stage 2 cannot make a guest's Normal-NC RAM any stronger,
 * so a guest that maps RAM uncached and a VMM that maps it cached do not see
 * each other's data. What can be made stronger is what the guest's stage 1 says:
 * here the Non-cacheable and Write-Through types in its MAIR_EL1 become Write-
 * Back. An index of MAIR_EL1 is not for a region, the same one maps BARs; but on
 * such a host stage 2 has no cacheable type for device memory: KVM gives it
 * Device or Normal-NC, normal-wb is refused, and cacheable PFNMAP memory needs
 * FEAT_S2FWB too. So the guest's BARs stay what they are.
 *
 * When. Such hosts trap a vCPU's writes of VM control registers (HCR_EL2.TVM)
 * until its MMU and caches are on. kvm_toggle_cache() runs after each of these
 * writes, knows when that is, cleans and invalidates the VM's memory, and ends
 * the trapping. The change is made right before. So no translation was ever made
 * with the old value since the MMU was off, and nothing runs later: a running
 * guest pays nothing. A guest that writes MAIR_EL1 with its MMU on is not seen,
 * and has what it wrote.
 *
 * All vCPUs of a VM must have the same, or they would see each other's memory
 * with mismatched cacheability. So a VM, not a vCPU, has it or has it not:
 *
 *  - The first vCPU to turn its caches on asks the rules. It is the first if all
 *    others still have HCR_EL2.TVM set: all VMMs begin like that, and KVM_ARM_
 *    VCPU_INIT, by which they reset, sets it again. A VM is never changed while
 *    it runs.
 *  - The others follow: no record of the VM means that it goes without.
 *  - CPU_ON resets a vCPU, but KVM does not set TVM then. Where the VM is
 *    coherent, this does.
 *  - A guest that has another kernel take over without a reset (kexec) writes
 *    MAIR_EL1 unseen. The next vCPU that it starts must not be stronger than the
 *    one that runs, so CPU_ON looks at the caller's register: if there are weaker
 *    types in it again, the VM goes without from then on.
 *
 * Handlers run on the vCPU's thread (destruction apart) with interrupts masked.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <asm/kvm_emulate.h>
#include <s2memattr/mair.h>
#include <uapi/linux/psci.h>

#include "coherent.h"
#include "compat/nested.h"
#include "host.h"
#include "insn.h"
#include "policy.h"
#include "stats.h"
#include "symbols.h"
#include "vmm.h"

#define SCTLR_CACHES_ON		(SCTLR_ELx_M | SCTLR_ELx_C)

/* More VMs at a time go without. */
#define MAX_VMS			512

/* VMs that a rule was found for when they started. */
struct vm {
	const struct kvm *kvm;
	bool coherent;
};

static DEFINE_RAW_SPINLOCK(lock);
static struct vm vms[MAX_VMS];
static unsigned int nr_vms;
static bool armed;
static bool unavailable;

static struct vm *find_vm(const struct kvm *kvm)
{
	unsigned int i;

	for (i = 0; i < nr_vms; i++)
		if (vms[i].kvm == kvm)
			return &vms[i];
	return NULL;
}

NOKPROBE_SYMBOL(find_vm);

static void remember_vm(const struct kvm *kvm, bool coherent)
{
	struct vm *vm = find_vm(kvm);

	if (!vm) {
		if (!coherent)
			return;
		if (nr_vms == MAX_VMS) {
			s2m_count(S2M_STAT_REFUSED);
			return;
		}
		vm = &vms[nr_vms++];
		vm->kvm = kvm;
	}
	vm->coherent = coherent;
}

NOKPROBE_SYMBOL(remember_vm);

/* Since they were reset, no other vCPU has had its caches on. */
static bool is_first(const struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu *other;
	unsigned long i;

	kvm_for_each_vcpu(i, other, vcpu->kvm)
		if (other != vcpu && !(READ_ONCE(other->arch.hcr_el2) & HCR_TVM))
			return false;
	return true;
}

NOKPROBE_SYMBOL(is_first);

static bool rule_says_so(void)
{
	const struct s2m_rules *rules;
	struct s2m_vmm vmm;
	u32 rule;

	if (s2m_policy_mode() != S2M_MODE_POLICY)
		return false;
	rcu_read_lock();
	rules = s2m_policy_rules();
	s2m_vmm_current(&vmm);
	rule = s2m_index_decide_vm(rules->index, &vmm.task);
	if (rule != S2M_NO_RULE)
		s2m_rules_count(rules, rule);
	rcu_read_unlock();
	return rule != S2M_NO_RULE;
}

NOKPROBE_SYMBOL(rule_says_so);

/* AArch32 has its own registers, and a hypervisor two sets of them. */
static bool is_plain_guest(struct kvm_vcpu *vcpu)
{
	return !vcpu_el1_is_32bit(vcpu) && !s2m_vcpu_can_nest(vcpu);
}

NOKPROBE_SYMBOL(is_plain_guest);

static bool shall_be_coherent(struct kvm_vcpu *vcpu)
{
	const struct vm *vm;

	if (is_first(vcpu))
		remember_vm(vcpu->kvm, rule_says_so());
	/* As KVM does in a moment; but now, the next one is not the first. */
	*vcpu_hcr(vcpu) &= ~HCR_TVM;
	vm = find_vm(vcpu->kvm);
	return vm && vm->coherent;
}

NOKPROBE_SYMBOL(shall_be_coherent);

/* kvm_toggle_cache(vcpu, was_enabled) */
static int at_toggle(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	bool was_enabled = regs->regs[1] & 0xff;
	bool coherent;

	if (was_enabled || !is_plain_guest(vcpu) ||
	    (s2m_symbols.read_sys_reg(vcpu, SCTLR_EL1) & SCTLR_CACHES_ON) != SCTLR_CACHES_ON)
		return 0;
	raw_spin_lock(&lock);
	coherent = shall_be_coherent(vcpu);
	raw_spin_unlock(&lock);
	if (coherent) {
		u64 mair = s2m_symbols.read_sys_reg(vcpu, MAIR_EL1);

		s2m_symbols.write_sys_reg(vcpu, s2m_mair_coherent(mair), MAIR_EL1);
		s2m_count(S2M_STAT_COHERENT);
	}
	return 0;
}

NOKPROBE_SYMBOL(at_toggle);

/* kvm_reset_vcpu(vcpu) */
static int at_reset(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	const struct vm *vm;

	raw_spin_lock(&lock);
	vm = find_vm(vcpu->kvm);
	if (vm && vm->coherent)
		*vcpu_hcr(vcpu) |= HCR_TVM;
	raw_spin_unlock(&lock);
	return 0;
}

NOKPROBE_SYMBOL(at_reset);

static bool is_cpu_on(u32 function)
{
	return function == PSCI_0_2_FN_CPU_ON || function == PSCI_0_2_FN64_CPU_ON ||
	       function == KVM_PSCI_FN_CPU_ON;
}

NOKPROBE_SYMBOL(is_cpu_on);

/* kvm_psci_call(vcpu) */
static int at_psci(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	struct vm *vm;
	u64 mair;

	if (!is_cpu_on(lower_32_bits(vcpu_get_reg(vcpu, 0))) || !is_plain_guest(vcpu))
		return 0;
	mair = s2m_symbols.read_sys_reg(vcpu, MAIR_EL1);
	if (mair == s2m_mair_coherent(mair))
		return 0;
	raw_spin_lock(&lock);
	vm = find_vm(vcpu->kvm);
	if (vm)
		vm->coherent = false;
	raw_spin_unlock(&lock);
	return 0;
}

NOKPROBE_SYMBOL(at_psci);

/* kvm_arch_destroy_vm(kvm) */
static int at_destroy(struct kprobe *p, struct pt_regs *regs)
{
	const struct kvm *kvm = (const struct kvm *)regs->regs[0];
	struct vm *vm;

	raw_spin_lock(&lock);
	vm = find_vm(kvm);
	if (vm)
		*vm = vms[--nr_vms];
	raw_spin_unlock(&lock);
	return 0;
}

NOKPROBE_SYMBOL(at_destroy);

static struct kprobe probes[4];

static int arm(void)
{
	struct kprobe *all[ARRAY_SIZE(probes)];
	unsigned int i;

	/* unregister_kprobes() leaves marks that register_kprobes() refuses. */
	probes[0] = (struct kprobe) {
		.symbol_name = "kvm_toggle_cache", .pre_handler = at_toggle,
	};
	probes[1] = (struct kprobe) {
		.symbol_name = "kvm_reset_vcpu", .pre_handler = at_reset,
	};
	probes[2] = (struct kprobe) {
		.symbol_name = "kvm_psci_call", .pre_handler = at_psci,
	};
	probes[3] = (struct kprobe) {
		.symbol_name = "kvm_arch_destroy_vm", .pre_handler = at_destroy,
	};
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		all[i] = &probes[i];
	return register_kprobes(all, ARRAY_SIZE(all));
}

/* The VMs that have it, at this moment. */
static unsigned int count_vms(void)
{
	unsigned int i, count = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	for (i = 0; i < nr_vms; i++)
		count += vms[i].coherent;
	raw_spin_unlock_irqrestore(&lock, flags);
	return count;
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
	/* Nobody would tell when they go. */
	nr_vms = 0;
}

int s2m_coherent_prepare(bool wanted)
{
	int err;

	if (!wanted || armed)
		return 0;
	if (s2m_host_has_fwb()) {
		pr_info("coherent-ram is not needed on this host: with FEAT_S2FWB the hardware does it\n");
		return 0;
	}
	err = s2m_symbols.read_sys_reg && s2m_symbols.write_sys_reg ? arm() : -ENOENT;
	unavailable = err;
	WRITE_ONCE(armed, !err);
	return err;
}

void s2m_coherent_settle(bool in_force, bool wanted)
{
	if (!armed || (in_force && (wanted || count_vms())))
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
	       s2m_insn((const __le32 *)probes[0].addr) != probes[0].opcode ? "armed" : "off";
}
