// SPDX-License-Identifier: GPL-2.0-only
/*
 * An access that Device memory does not take (an unaligned one, DC ZVA) through
 * a guest mapping that is Normal ends in a stage-2 fault that KVM does not
 * handle: it reports an unsupported FSC and fails KVM_RUN with -EFAULT. Here the
 * guest gets what a machine without stage 2 would have given it, an alignment
 * fault of its own.
 *
 * The probe sits on the call of printk() in that report. No other fault passes
 * the probe: it replaces one word of kvm_handle_guest_abort(), off the path of all
 * faults that KVM handles, and these cost what they cost without it, to the
 * instruction. The message, which guests can produce at will, is not printed any more.
 * The handler does not ask what the policy is: while the probe is in, there may be
 * mappings that this module made Device. The probe goes in before the first of these
 * and out after the last. (A vCPU that took such a fault before the last mapping went,
 * and gets here after the probe did, is lost as it would be without this module; it
 * would have to be off its CPU during all of the switch.)
 *
 * All that a handler does here it does on the vCPU's own thread, between two
 * statements of kvm_handle_guest_abort() and with preemption disabled: the vCPU
 * is loaded and stays so, and nobody else is changing it.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <asm/esr.h>
#include <asm/kvm_emulate.h>

#include "compat/exception.h"
#include "compat/nested.h"
#include "kernel/host.h"
#include "kernel/insn.h"
#include "kernel/symbols.h"
#include "policy/live.h"
#include "survival/abort_site.h"
#include "survival/emulate.h"
#include "survival/inside.h"
#include "survival/sea.h"
#include "survival/survival.h"
#include "tell/stats.h"
#include "tell/trace.h"

#define DFSC_ALIGNMENT	0x21

/*
 * HPFAR_EL2 means nothing after an alignment fault. Newer kernels find the IPA
 * by translating FAR_EL2 and say so in the NS bit of their copy. That bit of the
 * register is RES0 for KVM, so in the plain copy of older kernels it is clear.
 */
#define HPFAR_VALID	BIT_ULL(63)
#define HPFAR_FIPA	GENMASK_ULL(47, 4)	/* IPA[55:12] */

static struct s2m_abort_site site;
static struct kprobe probe;
static bool armed;

/* Are such accesses to be carried out? Not before the probe is there as well. */
static bool emulating;

/* Is there to be a guard against what devices refuse? Written under guard_lock. */
static bool guarded;
static DEFINE_MUTEX(guard_lock);

static bool is_alignment_fault(const struct kvm_vcpu *vcpu)
{
	u64 esr = kvm_vcpu_get_esr(vcpu);

	return ESR_ELx_EC(esr) == ESR_ELx_EC_DABT_LOW &&
	       (esr & ESR_ELx_FSC) == DFSC_ALIGNMENT && !(esr & ESR_ELx_S1PTW);
}

NOKPROBE_SYMBOL(is_alignment_fault);

/*
 * ESR_EL1 for a data abort. ISV and what depends on it are for stage 2 only, and
 * IL is set wherever ISV is clear, whatever the instruction's length.
 */
static u64 esr_for_guest(const struct kvm_vcpu *vcpu, u64 iss)
{
	u64 class = vcpu_mode_priv(vcpu) ? ESR_ELx_EC_DABT_CUR : ESR_ELx_EC_DABT_LOW;

	return class << ESR_ELx_EC_SHIFT | ESR_ELx_IL | iss;
}

NOKPROBE_SYMBOL(esr_for_guest);

/* Where the fault was, for the trace. kvm->srcu is not held at the site. */
static const struct s2m_device *find_bar(const struct kvm_vcpu *vcpu)
{
	u64 hpfar = vcpu->arch.fault.hpfar_el2;
	const struct s2m_device *bar = NULL;
	struct kvm_memory_slot *slot;
	struct kvm *kvm = vcpu->kvm;
	phys_addr_t phys;
	gfn_t gfn;
	int idx;

	if (!(hpfar & HPFAR_VALID) || kvm->mm != current->mm)
		return NULL;
	gfn = FIELD_GET(HPFAR_FIPA, hpfar) >> (PAGE_SHIFT - 12);
	idx = srcu_read_lock(&kvm->srcu);
	slot = __gfn_to_memslot(kvm_memslots(kvm), gfn);
	if (slot && s2m_host_phys(kvm->mm, __gfn_to_hva_memslot(slot, gfn), &phys))
		bar = s2m_index_device(s2m_live_rules()->index, phys, PAGE_SIZE);
	srcu_read_unlock(&kvm->srcu, idx);
	return bar;
}

