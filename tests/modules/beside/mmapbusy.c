// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the VMM's mmap_lock busy while KVM maps a page, as a thread would that
 * calls mmap() at the wrong moment. Each write to the parameter "left" lets it
 * happen that many times. Test only.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/sched.h>

static int left;
module_param(left, int, 0644);

static int entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	bool *held = (bool *)instance->data;

	/* The lock alone: mmap_write_trylock() is not there on every kernel. */
	*held = current->mm && READ_ONCE(left) > 0 &&
		down_write_trylock(&current->mm->mmap_lock);
	if (*held)
		WRITE_ONCE(left, left - 1);
	return 0;
}

static int leave(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (*(bool *)instance->data)
		up_write(&current->mm->mmap_lock);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "kvm_pgtable_stage2_map",
	.entry_handler = entry,
	.handler = leave,
	.data_size = sizeof(bool),
};

static int __init mmapbusy_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit mmapbusy_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(mmapbusy_init);
module_exit(mmapbusy_exit);
MODULE_DESCRIPTION("makes mmap_lock busy while KVM maps a page");
MODULE_LICENSE("GPL");
