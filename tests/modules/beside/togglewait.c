// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes two vCPUs of a VM turn their caches on at the same time, in this order: number
 * one writes SCTLR_EL1 and loses its CPU, as a thread may that is preempted; number
 * zero does so too, and comes as far as the first instruction of kvm_toggle_cache();
 * number one does all of it; number zero goes on. The parameter "met" counts how
 * often that came about. Test only.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_hyp.h>
#include <asm/virt.h>

#define PATIENCE_MS	2000

static uint met;
module_param(met, uint, 0444);

/* How far they are: SCTLR_EL1 written by one, seen by all handlers of zero. */
static bool one_written, zero_seen;

static u64 sctlr_of(const struct kvm_vcpu *vcpu)
{
	return is_kernel_in_hyp_mode() ? read_sysreg_s(SYS_SCTLR_EL12) :
					 vcpu->arch.ctxt.sys_regs[SCTLR_EL1];
}

static bool wait_for(const bool *step)
{
	unsigned int ms;

	/* Pairs with smp_store_release() in before() and after(). */
	for (ms = 0; ms < PATIENCE_MS && !smp_load_acquire(step); ms++)
		mdelay(1);
	return ms < PATIENCE_MS;
}

/* HCR_EL2.TVM goes when all of it is done. */
static bool wait_until_done(const struct kvm_vcpu *vcpu)
{
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS && (READ_ONCE(vcpu->arch.hcr_el2) & HCR_TVM); ms++)
		mdelay(1);
	return ms < PATIENCE_MS;
}

static bool turns_caches_on(const struct kvm_vcpu *vcpu, const struct pt_regs *regs)
{
	return (sctlr_of(vcpu) & SCTLR_ELx_C) && !(regs->regs[1] & 0xff);
}

static int before(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	if (!turns_caches_on(vcpu, regs))
		return 0;
	/* As kvm_arch_vcpu_put() does when the thread loses its CPU. */
	WRITE_ONCE(vcpu->arch.ctxt.sys_regs[SCTLR_EL1], sctlr_of(vcpu));
	if (vcpu->vcpu_id == 0) {
		wait_for(&one_written);
	} else {
		/* Pairs with wait_for(): SCTLR_EL1 has been written. */
		smp_store_release(&one_written, true);
		wait_for(&zero_seen);
	}
	return 0;
}

static void after(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	if (vcpu->vcpu_id != 0 || !turns_caches_on(vcpu, regs))
		return;
	/* Pairs with wait_for(): the caches of vCPU 0 are on. */
	smp_store_release(&zero_seen, true);
	met += wait_until_done(kvm_get_vcpu(vcpu->kvm, 1));
	one_written = false;
	zero_seen = false;
}

static struct kprobe probe = {
	.symbol_name = "kvm_toggle_cache",
	.pre_handler = before,
	.post_handler = after,
};

static int __init togglewait_init(void)
{
	return register_kprobe(&probe);
}

static void __exit togglewait_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(togglewait_init);
module_exit(togglewait_exit);
MODULE_DESCRIPTION("lets two vCPUs turn their caches on at the same time");
MODULE_LICENSE("GPL");