NOKPROBE_SYMBOL(find_bar);

/*
 * kvm_inject_dabt() and its successors prepare external aborts, which are not
 * quite the same: they have another route under FEAT_DoubleFault2.
 */
static void inject(struct kvm_vcpu *vcpu, u64 esr, u64 far)
{
	s2m_raise_sync(vcpu, s2m_symbols.inject_dabt);
	s2m_symbols.write_sys_reg(vcpu, far, FAR_EL1);
	s2m_symbols.write_sys_reg(vcpu, esr, ESR_EL1);
}

NOKPROBE_SYMBOL(inject);

/* The fault in ESR_EL2 becomes the guest's. */
static void reflect(struct kvm_vcpu *vcpu)
{
	u64 iss = (kvm_vcpu_get_esr(vcpu) & (ESR_ELx_CM | ESR_ELx_WNR)) | DFSC_ALIGNMENT;
	/* Read before inject(), in which older kernels move the PC to the vector. */
	u64 pc = *vcpu_pc(vcpu), esr = esr_for_guest(vcpu, iss);

	inject(vcpu, esr, kvm_vcpu_get_hfar(vcpu));
	s2m_count(S2M_STAT_ALIGNMENT);
	if (trace_alignment_enabled())
		trace_alignment(pc, kvm_vcpu_get_hfar(vcpu), esr, find_bar(vcpu));
}

NOKPROBE_SYMBOL(reflect);

/*
 * A device may refuse an access that is carried out for a guest. The guard (sea.c) keeps
 * that from ending the host, as long as a thread can be in s2m_survival_work(); no longer,
 * because it is a change of the kernel's text. Who switches the guard off does not wait
 * for these threads; a worker looks for them.
 */
static void unguard(struct work_struct *work);
static DECLARE_DELAYED_WORK(unguard_work, unguard);

/* Between two looks, in jiffies. */
#define UNGUARD_PERIOD	(HZ / 10)

static void unguard(struct work_struct *work)
{
	mutex_lock(&guard_lock);
	if (!guarded) {
		/*
		 * Handlers run with preemption disabled: those that have seen @guarded
		 * otherwise are counted now, whoever called this.
		 */
		synchronize_rcu();
		if (s2m_inside_any())
			schedule_delayed_work(&unguard_work, UNGUARD_PERIOD);
		else
			s2m_sea_disarm();
	}
	mutex_unlock(&guard_lock);
}

/* The guard is wanted while emulation is on and the probe is in. */
static int set_guard(bool wanted)
{
	int err = 0;

	mutex_lock(&guard_lock);
	if (wanted)
		err = s2m_sea_arm();
	WRITE_ONCE(guarded, wanted && !err);
	mutex_unlock(&guard_lock);
	if (!guarded)
		unguard(NULL);
	return err;
}

/*
 * Runs in place of printk(), as if kvm_handle_guest_abort() had called it: in process
 * context, where the guest's and the VMM's memory can be touched.
 */
refcount_t *s2m_survival_work(void *argument)
{
	struct kvm_vcpu *vcpu = argument;
	struct s2m_guest_fault fault;

	switch (s2m_emulate(vcpu, &fault)) {
	case S2M_EMU_DONE:
		s2m_count(S2M_STAT_EMULATED);
		break;
	case S2M_EMU_AGAIN:
		break;
	case S2M_EMU_FAULT:
		inject(vcpu, esr_for_guest(vcpu, fault.fsc | (fault.write ? ESR_ELx_WNR : 0)),
		       fault.far);
		break;
	default:
		preempt_disable();
		reflect(vcpu);
		preempt_enable();
	}
	return &s2m_inside_count;
}

