// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy that decides, shown to the fault path under RCU and replaced as a whole.
 *
 * Devices come, go, move and change drivers. The driver core's notifier and the probe
 * handlers only count such events and note about whom they were (devices.c). A table is
 * compiled for one count. While the count is another and a mode is on, faults that ask
 * the table about a function that was noted since are sent back to start until the table
 * has been compiled anew; of all others it says what is true. So the table knows a device
 * by its new driver before that driver can map the device, nobody waits for a grace
 * period with the lock of a device held, and who binds and unbinds one device without end
 * keeps no guest of another one waiting. In the mode native no fault asks; then the table
 * is compiled when it is next needed.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "kernel/platform.h"
#include "policy/devices.h"
#include "policy/fuses.h"
#include "policy/live.h"

/* Protects all below but the mode. Its holder never waits for anybody's mmap lock. */
static DEFINE_MUTEX(publish_lock);

static enum s2m_mode live_mode;
static struct s2m_rules __rcu *live;
/* The rules that all present mappings were made under. */
static struct s2m_rules *settled;
/*
 * Present mappings may be of other rules than @settled: a table came and went before it
 * was settled, or a fault has missed the hook. Then s2m_live_settle() has all dropped.
 */
static bool in_doubt;
/* A table came and went before it was settled: then these are other rules' for certain. */
static bool skipped;

/* The count of events on the PCI bus that the published table was compiled for. */
static u32 known_events;
/* The last try to compile the table for a newer count has failed. */
static bool cannot_learn;

enum s2m_mode s2m_live_mode(void)
{
	return READ_ONCE(live_mode);
}

const struct s2m_rules *s2m_live_rules(void)
{
	return rcu_dereference_sched(live);
}

bool s2m_live_is_up_to_date(void)
{
	return READ_ONCE(known_events) == s2m_devices_events();
}

/* Has nothing that the table in force says of this memory changed since event @known? */
static noinline bool still_knows(u32 known, u64 phys, u64 size)
{
	const struct s2m_index *index = s2m_live_rules()->index;
	const struct s2m_device *bar = s2m_index_device(index, phys, size);

	/* A block over several BARs, or over a part of one, is not looked at in pieces. */
	if (!bar && s2m_index_uniform_end(index, phys) < phys + size)
		return false;
	return !s2m_devices_may_have_changed(known, bar, phys, size);
}

NOKPROBE_SYMBOL(still_knows);

enum s2m_knowledge s2m_live_knowledge(u64 phys, u64 size)
{
	/* Pairs with smp_store_release() in publish(): who reads the count reads the rules. */
	u32 known = smp_load_acquire(&known_events);

	if (likely(known == s2m_devices_events()) || still_knows(known, phys, size))
		return S2M_KNOWN;
	return READ_ONCE(cannot_learn) ? S2M_UNKNOWN : S2M_LEARNING;
}

NOKPROBE_SYMBOL(s2m_live_knowledge);

bool s2m_live_knows_bar(const struct s2m_device *bar)
{
	const struct s2m_device *found;

	if (s2m_live_knowledge(bar->start, 1) != S2M_KNOWN)
		return false;
	found = s2m_index_device(s2m_live_rules()->index, bar->start, 1);
	return found && found->start == bar->start && found->end == bar->end &&
	       found->domain == bar->domain && found->bus == bar->bus &&
	       found->devfn == bar->devfn && found->bar == bar->bar;
}

NOKPROBE_SYMBOL(s2m_live_knows_bar);

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
	/* An event from here on changes the count, and the table is known to be old. */
	smp_mb();
	devices = s2m_devices_collect();
	if (!devices) {
		s2m_scnprintf(error->sentence, sizeof(error->sentence), "out of memory");
		return -ENOMEM;
	}
	s2m_fuses_mark(devices);
	new = s2m_rules_build(set, devices, error);
	kvfree(devices);
	if (IS_ERR(new))
		return PTR_ERR(new);

	old = published();
	/* In the mode native no mapping was made under any rules. */
	if ((old != settled || cannot_learn) && live_mode != S2M_MODE_NATIVE)
		in_doubt = true;
	if (old != settled && live_mode != S2M_MODE_NATIVE)
		skipped = true;
	WRITE_ONCE(cannot_learn, false);
	rcu_assign_pointer(live, new);
	/* Pairs with smp_load_acquire() in s2m_live_knowledge(). */
	smp_store_release(&known_events, events);
	synchronize_rcu();
	s2m_rules_put(old);
	return 0;
}

