// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the hook is in (src/module/hook: standby.c, hook.c, lapse.c), compiled here against
 * a kernel of our own that refuses it, loses it or does not come by it at any moment, and
 * with guests that fault in between. Where the hook and the sentinel really are, and what
 * a guest's fault meets, is looked at from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* A word of cmocka's that the module has a function for. */
#undef fail

#include "kernel.h"

/* What this kernel is configured as, for the compiler: preemptible, with ftrace. */
#undef IS_ENABLED
#define IS_ENABLED(CONFIG_option) FAKE_##CONFIG_option
#define FAKE_CONFIG_DYNAMIC_FTRACE_WITH_ARGS	1
#define FAKE_CONFIG_DYNAMIC_FTRACE_WITH_REGS	0
#define FAKE_CONFIG_PREEMPTION			1

#include "../../src/module/hook/hook.c"

#undef IS_ENABLED
#define IS_ENABLED(CONFIG_option) fake_is_enabled(#CONFIG_option)

#include "../../src/module/hook/standby.c"
#include "../../src/module/hook/lapse.c"

#define HVA		0x7f0000000000UL
#define SITE		((void *)0x1234)

struct s2m_symbols s2m_symbols;
struct s2m_stats s2m_stats;
struct task_struct fake_current;
unsigned long jiffies;

/* The kernel */
static struct mm_struct mm, other_mm;
static struct kvm vm;
static struct kvm_vcpu vcpu, *running;
static u64 stack[THREAD_SIZE / sizeof(u64)];
static bool rt, early, fuses, no_function, no_queue;
static enum s2m_mode mode;
static u64 faults, refusals;
static const void *diverted;
static enum { OF_A_DEVICE, OF_RAM, ABSENT } page;

/* The hook, as its transport has it, and what becomes of it. */
static bool hook_in, sentinel_in;
static int arm_fails, watch_fails;
static bool hook_vanishes, sentinel_vanishes, passed_by, split_lost_;
static s2m_sentinel_fn *sentinel;
static const char *offered_not, *ftrace_offered_not;
static unsigned int kicked, logs, missed_hits, arms;
static void (*meanwhile)(void);

/* Work that is queued. */
static bool kick_queued, arm_queued;
static long quiet_in;

void fake_log(const char *format, ...)
{
	logs++;
}

bool fake_is_enabled(const char *option)
{
	return rt && !strcmp(option, "CONFIG_PREEMPT_RT");
}

void kick_all_cpus_sync(void)
{
	kicked++;
}

void udelay(unsigned long microseconds)
{
	assert_int_equal(microseconds, 20);
}

struct workqueue_struct *alloc_workqueue(const char *name, int flags, int active)
{
	return no_queue ? NULL : (struct workqueue_struct *)&stack;
}

void destroy_workqueue(struct workqueue_struct *of)
{
}

bool queue_work(struct workqueue_struct *of, struct work_struct *work)
{
	assert_ptr_equal(work, &arm_work);
	arm_queued = true;
	return true;
}

bool mod_delayed_work(struct workqueue_struct *of, struct delayed_work *work, unsigned long delay)
{
	assert_ptr_equal(work, &quiet_work);
	quiet_in = (long)delay;
	return true;
}

bool irq_work_queue(struct irq_work *work)
{
	assert_ptr_equal(work, &kick_work);
	kick_queued = true;
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	kick_queued = false;
}

bool cancel_work_sync(struct work_struct *work)
{
	arm_queued = false;
	return true;
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	quiet_in = -1;
	return true;
}

bool pfn_is_map_memory(unsigned long pfn)
{
	return page == OF_RAM;
}

bool s2m_host_phys(struct mm_struct *of, unsigned long hva, phys_addr_t *phys)
{
	assert_ptr_equal(of, &mm);
	assert_int_equal(hva, HVA);
	*phys = 0x8000000000;
	return page != ABSENT;
}

static struct kvm_vcpu *running_vcpu(void)
{
	return running;
}

enum s2m_mode s2m_live_mode(void)
{
	return mode;
}

/* The table in force. */
static struct { struct s2m_ruleset set; atomic_long_t hits[2]; } live;

struct s2m_ruleset *s2m_live_ruleset(void)
{
	live.set.refs.counter++;
	return &live.set;
}

void s2m_ruleset_put(struct s2m_ruleset *set)
{
	set->refs.counter--;
}