unsigned long s2m_survival_resume __ro_after_init;

/*
 * It has no code behind the call but the jump out of this module: see survival/inside.c.
 * The address that it returns to is read from where nobody can write, not from the stack:
 * so it needs no signature, and which key a kernel would sign with, or whether it changes
 * keys when it changes tasks (CONFIG_ARM64_PTR_AUTH_KERNEL), does not matter. The one on
 * the stack is for who unwinds it.
 */
asm("	.pushsection .text, \"ax\"\n"
"	.balign	4\n"
"	.global	s2m_survival_enter\n"
"	.type	s2m_survival_enter, %function\n"
"s2m_survival_enter:\n"
"	stp	x29, x30, [sp, #-16]!\n"
"	mov	x29, sp\n"
"	bl	s2m_survival_work\n"
"	ldr	x29, [sp], #16\n"
"	adrp	x30, s2m_survival_resume\n"
"	ldr	x30, [x30, :lo12:s2m_survival_resume]\n"
"	b	s2m_inside_leave\n"
"	.size	s2m_survival_enter, . - s2m_survival_enter\n"
"	.popsection\n");

static int at_report(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu;

	if (!s2m_abort_site_reached(&site, regs))
		return 0;
	vcpu = s2m_symbols.running_vcpu();
	if (!vcpu || !is_alignment_fault(vcpu) || !s2m_vcpu_is_plain(vcpu))
		return 0;

	/* Back to the guest, and no word to the log. */
	if (READ_ONCE(guarded) && s2m_sea_is_armed()) {
		s2m_inside_add();
		s2m_abort_site_call(&site, regs, s2m_survival_enter, vcpu);
		return 1;
	}
	reflect(vcpu);
	s2m_abort_site_leave(&site, regs, 1);
	return 1;
}

NOKPROBE_SYMBOL(at_report);

void s2m_survival_find(void)
{
	if (!s2m_symbols.printk || !s2m_symbols.write_sys_reg ||
	    !s2m_can_raise_sync(s2m_symbols.inject_dabt))
		return;
	s2m_emulate_init();
	if (s2m_abort_site_find(&site)) {
		s2m_survival_resume = site.way.resume;
		return;
	}
	site.call = NULL;
	pr_warn("found no report of an unsupported FSC in %ps: %s\n",
		s2m_symbols.guest_abort, S2M_LOST_SURVIVAL);
}

void s2m_survival_arm(void)
{
	int err;

	if (!site.call)
		return;
	/* unregister_kprobe() leaves marks that register_kprobe() refuses. */
	probe = (struct kprobe) {
		.addr = site.call,
		.pre_handler = at_report,
	};
	err = register_kprobe(&probe);
	if (err)
		pr_warn("cannot put a probe at %pS (%d): %s\n",
			site.call, err, S2M_LOST_SURVIVAL);
	armed = !err;
	if (emulating && set_guard(armed))
		pr_warn("cannot put a probe at %ps: %s\n", s2m_symbols.do_sea, S2M_LOST_EMULATION);
}

void s2m_survival_disarm(void)
{
	if (!armed)
		return;
	unregister_kprobe(&probe);
	armed = false;
	if (emulating)
		set_guard(false);
}

const char *s2m_survival_state(void)
{
	if (!site.call)
		return "unavailable";
	/* All kprobes can be switched off in debugfs, behind our back. */
	return READ_ONCE(armed) && s2m_insn(site.call) != site.insn ? "armed" : "off";
}

int s2m_survival_set_emulating(bool on)
{
	int err = 0;

	if (on && (!site.call || !s2m_sea_known() || !s2m_inside_possible()))
		return -EOPNOTSUPP;
	if (armed)
		err = set_guard(on);
	if (!err)
		WRITE_ONCE(emulating, on);
	return err;
}

bool s2m_survival_is_emulating(void)
{
	return READ_ONCE(emulating);
}

void s2m_survival_exit(void)
{
	/* None can wait for long: see guest_memory.c. */
	while (s2m_inside_any())
		schedule_timeout_uninterruptible(1);
	cancel_delayed_work_sync(&unguard_work);
	unguard(NULL);
}
