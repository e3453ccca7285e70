// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two steps make a change. Publishing shows new faults the new policy; settling
 * drops the mappings that were made under the old one. A write does both before
 * it returns. A writer that is killed in between has published; a worker does the
 * rest, and until then nobody is told that the change is in force.
 *
 * Why a settled change is true. All that can fail happens before publishing.
 * From then on
 *
 *  - a handler that read the old policy runs with preemption disabled inside
 *    KVM's mmu_lock: synchronize_rcu() waits for it to have decided, and who drops
 *    mappings takes mmu_lock alone and so waits for its leaf to be in the table,
 *    and drops it (refault.c);
 *  - a fault that decides later reads the new policy.
 *
 * Whom a change waits for: other changes, grace periods, KVM's own locks. No process
 * can hold any of these for as long as it likes.
 *
 * Devices come, go, move and change drivers. All that this does at once, in the driver
 * core's notifier and in a handler, is to count; while the table that is published was
 * compiled for an earlier count, and a mode is on, faults that ask the table are sent
 * back to start, and a worker compiles it anew. So a device is known by its new driver
 * before that driver can map it, and nobody waits for a grace period with the lock of
 * a device held. In the mode native nobody asks; then the table is compiled when
 * somebody does.
 *
 * Nobody decides while the hook is switched off behind our back: then a change
 * is refused, except the one to native. What the hook has missed is made good
 * by the next change or look, whichever is first.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "abort.h"
#include "changes.h"
#include "coherent.h"
#include "demand.h"
#include "devices.h"
#include "error.h"
#include "hook.h"
#include "host.h"
#include "platform.h"
#include "policy.h"
#include "refault.h"
#include "watch.h"

/* One change at a time, until it is settled. Taken before publish_lock. */
static DEFINE_MUTEX(change_lock);
/* What is published. Never held while waiting for anybody's mmap lock. */
static DEFINE_MUTEX(publish_lock);

static enum s2m_mode live_mode;
static struct s2m_rules __rcu *live;
/* The rules that present mappings were made under, */
static struct s2m_rules *settled;
/* unless others came and went before they were settled, or the hook was missed. */
static bool in_doubt;
/* A change has been published and is not settled yet. Written under change_lock. */
static bool unsettled;
/* The mode before that change. */
static enum s2m_mode unsettled_from;
static u64 generation;

/* The events on the PCI bus that the published table knows of. */
static u32 known_events;
/* It was tried to learn of more, and failed. */
static bool cannot_learn;

/* Nothing of this may be kept waiting by what others give to the system's queues. */
static struct workqueue_struct *queue;

enum s2m_mode s2m_policy_mode(void)
{
	return READ_ONCE(live_mode);
}

const struct s2m_rules *s2m_policy_rules(void)
{
	return rcu_dereference_sched(live);
}

static struct s2m_rules *published(void)
{
	return rcu_dereference_protected(live, lockdep_is_held(&publish_lock));
}

/* Compile @set for the devices of this moment and publish it. */
static int publish(struct s2m_ruleset *set, struct s2m_text_error *error)
{
	u32 events = s2m_devices_events();
	struct s2m_devices *devices;
	struct s2m_rules *new, *old;

	lockdep_assert_held(&publish_lock);
	/* What happens from here on has another number. */
	smp_mb();
	devices = s2m_devices_collect();
	if (!devices) {
		s2m_scnprintf(error->sentence, sizeof(error->sentence), "out of memory");
		return -ENOMEM;
	}
	new = s2m_rules_build(set, devices, error);
	kvfree(devices);
	if (IS_ERR(new))
		return PTR_ERR(new);

	old = published();
	/* In the mode native nothing was made under any rules. */
	if ((old != settled || cannot_learn) && live_mode != S2M_MODE_NATIVE)
		in_doubt = true;
	WRITE_ONCE(cannot_learn, false);
	rcu_assign_pointer(live, new);
	/* Pairs with that in s2m_policy_knowledge(). */
	smp_store_release(&known_events, events);
	synchronize_rcu();
	s2m_rules_put(old);
	return 0;
}

