// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two steps make a change. Publishing shows new faults the new policy; settling
 * drops the mappings that were made under the old one. A write does both before
 * it returns.
 *
 * A change on the PCI bus publishes at once, in the driver core's notifier, so
 * that a device is known by its new driver before that driver can map it, but
 * settles from a work item: the notifier runs under the device's lock, and
 * settling waits for mmap locks, whose holders may want that lock.
 *
 * Why a settled change is true. All that can fail happens before publishing.
 * From then on
 *
 *  - a handler that read the old policy runs with preemption disabled inside
 *    KVM's mmu_lock: synchronize_rcu() waits for it to have decided, and the
 *    invalidation takes mmu_lock for write and so waits for its leaf to be in
 *    the table, and drops it;
 *  - a fault that decides later reads the new policy.
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
#include <linux/workqueue.h>

#include "abort.h"
#include "coherent.h"
#include "demand.h"
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
/* There was no memory to publish a change on the PCI bus. */
static bool outdated;
static u64 generation;

enum s2m_mode s2m_policy_mode(void)
{
	return READ_ONCE(live_mode);
}

const struct s2m_rules *s2m_policy_rules(void)
{
	return rcu_dereference_sched(live);
}

bool s2m_policy_is_outdated(void)
{
	return READ_ONCE(outdated);
}

NOKPROBE_SYMBOL(s2m_policy_is_outdated);

static struct s2m_rules *published(void)
{
	return rcu_dereference_protected(live, lockdep_is_held(&publish_lock));
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

struct s2m_rules *s2m_policy_rules_get(void)
{
	struct s2m_rules *rules;

	mutex_lock(&publish_lock);
	rules = s2m_rules_get(published());
	mutex_unlock(&publish_lock);
	return rules;
}

u64 s2m_policy_generation(void)
{
	return READ_ONCE(generation);
}

/* Compile @set for the devices of this moment and publish it. */
static int publish(struct s2m_ruleset *set, const struct device *gone,
		   struct s2m_text_error *error)
{
	struct s2m_devices *devices;
	struct s2m_rules *new, *old;

	lockdep_assert_held(&publish_lock);
	devices = s2m_devices_collect(gone);
	if (!devices) {
		s2m_scnprintf(error->sentence, sizeof(error->sentence), "out of memory");
		return -ENOMEM;
	}
	new = s2m_rules_build(set, devices, error);
	kvfree(devices);
	if (IS_ERR(new))
		return PTR_ERR(new);

	old = published();
	/* While it is outdated, mappings are made stricter than they may have to be. */
	if (old != settled || outdated)
		in_doubt = true;
	rcu_assign_pointer(live, new);
	WRITE_ONCE(outdated, false);
	synchronize_rcu();
	s2m_rules_put(old);
	return 0;
}

/* Make true what is published. @was is the mode that present mappings know. */
static void settle(enum s2m_mode was)
{
	struct s2m_change change = { .from.mode = was, .to.mode = live_mode };
	struct s2m_rules *from, *to;
	bool lapsed;

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
	if (change.from.mode != S2M_MODE_NATIVE || change.to.mode != S2M_MODE_NATIVE)
		s2m_refault(&change);
	s2m_rules_put(from);
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
		settle(live_mode);
	}
	if (live_mode != S2M_MODE_NATIVE)
		schedule_delayed_work(&watch_work, S2M_WATCH_PERIOD);
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

static int change_mode(enum s2m_mode mode)
{
	enum s2m_mode was = live_mode;
	int err = 0;

	if (mode == was)
		return 0;
	if (mode == S2M_MODE_NORMAL_NC)
		err = check_type("mode", S2M_NO_RULE, S2M_NORMAL_NC);
	if (!err)
		err = need_coherent(live_table_is_about_vms(mode), "mode");
	if (!err && mode != S2M_MODE_NATIVE)
		err = need_hook("mode");
	if (err) {
		settle_coherent();
		return err;
	}
	if (was == S2M_MODE_NATIVE) {
		s2m_watch_begin();
		schedule_delayed_work(&watch_work, S2M_WATCH_PERIOD);
		s2m_abort_arm();
	}

	WRITE_ONCE(live_mode, mode);
	synchronize_rcu();
	settle(was);
	settle_coherent();
	if (mode == S2M_MODE_NATIVE) {
		s2m_abort_disarm();
		s2m_demand_stop();
	}
	WRITE_ONCE(generation, generation + 1);
	return 0;
}

int s2m_policy_set_mode(enum s2m_mode mode)
{
	int err;

	mutex_lock(&change_lock);
	err = change_mode(mode);
	mutex_unlock(&change_lock);
	return err;
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
	int err;

	err = same ? 0 : check_table(set->table);
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
	mutex_lock(&publish_lock);
	err = publish(set, NULL, &error);
	mutex_unlock(&publish_lock);
	if (err) {
		s2m_error_set("policy: %s", error.sentence);
		settle_coherent();
		return err;
	}

	settle(live_mode);
	settle_coherent();
	WRITE_ONCE(generation, generation + 1);
	return 0;
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
	mutex_lock(&change_lock);
	err = change_table(set);
	mutex_unlock(&change_lock);
	s2m_ruleset_put(set);
	return err;
}

/* Between two tries, in jiffies, to learn what is on the PCI bus now. */
#define OUTDATED_PERIOD	HZ

/* Publish the present table for the present devices. */
static void follow_devices(const struct device *gone)
{
	struct s2m_text_error error;
	bool was_outdated;
	int err;

	mutex_lock(&publish_lock);
	/* What an erratum that turned up forbids is not granted any more, to anybody. */
	in_doubt |= s2m_platform_look();
	was_outdated = outdated;
	err = publish(published()->set, gone, &error);
	WRITE_ONCE(outdated, err);
	mutex_unlock(&publish_lock);
	if (err && !was_outdated)
		pr_warn("the policy does not know the present PCI devices yet: %s\n",
			error.sentence);
}

static void settle_later(struct work_struct *work);
static DECLARE_DELAYED_WORK(settle_work, settle_later);

static void settle_later(struct work_struct *work)
{
	if (READ_ONCE(outdated))
		follow_devices(NULL);
	if (READ_ONCE(outdated))
		schedule_delayed_work(&settle_work, OUTDATED_PERIOD);
	mutex_lock(&change_lock);
	settle(live_mode);
	mutex_unlock(&change_lock);
}

static void devices_changed(const struct device *gone)
{
	follow_devices(gone);
	schedule_delayed_work(&settle_work, 0);
}

int s2m_policy_start(void)
{
	struct s2m_text_error error;
	struct s2m_ruleset *set = NULL;
	struct s2m_devices *devices;
	struct s2m_table *table;
	struct s2m_rules *rules;
	int err = -ENOMEM;

	devices = s2m_devices_collect(NULL);
	if (!devices || s2m_table_parse("", 0, &table, &error))
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
	err = s2m_devices_watch(devices_changed);
	if (err) {
		s2m_rules_put(settled);
		s2m_rules_put(rules);
		goto out;
	}
	/* What came between looking and listening. */
	devices_changed(NULL);
out:
	if (err == -ENOMEM)
		pr_err("out of memory: not loaded\n");
	s2m_ruleset_put(set);
	kvfree(devices);
	return err;
}

void s2m_policy_stop(void)
{
	s2m_devices_unwatch();
	cancel_delayed_work_sync(&settle_work);
	s2m_policy_set_mode(S2M_MODE_NATIVE);
	cancel_delayed_work_sync(&watch_work);
	s2m_rules_put(settled);
	s2m_rules_put(rcu_replace_pointer(live, NULL, true));
}
