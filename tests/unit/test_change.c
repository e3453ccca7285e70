// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a change is made (src/module/change/change.c), compiled here beside parts of the module
 * that fail, or whose writer is killed, at each of its steps. What is refused changes
 * nothing and leaves nothing behind; what is published is settled, by the writer or after
 * him.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/change/change.c"

struct task_struct fake_current;

/* What can fail. */
enum part {
	NOTHING, DEVICES, KNOWLEDGE, COHERENT, ERRORS_LISTEN, ERRORS_MISSING, HOOK, SPLIT, SET_TABLE,
	WORKQUEUE, LIVE, LISTEN, RULESET, EMULATE,
};

static enum part fails;
static char sentence[256];
static bool killed, killed_while_settling, with_fwb, lapsed, up_to_date, is_settled, hook_lost, fuses_there, emulating;
static bool everything;
static u32 errata;

/* What is in. */
static bool devices_in, coherent_in, errors_in, hook_in, split_in, survival_in;
static void (*noted)(void);

/* The policy. */
static enum s2m_mode live_mode, settled_mode;
static struct s2m_ruleset *live_set;
static struct s2m_rules rules;
static long rulesets, rules_held;

/* What has been done. */
static unsigned int refaults, refaults_killed, blows, doubts, learns, unsettles, announced, lapses;
static unsigned int blown_rounds;
static enum s2m_mode announced_from, refault_from;
static bool queued_finish, queued_blow, destroyed;
static long watch_in, learn_in;

void s2m_error_set(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
}

bool fatal_signal_pending(struct task_struct *task)
{
	return killed;
}

bool cpus_have_final_cap(int capability)
{
	return with_fwb;
}

struct workqueue_struct *alloc_workqueue(const char *name, int flags, int active)
{
	return fails == WORKQUEUE ? NULL : (struct workqueue_struct *)&fails;
}

void destroy_workqueue(struct workqueue_struct *of)
{
	destroyed = true;
}

bool queue_work(struct workqueue_struct *of, struct work_struct *work)
{
	queued_finish |= work == &finish_work;
	queued_blow |= work == &blow_work;
	return true;
}

bool queue_delayed_work(struct workqueue_struct *of, struct delayed_work *work,
			unsigned long delay)
{
	*(work == &watch_work ? &watch_in : &learn_in) = (long)delay;
	return true;
}

bool mod_delayed_work(struct workqueue_struct *of, struct delayed_work *work,
		      unsigned long delay)
{
	return queue_delayed_work(of, work, delay);
}

bool cancel_work_sync(struct work_struct *work)
{
	return false;
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	return false;
}

/* The policy that is live */

enum s2m_mode s2m_live_mode(void)
{
	return live_mode;
}

void s2m_live_set_mode(enum s2m_mode mode)
{
	/* Who reads the new mode reads that it is not settled. */
	assert_true(unsettled);
	live_mode = mode;
}

struct s2m_ruleset *s2m_ruleset_create(struct s2m_table *table)
{
	struct s2m_ruleset *set = fails == RULESET ? NULL : kzalloc(sizeof(*set), GFP_KERNEL);

	if (!set)
		return NULL;
	set->refs.counter = 1;
	set->table = table;
	rulesets++;
	return set;
}

void s2m_ruleset_put(struct s2m_ruleset *set)
{
	if (--set->refs.counter)
		return;
	s2m_table_free(set->table);
	kfree(set);
	rulesets--;
}

struct s2m_ruleset *s2m_live_ruleset(void)
{
	live_set->refs.counter++;
	return live_set;
}

int s2m_live_set_table(struct s2m_ruleset *set, struct s2m_text_error *error)
{
	if (fails == SET_TABLE) {
		strcpy(error->sentence, "no memory");
		return -ENOMEM;
	}
	assert_true(unsettled);
	set->refs.counter++;
	s2m_ruleset_put(live_set);
	live_set = set;
	return 0;
}

int s2m_live_learn(struct s2m_text_error *error)
{
	learns++;
	strcpy(error->sentence, "cannot learn");
	return fails == KNOWLEDGE ? -ENOMEM : 0;
}

void s2m_live_doubt(void)
{
	doubts++;
}

bool s2m_live_is_up_to_date(void)
{
	return up_to_date;
}

bool s2m_live_is_settled(void)
{
	return is_settled;
}

bool s2m_live_knows_bar(const struct s2m_device *bar)
{
	return true;
}