static void table(const char *text)
{
	struct s2m_text_error error;

	s2m_table_free(live.set.table);
	assert_int_equal(s2m_table_parse(text, strlen(text), &live.set.table, &error), 0);
}

bool s2m_fuses_any(void)
{
	return fuses;
}

bool s2m_early_possible(void)
{
	return early;
}

u64 s2m_stat_sum(enum s2m_stat stat)
{
	return stat == S2M_STAT_FAULTS ? faults : refusals;
}

void *s2m_look_up_function(void)
{
	return no_function ? NULL : SITE;
}

const void *s2m_look_up_diverted(void)
{
	return diverted;
}

bool s2m_split_lost(void)
{
	return split_lost_;
}

unsigned long s2m_split_missed(void)
{
	return 0;
}

void *s2m_site(void)
{
	return SITE;
}

/* Only what is in can be met. */
bool s2m_proof_hook_is_met(void)
{
	return hook_in && !passed_by;
}

int s2m_every_vm(s2m_visit_vm_fn *visit, void *context)
{
	assert_int_equal(standby_lock.owner.counter, 0);
	if (meanwhile)
		meanwhile();
	return visit(&vm, NULL, context);
}

static const char *offered(void)
{
	return offered_not;
}

static const char *ftrace_offered(void)
{
	return ftrace_offered_not;
}

static int transport_arm(void *site)
{
	assert_ptr_equal(site, SITE);
	assert_false(hook_in);
	arms++;
	if (arm_fails)
		return arm_fails;
	hook_in = true;
	return 0;
}

static void transport_disarm(void)
{
	assert_true(hook_in);
	hook_in = false;
}

static bool transport_in_place(void)
{
	return hook_in && !hook_vanishes;
}

static int transport_watch(s2m_sentinel_fn *by)
{
	assert_false(sentinel_in);
	if (watch_fails)
		return watch_fails;
	sentinel_in = true;
	sentinel = by;
	return 0;
}

static void transport_unwatch(void)
{
	assert_true(sentinel_in);
	sentinel_in = false;
}

static bool transport_watching(void)
{
	return sentinel_in && !sentinel_vanishes;
}

static unsigned long transport_missed(void)
{
	return missed_hits;
}

#define TRANSPORT(of, is_offered) { of, is_offered, transport_arm, transport_disarm, \
	transport_in_place, transport_watch, transport_unwatch, transport_watching, transport_missed }

const struct s2m_transport s2m_transport_kprobe = TRANSPORT("kprobe", offered);
const struct s2m_transport s2m_transport_ftrace = TRANSPORT("ftrace", ftrace_offered);

/* Mode normal-nc has been set, and the hook stands for ten seconds without a fault. */
static int armed_by_a_mode(void **context)
{
	(void)context;
	fake_current = (struct task_struct) { .mm = &mm, .stack = stack };
	s2m_symbols = (struct s2m_symbols) { .running_vcpu = running_vcpu };
	vm = (struct kvm) { .mm = &mm };
	vcpu = (struct kvm_vcpu) { .kvm = &vm };
	running = &vcpu;
	rt = early = fuses = no_function = no_queue = split_lost_ = false;
	mode = S2M_MODE_NORMAL_NC;
	page = OF_A_DEVICE;
	diverted = NULL;
	hook_in = sentinel_in = hook_vanishes = sentinel_vanishes = passed_by = false;
	arm_fails = watch_fails = 0;
	offered_not = ftrace_offered_not = NULL;
	meanwhile = NULL;
	kicked = missed_hits = arms = 0;
	kick_queued = arm_queued = false;
	quiet_in = -1;
	armed = watching = false;
	state = STOPPED;
	closed = passed = said_diverted = false;
	slipped = 0;
	jiffies = 1000000;
	faults = refusals = 0;
	table("normal-nc");
	assert_int_equal(s2m_hook_choose("auto"), 0);
	assert_int_equal(s2m_standby_init(10), 0);
	assert_int_equal(s2m_standby_start(), 0);
	s2m_lapse_begin();
	logs = 0;
	return 0;
}

static int forget(void **context)
{
	(void)context;
	assert_int_equal(live.set.refs.counter, 0);
	assert_int_equal(standby_lock.owner.counter, 0);
	assert_int_equal(vm.mmu_lock.locked, 0);
	s2m_table_free(live.set.table);
	live.set.table = NULL;
	return 0;
}

static void in_state(const char *word, bool hook, bool sentinel_is)
{
	assert_string_equal(s2m_standby_state(), word);
	assert_int_equal(hook_in, hook);
	assert_int_equal(sentinel_in, sentinel_is);
}

