// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds kvm->mmu_lock from the moment that a guest faults, for as many milliseconds
 * as the parameter "ms" says, as a writer would whose CPU a hypervisor has taken
 * away. Each write to the parameter "left" lets it happen that many times. What is
 * written to "hold" is for how many milliseconds to hold the lock of the VM that
 * faulted last, while no CPU is kept busy by that. "sections" counts how often somebody
 * began to read the memslots of that VM, as whoever goes through its tables does before
 * he takes the lock. Test only.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/timer.h>

static int left;
module_param(left, int, 0644);

static uint ms;
module_param(ms, uint, 0644);

/* For how long it was the last time: other CPUs may be away longer than asked. */
static uint held_ms;
module_param(held_ms, uint, 0444);

static struct kvm *held;
static ktime_t since;

/*
 * The lock alone: the thread that takes it is not the one that gives it back. Of use
 * only where the module waits for it, so not where it sleeps.
 */
#if defined(CONFIG_PREEMPT_RT)
static bool take(struct kvm *kvm)
{
	return false;
}

static void give(struct kvm *kvm)
{
}
#elif defined(KVM_HAVE_MMU_RWLOCK)
static bool take(struct kvm *kvm)
{
	return arch_write_trylock(&kvm->mmu_lock.raw_lock);
}

static void give(struct kvm *kvm)
{
	arch_write_unlock(&kvm->mmu_lock.raw_lock);
}
#else
static bool take(struct kvm *kvm)
{
	return arch_spin_trylock(&kvm->mmu_lock.rlock.raw_lock);
}

static void give(struct kvm *kvm)
{
	arch_spin_unlock(&kvm->mmu_lock.rlock.raw_lock);
}
#endif

/* On another CPU: the faulting one may have its interrupts masked while it waits. */
static void give_back(void *unused)
{
	mdelay(ms);
	give(held);
	held_ms = ktime_ms_delta(ktime_get(), since);
	WRITE_ONCE(held, NULL);
}

static call_single_data_t release;

/* Not kept alive: the test does that. */
static struct kvm *last;

/*
 * In an interrupt: all CPUs may be waiting for the lock. And on each of them: one that
 * waits may have left its timers to a thread, which then does not come to run.
 */
static DEFINE_PER_CPU(struct timer_list, let_go_timer);
static atomic_t timers;

static void let_go(struct timer_list *unused)
{
	struct kvm *kvm = xchg(&held, NULL);

	if (kvm)
		give(kvm);
	atomic_dec(&timers);
}

static void let_go_later(unsigned long when)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct timer_list *timer = per_cpu_ptr(&let_go_timer, cpu);

		atomic_inc(&timers);
		timer_setup(timer, let_go, TIMER_PINNED);
		timer->expires = when;
		add_timer_on(timer, cpu);
	}
}

static int hold_set(const char *text, const struct kernel_param *unused)
{
	struct kvm *kvm = READ_ONCE(last);
	unsigned int duration;
	int err = kstrtouint(text, 0, &duration);

	if (err)
		return err;
	/* Who takes it without being its owner must not be preempted in between. */
	preempt_disable();
	if (!kvm || READ_ONCE(held) || atomic_read(&timers) || !take(kvm))
		err = -EBUSY;
	else
		held = kvm;
	preempt_enable();
	if (!err)
		let_go_later(jiffies + msecs_to_jiffies(duration));
	return err;
}

static const struct kernel_param_ops hold_ops = { .set = hold_set };
module_param_cb(hold, &hold_ops, NULL, 0200);

static int at_entry(struct kprobe *p, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	unsigned int other = cpumask_any_but(cpu_online_mask, smp_processor_id());

	WRITE_ONCE(last, vcpu->kvm);
	if (READ_ONCE(left) <= 0 || other >= nr_cpu_ids || READ_ONCE(held) ||
	    !take(vcpu->kvm))
		return 0;
	WRITE_ONCE(left, left - 1);
	held = vcpu->kvm;
	since = ktime_get();
	smp_call_function_single_async(other, &release);
	return 0;
}

static uint sections;
module_param(sections, uint, 0644);

static int at_section(struct kprobe *p, struct pt_regs *regs)
{
	const struct kvm *kvm = READ_ONCE(last);

	if (kvm && regs->regs[0] == (unsigned long)&kvm->srcu)
		WRITE_ONCE(sections, sections + 1);
	return 0;
}

static struct kprobe entry_probe = {
	.symbol_name = "kvm_handle_guest_abort",
	.pre_handler = at_entry,
};

static struct kprobe section_probe = {
	.symbol_name = "__srcu_read_lock",
	.pre_handler = at_section,
};

static struct kprobe *probes[] = { &entry_probe, &section_probe };

static int __init mmubusy_init(void)
{
	release.func = give_back;
	return register_kprobes(probes, ARRAY_SIZE(probes));
}

static void __exit mmubusy_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
	/* And a little longer, for the code of the timer. */
	do {
		msleep(20);
	} while (READ_ONCE(held) || atomic_read(&timers));
}

module_init(mmubusy_init);
module_exit(mmubusy_exit);
MODULE_DESCRIPTION("holds mmu_lock while a guest faults");
MODULE_LICENSE("GPL");
