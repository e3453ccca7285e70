// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes two vCPUs of a VM turn their caches on at the same time, in this order: the
 * second one writes SCTLR_EL1 and loses its CPU, as a thread may that is preempted;
 * the first one does all of it; the second one goes on. The parameter "met" counts
 * how often that came about. Test only.
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

/* The second one is between its write and kvm_toggle_cache(). */
static bool written;

static u64 sctlr_of(const struct kvm_vcpu *vcpu)
{
	return is_kernel_in_hyp_mode() ? read_sysreg_s(SYS_SCTLR_EL12) :
					 vcpu->arch.ctxt.sys_regs[SCTLR_EL1];
}

static bool wait_until_written(void)
{
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS && !smp_load_acquire(&written); ms++)
		mdelay(1);
	return ms < PATIENCE_MS;
}

/* HCR_EL2.TVM goes when all of it is done. */
static bool wait_until_done(const struct kvm_vcpu *first)
{
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS && (READ_ONCE(first->arch.hcr_el2) & HCR_TVM); ms++)
		mdelay(1);
	return ms < PATIENCE_MS;
}

static int at_toggle(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	u64 sctlr = sctlr_of(vcpu);

	if (!(sctlr & SCTLR_ELx_C) || (regs->regs[1] & 0xff))
		return 0;
	if (vcpu->vcpu_id == 0) {
		wait_until_written();
		return 0;
	}
	/* As kvm_arch_vcpu_put() does when the thread loses its CPU. */
	WRITE_ONCE(vcpu->arch.ctxt.sys_regs[SCTLR_EL1], sctlr);
	smp_store_release(&written, true);
	if (wait_until_done(kvm_get_vcpu(vcpu->kvm, 0)))
		met++;
	written = false;
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "kvm_toggle_cache",
	.pre_handler = at_toggle,
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