/* Publish the present table for the present devices. */
static int learn(struct s2m_text_error *error)
{
	int err;

	lockdep_assert_held(&publish_lock);
	/* What an erratum that turned up forbids is not granted any more, to anybody. */
	in_doubt |= s2m_platform_look();
	err = publish(published()->set, error);
	if (err && !cannot_learn) {
		pr_warn("the policy does not know the present PCI devices yet: %s\n",
			error->sentence);
		in_doubt |= live_mode != S2M_MODE_NATIVE;
		WRITE_ONCE(cannot_learn, true);
	}
	return err;
}

struct s2m_ruleset *s2m_policy_ruleset(void)
{
	struct s2m_ruleset *set;

	mutex_lock(&publish_lock);
	set = published()->set;
	refcount_inc(&set->refs);
	mutex_unlock(&publish_lock);
	return set;
}

enum s2m_knowledge s2m_policy_knowledge(void)
{
	/* Pairs with that in publish(): who finds the number finds the rules. */
	if (likely(smp_load_acquire(&known_events) == s2m_devices_events()))
		return S2M_KNOWN;
	return READ_ONCE(cannot_learn) ? S2M_UNKNOWN : S2M_LEARNING;
}

NOKPROBE_SYMBOL(s2m_policy_knowledge);

bool s2m_policy_in_force(void)
{
	/* Pairs with that in change_mode(): who has read the new mode reads this. */
	smp_rmb();
	if (READ_ONCE(unsettled))
		return false;
	return READ_ONCE(live_mode) == S2M_MODE_NATIVE || !s2m_demand_lost();
}

struct s2m_rules *s2m_policy_rules_get(void)
{
	struct s2m_text_error error;
	struct s2m_rules *rules;

	mutex_lock(&publish_lock);
	if (s2m_policy_knowledge() != S2M_KNOWN)
		learn(&error);
	rules = s2m_rules_get(published());
	mutex_unlock(&publish_lock);
	return rules;
}

u64 s2m_policy_generation(void)
{
	return READ_ONCE(generation);
}

/* Make true what is published. @was is the mode that present mappings know. */
static int settle(enum s2m_mode was, bool killable)
{
	struct s2m_change change = { .from.mode = was, .to.mode = live_mode };
	struct s2m_rules *from, *to;
	bool lapsed;
	int err = 0;

	lockdep_assert_held(&change_lock);
	lapsed = s2m_watch_lapsed();
	mutex_lock(&publish_lock);
	from = settled;
	to = s2m_rules_get(published());
	change.everything = in_doubt || lapsed;
	in_doubt = false;
	settled = to;
	mutex_unlock(&publish_lock);

	change.from.rules = from;
	change.to.rules = to;
	if (change.everything || was != S2M_MODE_NATIVE || live_mode != S2M_MODE_NATIVE)
		err = s2m_refault(&change, killable);
	s2m_rules_put(from);
	if (err) {
		mutex_lock(&publish_lock);
		in_doubt = true;
		mutex_unlock(&publish_lock);
	}
	return err;
}

static void look_after_hook(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, look_after_hook);

/* Now and then, while a mode is on: did the hook do its duty? */
static void look_after_hook(struct work_struct *work)
{
	mutex_lock(&change_lock);
	if (s2m_watch_lapsed()) {
		mutex_lock(&publish_lock);
		in_doubt = true;
		mutex_unlock(&publish_lock);
		settle(live_mode, false);
	}
	if (live_mode != S2M_MODE_NATIVE)
		queue_delayed_work(queue, &watch_work, S2M_WATCH_PERIOD);
	mutex_unlock(&change_lock);
}

/* Between two tries, in jiffies, to learn what is on the PCI bus now. */
#define LEARN_PERIOD	HZ

static void learn_later(struct work_struct *work);
static DECLARE_DELAYED_WORK(learn_work, learn_later);

/* While a mode is on, let the table know the devices that there are. */
static void follow_devices(void)
{
	if (READ_ONCE(live_mode) != S2M_MODE_NATIVE && s2m_policy_knowledge() != S2M_KNOWN)
		mod_delayed_work(queue, &learn_work, 0);
}