static void time_passes(void)
{
	assert_true(quiet_in >= 0);
	jiffies += (unsigned long)quiet_in;
	quiet_in = -1;
	quiet_work.work.func(&quiet_work.work);
}

static void work_is_done(void)
{
	if (kick_queued)
		kick_work.func(&kick_work);
	kick_queued = false;
	assert_true(arm_queued);
	arm_queued = false;
	arm_work.func(&arm_work);
}

/* A look-up of KVM's. Returns whether the fault has to begin again. */
static bool looks_up(void)
{
	struct follow_pfnmap_args *args = (void *)((char *)stack + 128);
	unsigned long before = vm.mmu_invalidate_seq;

	assert_true(sentinel_in);
	args->address = HVA;
	sentinel((u64)(uintptr_t)args, 0);
	assert_int_equal((vm.mmu_invalidate_seq - before) & U32_MAX, 0);
	return vm.mmu_invalidate_seq != before;
}

static void it_comes_and_goes(void **context)
{
	unsigned long before = vm.mmu_invalidate_seq;

	(void)context;
	in_state("armed", true, false);
	assert_int_equal(quiet_in, 10 * HZ);
	/* Somebody faults: it stays. */
	faults++;
	time_passes();
	in_state("armed", true, false);
	refusals++;
	time_passes();
	in_state("armed", true, false);
	time_passes();
	in_state("standby", false, true);
	/* Each fault under way begins again. */
	assert_int_equal(vm.mmu_invalidate_seq, before + BIT(32));
	assert_int_equal(quiet_in, -1);
	assert_true(looks_up());
	assert_true(kick_queued);
	assert_true(looks_up());
	work_is_done();
	in_state("armed", true, false);
	assert_int_equal(s2m_standby_missed(), 0);
	assert_int_equal(logs, 0);
	/* Nobody wants a hook: no mode, no work. */
	s2m_standby_stop();
	in_state("off", false, false);
	assert_int_equal(quiet_in, -1);
}

/* The sooner it is wanted again, the longer it stays. */
static void it_stays_longer_each_time(void **context)
{
	long stays = 10;
	unsigned int i;

	(void)context;
	for (i = 0; i < 8; i++) {
		assert_int_equal(quiet_in, stays * HZ);
		time_passes();
		in_state("standby", false, true);
		looks_up();
		work_is_done();
		stays = min(2 * stays, 300);
	}
	time_passes();
	jiffies += 301 * HZ;
	looks_up();
	work_is_done();
	assert_int_equal(quiet_in, 10 * HZ);
	/* Work that finds all done does nothing. */
	arm_queued = true;
	work_is_done();
	in_state("armed", true, false);
}

static void whose_look_ups_count(void **context)
{
	struct follow_pfnmap_args elsewhere = { .address = HVA };
	unsigned long before;

	(void)context;
	time_passes();
	page = OF_RAM;
	assert_false(looks_up());
	/* Once, until the host has mapped it. */
	page = ABSENT;
	assert_true(looks_up());
	page = OF_A_DEVICE;
	running = NULL;
	assert_false(looks_up());
	running = &vcpu;
	vm.mm = &other_mm;
	assert_false(looks_up());
	vm.mm = &mm;
	mode = S2M_MODE_NATIVE;
	assert_false(looks_up());
	mode = S2M_MODE_NORMAL_NC;
	assert_false(kick_queued);
	/* Arguments that are not as KVM has them: in doubt it is a device. */
	page = OF_RAM;
	before = vm.mmu_invalidate_seq;
	sentinel((u64)(uintptr_t)&elsewhere, 0);
	assert_int_not_equal(vm.mmu_invalidate_seq, before);
	sentinel((u64)(uintptr_t)((char *)stack + THREAD_SIZE - 8), 0);
	assert_int_equal(vm.mmu_invalidate_seq, before + 2 * BIT(32));
	work_is_done();
	in_state("armed", true, false);
}

static void a_fault(void)
{
	struct follow_pfnmap_args *args = (void *)((char *)stack + 128);

	args->address = HVA;
	sentinel((u64)(uintptr_t)args, 0);
}

static void stopped_meanwhile(void)
{
	s2m_standby_stop();
}

static void a_fault_while_it_leaves(void **context)
{
	(void)context;
	meanwhile = a_fault;
	time_passes();
	in_state("armed", true, false);
	assert_int_equal(quiet_in, 10 * HZ);
	assert_false(kick_queued);
	meanwhile = stopped_meanwhile;
	time_passes();
	in_state("off", false, false);
}

