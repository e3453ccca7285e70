// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls kvm_pgtable_stage2_create_unlinked() by its address, as a kernel might whose KVM
 * chooses between two: for memory at "phys", as if a block were split. Nothing but where
 * it leads to is there to work with, so it must not begin. "result" is what it returns.
 * Test only.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/version.h>
#include <asm/kvm_pgtable.h>

static unsigned long phys;
module_param(phys, ulong, 0444);

static long result;
module_param(result, long, 0444);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
static int __init callsplit_init(void)
{
	struct kprobe probe = {
		.symbol_name = "kvm_pgtable_stage2_create_unlinked",
		.flags = KPROBE_FLAG_DISABLED,
	};
	typeof(kvm_pgtable_stage2_create_unlinked) *split;
	int err = register_kprobe(&probe);

	if (err)
		return err;
	split = (void *)probe.addr;
	unregister_kprobe(&probe);
	result = PTR_ERR(split(NULL, phys, 2, KVM_PGTABLE_PROT_R, NULL, true));
	return 0;
}
#else
static int __init callsplit_init(void)
{
	return -ENOENT;
}
#endif

static void __exit callsplit_exit(void)
{
}

module_init(callsplit_init);
module_exit(callsplit_exit);
MODULE_DESCRIPTION("has KVM split a block that is nobody's, by address");
MODULE_LICENSE("GPL");