static void learn_later(struct work_struct *work)
{
	struct s2m_text_error error;
	bool stale;

	if (READ_ONCE(live_mode) == S2M_MODE_NATIVE)
		return;
	/* Without change_lock: who holds that may be busy for long, and faults wait. */
	mutex_lock(&publish_lock);
	if (s2m_policy_knowledge() != S2M_KNOWN && learn(&error))
		queue_delayed_work(queue, &learn_work, LEARN_PERIOD);
	stale = in_doubt || settled != published();
	mutex_unlock(&publish_lock);
	if (!stale)
		return;
	mutex_lock(&change_lock);
	settle(live_mode, false);
	mutex_unlock(&change_lock);
}

/* Without the hook no answer but KVM's can be given. */
static int need_hook(const char *what)
{
	int err = s2m_demand_start();

	if (err)
		s2m_error_set("%s: cannot arm the hook by %s (error %d)",
			      what, s2m_hook_transport(), err);
	return err;
}

/* What this host cannot keep, or would corrupt. Says so, and in which rule if @rule is one. */
static int check_type(const char *what, u32 rule, enum s2m_type type)
{
	const struct s2m_erratum *erratum = s2m_erratum_against(s2m_platform_errata(), type);
	char where[24] = "";

	if (rule != S2M_NO_RULE)
		scnprintf(where, sizeof(where), "rule %u: ", rule + 1);
	if (erratum)
		s2m_error_set("%s: %s%s is refused on this host, %s: %s (force=1 lifts this)", what,
			      where, s2m_type_word(type), erratum->name, erratum->because);
	else if (type == S2M_NORMAL_WB && !s2m_host_is_coherent())
		s2m_error_set("%s: %snormal-wb needs a host with FEAT_S2FWB and CTR_EL0.DIC", what,
			      where);
	else
		return 0;
	return -EOPNOTSUPP;
}

static bool is_about_vms(enum s2m_mode mode, const struct s2m_table *table)
{
	return mode == S2M_MODE_POLICY && s2m_table_first_about_vm(table) != S2M_NO_RULE;
}

static int need_coherent(bool wanted, const char *what)
{
	int err = s2m_coherent_prepare(wanted);

	if (err)
		s2m_error_set("%s: coherent-ram cannot be had on this kernel (error %d)",
			      what, err);
	return err;
}

static bool live_table_is_about_vms(enum s2m_mode mode)
{
	bool result;

	mutex_lock(&publish_lock);
	result = is_about_vms(mode, published()->set->table);
	mutex_unlock(&publish_lock);
	return result;
}

/* After a change, and after one that was not made. */
static void settle_coherent(void)
{
	s2m_coherent_settle(live_mode == S2M_MODE_POLICY, live_table_is_about_vms(live_mode));
}

static void finish_later(struct work_struct *work);
static DECLARE_WORK(finish_work, finish_later);

/*
 * Tell of a change from another mode, or from another table if there is one. It is
 * told when it is published, by the writer, who is not always there when it settles.
 */
static void note_change(enum s2m_mode was, const struct s2m_ruleset *old)
{
	struct s2m_ruleset *set = s2m_policy_ruleset();

	s2m_changes_note(&(struct s2m_changed) {
		.from = was,
		.to = live_mode,
		.rules_from = old ? old->table->count : set->table->count,
		.table = set->table,
		.is_table = old,
		.generation = generation + 1,
	});
	s2m_ruleset_put(set);
}

/* Settle the change that has been published. */
static int finish(const char *what, bool killable)
{
	int err = settle(unsettled_from, killable);

	lockdep_assert_held(&change_lock);
	if (err) {
		s2m_error_set("%s: the writer was killed; running guests follow in the background",
			      what);
		queue_work(queue, &finish_work);
		return err;
	}
	settle_coherent();
	if (live_mode == S2M_MODE_NATIVE) {
		s2m_abort_disarm();
		s2m_demand_stop();
		s2m_devices_leave();
	}
	WRITE_ONCE(unsettled, false);
	WRITE_ONCE(generation, generation + 1);
	return 0;
}

static void finish_later(struct work_struct *work)
{
	mutex_lock(&change_lock);
	if (unsettled)
		finish("", false);
	mutex_unlock(&change_lock);
}