struct s2m_rules *s2m_live_settle(enum s2m_mode was, struct s2m_change *change)
{
	lockdep_assert_held(&change_lock);
	*change = (struct s2m_change) {
		.from = { was, &rules }, .to = { live_mode, &rules }, .everything = everything,
	};
	settled_mode = live_mode;
	rules_held++;
	return &rules;
}

void s2m_live_unsettle(const struct s2m_change *change, struct s2m_rules *from)
{
	settled_mode = change->from.mode;
	unsettles++;
}

bool s2m_live_both(struct s2m_rules **from, struct s2m_rules **to)
{
	*from = &rules;
	*to = &rules;
	rules_held += 2;
	return false;
}

void s2m_rules_put(struct s2m_rules *of)
{
	rules_held--;
}

int s2m_live_start(void)
{
	return fails == LIVE ? -ENOMEM : 0;
}

void s2m_live_stop(void)
{
}

int s2m_refault(const struct s2m_change *change, bool killable)
{
	refaults++;
	refault_from = change->from.mode;
	if (killable && (killed || killed_while_settling)) {
		refaults_killed++;
		return -EINTR;
	}
	return 0;
}

/* Fuses */

bool s2m_blow(const struct s2m_change *change)
{
	blows++;
	return blown_rounds && blown_rounds--;
}

bool s2m_blow_wants(enum s2m_mode mode, const struct s2m_table *table)
{
	return mode == S2M_MODE_POLICY && s2m_table_first_fuse(table) != S2M_NO_RULE;
}

const char *s2m_bus_errors_missing(void)
{
	return fails == ERRORS_MISSING ? "nobody tells" : NULL;
}

int s2m_bus_errors_listen(void (*by)(void))
{
	if (fails == ERRORS_LISTEN)
		return -ENOENT;
	errors_in = true;
	noted = by;
	return 0;
}

void s2m_bus_errors_leave(void)
{
	errors_in = false;
}

bool s2m_fuses_any(void)
{
	return fuses_there;
}

bool s2m_fuses_reset(const struct s2m_device *function)
{
	bool any = fuses_there && (!function || function->bus == 0x81);

	fuses_there &= !any;
	return any;
}

/* What a mode needs */

u32 s2m_platform_errata(void)
{
	return errata;
}

int s2m_devices_follow(void)
{
	if (fails == DEVICES)
		return -EBUSY;
	devices_in = true;
	return 0;
}

void s2m_devices_leave(void)
{
	devices_in = false;
}

int s2m_devices_listen(void (*changed)(void), bool (*known)(const struct s2m_device *bar))
{
	return fails == LISTEN ? -EEXIST : 0;
}

void s2m_devices_unlisten(void)
{
}

int s2m_coherent_prepare(bool has_rules)
{
	if (fails == COHERENT && has_rules)
		return -ENODEV;
	coherent_in |= has_rules;
	return 0;
}

void s2m_coherent_finish(bool in_force, bool has_rules)
{
	coherent_in &= in_force && has_rules;
}

int s2m_standby_start(void)
{
	if (fails == HOOK)
		return -EBUSY;
	hook_in = true;
	return 0;
}

void s2m_standby_stop(void)
{
	hook_in = false;
}

bool s2m_standby_lost(void)
{
	return hook_lost;
}

int s2m_split_forbid(void)
{
	if (fails == SPLIT)
		return -EBUSY;
	split_in = true;
	return 0;
}

void s2m_split_allow(void)
{
	split_in = false;
}

const char *s2m_hook_transport(void)
{
	return "kprobe";
}

void s2m_lapse_begin(void)
{
	lapses++;
}

bool s2m_lapse_look(void)
{
	bool answer = lapsed;

	lapsed = false;
	return answer;
}

void s2m_survival_arm(void)
{
	survival_in = true;
}

void s2m_survival_disarm(void)
{
	survival_in = false;
}

bool s2m_survival_is_emulating(void)
{
	return emulating;
}

int s2m_survival_set_emulating(bool on)
{
	if (fails == EMULATE)
		return -EOPNOTSUPP;
	emulating = on;
	return 0;
}

void s2m_survival_exit(void)
{
}

void s2m_announce(const struct s2m_announcement *change)
{
	announced++;
	announced_from = change->from;
	assert_int_equal(change->to, live_mode);
	assert_int_equal(change->generation, generation + 1);
}

void s2m_announce_stop(void)
{
}

void fake_log(const char *format, ...)
{
}

