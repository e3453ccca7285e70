// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook is in the way of every stage-2 fault, and nearly all faults are for
 * RAM. So it is taken out when no device memory has been mapped for a while. A
 * sentinel stays behind, where only faults on device memory pass: at the entry
 * of the function by which KVM looks into a VM_PFNMAP or VM_IO VMA. Mappings
 * that exist stay as they are; they were made under the policy in force.
 *
 * What the sentinel sees while the hook is out must not be mapped. It runs in
 * the vCPU's thread, after KVM has read kvm->mmu_invalidate_seq for this fault
 * and before it takes mmu_lock to compare it. So it increments that number, as
 * an MMU notifier would; KVM then drops what it was about to do and lets the
 * vCPU fault again, and again, until a work item has put the hook in:
 *
 *	armed -- none for some time --> leaving (hook and sentinel in)
 *	  ^ ^                              |     |
 *	  | '--- a fault on device memory -'     | a grace period
 *	  |                                      v
 *	  '----- a fault on device memory --- standby (sentinel in)
 *
 * Arming: the hook is in before faults are let through again.
 *
 * Leaving: a fault may have passed where the sentinel now is before it was
 * there, and not have reached the hook yet. In between KVM does not sleep (if it
 * has to fault the host page in, it looks again and so passes again) nor return
 * to user space, so when synchronize_rcu_tasks() has seen every task do one of
 * these (and synchronize_rcu() every CPU, which says the same where kernels do
 * not preempt), that fault has made its mapping, through the hook. A fault that
 * the sentinel sees meanwhile needs no waiting: it calls the leaving off. Which
 * of the two comes first, one cmpxchg() on the state decides: either the fault
 * finds the hook, which then stays, or it finds standby and is sent back.
 *
 * So no mapping is made without the hook. What remains is counted as missed,
 * and what has been missed faults again (watch.c):
 *
 *  - mmu_lock cannot be had within PATIENCE_NS: the fault goes on.
 *  - The hook cannot be put in again (kprobes are switched off, there is no
 *    memory). Rather than let the vCPU fault forever, faults get KVM's own
 *    answer until it can.
 *
 * Which faults pass the sentinel: KVM first asks get_user_pages(), which does
 * not give it pages of VM_PFNMAP (their entries are special) nor, when it looks
 * at the VMA, of VM_IO. The fast variant does not look at the VMA: memory with
 * struct pages in a VMA that is VM_IO only, not VM_PFNMAP, is found there and
 * not seen from standby. No PCI driver maps a BAR so, VFIO and sysfs do not.
 *
 * The sentinel needs an mmu_lock that can be tried in a handler: where that
 * sleeps (PREEMPT_RT), and where KVM has no such function, the hook stays in. So
 * it does where memory is mapped before there is a fault (early.c).
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kvm_host.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "compat/send_back.h"
#include "demand.h"
#include "early.h"
#include "hook.h"
#include "policy.h"
#include "stats.h"
#include "symbols.h"

/*
 * For how long the sentinel waits for mmu_lock, as KVM would a moment later. KVM
 * holds it for microseconds; a hypervisor below may take its holder's CPU away for
 * some milliseconds, and that must not let a fault pass.
 */
#define PATIENCE_NS	(100 * NSEC_PER_MSEC)

/* How long a vCPU that has to wait leaves the others' faults alone. */
#define PAUSE_US	20

/* More seconds than anybody waits, and fewer than overflow. */
#define SECONDS_MAX	86400U

enum state {
	STOPPED,
	ARMED,
	LEAVING,
	STANDBY,
	FAILED,
};

static DEFINE_MUTEX(demand_lock);
/* Changed under demand_lock, but for LEAVING to ARMED. */
static enum state state;
static atomic_long_t slipped;
static u64 faults_before;
/* How long the hook stays in without one; 0: always. */
static unsigned long quiet;

/* Not bound to the CPU of a vCPU, whose thread may keep all others off it. */
static struct workqueue_struct *queue;

static void on_demand(struct work_struct *work);
static void on_quiet(struct work_struct *work);
static DECLARE_WORK(arm_work, on_demand);
static DECLARE_DELAYED_WORK(quiet_work, on_quiet);

static void kick(struct irq_work *work)
{
	queue_work(queue, &arm_work);
}

/* Waking a worker takes locks that do not belong into a handler. */
static DEFINE_IRQ_WORK(kick_work, kick);

static bool send_back(struct kvm *kvm)
{
	u64 end = ktime_get_mono_fast_ns() + PATIENCE_NS;

	do {
		if (s2m_try_send_back(kvm))
			return true;
		cpu_relax();
	} while (ktime_get_mono_fast_ns() < end);
	return false;
}

NOKPROBE_SYMBOL(send_back);

