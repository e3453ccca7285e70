// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has a change linger between its preparations and its publishing, where it holds its own
 * lock and no other: in place of s2m_coherent_prepare(), which has nothing to do where no
 * rule is about VMs. "ms" is for how long, once for each write; "lingers" is 1 meanwhile.
 * Test only.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static uint ms;
module_param(ms, uint, 0644);

static bool lingers;
module_param(lingers, bool, 0444);

static int linger(bool has_rules)
{
	unsigned int duration = xchg(&ms, 0);

	WRITE_ONCE(lingers, true);
	msleep(duration);
	WRITE_ONCE(lingers, false);
	return 0;
}

static int at_prepare(struct kprobe *p, struct pt_regs *regs)
{
	if (!READ_ONCE(ms) || (regs->regs[0] & 0xff))
		return 0;
	instruction_pointer_set(regs, (unsigned long)linger);
	return 1;
}

static struct kprobe probe = {
	.symbol_name = "s2m_coherent_prepare",
	.pre_handler = at_prepare,
};

static int __init lingers_init(void)
{
	return register_kprobe(&probe);
}

static void __exit lingers_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(lingers_init);
module_exit(lingers_exit);
MODULE_DESCRIPTION("has a change of the policy linger");
MODULE_LICENSE("GPL");
