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
 *  - a handler that read the old policy decides with preemption disabled, inside
 *    KVM's mmu_lock: synchronize_rcu() waits for its decision. Then refault.c takes
 *    mmu_lock exclusively: the leaf of that decision is in the table by then, and
 *    refault.c drops it;
 *  - a fault that decides later reads the new policy.
 *
 * Whom a change waits for: other changes, grace periods, KVM's own locks. No process
 * can hold any of these for as long as it likes.
 *
 * While a mode is on, a worker publishes the table anew for the PCI devices that there
 * are (live.c).
 *
 * An error on the PCI bus may make a fuse blow: that is a change like others, which a
 * worker makes. What had been noted when a change has settled is judged by the policy
 * before and by the one since, so an error of a mapping of the one before is not lost;
 * what has been noted while the next table was due is judged once more when that has
 * settled (blow.pml).
 *
 * While the hook is switched off behind our back, KVM's own types stand, and a change
 * is refused, except the one to native. Mappings that the hook has missed are dropped
 * by the next change or by look_after_hook(), whichever is first.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <s2memattr/abi.h>

#include "change/blow.h"
#include "change/change.h"
#include "change/refault.h"
#include "coherent/coherent.h"
#include "hook/hook.h"
#include "hook/lapse.h"
#include "hook/split.h"
#include "hook/standby.h"
#include "kernel/bus_errors.h"
#include "kernel/host.h"
#include "kernel/platform.h"
#include "policy/devices.h"
#include "policy/fuses.h"
#include "policy/live.h"
#include "survival/survival.h"
#include "tell/announce.h"
#include "tell/error.h"

/* One change at a time, until it is settled. */
static DEFINE_MUTEX(change_lock);
/* A change has been published and is not settled yet. Written under change_lock. */
static bool unsettled;
/* The mode before that change. */
static enum s2m_mode unsettled_from;
static u64 generation;

/* Its own queue: what others give to the system's queues must not delay this work. */
static struct workqueue_struct *queue;

bool s2m_change_in_force(void)
{
	/* Pairs with smp_wmb() in publish_mode(): who has read the new mode reads @unsettled. */
	smp_rmb();
	if (READ_ONCE(unsettled))
		return false;
	return s2m_live_mode() == S2M_MODE_NATIVE || !s2m_standby_lost();
}

u64 s2m_change_generation(void)
{
	return READ_ONCE(generation);
}

static void follow_devices(void);

/* Make the table know that fuses have blown, or that they are reset. */
static void publish_fuses(void)
{
	struct s2m_text_error error;

	if (!s2m_live_learn(&error))
		return;
	/* While there is none, each fault on device memory gets the strictest type. */
	s2m_live_doubt();
	follow_devices();
}

/* Drop what the published policy makes stale. */
static int settle(bool killable)
{
	enum s2m_mode was = unsettled ? unsettled_from : s2m_live_mode();
	struct s2m_change change;
	struct s2m_rules *from;
	bool blown;
	int err = 0;

	lockdep_assert_held(&change_lock);
	if (s2m_lapse_look())
		s2m_live_doubt();
	do {
		from = s2m_live_settle(was, &change);
		if (change.everything || was != S2M_MODE_NATIVE ||
		    change.to.mode != S2M_MODE_NATIVE)
			err = s2m_refault(&change, killable);
		blown = s2m_blow(&change);
		if (err)
			s2m_live_unsettle(&change, from);
		s2m_rules_put(from);
		if (blown)
			publish_fuses();
		was = s2m_live_mode();
	} while (blown && !err);
	return err;
}

static void look_after_hook(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, look_after_hook);

/* Now and then, while a mode is on: did the hook do its duty? */
static void look_after_hook(struct work_struct *work)
{
	mutex_lock(&change_lock);
	if (s2m_lapse_look()) {
		s2m_live_doubt();
		settle(false);
	}
	if (s2m_live_mode() != S2M_MODE_NATIVE)
		queue_delayed_work(queue, &watch_work, S2M_LAPSE_PERIOD);
	mutex_unlock(&change_lock);
}

/* Between two tries, in jiffies, to learn what is on the PCI bus now. */
#define LEARN_PERIOD	HZ