/* The sentinel: somebody looks into a VM_PFNMAP or VM_IO VMA. */
static void seen(void)
{
	const struct kvm_vcpu *vcpu = s2m_symbols.running_vcpu();

	/* VFIO does so too, to map a BAR for DMA. */
	if (!vcpu || vcpu->kvm->mm != current->mm)
		return;
	if (cmpxchg(&state, LEAVING, ARMED) != STANDBY || s2m_policy_mode() == S2M_MODE_NATIVE)
		return;
	irq_work_queue(&kick_work);
	/* Each round also sends other faults of this VM back to start. */
	udelay(PAUSE_US);
	if (!send_back(vcpu->kvm))
		atomic_long_inc(&slipped);
}

NOKPROBE_SYMBOL(seen);

static bool possible(void)
{
	return quiet && S2M_CAN_SEND_BACK && !s2m_early_possible() &&
	       s2m_symbols.look_up_pfn;
}

static u64 device_faults(void)
{
	return s2m_stat_sum(S2M_STAT_FAULTS) + s2m_stat_sum(S2M_STAT_REFUSED);
}

static void look_again(void)
{
	faults_before = device_faults();
	if (possible())
		mod_delayed_work(queue, &quiet_work, quiet);
}

static int arm(void)
{
	bool failed = state == FAILED;
	int err;

	if (cmpxchg(&state, LEAVING, ARMED) == LEAVING || state == ARMED) {
		err = s2m_hook_lost() ? -EBUSY : 0;
	} else {
		err = s2m_hook_arm();
		if (!err) {
			WRITE_ONCE(state, ARMED);
			s2m_hook_unwatch();
		}
	}
	if (err)
		return err;
	if (failed)
		atomic_long_inc(&slipped);
	look_again();
	return 0;
}

static void leave(void)
{
	if (s2m_hook_watch(s2m_symbols.look_up_pfn, seen)) {
		look_again();
		return;
	}
	WRITE_ONCE(state, LEAVING);
	mutex_unlock(&demand_lock);
	synchronize_rcu();
	synchronize_rcu_tasks();
	mutex_lock(&demand_lock);
	if (cmpxchg(&state, LEAVING, STANDBY) == LEAVING) {
		s2m_hook_disarm();
	} else {
		s2m_hook_unwatch();
		if (state == ARMED)
			look_again();
	}
}

static void on_demand(struct work_struct *work)
{
	mutex_lock(&demand_lock);
	if ((state == STANDBY || state == FAILED) && arm()) {
		WRITE_ONCE(state, FAILED);
		mod_delayed_work(queue, &quiet_work, HZ);
	}
	mutex_unlock(&demand_lock);
}

static void on_quiet(struct work_struct *work)
{
	mutex_lock(&demand_lock);
	if (state == FAILED)
		queue_work(queue, &arm_work);
	else if (state == ARMED && device_faults() != faults_before)
		look_again();
	else if (state == ARMED)
		leave();
	mutex_unlock(&demand_lock);
}

int s2m_demand_start(void)
{
	int err;

	mutex_lock(&demand_lock);
	err = arm();
	mutex_unlock(&demand_lock);
	return err;
}

void s2m_demand_stop(void)
{
	mutex_lock(&demand_lock);
	WRITE_ONCE(state, STOPPED);
	s2m_hook_disarm();
	s2m_hook_unwatch();
	mutex_unlock(&demand_lock);

	/* Each may have queued the next; stopped, none queues anything more. */
	irq_work_sync(&kick_work);
	cancel_work_sync(&arm_work);
	cancel_delayed_work_sync(&quiet_work);
}

static bool lost(void)
{
	return state == FAILED || s2m_hook_lost();
}

bool s2m_demand_lost(void)
{
	bool answer;

	mutex_lock(&demand_lock);
	answer = lost();
	mutex_unlock(&demand_lock);
	return answer;
}

unsigned long s2m_demand_missed(void)
{
	unsigned long number;

	mutex_lock(&demand_lock);
	number = s2m_hook_missed() + atomic_long_read(&slipped);
	mutex_unlock(&demand_lock);
	return number;
}

const char *s2m_demand_state(void)
{
	const char *word = "armed";

	mutex_lock(&demand_lock);
	if (lost())
		word = "lost";
	else if (state == STOPPED)
		word = "off";
	else if (state == STANDBY)
		word = "standby";
	mutex_unlock(&demand_lock);
	return word;
}

int s2m_demand_init(unsigned int seconds)
{
	quiet = (unsigned long)min(seconds, SECONDS_MAX) * HZ;
	queue = alloc_workqueue("s2memattr", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (queue)
		return 0;
	pr_err("out of memory: not loaded\n");
	return -ENOMEM;
}

void s2m_demand_exit(void)
{
	destroy_workqueue(queue);
}