static int native(void **state)
{
	struct s2m_text_error error;
	struct s2m_table *empty;

	(void)state;
	fails = NOTHING;
	killed = killed_while_settling = lapsed = hook_lost = fuses_there = emulating = everything = false;
	with_fwb = up_to_date = is_settled = true;
	errata = 0;
	devices_in = coherent_in = errors_in = hook_in = split_in = survival_in = false;
	live_mode = settled_mode = S2M_MODE_NATIVE;
	refaults = refaults_killed = blows = doubts = learns = unsettles = announced = lapses = 0;
	blown_rounds = 0;
	queued_finish = queued_blow = destroyed = false;
	watch_in = learn_in = -1;
	unsettled = false;
	generation = 0;
	rulesets = rules_held = 0;
	memory_reset(0);
	assert_int_equal(s2m_table_parse("", 0, &empty, &error), 0);
	live_set = s2m_ruleset_create(empty);
	assert_int_equal(s2m_change_start(), 0);
	sentence[0] = '\0';
	return 0;
}

static int all_is_gone(void **state)
{
	(void)state;
	fails = NOTHING;
	killed = false;
	s2m_change_stop();
	assert_true(destroyed);
	assert_false(unsettled || devices_in || coherent_in || errors_in || hook_in || split_in ||
		     survival_in);
	assert_int_equal(change_lock.owner.counter, 0);
	assert_int_equal(rules_held, 0);
	s2m_ruleset_put(live_set);
	assert_int_equal(rulesets, 0);
	assert_int_equal(memory_held, 0);
	return 0;
}

static int table(const char *text)
{
	return s2m_change_table(text, strlen(text));
}

static void is_in(bool mode_is_on)
{
	assert_int_equal(devices_in, mode_is_on);
	assert_int_equal(hook_in, mode_is_on);
	assert_int_equal(split_in, mode_is_on);
	assert_int_equal(survival_in, mode_is_on);
	assert_int_equal(change_lock.owner.counter, 0);
}

static void a_mode_and_back(void **state)
{
	(void)state;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	is_in(true);
	assert_true(s2m_change_in_force());
	assert_int_equal(s2m_change_generation(), 1);
	assert_int_equal(refaults, 1);
	assert_int_equal(refault_from, S2M_MODE_NATIVE);
	assert_int_equal(lapses, 1);
	assert_int_equal(watch_in, HZ);
	assert_int_equal(learn_in, -1);
	/* The same again is no change. */
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	assert_int_equal(s2m_change_generation(), 1);
	/* Another one needs no more lines in the log of what went wrong before. */
	up_to_date = false;
	assert_int_equal(s2m_change_mode(S2M_MODE_DEVICE_NGNRE), 0);
	assert_int_equal(refault_from, S2M_MODE_NORMAL_NC);
	assert_int_equal(lapses, 1);
	assert_int_equal(learn_in, 0);
	assert_int_equal(s2m_change_mode(S2M_MODE_NATIVE), 0);
	assert_int_equal(announced, 3);
	assert_int_equal(announced_from, S2M_MODE_DEVICE_NGNRE);
	assert_int_equal(s2m_change_generation(), 3);
	is_in(false);
	assert_int_equal(refaults, 3);
	assert_string_equal(sentence, "");
}

/* Each of the parts that a mode needs. */
static void a_mode_that_cannot_be_had(void **state)
{
	static const struct {
		enum part fails;
		int err;
		const char *sentence;
	} cases[] = {
		{ DEVICES, -EBUSY, "mode: cannot follow the PCI devices (error -16)" },
		{ KNOWLEDGE, -ENOMEM, "mode: cannot learn" },
		{ COHERENT, -ENODEV, "mode: coherent-ram cannot be had on this kernel (error -19)" },
		{ ERRORS_MISSING, -EOPNOTSUPP, "mode: fuse cannot be had: nobody tells" },
		{ ERRORS_LISTEN, -ENOENT,
		  "mode: fuse cannot be had: errors cannot be listened to (error -2)" },
		{ HOOK, -EBUSY, "mode: cannot arm the hook by kprobe (error -16)" },
		{ SPLIT, -EBUSY, "mode: cannot keep KVM from splitting blocks (error -16)" },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(table("normal-nc fuse\ncoherent-ram"), 0);
	assert_int_equal(s2m_change_generation(), 1);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fails = cases[i].fails;
		assert_int_equal(s2m_change_mode(S2M_MODE_POLICY), cases[i].err);
		assert_string_equal(sentence, cases[i].sentence);
		assert_int_equal(live_mode, S2M_MODE_NATIVE);
		assert_int_equal(s2m_change_generation(), 1);
		assert_false(coherent_in || errors_in);
		is_in(false);
	}
	/* What only the table needs, the other modes do without. */
	fails = COHERENT;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	fails = NOTHING;
	assert_int_equal(s2m_change_mode(S2M_MODE_POLICY), 0);
	assert_true(coherent_in && errors_in);
	is_in(true);
	/* What a mode that is on has stays, whatever the next one cannot have. */
	fails = HOOK;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), -EBUSY);
	assert_int_equal(live_mode, S2M_MODE_POLICY);
	assert_true(coherent_in && errors_in);
	is_in(true);
	fails = NOTHING;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	assert_false(coherent_in || errors_in);
}