static int started;

static void started_meanwhile(void)
{
	started = s2m_standby_start();
}

static void a_change_while_it_leaves(void **context)
{
	(void)context;
	meanwhile = started_meanwhile;
	started = -1;
	time_passes();
	assert_int_equal(started, 0);
	in_state("armed", true, false);
}

static void where_it_must_not_leave(void **context)
{
	(void)context;
	s2m_standby_stop();
	rt = true;
	assert_int_equal(s2m_standby_start(), 0);
	assert_int_equal(quiet_in, -1);
	s2m_standby_stop();
	rt = false;
	early = true;
	assert_int_equal(s2m_standby_start(), 0);
	assert_int_equal(quiet_in, -1);
	s2m_standby_stop();
	early = false;
	no_function = true;
	assert_int_equal(s2m_standby_start(), 0);
	assert_int_equal(quiet_in, -1);
	s2m_standby_stop();
	no_function = false;
	s2m_standby_init(0);
	assert_int_equal(s2m_standby_start(), 0);
	assert_int_equal(quiet_in, -1);
	in_state("armed", true, false);
	s2m_standby_stop();
	s2m_standby_init(U32_MAX);
	assert_int_equal(s2m_standby_start(), 0);
	assert_int_equal(quiet_in, 86400L * HZ);
	/* A mode that is not published yet may be native to all others. */
	mode = S2M_MODE_NATIVE;
	time_passes();
	in_state("armed", true, false);
}

static void a_sentinel_that_cannot_be_had(void **context)
{
	(void)context;
	watch_fails = -ENOMEM;
	time_passes();
	in_state("armed", true, false);
	assert_int_equal(quiet_in, 10 * HZ);
	watch_fails = 0;
	sentinel_vanishes = true;
	time_passes();
	in_state("armed", true, false);
	sentinel_vanishes = false;
	/* Somebody is in its way, and it is said once. */
	diverted = SITE;
	time_passes();
	in_state("armed", true, false);
	assert_int_equal(logs, 1);
	time_passes();
	assert_int_equal(logs, 1);
	diverted = NULL;
	time_passes();
	in_state("standby", false, true);
}

/* The hook is wanted and cannot be had: nothing that may be looser is mapped meanwhile. */
static void a_hook_that_cannot_be_had(void **context)
{
	(void)context;
	mode = S2M_MODE_DEVICE_NGNRE;
	time_passes();
	arm_fails = -ENOMEM;
	assert_true(looks_up());
	work_is_done();
	in_state("closed", false, true);
	assert_int_equal(logs, 1);
	assert_int_equal(quiet_in, HZ);
	assert_true(looks_up());
	assert_false(kick_queued);
	time_passes();
	work_is_done();
	in_state("closed", false, true);
	assert_int_equal(logs, 1);
	arm_fails = 0;
	time_passes();
	work_is_done();
	in_state("armed", true, false);
	assert_int_equal(logs, 2);
	assert_int_equal(s2m_standby_missed(), 0);
}

