// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a livepatch of kvm_pgtable_walk(), or of what the parameter "function" says, is
 * to ftrace: a callback that claims the program counter for itself (IPMODIFY). It sets
 * it to where the function would go on anyway. Test only.
 */
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define ftrace_regs		pt_regs
#define ftrace_get_regs(regs)	(regs)
#endif

static void notrace at_walk(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
	ftrace_regs_set_instruction_pointer(fregs, ip + AARCH64_INSN_SIZE);
#else
	instruction_pointer_set(ftrace_get_regs(fregs), ip + AARCH64_INSN_SIZE);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
/* kvm_pgtable_walk() is inlined there; and callers cannot free a filter. */
#define FUNCTION		"_kvm_pgtable_walk"
#define ftrace_free_filter(ops)	ftrace_set_filter(ops, NULL, 0, 1)
#else
#define FUNCTION		"kvm_pgtable_walk"
#endif

static char function[64] = FUNCTION;
module_param_string(function, function, sizeof(function), 0444);

static struct ftrace_ops ops = {
	.func = at_walk,
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
	.flags = FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
#else
	.flags = FTRACE_OPS_FL_DYNAMIC | FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY |
		 FTRACE_OPS_FL_PERMANENT,
#endif
};

static int __init walkpatch_init(void)
{
	int err = ftrace_set_filter(&ops, function, strlen(function), 1);

	if (!err)
		err = register_ftrace_function(&ops);
	if (err)
		ftrace_free_filter(&ops);
	return err;
}

static void __exit walkpatch_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

module_init(walkpatch_init);
module_exit(walkpatch_exit);
MODULE_DESCRIPTION("stands for a livepatch of a function of KVM");
MODULE_LICENSE("GPL");