static void types_that_are_refused(void **state)
{
	(void)state;
	errata = 1;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), -EOPNOTSUPP);
	assert_non_null(strstr(sentence, "mode: normal-nc is refused on this host, Ampere Altra"));
	is_in(false);
	assert_int_equal(table("device-nGnRE\ndevice-GRE"), -EOPNOTSUPP);
	assert_non_null(strstr(sentence, "policy: rule 2: device-GRE is refused on this host"));
	assert_int_equal(live_set->table->count, 0);
	errata = 0;
	with_fwb = false;
	assert_int_equal(table("native\ncoherent-ram\nnormal-wb phys=0-0xfff"), -EOPNOTSUPP);
	assert_string_equal(sentence,
			    "policy: rule 3: normal-wb needs a host with FEAT_S2FWB and CTR_EL0.DIC");
	with_fwb = true;
	assert_int_equal(table("native\ncoherent-ram\nnormal-wb phys=0-0xfff"), 0);
	/* What is in force already is not judged anew. */
	with_fwb = false;
	assert_int_equal(table("native\ncoherent-ram\nnormal-wb phys=0-0xfff"), 0);
	assert_int_equal(s2m_change_generation(), 1);
}

static void a_table_that_cannot_be_had(void **state)
{
	static const struct {
		enum part fails;
		int err;
		const char *sentence;
	} cases[] = {
		{ RULESET, -ENOMEM, "policy: out of memory" },
		{ KNOWLEDGE, -ENOMEM, "policy: cannot learn" },
		{ COHERENT, -ENODEV, "policy: coherent-ram cannot be had on this kernel (error -19)" },
		{ ERRORS_MISSING, -EOPNOTSUPP, "policy: rule 1: fuse cannot be had: nobody tells" },
		{ ERRORS_LISTEN, -ENOENT,
		  "policy: rule 1: fuse cannot be had: errors cannot be listened to (error -2)" },
		{ HOOK, -EBUSY, "policy: cannot arm the hook by kprobe (error -16)" },
		{ SPLIT, -EBUSY, "policy: cannot keep KVM from splitting blocks (error -16)" },
		{ SET_TABLE, -ENOMEM, "policy: no memory" },
	};
	unsigned int i;

	(void)state;
	assert_int_equal(s2m_change_mode(S2M_MODE_POLICY), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fails = cases[i].fails;
		assert_int_equal(table("normal-nc fuse\ncoherent-ram"), cases[i].err);
		assert_string_equal(sentence, cases[i].sentence);
		assert_int_equal(live_set->table->count, 0);
		assert_int_equal(s2m_change_generation(), 1);
		assert_true(s2m_change_in_force());
		assert_false(coherent_in || errors_in);
		assert_int_equal(rulesets, 1);
		is_in(true);
	}
	assert_int_equal(table("what"), -EINVAL);
	assert_non_null(strstr(sentence, "policy: line 1: \"what\" is not a type"));
	fails = NOTHING;
	assert_int_equal(table("normal-nc fuse\ncoherent-ram"), 0);
	assert_true(coherent_in && errors_in);
	assert_int_equal(announced, 2);
	assert_int_equal(announced_from, S2M_MODE_POLICY);
	/* Not in force: what it would need is not put in, and refused if it cannot be had. */
	assert_int_equal(s2m_change_mode(S2M_MODE_NATIVE), 0);
	assert_false(coherent_in || errors_in);
	fails = ERRORS_MISSING;
	assert_int_equal(table("native fuse"), -EOPNOTSUPP);
	assert_string_equal(sentence, "policy: rule 1: fuse cannot be had: nobody tells");
	fails = COHERENT;
	assert_int_equal(table("coherent-ram uid=3\nnative fuse"), 0);
	assert_false(coherent_in || errors_in);
}

