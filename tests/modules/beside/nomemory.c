// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the memory away from one of s2memattr's functions: allocations that it asks
 * for, itself or by what it calls, fail as they would without memory. The parameter
 * "function" names it, and "left" says how many of its calls are to go so. Test only.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>

static char *function = "";
module_param(function, charp, 0444);

static int left;
module_param(left, int, 0644);

static uint failed;
module_param(failed, uint, 0444);

/* Who is in that function now; s2memattr calls it from one task at a time. */
static struct task_struct *inside;

static int entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (READ_ONCE(left) <= 0)
		return 1;
	WRITE_ONCE(left, left - 1);
	WRITE_ONCE(inside, current);
	return 0;
}

static int leave(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	WRITE_ONCE(inside, NULL);
	return 0;
}

static struct kretprobe caller = {
	.entry_handler = entry,
	.handler = leave,
	.maxactive = 4,
};

static int at_allocation(struct kprobe *p, struct pt_regs *regs)
{
	if (READ_ONCE(inside) != current)
		return 0;
	failed++;
	/* It returns NULL at once. */
	regs->regs[0] = 0;
	instruction_pointer_set(regs, regs->regs[30]);
	return 1;
}

/* kvmalloc(), in the words of the kernels from 5.10 on. */
static const char * const names[] = { "__kvmalloc_node_noprof", "kvmalloc_node" };
static struct kprobe allocation;

static int follow_allocations(void)
{
	int err = -ENOENT, i;

	for (i = 0; i < ARRAY_SIZE(names) && err; i++) {
		allocation = (struct kprobe) {
			.symbol_name = names[i],
			.pre_handler = at_allocation,
		};
		err = register_kprobe(&allocation);
	}
	return err;
}

static int __init nomemory_init(void)
{
	int err = follow_allocations();

	if (err)
		return err;
	caller.kp.symbol_name = function;
	err = register_kretprobe(&caller);
	if (err)
		unregister_kprobe(&allocation);
	return err;
}

static void __exit nomemory_exit(void)
{
	unregister_kretprobe(&caller);
	unregister_kprobe(&allocation);
}

module_init(nomemory_init);
module_exit(nomemory_exit);
MODULE_DESCRIPTION("takes the memory away from a function of s2memattr");
MODULE_LICENSE("GPL");
