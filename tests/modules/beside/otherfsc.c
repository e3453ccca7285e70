// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns a guest's stage-2 alignment fault into a fault of another kind, before KVM
 * looks at it: no emulator raises those that KVM does not handle (TLB conflict and
 * the like). The parameter "fsc" is what ESR_EL2 is to say; 0 leaves all as it is.
 * "from" is another code to begin with, with "mask" for its level. "page" is the
 * virtual address of a page of which it must be, "ipa" the guest's physical address of
 * a range of "bytes": translation faults can so become alignment faults, which no
 * emulator has for DC ZVA, nor for a page that is in its TLB. Test only.
 */
#include <linux/bits.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <asm/esr.h>

#define FSC_ALIGNMENT	0x21

static uint fsc;
module_param(fsc, uint, 0644);

static uint from = FSC_ALIGNMENT;
module_param(from, uint, 0644);

static uint mask = ESR_ELx_FSC;
module_param(mask, uint, 0644);

static ulong page;
module_param(page, ulong, 0644);

static ulong ipa;
module_param(ipa, ulong, 0644);

static ulong bytes;
module_param(bytes, ulong, 0644);

/* HPFAR_EL2 is valid for translation faults. */
static bool is_in_range(u64 hpfar)
{
	return !bytes || ((hpfar & GENMASK_ULL(39, 4)) << 8) - ipa < bytes;
}

static bool is_meant(const struct kvm_vcpu_fault_info *fault)
{
	return fsc && (fault->esr_el2 & mask) == from &&
	       (!page || (fault->far_el2 & ~0xfffUL) == page) && is_in_range(fault->hpfar_el2);
}

static int at_entry(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	if (is_meant(&vcpu->arch.fault))
		vcpu->arch.fault.esr_el2 = (vcpu->arch.fault.esr_el2 & ~ESR_ELx_FSC) | fsc;
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