/* One change at a time; and what another writer left behind comes first. */
static int begin(const char *what)
{
	int err;

	if (mutex_lock_killable(&change_lock)) {
		s2m_error_set("%s: the writer was killed while it waited for another one", what);
		return -EINTR;
	}
	err = unsettled ? finish(what, true) : 0;
	if (err)
		mutex_unlock(&change_lock);
	return err;
}

/* Nothing is decided by a table that does not know what is on the PCI bus. */
static int need_knowledge(const char *what)
{
	struct s2m_text_error error;
	int err = 0;

	mutex_lock(&publish_lock);
	if (s2m_policy_knowledge() != S2M_KNOWN)
		err = learn(&error);
	mutex_unlock(&publish_lock);
	if (err)
		s2m_error_set("%s: %s", what, error.sentence);
	return err;
}

/* To hear of BARs that move. */
static int need_devices(const char *what)
{
	int err = s2m_devices_follow();

	if (err)
		s2m_error_set("%s: cannot follow the PCI devices (error %d)", what, err);
	return err;
}

/* All that a mode needs and may not get. */
static int prepare_mode(enum s2m_mode mode)
{
	int err = 0;

	if (mode == S2M_MODE_NATIVE)
		return 0;
	err = need_devices("mode");
	if (!err)
		err = need_knowledge("mode");
	if (!err && mode == S2M_MODE_NORMAL_NC)
		err = check_type("mode", S2M_NO_RULE, S2M_NORMAL_NC);
	if (!err)
		err = need_coherent(live_table_is_about_vms(mode), "mode");
	if (!err)
		err = need_hook("mode");
	return err;
}

static int change_mode(enum s2m_mode mode)
{
	enum s2m_mode was = live_mode;
	int err;

	if (mode == was)
		return 0;
	err = prepare_mode(mode);
	if (err) {
		settle_coherent();
		if (was == S2M_MODE_NATIVE)
			s2m_devices_leave();
		return err;
	}
	if (was == S2M_MODE_NATIVE) {
		s2m_watch_begin();
		queue_delayed_work(queue, &watch_work, S2M_WATCH_PERIOD);
		s2m_abort_arm();
	}

	unsettled_from = was;
	WRITE_ONCE(unsettled, true);
	/* Pairs with that in s2m_policy_in_force(). */
	smp_wmb();
	WRITE_ONCE(live_mode, mode);
	synchronize_rcu();
	/* An event before it saw the new mode has told nobody. */
	follow_devices();
	note_change(was, NULL);
	return 0;
}

static int set_mode(enum s2m_mode mode, bool killable)
{
	int err = change_mode(mode);

	return err || !unsettled ? err : finish("mode", killable);
}

int s2m_policy_set_mode(enum s2m_mode mode)
{
	int err = begin("mode");

	if (err)
		return err;
	err = set_mode(mode, true);
	mutex_unlock(&change_lock);
	return err;
}

/* How much of a bad word an error repeats. */
#define QUOTE_MAX	40

static bool is_word(const char *text, size_t len, const char *word)
{
	if (len && text[len - 1] == '\n')
		len--;
	return s2m_word_matches(text, len, word);
}

int s2m_policy_set_unaligned(const char *text, size_t len)
{
	bool emulate = is_word(text, len, "emulate");
	int err;

	if (!emulate && !is_word(text, len, "fault")) {
		s2m_error_set("unaligned: \"%*pE%s\" is neither fault nor emulate",
			      (int)min_t(size_t, len, QUOTE_MAX), text,
			      len > QUOTE_MAX ? "..." : "");
		return -EINVAL;
	}
	mutex_lock(&change_lock);
	err = emulate == s2m_abort_is_emulating() ? 0 : s2m_abort_set_emulating(emulate);
	mutex_unlock(&change_lock);
	if (err)
		s2m_error_set("unaligned: emulate cannot be had on this kernel (error %d)", err);
	return err;
}

bool s2m_policy_emulates(void)
{
	return s2m_abort_is_emulating();
}