static void learn_later(struct work_struct *work);
static DECLARE_DELAYED_WORK(learn_work, learn_later);

/*
 * While a mode is on, let the table know the devices that there are. Also if somebody
 * else has done so since: mappings made before that are still there, and are settled by
 * nobody but this work.
 */
static void follow_devices(void)
{
	if (s2m_live_mode() != S2M_MODE_NATIVE)
		mod_delayed_work(queue, &learn_work, 0);
}

/* A PCI event that came before the new mode was to be seen has queued no work. */
static void follow_missed(void)
{
	if (!s2m_live_is_up_to_date())
		follow_devices();
}

static void learn_later(struct work_struct *work)
{
	struct s2m_text_error error;

	if (s2m_live_mode() == S2M_MODE_NATIVE)
		return;
	/* Without change_lock: its holder may be busy for long, and faults wait for the table. */
	if (s2m_live_learn(&error))
		queue_delayed_work(queue, &learn_work, LEARN_PERIOD);
	if (s2m_live_is_settled())
		return;
	mutex_lock(&change_lock);
	settle(false);
	mutex_unlock(&change_lock);
}

/* Without the hook no answer but KVM's can be given, nor if it splits blocks past that. */
static int need_hook(const char *what)
{
	int err = s2m_standby_start();

	if (err) {
		s2m_error_set("%s: cannot arm the hook by %s (error %d)",
			      what, s2m_hook_transport(), err);
		return err;
	}
	err = s2m_split_forbid();
	if (err)
		s2m_error_set("%s: cannot keep KVM from splitting blocks (error %d)", what, err);
	return err;
}

/* Take out what prepare_mode() puts in, as far as it did. */
static void stand_down(void)
{
	s2m_standby_stop();
	s2m_split_allow();
	s2m_devices_leave();
}

/* Refuse a type that this host cannot keep or would corrupt. @rule is named in the error. */
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

static int need_coherent(bool has_rules, const char *what)
{
	int err = s2m_coherent_prepare(has_rules);

	if (err)
		s2m_error_set("%s: coherent-ram cannot be had on this kernel (error %d)",
			      what, err);
	return err;
}

static bool live_table_is_about_vms(enum s2m_mode mode)
{
	struct s2m_ruleset *set = s2m_live_ruleset();
	bool result = is_about_vms(mode, set->table);

	s2m_ruleset_put(set);
	return result;
}

/*
 * Take coherent-ram's probes out if no rule needs them, and those for fuses. A failed
 * change may have put them in.
 */
static void settle_probes(void)
{
	struct s2m_ruleset *set = s2m_live_ruleset();
	enum s2m_mode mode = s2m_live_mode();

	s2m_coherent_finish(mode == S2M_MODE_POLICY, is_about_vms(mode, set->table));
	if (!s2m_blow_wants(mode, set->table))
		s2m_bus_errors_leave();
	s2m_ruleset_put(set);
}

static void blow_later(struct work_struct *work);
static DECLARE_WORK(blow_work, blow_later);

/* Called in an interrupt. */
static void error_noted(void)
{
	queue_work(queue, &blow_work);
}

/* A fuse that nobody watches would be none. @what: who asks for it, for the error. */
static int need_errors(const char *what)
{
	const char *missing = s2m_bus_errors_missing();
	int err = missing ? -EOPNOTSUPP : s2m_bus_errors_listen(error_noted);

	if (missing)
		s2m_error_set("%s: fuse cannot be had: %s", what, missing);
	else if (err)
		s2m_error_set("%s: fuse cannot be had: errors cannot be listened to (error %d)",
			      what, err);
	return err;
}

static int need_errors_of_table(const struct s2m_table *table, bool in_force)
{
	u32 rule = s2m_table_first_fuse(table);
	const char *missing = s2m_bus_errors_missing();
	char what[32];

	if (rule == S2M_NO_RULE)
		return 0;
	scnprintf(what, sizeof(what), "policy: rule %u", rule + 1);
	if (in_force)
		return need_errors(what);
	/* It is refused now, and not when somebody sets the mode. */
	if (missing)
		s2m_error_set("%s: fuse cannot be had: %s", what, missing);
	return missing ? -EOPNOTSUPP : 0;
}