static void a_writer_that_is_killed(void **state)
{
	(void)state;
	killed = true;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), -EINTR);
	assert_string_equal(sentence, "mode: the writer was killed while it waited for another one");
	assert_int_equal(live_mode, S2M_MODE_NATIVE);
	is_in(false);
	killed = false;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
}

/* Killed where the change is published already: the rest is done by a worker, */
static void killed_half_way(void)
{
	mutex_lock(&change_lock);
	killed = true;
	assert_int_equal(set_mode(S2M_MODE_DEVICE_NGNRE, true), -EINTR);
	mutex_unlock(&change_lock);
	killed = false;
	assert_string_equal(sentence,
			    "mode: the writer was killed; running guests follow in the background");
	assert_int_equal(live_mode, S2M_MODE_DEVICE_NGNRE);
	assert_int_equal(unsettles, 1);
	assert_true(queued_finish);
	assert_false(s2m_change_in_force());
	assert_int_equal(s2m_change_generation(), 0);
}

static void and_a_worker(void **state)
{
	(void)state;
	killed_half_way();
	finish_work.func(&finish_work);
	assert_true(s2m_change_in_force());
	assert_int_equal(s2m_change_generation(), 1);
	assert_int_equal(refaults, 2);
	assert_int_equal(refault_from, S2M_MODE_NATIVE);
	finish_work.func(&finish_work);
	assert_int_equal(s2m_change_generation(), 1);
}

/* or by the next writer, */
static void and_the_next_writer(void **state)
{
	(void)state;
	killed_half_way();
	/* Who may be killed as well, before he has begun with his own. */
	killed_while_settling = true;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), -EINTR);
	assert_int_equal(live_mode, S2M_MODE_DEVICE_NGNRE);
	assert_int_equal(change_lock.owner.counter, 0);
	killed_while_settling = false;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	assert_int_equal(s2m_change_generation(), 2);
	assert_true(s2m_change_in_force());
	assert_int_equal(refault_from, S2M_MODE_DEVICE_NGNRE);
}

/* or by who is told of an error, or at unload. */
static void and_an_error(void **state)
{
	(void)state;
	killed_half_way();
	error_noted();
	assert_true(queued_blow);
	blow_work.func(&blow_work);
	assert_true(s2m_change_in_force());
	assert_int_equal(s2m_change_generation(), 1);
}

static void and_unload(void **state)
{
	(void)state;
	killed_half_way();
}

static void fuses(void **state)
{
	(void)state;
	/* Nothing is on: what is noted is judged, and nobody is to be told. */
	blown_rounds = 1;
	blow_work.func(&blow_work);
	assert_int_equal(refaults, 0);
	assert_int_equal(s2m_change_generation(), 0);
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	blow_work.func(&blow_work);
	assert_int_equal(refaults, 1);
	blown_rounds = 1;
	blow_work.func(&blow_work);
	assert_int_equal(refaults, 2);
	assert_int_equal(s2m_change_generation(), 2);
	/* One that blows while a change is settled is settled with it, by a table that knows it. */
	blown_rounds = 2;
	learns = 0;
	assert_int_equal(s2m_change_mode(S2M_MODE_DEVICE_NGNRE), 0);
	assert_int_equal(refaults, 5);
	assert_int_equal(learns, 3);
	assert_int_equal(doubts, 0);
	/* No table can be had that knows it: all is in doubt, and tried again. */
	fails = KNOWLEDGE;
	blown_rounds = 1;
	learn_in = -1;
	blow_work.func(&blow_work);
	assert_int_equal(doubts, 1);
	assert_int_equal(learn_in, 0);
	fails = NOTHING;
}

static void fuses_that_are_reset(void **state)
{
	(void)state;
	assert_int_equal(s2m_change_reset_fuses("0000:81:00.0\n", 13), -ENOENT);
	assert_string_equal(sentence, "fuses: none has blown for 0000:81:00.0");
	assert_int_equal(s2m_change_reset_fuses("all\n", 4), 0);
	assert_int_equal(s2m_change_reset_fuses("some", 4), -EINVAL);
	assert_int_equal(s2m_change_reset_fuses("", 0), -EINVAL);
	killed = true;
	assert_int_equal(s2m_change_reset_fuses("all", 3), -EINTR);
	killed = false;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	fuses_there = true;
	assert_int_equal(s2m_change_reset_fuses("82:00.0", 7), -ENOENT);
	assert_int_equal(s2m_change_generation(), 1);
	assert_int_equal(s2m_change_reset_fuses("81:00.0", 7), 0);
	assert_int_equal(s2m_change_generation(), 2);
	assert_int_equal(refaults, 2);
	assert_int_equal(change_lock.owner.counter, 0);
}

