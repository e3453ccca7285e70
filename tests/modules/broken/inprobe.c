// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a mapping from inside a probe's handler: kprobes do not nest, so all
 * others that lie on the way are passed over and counted as missed. Each write
 * to the parameter "left" lets it happen that many times. Test only.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static unsigned long ipa;
module_param(ipa, ulong, 0644);
static int left;
module_param(left, int, 0644);

/* kvm_pgtable_stage2_map(): six arguments or seven, all of them in registers. */
typedef int map_fn(u64, u64, u64, u64, u64, u64, u64);

static int entry(struct kprobe *probe, struct pt_regs *regs)
{
	map_fn *map = (map_fn *)probe->addr;
	const u64 *x = regs->regs;

	if (READ_ONCE(left) <= 0 || x[1] != ipa)
		return 0;
	WRITE_ONCE(left, left - 1);
	regs->regs[0] = map(x[0], x[1], x[2], x[3], x[4], x[5], x[6]);
	/* As if the function had returned. */
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

static struct kprobe probe = {
	.symbol_name = "kvm_pgtable_stage2_map",
	.pre_handler = entry,
};

static int __init inprobe_init(void)
{
	return register_kprobe(&probe);
}

static void __exit inprobe_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(inprobe_init);
module_exit(inprobe_exit);
MODULE_DESCRIPTION("maps guest memory from inside a probe's handler");
MODULE_LICENSE("GPL");
