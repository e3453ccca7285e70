// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes s2memattr's attempts to put its hook in fail, as many as the parameter "left"
 * says, as they would without memory. What it has in place stays. Test only.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static int left;
module_param(left, int, 0644);

static int at_entry(struct kprobe *p, struct pt_regs *regs)
{
	if (READ_ONCE(left) <= 0)
		return 0;
	WRITE_ONCE(left, left - 1);
	/* It returns at once. */
	regs->regs[0] = -ENOMEM;
	instruction_pointer_set(regs, regs->regs[30]);
	return 1;
}

static struct kprobe probe = {
	.symbol_name = "s2m_hook_arm",
	.pre_handler = at_entry,
};

static int __init hookfails_init(void)
{
	return register_kprobe(&probe);
}

static void __exit hookfails_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(hookfails_init);
module_exit(hookfails_exit);
MODULE_DESCRIPTION("makes s2memattr fail to put its hook in");
MODULE_LICENSE("GPL");