static void what_may_be_stricter(void **context)
{
	static const struct {
		enum s2m_mode mode;
		const char *text;
		bool fuses, closes;
	} cases[] = {
		{ S2M_MODE_NORMAL_NC, "device-nGnRE", false, false },
		{ S2M_MODE_NORMAL_NC, "normal-nc", true, true },
		{ S2M_MODE_DEVICE_NGNRE, "normal-nc", false, true },
		{ S2M_MODE_POLICY, "normal-nc\nnative", false, false },
		{ S2M_MODE_POLICY, "normal-nc\ndevice-GRE bar=0", false, true },
		{ S2M_MODE_POLICY, "normal-nc\ndevice-nGnRE uid=3", false, true },
		{ S2M_MODE_POLICY, "coherent-ram", false, false },
		{ S2M_MODE_POLICY, "", false, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		armed_by_a_mode(context);
		time_passes();
		mode = cases[i].mode;
		fuses = cases[i].fuses;
		table(cases[i].text);
		arm_fails = -EBUSY;
		looks_up();
		work_is_done();
		if (cases[i].closes)
			in_state("closed", false, true);
		else
			in_state("lost", false, true);
		/* KVM's answer stands, and what it maps is dropped later. */
		assert_int_equal(looks_up(), cases[i].closes);
		arm_fails = 0;
		time_passes();
		work_is_done();
		in_state("armed", true, false);
		assert_int_equal(s2m_standby_missed(), !cases[i].closes);
		/* That was one, and is not counted again. */
		time_passes();
		looks_up();
		work_is_done();
		assert_int_equal(s2m_standby_missed(), !cases[i].closes);
		assert_int_equal(live.set.refs.counter, 0);
	}
}

static void neither_hook_nor_sentinel(void **context)
{
	(void)context;
	mode = S2M_MODE_DEVICE_NGNRE;
	passed_by = true;
	watch_fails = -EBUSY;
	s2m_standby_check();
	in_state("lost", false, false);
	passed_by = false;
	watch_fails = 0;
	time_passes();
	work_is_done();
	in_state("armed", true, false);
	assert_int_equal(s2m_standby_missed(), 1);
}

static void a_function_that_is_replaced(void **context)
{
	(void)context;
	s2m_standby_check();
	in_state("armed", true, false);
	mode = S2M_MODE_DEVICE_NGNRE;
	passed_by = true;
	s2m_standby_check();
	in_state("closed", false, true);
	/* What KVM has mapped since the last look is dropped. */
	assert_int_equal(s2m_standby_missed(), 1);
	time_passes();
	work_is_done();
	in_state("closed", false, true);
	passed_by = false;
	time_passes();
	work_is_done();
	in_state("armed", true, false);
	assert_int_equal(s2m_standby_missed(), 1);
	/* Where KVM's answer can only be stricter, it stands meanwhile. */
	mode = S2M_MODE_NORMAL_NC;
	passed_by = true;
	s2m_standby_check();
	in_state("lost", false, true);
	passed_by = false;
	time_passes();
	work_is_done();
	assert_int_equal(s2m_standby_missed(), 2);
}

static void a_look_up_that_is_replaced(void **context)
{
	(void)context;
	time_passes();
	s2m_standby_check();
	in_state("standby", false, true);
	diverted = SITE;
	s2m_standby_check();
	in_state("armed", true, false);
	assert_int_equal(s2m_standby_missed(), 1);
	diverted = NULL;
	time_passes();
	in_state("standby", false, true);
	/* And the hook cannot be had just then: nobody keeps anything from being mapped. */
	mode = S2M_MODE_DEVICE_NGNRE;
	diverted = SITE;
	arm_fails = -ENOMEM;
	s2m_standby_check();
	in_state("lost", false, true);
	assert_int_equal(s2m_standby_missed(), 2);
	arm_fails = 0;
	time_passes();
	work_is_done();
	in_state("armed", true, false);
	assert_int_equal(s2m_standby_missed(), 3);
}

/* All of a kind are switched off, behind our back. */
static void a_hook_that_is_switched_off(void **context)
{
	(void)context;
	hook_vanishes = true;
	s2m_standby_check();
	in_state("lost", true, false);
	assert_false(s2m_hook_armed());
	assert_int_equal(s2m_standby_start(), -EBUSY);
	hook_vanishes = false;
	assert_true(s2m_hook_armed());
	in_state("armed", true, false);
	time_passes();
	sentinel_vanishes = true;
	in_state("lost", false, true);
	sentinel_vanishes = false;
	in_state("standby", false, true);
	split_lost_ = true;
	in_state("lost", false, true);
	assert_true(s2m_standby_lost());
}

static void a_hook_that_is_not_there(void **context)
{
	(void)context;
	s2m_standby_stop();
	kicked = 0;
	hook_vanishes = true;
	assert_int_equal(s2m_standby_start(), -EBUSY);
	assert_false(hook_in);
	assert_int_equal(kicked, 0);
	hook_vanishes = false;
	passed_by = true;
	assert_int_equal(s2m_standby_start(), -ENXIO);
	assert_false(hook_in);
	passed_by = false;
	arm_fails = -EINVAL;
	assert_int_equal(s2m_standby_start(), -EINVAL);
	arm_fails = 0;
	kicked = 0;
	assert_int_equal(s2m_standby_start(), 0);
	/* No CPU runs what it has fetched before. */
	assert_int_equal(kicked, 1);
	assert_int_equal(s2m_hook_post_sentinel(seen), 0);
	assert_int_equal(kicked, 2);
	assert_int_equal(s2m_hook_post_sentinel(seen), 0);
	assert_int_equal(kicked, 2);
	assert_int_equal(s2m_hook_arm(), 0);
	s2m_hook_dismiss_sentinel();
	s2m_hook_dismiss_sentinel();
	s2m_hook_disarm();
	s2m_hook_disarm();
}

static void which_transport(void **context)
{
	(void)context;
	/* Preemption: whoever keeps a task from running would keep ftrace waiting. */
	assert_string_equal(s2m_hook_transport(), "kprobe");
	assert_int_equal(s2m_hook_choose("ftrace"), 0);
	assert_string_equal(s2m_hook_transport(), "ftrace");
	offered_not = "no";
	assert_int_equal(s2m_hook_choose("auto"), 0);
	assert_string_equal(s2m_hook_transport(), "ftrace");
	assert_int_equal(s2m_hook_choose("kprobe"), -EPROTONOSUPPORT);
	ftrace_offered_not = "neither";
	assert_int_equal(s2m_hook_choose("auto"), -EPROTONOSUPPORT);
	assert_int_equal(s2m_hook_choose("ftrace"), -EPROTONOSUPPORT);
	assert_int_equal(s2m_hook_choose("else"), -EPROTONOSUPPORT);
	assert_int_equal(logs, 4);
	no_queue = true;
	assert_int_equal(s2m_standby_init(10), -ENOMEM);
	s2m_standby_exit();
}

/* Where the hook stays in although it was asked to go, somebody says so. */
static void no_standby_is_told(void **context)
{
	(void)context;
	s2m_standby_init(10);
	assert_int_equal(logs, 0);
	rt = true;
	s2m_standby_init(10);
	assert_int_equal(logs, 1);
	early = true;
	s2m_standby_init(10);
	assert_int_equal(logs, 2);
	rt = false;
	s2m_standby_init(10);
	assert_int_equal(logs, 3);
	s2m_standby_init(0);
	assert_int_equal(logs, 3);
}

static void what_a_look_finds(void **context)
{
	unsigned long absences_before = s2m_lapse_count();

	(void)context;
	assert_false(s2m_lapse_look());
	/* Passed without running: all is dropped, and it is said once. */
	missed_hits = 3;
	assert_true(s2m_lapse_look());
	assert_int_equal(logs, 1);
	assert_false(s2m_lapse_look());
	missed_hits = 4;
	assert_true(s2m_lapse_look());
	assert_int_equal(logs, 1);
	/* Not as it is known: said once, and nothing is to be dropped. */
	refusals = 2;
	assert_false(s2m_lapse_look());
	assert_int_equal(logs, 2);
	refusals = 3;
	assert_false(s2m_lapse_look());
	assert_int_equal(logs, 2);
	/* Gone: said, and all is dropped when it is back. */
	hook_vanishes = true;
	assert_false(s2m_lapse_look());
	assert_int_equal(logs, 3);
	assert_false(s2m_lapse_look());
	assert_int_equal(logs, 3);
	hook_vanishes = false;
	assert_true(s2m_lapse_look());
	assert_int_equal(logs, 4);
	assert_false(s2m_lapse_look());
	assert_int_equal(s2m_lapse_count() - absences_before, 5);
	/* Another mode: each kind of trouble is said anew. */
	s2m_lapse_begin();
	missed_hits++;
	refusals++;
	assert_true(s2m_lapse_look());
	assert_int_equal(logs, 6);
}

/* A look finds, too, what standby has to look after. */
static void a_look_checks_the_hook(void **context)
{
	(void)context;
	mode = S2M_MODE_DEVICE_NGNRE;
	passed_by = true;
	assert_true(s2m_lapse_look());
	in_state("closed", false, true);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, armed_by_a_mode, forget)
	const struct CMUnitTest tests[] = {
		TEST(it_comes_and_goes),
		TEST(it_stays_longer_each_time),
		TEST(whose_look_ups_count),
		TEST(a_fault_while_it_leaves),
		TEST(a_change_while_it_leaves),
		TEST(where_it_must_not_leave),
		TEST(a_sentinel_that_cannot_be_had),
		TEST(a_hook_that_cannot_be_had),
		TEST(what_may_be_stricter),
		TEST(neither_hook_nor_sentinel),
		TEST(a_function_that_is_replaced),
		TEST(a_look_up_that_is_replaced),
		TEST(a_hook_that_is_switched_off),
		TEST(a_hook_that_is_not_there),
		TEST(which_transport),
		TEST(no_standby_is_told),
		TEST(what_a_look_finds),
		TEST(a_look_checks_the_hook),
	};

	return cmocka_run_group_tests_name("standby", tests, NULL, NULL);
}
