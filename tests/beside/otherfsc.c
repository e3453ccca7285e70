// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a guest's stage-2 alignment fault into a fault of another kind, before KVM
 * looks at it: no emulator raises those that KVM does not handle (TLB conflict and
 * the like). The parameter "fsc" is what ESR_EL2 is to say; 0 leaves all as it is.
 * Test only.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <asm/esr.h>

#define FSC_ALIGNMENT	0x21

static uint fsc;
module_param(fsc, uint, 0644);

static int at_entry(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	if (fsc && (vcpu->arch.fault.esr_el2 & ESR_ELx_FSC) == FSC_ALIGNMENT)
		vcpu->arch.fault.esr_el2 += fsc - FSC_ALIGNMENT;
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "kvm_handle_guest_abort",
	.pre_handler = at_entry,
};

static int __init otherfsc_init(void)
{
	return register_kprobe(&probe);
}

static void __exit otherfsc_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(otherfsc_init);
module_exit(otherfsc_exit);
MODULE_DESCRIPTION("turns alignment faults of guests into other faults");
MODULE_LICENSE("GPL");
