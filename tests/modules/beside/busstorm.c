// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that reports uncorrected errors without end: for as many milliseconds as
 * "lasts" says, whoever listens to the tracepoint aer_event is told of errors of
 * "device", one right after the other, and one more whenever somebody looks for a function
 * by its address, as who judges an error does; and of a single one of "other", 500 ms after
 * the first. Nothing else hears of them. Test only.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static char *device = "";
module_param(device, charp, 0444);

static char *other = "";
module_param(other, charp, 0444);

static uint lasts = 1000;
module_param(lasts, uint, 0444);

static ulong told;
module_param(told, ulong, 0444);

#define SEVERITY_NONFATAL	0	/* AER_NONFATAL */
#define UNSUPPORTED_REQUEST	0x100000

static struct tracepoint *aer;
static struct task_struct *thread;
static unsigned long end;

static void look_at(struct tracepoint *tracepoint, void *unused)
{
	if (!strcmp(tracepoint->name, "aer_event"))
		aer = tracepoint;
}

/* What the header of a packet looks like differs between kernels; here there is none. */
typedef void probe_fn(void *data, const char *name, u32 status, u8 severity, u8 has_log,
		      const void *log, u8 bus_type);

static void tell_all(const char *name)
{
	struct tracepoint_func *func;

	preempt_disable();
	func = rcu_dereference_raw(aer->funcs);
	for (; func && func->func; func++)
		((probe_fn *)func->func)(func->data, name, UNSUPPORTED_REQUEST,
					 SEVERITY_NONFATAL, 0, NULL, 0);
	preempt_enable();
	told++;
}

static int at_search(struct kprobe *p, struct pt_regs *regs)
{
	if (time_before(jiffies, end))
		tell_all(device);
	return 0;
}

static struct kprobe search = {
	.symbol_name = "pci_get_domain_bus_and_slot",
	.pre_handler = at_search,
};

static int storm(void *unused)
{
	unsigned long then = jiffies + msecs_to_jiffies(500);

	while (!kthread_should_stop() && time_before(jiffies, end)) {
		tell_all(device);
		if (*other && time_after(jiffies, then)) {
			tell_all(other);
			other = "";
		}
		cond_resched();
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static int __init busstorm_init(void)
{
	int err;

	for_each_kernel_tracepoint(look_at, NULL);
	if (!aer)
		return -ENOENT;
	end = jiffies + msecs_to_jiffies(lasts);
	err = register_kprobe(&search);
	if (err)
		return err;
	thread = kthread_run(storm, NULL, KBUILD_MODNAME);
	if (!IS_ERR(thread))
		return 0;
	unregister_kprobe(&search);
	return PTR_ERR(thread);
}

static void __exit busstorm_exit(void)
{
	kthread_stop(thread);
	unregister_kprobe(&search);
}

module_init(busstorm_init);
module_exit(busstorm_exit);
MODULE_DESCRIPTION("reports errors of a PCI device without end");
MODULE_LICENSE("GPL");