static void a_hook_that_was_away(void **state)
{
	(void)state;
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	hook_lost = true;
	assert_false(s2m_change_in_force());
	hook_lost = false;
	watch_in = -1;
	watch_work.work.func(&watch_work.work);
	assert_int_equal(refaults, 1);
	assert_int_equal(watch_in, HZ);
	lapsed = true;
	watch_work.work.func(&watch_work.work);
	assert_int_equal(doubts, 1);
	assert_int_equal(refaults, 2);
	lapsed = true;
	assert_int_equal(s2m_change_mode(S2M_MODE_NATIVE), 0);
	assert_int_equal(doubts, 2);
	watch_in = -1;
	watch_work.work.func(&watch_work.work);
	assert_int_equal(watch_in, -1);
	/* From native to native there is nothing to be dropped but what is in doubt. */
	refaults = 0;
	mutex_lock(&change_lock);
	assert_int_equal(settle(false), 0);
	assert_int_equal(refaults, 0);
	everything = true;
	assert_int_equal(settle(false), 0);
	assert_int_equal(refaults, 1);
	mutex_unlock(&change_lock);
	hook_lost = true;
	assert_true(s2m_change_in_force());
}

static void devices_that_come(void **state)
{
	(void)state;
	follow_devices();
	assert_int_equal(learn_in, -1);
	learn_work.work.func(&learn_work.work);
	assert_int_equal(learns, 0);
	assert_int_equal(s2m_change_mode(S2M_MODE_NORMAL_NC), 0);
	follow_devices();
	assert_int_equal(learn_in, 0);
	learn_in = -1;
	refaults = 0;
	learn_work.work.func(&learn_work.work);
	assert_int_equal(learn_in, -1);
	assert_int_equal(refaults, 0);
	is_settled = false;
	learn_work.work.func(&learn_work.work);
	assert_int_equal(refaults, 1);
	/* Without memory it is tried again, and mappings are settled all the same. */
	fails = KNOWLEDGE;
	learn_work.work.func(&learn_work.work);
	assert_int_equal(learn_in, HZ);
	assert_int_equal(refaults, 2);
	fails = NOTHING;
}

static void unaligned_accesses(void **state)
{
	(void)state;
	assert_int_equal(s2m_change_unaligned("emulate\n", 8), 0);
	assert_true(emulating);
	assert_int_equal(s2m_change_unaligned("emulate", 7), 0);
	assert_int_equal(s2m_change_unaligned("fault", 5), 0);
	assert_false(emulating);
	assert_int_equal(s2m_change_unaligned("", 0), -EINVAL);
	assert_int_equal(s2m_change_unaligned("faults", 6), -EINVAL);
	fails = EMULATE;
	assert_int_equal(s2m_change_unaligned("emulate", 7), -EOPNOTSUPP);
	assert_string_equal(sentence,
			    "unaligned: emulate cannot be had on this kernel (error -95)");
	/* What is so already needs nothing. */
	assert_int_equal(s2m_change_unaligned("fault", 5), 0);
}

static void loading(void **state)
{
	static const struct {
		enum part fails;
		int err;
	} cases[] = {
		{ WORKQUEUE, -ENOMEM }, { LIVE, -ENOMEM }, { LISTEN, -EEXIST },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fails = cases[i].fails;
		destroyed = false;
		assert_int_equal(s2m_change_start(), cases[i].err);
		assert_int_equal(destroyed, fails != WORKQUEUE);
	}
	fails = NOTHING;
	assert_int_equal(s2m_change_start(), 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, native, all_is_gone)
	const struct CMUnitTest tests[] = {
		TEST(a_mode_and_back),
		TEST(a_mode_that_cannot_be_had),
		TEST(types_that_are_refused),
		TEST(a_table_that_cannot_be_had),
		TEST(a_writer_that_is_killed),
		TEST(and_a_worker),
		TEST(and_the_next_writer),
		TEST(and_an_error),
		TEST(and_unload),
		TEST(fuses),
		TEST(fuses_that_are_reset),
		TEST(a_hook_that_was_away),
		TEST(devices_that_come),
		TEST(unaligned_accesses),
		TEST(loading),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