static int need_errors_of_mode(enum s2m_mode mode)
{
	struct s2m_ruleset *set = s2m_live_ruleset();
	bool wanted = s2m_blow_wants(mode, set->table);

	s2m_ruleset_put(set);
	return wanted ? need_errors("mode") : 0;
}

static void finish_later(struct work_struct *work);
static DECLARE_WORK(finish_work, finish_later);

/*
 * Tell of a change from another mode, or from another table if there is one. It is
 * told when it is published, by the writer, who is not always there when it settles.
 */
static void note_change(enum s2m_mode was, const struct s2m_ruleset *old)
{
	struct s2m_ruleset *set = s2m_live_ruleset();

	s2m_announce(&(struct s2m_announcement) {
		.from = was,
		.to = s2m_live_mode(),
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
	int err = settle(killable);

	lockdep_assert_held(&change_lock);
	if (err) {
		s2m_error_set("%s: the writer was killed; running guests follow in the background",
			      what);
		queue_work(queue, &finish_work);
		return err;
	}
	settle_probes();
	if (s2m_live_mode() == S2M_MODE_NATIVE) {
		s2m_survival_disarm();
		stand_down();
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

/* What is published takes effect as a change, without another mode or table. */
static int finish_fuses(const char *what, bool killable)
{
	lockdep_assert_held(&change_lock);
	if (s2m_live_mode() == S2M_MODE_NATIVE)
		return 0;
	unsettled_from = s2m_live_mode();
	WRITE_ONCE(unsettled, true);
	return finish(what, killable);
}

/* An error has been noted. */
static void blow_later(struct work_struct *work)
{
	struct s2m_rules *from, *to;
	struct s2m_change change;

	mutex_lock(&change_lock);
	/* Who settles a change judges what has been noted. */
	if (unsettled)
		finish("", false);
	change.skipped = s2m_live_both(&from, &to);
	change.from = (struct s2m_policy) { s2m_live_mode(), from };
	change.to = (struct s2m_policy) { s2m_live_mode(), to };
	if (s2m_blow(&change)) {
		publish_fuses();
		finish_fuses("", false);
	}
	s2m_rules_put(from);
	s2m_rules_put(to);
	mutex_unlock(&change_lock);
}

/* Take change_lock, and settle first what a killed writer has left. */
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
	int err = s2m_live_learn(&error);

	if (err)
		s2m_error_set("%s: %s", what, error.sentence);
	return err;
}

/* Let devices.c follow BARs that move, until the mode is native again. */
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
	if (!err)
		err = check_type("mode", S2M_NO_RULE, s2m_mode_type(mode));
	if (!err)
		err = need_coherent(live_table_is_about_vms(mode), "mode");
	if (!err)
		err = need_errors_of_mode(mode);
	if (!err)
		err = need_hook("mode");
	return err;
}

static int publish_mode(enum s2m_mode mode)
{
	enum s2m_mode was = s2m_live_mode();
	int err;

	if (mode == was)
		return 0;
	err = prepare_mode(mode);
	if (err) {
		settle_probes();
		if (was == S2M_MODE_NATIVE)
			stand_down();
		return err;
	}
	if (was == S2M_MODE_NATIVE) {
		s2m_lapse_begin();
		queue_delayed_work(queue, &watch_work, S2M_LAPSE_PERIOD);
		s2m_survival_arm();
	}

	unsettled_from = was;
	WRITE_ONCE(unsettled, true);
	/* Pairs with smp_rmb() in s2m_change_in_force(). */
	smp_wmb();
	s2m_live_set_mode(mode);
	follow_missed();
	note_change(was, NULL);
	return 0;
}

static int set_mode(enum s2m_mode mode, bool killable)
{
	int err = publish_mode(mode);

	return err || !unsettled ? err : finish("mode", killable);
}

int s2m_change_mode(enum s2m_mode mode)
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

int s2m_change_unaligned(const char *text, size_t len)
{
	bool emulate = is_word(text, len, S2M_EMULATE);
	int err;

	if (!emulate && !is_word(text, len, S2M_FAULT)) {
		s2m_error_set("unaligned: \"%*pE%s\" is neither " S2M_FAULT " nor " S2M_EMULATE,
			      (int)min_t(size_t, len, QUOTE_MAX), text,
			      len > QUOTE_MAX ? "..." : "");
		return -EINVAL;
	}
	mutex_lock(&change_lock);
	err = emulate == s2m_survival_is_emulating() ? 0 : s2m_survival_set_emulating(emulate);
	mutex_unlock(&change_lock);
	if (err)
		s2m_error_set("unaligned: emulate cannot be had on this kernel (error %d)", err);
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
	struct s2m_ruleset *set = s2m_live_ruleset();
	bool same = s2m_table_equal(table, set->table);

	s2m_ruleset_put(set);
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
	if (!err)
		err = need_errors_of_table(set->table, s2m_live_mode() == S2M_MODE_POLICY);
	if (!err && s2m_live_mode() == S2M_MODE_POLICY)
		err = need_coherent(is_about_vms(s2m_live_mode(), set->table), "policy");
	if (!err && s2m_live_mode() == S2M_MODE_POLICY)
		err = need_hook("policy");
	if (err) {
		settle_probes();
		return err;
	}
	if (same)
		return 0;
	unsettled_from = s2m_live_mode();
	old = s2m_live_ruleset();
	WRITE_ONCE(unsettled, true);
	err = s2m_live_set_table(set, &error);
	if (err) {
		WRITE_ONCE(unsettled, false);
		s2m_error_set("policy: %s", error.sentence);
		settle_probes();
	} else {
		note_change(s2m_live_mode(), old);
		err = finish("policy", true);
	}
	s2m_ruleset_put(old);
	return err;
}

int s2m_change_table(const char *text, size_t len)
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

/* Read what s2m_change_reset_fuses() takes; @function is NULL then if it is all of them. */
static int parse_reset(const char *text, size_t len, struct s2m_device *storage,
		       const struct s2m_device **function)
{
	*function = is_word(text, len, S2M_ALL) ? NULL : storage;
	if (len && text[len - 1] == '\n')
		len--;
	if (!*function || s2m_function_parse(text, len, storage))
		return 0;
	s2m_error_set("fuses: \"%*pE%s\" is neither [domain:]bus:device.function nor " S2M_ALL,
		      (int)min_t(size_t, len, QUOTE_MAX), text, len > QUOTE_MAX ? "..." : "");
	return -EINVAL;
}

int s2m_change_reset_fuses(const char *text, size_t len)
{
	const struct s2m_device *function;
	struct s2m_device storage;
	int err = parse_reset(text, len, &storage, &function);

	if (!err)
		err = begin("fuses");
	if (err)
		return err;
	if (s2m_fuses_reset(function)) {
		publish_fuses();
		err = finish_fuses("fuses", true);
	} else if (function) {
		s2m_error_set("fuses: none has blown for " S2M_FUSE_FUNCTION, function->domain,
			      function->bus, function->devfn >> 3, function->devfn & 7);
		err = -ENOENT;
	}
	mutex_unlock(&change_lock);
	return err;
}

int s2m_change_start(void)
{
	int err;

	queue = alloc_workqueue("s2memattr_policy", WQ_UNBOUND, 0);
	err = queue ? s2m_live_start() : -ENOMEM;
	if (err) {
		pr_err("out of memory: not loaded\n");
		goto no_live;
	}
	err = s2m_devices_listen(follow_devices, s2m_live_knows_bar);
	if (err)
		goto no_devices;
	return 0;
no_devices:
	s2m_live_stop();
no_live:
	if (queue)
		destroy_workqueue(queue);
	return err;
}

void s2m_change_stop(void)
{
	mutex_lock(&change_lock);
	if (unsettled)
		finish("unload", false);
	set_mode(S2M_MODE_NATIVE, false);
	mutex_unlock(&change_lock);
	s2m_devices_unlisten();
	cancel_work_sync(&blow_work);
	cancel_work_sync(&finish_work);
	cancel_delayed_work_sync(&learn_work);
	cancel_delayed_work_sync(&watch_work);
	destroy_workqueue(queue);
	s2m_announce_stop();
	s2m_survival_exit();
	s2m_live_stop();
	s2m_fuses_reset(NULL);
}