/* Publish the present table for the present devices, if it was not made for them. */
static int learn(struct s2m_text_error *error)
{
	int err;

	lockdep_assert_held(&publish_lock);
	if (s2m_live_is_up_to_date())
		return 0;
	/* A new erratum may forbid types that present mappings have. */
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

int s2m_live_learn(struct s2m_text_error *error)
{
	int err;

	mutex_lock(&publish_lock);
	err = learn(error);
	mutex_unlock(&publish_lock);
	return err;
}

struct s2m_ruleset *s2m_live_ruleset(void)
{
	struct s2m_ruleset *set;

	mutex_lock(&publish_lock);
	set = published()->set;
	refcount_inc(&set->refs);
	mutex_unlock(&publish_lock);
	return set;
}

struct s2m_rules *s2m_live_rules_get(void)
{
	struct s2m_text_error error;
	struct s2m_rules *rules;

	mutex_lock(&publish_lock);
	learn(&error);
	rules = s2m_rules_get(published());
	mutex_unlock(&publish_lock);
	return rules;
}

void s2m_live_set_mode(enum s2m_mode mode)
{
	struct s2m_rules *old = NULL;

	mutex_lock(&publish_lock);
	/* In the mode native no mapping was made under any rules. */
	if (live_mode == S2M_MODE_NATIVE) {
		old = settled;
		settled = s2m_rules_get(published());
	}
	WRITE_ONCE(live_mode, mode);
	mutex_unlock(&publish_lock);
	synchronize_rcu();
	s2m_rules_put(old);
}

int s2m_live_set_table(struct s2m_ruleset *set, struct s2m_text_error *error)
{
	int err;

	mutex_lock(&publish_lock);
	err = publish(set, error);
	mutex_unlock(&publish_lock);
	return err;
}

void s2m_live_doubt(void)
{
	mutex_lock(&publish_lock);
	in_doubt = true;
	mutex_unlock(&publish_lock);
}

bool s2m_live_is_settled(void)
{
	bool answer;

	mutex_lock(&publish_lock);
	answer = !in_doubt && settled == published();
	mutex_unlock(&publish_lock);
	return answer;
}

bool s2m_live_is_current(const struct s2m_rules *rules)
{
	bool answer;

	mutex_lock(&publish_lock);
	answer = rules == published() && s2m_live_is_up_to_date();
	mutex_unlock(&publish_lock);
	return answer;
}

bool s2m_live_both(struct s2m_rules **from, struct s2m_rules **to)
{
	bool others;

	mutex_lock(&publish_lock);
	*from = s2m_rules_get(settled);
	*to = s2m_rules_get(published());
	others = skipped;
	mutex_unlock(&publish_lock);
	return others;
}

struct s2m_rules *s2m_live_settle(enum s2m_mode was, struct s2m_change *change)
{
	struct s2m_rules *from;

	mutex_lock(&publish_lock);
	from = settled;
	settled = s2m_rules_get(published());
	change->from = (struct s2m_policy) { was, from };
	change->to = (struct s2m_policy) { live_mode, settled };
	/*
	 * A table that was published under the mode before, or a mode under the table before,
	 * has made mappings of which neither end of this change knows.
	 */
	change->skipped = skipped || (was != live_mode && from != settled);
	change->everything = in_doubt || change->skipped;
	in_doubt = false;
	skipped = false;
	mutex_unlock(&publish_lock);
	return from;
}

void s2m_live_unsettle(const struct s2m_change *change, struct s2m_rules *from)
{
	struct s2m_rules *to;

	mutex_lock(&publish_lock);
	to = settled;
	settled = s2m_rules_get(from);
	in_doubt = true;
	/* Whoever has replaced it since took it for settled. */
	skipped |= change->skipped || to != published();
	mutex_unlock(&publish_lock);
	s2m_rules_put(to);
}

int s2m_live_start(void)
{
	struct s2m_devices none = { };
	struct s2m_text_error error;
	struct s2m_ruleset *set;
	struct s2m_table *table;
	struct s2m_rules *rules;

	if (s2m_table_parse("", 0, &table, &error))
		return -ENOMEM;
	set = s2m_ruleset_create(table);
	if (!set) {
		s2m_table_free(table);
		return -ENOMEM;
	}
	rules = s2m_rules_build(set, &none, &error);
	s2m_ruleset_put(set);
	if (IS_ERR(rules))
		return -ENOMEM;
	/* Compiled for no devices at all. */
	known_events = s2m_devices_events() - 1;
	settled = s2m_rules_get(rules);
	RCU_INIT_POINTER(live, rules);
	return 0;
}

void s2m_live_stop(void)
{
	s2m_rules_put(settled);
	s2m_rules_put(rcu_replace_pointer(live, NULL, true));
}