static int check_table(const struct s2m_table *table)
{
	int err = 0;
	u32 i;

	for (i = 0; i < table->count && !err; i++) {
		if (s2m_rule_is_about_vm(&table->rules[i]))
			continue;
		err = check_type("policy", i, (enum s2m_type)table->rules[i].type);
	}
	return err;
}

static bool is_published(const struct s2m_table *table)
{
	bool same;

	mutex_lock(&publish_lock);
	same = s2m_table_equal(table, published()->set->table);
	mutex_unlock(&publish_lock);
	return same;
}

static int change_table(struct s2m_ruleset *set)
{
	struct s2m_text_error error;
	bool same = is_published(set->table);
	struct s2m_ruleset *old;
	int err;

	err = need_knowledge("policy");
	if (!err && !same)
		err = check_table(set->table);
	if (err)
		return err;
	if (live_mode == S2M_MODE_POLICY) {
		err = need_coherent(is_about_vms(live_mode, set->table), "policy");
		if (!err)
			err = need_hook("policy");
		if (err) {
			settle_coherent();
			return err;
		}
	}
	if (same)
		return 0;
	unsettled_from = live_mode;
	old = s2m_policy_ruleset();
	mutex_lock(&publish_lock);
	WRITE_ONCE(unsettled, true);
	err = publish(set, &error);
	if (err)
		WRITE_ONCE(unsettled, false);
	mutex_unlock(&publish_lock);
	if (err) {
		s2m_error_set("policy: %s", error.sentence);
		settle_coherent();
	} else {
		note_change(live_mode, old);
		err = finish("policy", true);
	}
	s2m_ruleset_put(old);
	return err;
}

int s2m_policy_set_table(const char *text, size_t len)
{
	struct s2m_text_error error;
	struct s2m_ruleset *set;
	struct s2m_table *table;
	int err;

	err = s2m_table_parse(text, len, &table, &error);
	if (err) {
		s2m_error_set("policy: %s", error.sentence);
		return err;
	}
	set = s2m_ruleset_create(table);
	if (!set) {
		s2m_table_free(table);
		s2m_error_set("policy: out of memory");
		return -ENOMEM;
	}
	err = begin("policy");
	if (!err) {
		err = change_table(set);
		mutex_unlock(&change_lock);
	}
	s2m_ruleset_put(set);
	return err;
}

int s2m_policy_start(void)
{
	struct s2m_text_error error;
	struct s2m_ruleset *set = NULL;
	struct s2m_devices *devices;
	struct s2m_table *table;
	struct s2m_rules *rules;
	int err = -ENOMEM;

	/* What comes between looking and listening is learnt by who asks first. */
	known_events = s2m_devices_events() - 1;
	devices = s2m_devices_collect();
	queue = alloc_workqueue("s2memattr_policy", WQ_UNBOUND, 0);
	if (!queue || !devices || s2m_table_parse("", 0, &table, &error))
		goto out;
	set = s2m_ruleset_create(table);
	if (!set) {
		s2m_table_free(table);
		goto out;
	}
	rules = s2m_rules_build(set, devices, &error);
	if (IS_ERR(rules))
		goto out;
	settled = s2m_rules_get(rules);
	RCU_INIT_POINTER(live, rules);
	err = s2m_devices_watch(follow_devices);
	if (err) {
		s2m_rules_put(settled);
		s2m_rules_put(rules);
	}
out:
	if (err == -ENOMEM)
		pr_err("out of memory: not loaded\n");
	if (err && queue)
		destroy_workqueue(queue);
	s2m_ruleset_put(set);
	kvfree(devices);
	return err;
}

void s2m_policy_stop(void)
{
	mutex_lock(&change_lock);
	if (unsettled)
		finish("unload", false);
	set_mode(S2M_MODE_NATIVE, false);
	mutex_unlock(&change_lock);
	s2m_devices_unwatch();
	cancel_work_sync(&finish_work);
	cancel_delayed_work_sync(&learn_work);
	cancel_delayed_work_sync(&watch_work);
	destroy_workqueue(queue);
	s2m_changes_stop();
	s2m_abort_exit();
	s2m_rules_put(settled);
	s2m_rules_put(rcu_replace_pointer(live, NULL, true));
}
