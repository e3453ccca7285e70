// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook is in the way of every stage-2 fault, and nearly all faults are for
 * RAM. So it is taken out when no device memory has been mapped for a while. A
 * sentinel stays behind, where only faults on device memory pass: at the calls by
 * which KVM looks into a VM_PFNMAP or VM_IO VMA (look_up.c). Mappings that exist
 * stay as they are; they were made under the policy in force.
 *
 * What the sentinel sees while the hook is out must not be mapped. The sentinel runs
 * in the vCPU's thread, after KVM has read the VM's number of invalidations for this
 * fault and before KVM compares that number under mmu_lock. So the sentinel changes the
 * number, for which it needs no lock (compat/send_back.h); KVM then drops what it was
 * about to do and lets the vCPU fault again, and again, until a work item has put the
 * hook in:
 *
 *	armed -- none for some time --> leaving (hook and sentinel in)
 *	  ^ ^                              |     |
 *	  | '--- a fault on device memory -'     | all faults sent back
 *	  |                                      v
 *	  +----- a fault on device memory --- standby (sentinel in)
 *	  |                                      |
 *	  |                                      | the hook cannot be put in
 *	  |                                      v
 *	  '----- the hook can be put in ---- failed (sentinel in)
 *
 * Arming: the hook is in before faults are let through again.
 *
 * Leaving: a fault may have passed the sentinel's place before the sentinel was there,
 * and not have reached the hook yet. So the number of each VM is changed, with its
 * mmu_lock held exclusively: such a fault has made its mapping by then, through the
 * hook, or finds another number and begins again, with the sentinel in its way.
 * (synchronize_rcu_tasks() waits until every task has slept and would do as well; but a
 * process that may not run, by its cgroup's cpu.max, makes it wait for ever.)
 * A fault that the sentinel sees meanwhile calls the leaving off. One cmpxchg() on the
 * state decides which of the two comes first: either the fault finds the hook, which
 * then stays, or the fault finds standby and is sent back.
 *
 * On PREEMPT_RT the hook stays in, as it does where KVM has no such function or number,
 * and where memory is mapped before there is a fault (early.c).
 *
 * Failed: there is no memory, or KVM does not come by the hook any more because a
 * livepatch has replaced the function that it is in (s2m_standby_check()). Where KVM's
 * answer may be looser than that of the policy, faults on device memory go on being sent
 * back, and nothing is mapped, until the hook is in again. Where KVM's answer can only
 * be stricter, it stands; what was mapped by it faults again when the hook is back
 * (lapse.c). If the sentinel is gone as well (kprobes are switched off), there is
 * nothing left to do but to say so.
 *
 * A fault on RAM in such a VMA (the vDSO's data, which every process has) is not sent
 * back and does not put the hook in. The host's page table says what KVM is about to
 * find: a change of the table after KVM has read the number of invalidations changes
 * that number. Where the table has no entry yet, the fault is sent back once, and KVM
 * has the page faulted in before it finds the number changed.
 *
 * A guest with device memory can make the hook come and go. So each time that the hook
 * is needed again soon, it stays for twice as long, up to STAY_MAX.
 *
 * A handler spends PAUSE_US and the walk of a page table, 22 us at most, which
 * tests/bench/bound.sh measures. Other faults of the VM succeed between: the number
 * changes once in PAUSE_US, for all vCPUs together. A vCPU that finds the number changed
 * after its pause leaves it, because that change has sent this vCPU back, too.
 *
 * Nor does a livepatch go unnoticed that replaces a function by which KVM comes to those
 * calls: once a second, and before the hook goes, it is looked whether anybody is at
 * their entries (s2m_look_up_diverted()). Then the hook comes in, or stays.
 *
 * Which faults pass the sentinel: KVM first asks get_user_pages(), which gives it no
 * pages of VM_PFNMAP (their entries are special) nor, when it looks at the VMA, of
 * VM_IO. The fast variant does not look at the VMA: it finds memory with struct pages in
 * a VMA that is VM_IO and not VM_PFNMAP, and the sentinel does not see that fault. No
 * PCI driver maps a BAR so, VFIO and sysfs do not.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/kvm_host.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "compat/kvm.h"
#include "compat/look_up.h"
#include "compat/mm.h"
#include "compat/mmu_lock.h"
#include "compat/send_back.h"
#include "hook/hook.h"
#include "hook/proof.h"
#include "hook/split.h"
#include "hook/standby.h"
#include "kernel/early.h"
#include "kernel/every_vm.h"
#include "kernel/host.h"
#include "kernel/look_up.h"
#include "kernel/symbols.h"
#include "policy/fuses.h"
#include "policy/live.h"
#include "tell/stats.h"

/* How long a vCPU waits before it changes the number, for others' faults to succeed. */
#define PAUSE_US	20

/* More seconds than anybody waits, and fewer than overflow. */
#define SECONDS_MAX	86400U

/* How long the hook stays, in jiffies, if it is wanted again and again. */
#define STAY_MAX	(300UL * HZ)

enum state {
	STOPPED,
	ARMED,
	LEAVING,
	STANDBY,
	FAILED,
};

static DEFINE_MUTEX(standby_lock);
/* Changed under standby_lock, but for LEAVING to ARMED. */
static enum state state;
/* FAILED: is device memory kept from being mapped? */
static bool closed;
/* FAILED: has anything been mapped by KVM's answer? */
static bool passed;
static unsigned long slipped;
/* Is it in the log that the sentinel can be passed by? */
static bool said_diverted;
static u64 faults_before;
/* How long the hook stays in without a fault, at first and now; 0: always. */
static unsigned long quiet, stay;
static unsigned long left_at;

/* Not bound to a CPU: a vCPU's thread may keep all other threads off its CPU. */
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

enum finding {
	PAGE_OF_DEVICE,
	PAGE_OF_RAM,
	PAGE_ABSENT,
};

/* What is KVM about to find? In doubt, a device. */
static nokprobe_inline enum finding looked_up(u64 first, u64 second)
{
	unsigned long hva;
	phys_addr_t phys;

	if (!s2m_look_up_address(first, second, &hva))
		return PAGE_OF_DEVICE;
	if (!s2m_host_phys(current->mm, hva, &phys))
		return PAGE_ABSENT;
	return s2m_pfn_is_ram(PHYS_PFN(phys)) ? PAGE_OF_RAM : PAGE_OF_DEVICE;
}

static nokprobe_inline void send_back(struct kvm *kvm)
{
	unsigned long before = s2m_count_invalidations(kvm);

	udelay(PAUSE_US);
	s2m_send_back(kvm, before);
}

/* A fault on device memory, of a vCPU that is running. */
static nokprobe_inline void seen_device(struct kvm *kvm)
{
	switch (cmpxchg(&state, LEAVING, ARMED)) {
	case STANDBY:
		irq_work_queue(&kick_work);
		send_back(kvm);
		break;
	case FAILED:
		if (READ_ONCE(closed))
			send_back(kvm);
		else
			WRITE_ONCE(passed, true);
		break;
	default:
		break;
	}
}

/* The sentinel: somebody looks into a VM_PFNMAP or VM_IO VMA. */
static void seen(u64 first, u64 second)
{
	const struct kvm_vcpu *vcpu;

	if (READ_ONCE(state) < LEAVING || s2m_live_mode() == S2M_MODE_NATIVE)
		return;
	vcpu = s2m_symbols.running_vcpu();
	/* VFIO looks into such a VMA as well, to map a BAR for DMA. */
	if (!vcpu || vcpu->kvm->mm != current->mm)
		return;
	switch (looked_up(first, second)) {
	case PAGE_OF_DEVICE:
		seen_device(vcpu->kvm);
		break;
	case PAGE_ABSENT:
		send_back(vcpu->kvm);
		break;
	case PAGE_OF_RAM:
		break;
	}
}

NOKPROBE_SYMBOL(seen);

/* Can faults on device memory be kept from being mapped? */
static bool can_send_back(void)
{
	return S2M_CAN_SEND_BACK && !s2m_early_possible() && s2m_look_up_function();
}

static bool can_leave(void)
{
	return quiet && can_send_back() && !IS_ENABLED(CONFIG_PREEMPT_RT);
}

/* May the policy in force want a stricter type than KVM's own? */
static bool may_restrict(void)
{
	struct s2m_ruleset *set;
	bool answer = false;
	u32 i;

	if (!s2m_kvm_may_give_nc())
		return false;
	if (s2m_fuses_any())
		return true;
	if (s2m_live_mode() != S2M_MODE_POLICY)
		return s2m_live_mode() == S2M_MODE_DEVICE_NGNRE;
	set = s2m_live_ruleset();
	for (i = 0; i < set->table->count && !answer; i++)
		answer = !s2m_rule_is_about_vm(&set->table->rules[i]) &&
			 (set->table->rules[i].type == S2M_DEVICE_NGNRE ||
			  set->table->rules[i].type == S2M_DEVICE_GRE);
	s2m_ruleset_put(set);
	return answer;
}

static u64 device_faults(void)
{
	return s2m_stat_sum(S2M_STAT_FAULTS) + s2m_stat_sum(S2M_STAT_REFUSED);
}

static void look_again(void)
{
	faults_before = device_faults();
	if (can_leave())
		mod_delayed_work(queue, &quiet_work, stay);
}

static int is_in(void)
{
	if (s2m_hook_lost())
		return -EBUSY;
	return s2m_proof_hook_is_met() ? 0 : -ENXIO;
}

static int put_in(void)
{
	int err = s2m_hook_arm();

	if (!err && !s2m_proof_hook_is_met()) {
		s2m_hook_disarm();
		err = -ENXIO;
	}
	return err;
}

static int arm(void)
{
	int err;

	if (cmpxchg(&state, LEAVING, ARMED) == LEAVING || state == ARMED) {
		err = is_in();
	} else {
		err = put_in();
		if (!err) {
			if (state == FAILED && closed)
				pr_warn("the hook is in again; nobody waits any more\n");
			WRITE_ONCE(state, ARMED);
			s2m_hook_dismiss_sentinel();
		}
	}
	if (err)
		return err;
	/* Count what KVM has mapped meanwhile as one, enough for all to be dropped. */
	slipped += passed;
	WRITE_ONCE(passed, false);
	look_again();
	return 0;
}

/* When this returns, each fault that was under way has made its mapping or begins again. */
static int send_all_back(struct kvm *kvm, struct pid *pid, void *unused)
{
	s2m_mmu_lock(kvm);
	s2m_send_back(kvm, s2m_count_invalidations(kvm));
	s2m_mmu_unlock(kvm);
	return 0;
}

/* Has the sentinel its place in the way of all look-ups? What is in the log is not repeated. */
static bool is_watched(void)
{
	const void *diverted = s2m_look_up_diverted();

	if (diverted && !said_diverted)
		pr_warn("somebody traces or has replaced %ps, by which KVM looks device memory up; the hook is in until that is over\n",
			diverted);
	said_diverted = diverted;
	return !diverted;
}

static void leave(void)
{
	if (!is_watched() || s2m_hook_post_sentinel(seen)) {
		look_again();
		return;
	}
	WRITE_ONCE(state, LEAVING);
	mutex_unlock(&standby_lock);
	s2m_every_vm(send_all_back, NULL);
	mutex_lock(&standby_lock);
	if (cmpxchg(&state, LEAVING, STANDBY) == LEAVING) {
		s2m_hook_disarm();
		left_at = jiffies;
	} else if (state == ARMED) {
		s2m_hook_dismiss_sentinel();
		look_again();
	}
}

/* The hook is out and cannot be put in; the sentinel is in if it can be. */
static void fail(void)
{
	bool watched = can_send_back() && is_watched() && !s2m_hook_post_sentinel(seen);
	bool closes = watched && may_restrict();

	if (!watched)
		WRITE_ONCE(passed, true);
	WRITE_ONCE(closed, closes);
	if (state != FAILED && closes)
		pr_warn("the hook cannot be put in; until it can, guests that touch device memory which is not mapped yet wait\n");
	/* A handler that reads FAILED, in seen_device(), reads the new @closed after it. */
	smp_store_release(&state, FAILED);
	mod_delayed_work(queue, &quiet_work, HZ);
}

void s2m_standby_check(void)
{
	mutex_lock(&standby_lock);
	if ((state == ARMED || state == LEAVING) && is_in() == -ENXIO) {
		s2m_hook_disarm();
		fail();
		/* KVM may have mapped since the last look; @passed is counted by arm(). */
		if (closed)
			slipped++;
		else
			WRITE_ONCE(passed, true);
	} else if ((state == STANDBY || (state == FAILED && closed)) && !is_watched()) {
		/* Nor may the sentinel have seen all. */
		slipped++;
		if (arm())
			fail();
	}
	mutex_unlock(&standby_lock);
}

static void on_demand(struct work_struct *work)
{
	mutex_lock(&standby_lock);
	if (state == STANDBY || state == FAILED) {
		if (state == STANDBY)
			stay = time_before(jiffies, left_at + stay) ?
			       max(quiet, min(2 * stay, STAY_MAX)) : quiet;
		if (arm())
			fail();
	}
	mutex_unlock(&standby_lock);
}

/*
 * The hook does not leave before its mode is published: until then the sentinel lets
 * faults pass, and one of them could make its mapping when the hook has left.
 */
static bool is_wanted(void)
{
	return s2m_live_mode() == S2M_MODE_NATIVE || device_faults() != faults_before;
}

static void on_quiet(struct work_struct *work)
{
	mutex_lock(&standby_lock);
	if (state == FAILED)
		queue_work(queue, &arm_work);
	else if (state == ARMED && is_wanted())
		look_again();
	else if (state == ARMED)
		leave();
	mutex_unlock(&standby_lock);
}

int s2m_standby_start(void)
{
	int err;

	mutex_lock(&standby_lock);
	stay = quiet;
	err = arm();
	mutex_unlock(&standby_lock);
	return err;
}

void s2m_standby_stop(void)
{
	mutex_lock(&standby_lock);
	WRITE_ONCE(state, STOPPED);
	s2m_hook_disarm();
	s2m_hook_dismiss_sentinel();
	mutex_unlock(&standby_lock);

	/* Each may have queued the next; stopped, none queues anything more. */
	irq_work_sync(&kick_work);
	cancel_work_sync(&arm_work);
	cancel_delayed_work_sync(&quiet_work);
}

/* Is device memory mapped by KVM's answer while it should not be? */
static bool lost(void)
{
	return s2m_hook_lost() || s2m_split_lost() || (state == FAILED && !closed);
}

bool s2m_standby_lost(void)
{
	bool answer;

	mutex_lock(&standby_lock);
	answer = lost();
	mutex_unlock(&standby_lock);
	return answer;
}

unsigned long s2m_standby_missed(void)
{
	unsigned long number;

	mutex_lock(&standby_lock);
	number = s2m_hook_missed() + s2m_split_missed() + slipped;
	mutex_unlock(&standby_lock);
	return number;
}

const char *s2m_standby_state(void)
{
	const char *word = "armed";

	mutex_lock(&standby_lock);
	if (lost())
		word = "lost";
	else if (state == STOPPED)
		word = "off";
	else if (state == STANDBY)
		word = "standby";
	else if (state == FAILED)
		word = "closed";
	mutex_unlock(&standby_lock);
	return word;
}

/* What was asked for is not to be had here: all faults pay for a mode, and nothing else tells. */
static void tell_stays(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		pr_info("no standby where locks sleep (PREEMPT_RT): the hook stays in while a mode is on\n");
	else if (s2m_early_possible())
		pr_info("no standby where new memslots are mapped in advance: the hook stays in while a mode is on\n");
}

int s2m_standby_init(unsigned int seconds)
{
	quiet = (unsigned long)min(seconds, SECONDS_MAX) * HZ;
	stay = quiet;
	if (quiet)
		tell_stays();
	queue = alloc_workqueue("s2memattr", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (queue)
		return 0;
	pr_err("out of memory: not loaded\n");
	return -ENOMEM;
}

void s2m_standby_exit(void)
{
	destroy_workqueue(queue);
}
