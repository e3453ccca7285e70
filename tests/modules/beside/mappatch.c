// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a livepatch of kvm_pgtable_stage2_map() is to ftrace: a callback that claims
 * the program counter for itself (IPMODIFY) and sets it to another function. That one
 * lets vCPUs fault again, without making a mapping. Test only.
 */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define ftrace_regs		pt_regs
#define ftrace_get_regs(regs)	(regs)
#endif

static int instead(void)
{
	return -EAGAIN;
}

static void notrace at_entry(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)instead);
#else
	instruction_pointer_set(ftrace_get_regs(fregs), (unsigned long)instead);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
/* Callers cannot free a filter there. */
#define ftrace_free_filter(ops)	ftrace_set_filter(ops, NULL, 0, 1)
#endif

static struct ftrace_ops ops = {
	.func = at_entry,
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
	.flags = FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
#else
	.flags = FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY |
		 FTRACE_OPS_FL_PERMANENT,
#endif
};

static int __init mappatch_init(void)
{
	char function[] = "kvm_pgtable_stage2_map";
	int err = ftrace_set_filter(&ops, function, strlen(function), 1);

	if (!err)
		err = register_ftrace_function(&ops);
	if (err)
		ftrace_free_filter(&ops);
	return err;
}

static void __exit mappatch_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

module_init(mappatch_init);
module_exit(mappatch_exit);
MODULE_DESCRIPTION("stands for a livepatch of kvm_pgtable_stage2_map()");
MODULE_LICENSE("GPL");
