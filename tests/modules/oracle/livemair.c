// SPDX-License-Identifier: GPL-2.0-only
/*
 * livemair - MAIR_EL1 of a guest where it is at work, for tests.
 *
 * The parameter "mair" has it for the first vCPUs of the VM that exited last, as
 * it was then: the CPU's own register on VHE, what KVM is about to put back into
 * it otherwise.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <asm/kvm_hyp.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#define NR_VCPUS	4

static ulong mair[NR_VCPUS];
module_param_array(mair, ulong, NULL, 0444);

static int at_exit(struct kprobe *p, struct pt_regs *regs)
{
	const struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];

	if (vcpu->vcpu_id < NR_VCPUS)
		WRITE_ONCE(mair[vcpu->vcpu_id], is_kernel_in_hyp_mode() ?
			   read_sysreg_s(SYS_MAIR_EL12) : vcpu->arch.ctxt.sys_regs[MAIR_EL1]);
	return 0;
}

static struct kprobe probe = { .symbol_name = "handle_exit", .pre_handler = at_exit };

static int __init livemair_init(void)
{
	return register_kprobe(&probe);
}

static void __exit livemair_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(livemair_init);
module_exit(livemair_exit);
MODULE_DESCRIPTION("reads a guest's MAIR_EL1 where it is at work");
MODULE_LICENSE("GPL");
