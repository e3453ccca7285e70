// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy that decides (src/module/policy/live.c, rules.c), compiled here against a PCI bus
 * of our own: what a change is told of the mappings that are there, and what is known of a
 * device whose table there is no memory for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/policy/rules.c"
#include "../../src/module/policy/live.c"

#define BAR		0x8000000000ULL
#define BAR_SIZE	0x100000ULL
#define NR_BARS		2

struct task_struct fake_current;

static struct s2m_device bars[NR_BARS];
static u32 events, changed_since;
static bool bar_changed, dangerous, no_devices;
static unsigned int marks, graces, logged;

void fake_log(const char *format, ...)
{
	logged++;
}

void synchronize_rcu(void)
{
	graces++;
}

bool s2m_platform_look(void)
{
	return dangerous;
}

u32 s2m_devices_events(void)
{
	return events;
}

struct s2m_devices *s2m_devices_collect(void)
{
	struct s2m_devices *devices;

	if (no_devices)
		return NULL;
	devices = kvzalloc(struct_size(devices, bars, NR_BARS), GFP_KERNEL);
	if (!devices)
		return NULL;
	devices->count = NR_BARS;
	memcpy(devices->bars, bars, sizeof(bars));
	return devices;
}

bool s2m_devices_may_have_changed(u32 since, const struct s2m_device *bar, u64 phys, u64 size)
{
	changed_since = since;
	return bar_changed;
}

void s2m_fuses_mark(struct s2m_devices *devices)
{
	marks++;
}

static int empty_table(void **state)
{
	unsigned int i;

	(void)state;
	memory_reset(0);
	for (i = 0; i < NR_BARS; i++)
		bars[i] = (struct s2m_device) {
			.start = BAR + i * BAR_SIZE, .end = BAR + (i + 1) * BAR_SIZE - 1,
			.domain = 1, .bus = 0x81, .devfn = i, .bar = 2,
		};
	events = 5;
	bar_changed = dangerous = no_devices = false;
	marks = graces = logged = 0;
	live_mode = S2M_MODE_NATIVE;
	in_doubt = skipped = cannot_learn = false;
	assert_int_equal(s2m_live_start(), 0);
	return 0;
}

/* Nobody has kept anything. */
static int nothing_left(void **state)
{
	(void)state;
	s2m_live_stop();
	assert_int_equal(memory_held, 0);
	return 0;
}

static void set_table(const char *text)
{
	struct s2m_text_error error;
	struct s2m_ruleset *set;
	struct s2m_table *table;

	assert_int_equal(s2m_table_parse(text, strlen(text), &table, &error), 0);
	set = s2m_ruleset_create(table);
	assert_int_equal(s2m_live_set_table(set, &error), 0);
	s2m_ruleset_put(set);
}

/* Another mode decides, over mappings that are all gone. */
static void begins(enum s2m_mode mode)
{
	struct s2m_change change;

	s2m_live_set_mode(mode);
	s2m_rules_put(s2m_live_settle(mode, &change));
}

/* A change from a mode, which is told this; and that it brings to its end. */
static void settles(enum s2m_mode was, bool everything, bool skipped_some)
{
	struct s2m_change change;
	struct s2m_rules *from = s2m_live_settle(was, &change);

	assert_ptr_equal(change.from.rules, from);
	assert_ptr_equal(change.to.rules, s2m_live_rules());
	assert_int_equal(change.from.mode, was);
	assert_int_equal(change.to.mode, s2m_live_mode());
	assert_int_equal(change.everything, everything);
	assert_int_equal(change.skipped, skipped_some);
	s2m_rules_put(from);
	assert_true(s2m_live_is_settled());
}

static void only_the_very_bar(void **state)
{
	struct s2m_text_error error;
	struct s2m_device bar;

	(void)state;
	assert_false(s2m_live_is_up_to_date());
	assert_int_equal(s2m_live_learn(&error), 0);
	assert_int_equal(marks, 1);
	assert_true(s2m_live_is_up_to_date());
	bar = bars[1];
	/* Who drives it, and what it is, may be asked of it elsewhere. */
	bar.driver = "other";
	bar.vendor = 1;
	assert_true(s2m_live_knows_bar(&bar));
	bar.end += BAR_SIZE;
	assert_false(s2m_live_knows_bar(&bar));
	bar = bars[1];
	bar.start += PAGE_SIZE;
	assert_false(s2m_live_knows_bar(&bar));
	bar = bars[1];
	bar.domain = 0;
	assert_false(s2m_live_knows_bar(&bar));
	bar = bars[1];
	bar.bus = 0x82;
	assert_false(s2m_live_knows_bar(&bar));
	bar = bars[1];
	bar.devfn = 0;
	assert_false(s2m_live_knows_bar(&bar));
	bar = bars[1];
	bar.bar = 4;
	assert_false(s2m_live_knows_bar(&bar));
	bar.start = 0x1000;
	assert_false(s2m_live_knows_bar(&bar));
}

static void a_bar_that_something_has_happened_to(void **state)
{
	struct s2m_text_error error;

	(void)state;
	assert_int_equal(s2m_live_learn(&error), 0);
	events++;
	assert_int_equal(s2m_live_knowledge(BAR, PAGE_SIZE), S2M_KNOWN);
	assert_int_equal(changed_since, 5);
	assert_true(s2m_live_knows_bar(&bars[0]));
	bar_changed = true;
	assert_int_equal(s2m_live_knowledge(BAR, PAGE_SIZE), S2M_LEARNING);
	assert_false(s2m_live_knows_bar(&bars[0]));
	bar_changed = false;
	/* More than one BAR is not asked for in pieces. */
	assert_int_equal(s2m_live_knowledge(BAR, 2 * BAR_SIZE), S2M_LEARNING);
	assert_int_equal(s2m_live_knowledge(BAR - PAGE_SIZE, 2 * PAGE_SIZE), S2M_LEARNING);
	assert_int_equal(s2m_live_knowledge(0x1000, PAGE_SIZE), S2M_KNOWN);
	assert_int_equal(s2m_live_learn(&error), 0);
	assert_int_equal(s2m_live_knowledge(BAR, 2 * BAR_SIZE), S2M_KNOWN);
}

static void no_memory_to_learn(void **state)
{
	struct s2m_text_error error;

	(void)state;
	set_table("normal-nc bar=2");
	begins(S2M_MODE_POLICY);
	events++;
	bar_changed = no_devices = true;
	assert_int_equal(s2m_live_learn(&error), -ENOMEM);
	assert_string_equal(error.sentence, "out of memory");
	assert_int_equal(s2m_live_learn(&error), -ENOMEM);
	assert_int_equal(logged, 1);
	assert_int_equal(s2m_live_knowledge(BAR, PAGE_SIZE), S2M_UNKNOWN);
	assert_false(s2m_live_is_settled());
	no_devices = false;
	assert_int_equal(s2m_live_learn(&error), 0);
	assert_int_equal(s2m_live_knowledge(BAR, PAGE_SIZE), S2M_KNOWN);
	/* Meanwhile a fault got what it might be at worst. */
	settles(S2M_MODE_POLICY, true, false);
	/* The next event is one that can be learnt of. */
	events++;
	assert_int_equal(s2m_live_knowledge(BAR, PAGE_SIZE), S2M_LEARNING);
}

static void a_table_that_is_settled(void **state)
{
	(void)state;
	set_table("normal-nc bar=2");
	begins(S2M_MODE_POLICY);
	assert_true(s2m_live_is_settled());
	settles(S2M_MODE_POLICY, false, false);
	set_table("device-GRE bar=2");
	assert_false(s2m_live_is_settled());
	settles(S2M_MODE_POLICY, false, false);
}

static void doubt(void **state)
{
	struct s2m_text_error error;

	(void)state;
	set_table("normal-nc bar=2");
	begins(S2M_MODE_POLICY);
	s2m_live_doubt();
	assert_false(s2m_live_is_settled());
	settles(S2M_MODE_POLICY, true, false);
	settles(S2M_MODE_POLICY, false, false);
	/* A device that has come forbids what mappings have. */
	events++;
	dangerous = true;
	assert_int_equal(s2m_live_learn(&error), 0);
	settles(S2M_MODE_POLICY, true, false);
}

static void policies_in_between(void **state)
{
	(void)state;
	set_table("normal-nc bar=2");
	begins(S2M_MODE_POLICY);
	set_table("device-GRE bar=2");
	set_table("device-nGnRE bar=2");
	settles(S2M_MODE_POLICY, true, true);
	/* A table that was published under the mode before. */
	set_table("normal-nc bar=2");
	s2m_live_set_mode(S2M_MODE_NORMAL_NC);
	settles(S2M_MODE_POLICY, true, true);
	s2m_live_set_mode(S2M_MODE_POLICY);
	settles(S2M_MODE_NORMAL_NC, false, false);
	/* In mode native mappings are of no table. */
	begins(S2M_MODE_NATIVE);
	set_table("normal-nc bar=2");
	set_table("device-GRE bar=2");
	s2m_live_set_mode(S2M_MODE_POLICY);
	settles(S2M_MODE_NATIVE, false, false);
}

static void both_tables(void **state)
{
	struct s2m_rules *from, *to, *again;

	(void)state;
	set_table("normal-nc bar=2");
	begins(S2M_MODE_POLICY);
	assert_false(s2m_live_both(&from, &to));
	assert_ptr_equal(from, to);
	s2m_rules_put(from);
	s2m_rules_put(to);
	set_table("device-GRE bar=2");
	assert_false(s2m_live_both(&from, &to));
	assert_ptr_not_equal(from, to);
	assert_ptr_equal(to, s2m_live_rules());
	assert_true(s2m_live_is_current(to));
	assert_false(s2m_live_is_current(from));
	set_table("device-nGnRE bar=2");
	assert_false(s2m_live_is_current(to));
	s2m_rules_put(to);
	assert_true(s2m_live_both(&again, &to));
	assert_ptr_equal(again, from);
	s2m_rules_put(again);
	s2m_rules_put(from);
	s2m_rules_put(to);
	events++;
	assert_false(s2m_live_is_current(s2m_live_rules()));
}

/* A writer that is killed: who comes next begins where it did. */
static void no_end(void **state)
{
	struct s2m_change change;
	struct s2m_rules *from;

	(void)state;
	set_table("normal-nc bar=2");
	begins(S2M_MODE_POLICY);
	set_table("device-GRE bar=2");
	from = s2m_live_settle(S2M_MODE_POLICY, &change);
	s2m_live_unsettle(&change, from);
	assert_false(s2m_live_is_settled());
	assert_ptr_equal(settled, from);
	s2m_rules_put(from);
	settles(S2M_MODE_POLICY, true, false);
	/* Another table was published meanwhile, which took that one for settled. */
	set_table("normal-nc bar=2");
	from = s2m_live_settle(S2M_MODE_POLICY, &change);
	set_table("device-nGnRE bar=2");
	s2m_live_unsettle(&change, from);
	s2m_rules_put(from);
	settles(S2M_MODE_POLICY, true, true);
}

static void what_is_kept(void **state)
{
	struct s2m_ruleset *set;
	struct s2m_rules *rules;

	(void)state;
	set_table("normal-nc bar=2\nnative");
	rules = s2m_live_rules_get();
	set = s2m_live_ruleset();
	assert_ptr_equal(rules, s2m_live_rules());
	assert_ptr_equal(set, rules->set);
	s2m_rules_count(rules, 1);
	s2m_rules_count(rules, S2M_NO_RULE);
	s2m_rules_count(rules, 1);
	assert_int_equal(atomic_long_read(&set->hits[0]), 0);
	assert_int_equal(atomic_long_read(&set->hits[1]), 2);
	assert_int_equal(atomic_long_read(&set->unmatched), 1);
	/* The counters stay as long as the table does. */
	s2m_ruleset_put(set);
	events++;
	s2m_rules_put(s2m_live_rules_get());
	assert_ptr_not_equal(rules, s2m_live_rules());
	assert_ptr_equal(set, s2m_live_rules()->set);
	s2m_rules_put(rules);
	assert_int_equal(atomic_long_read(&set->hits[1]), 2);
}

static void no_memory(void **state)
{
	struct s2m_text_error error;
	unsigned long at;
	int err;

	(void)state;
	s2m_live_stop();
	for (at = 1;; at++) {
		memory_reset(at);
		if (!s2m_live_start())
			break;
		assert_int_equal(memory_held, 0);
	}
	assert_true(at > 3);
	for (at = 1;; at++) {
		memory_reset(at);
		err = s2m_live_learn(&error);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_non_null(strstr(error.sentence, "memory"));
	}
	assert_true(at > 2);
	s2m_live_stop();
	memory_reset(0);
	s2m_live_start();
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, empty_table, nothing_left)
	const struct CMUnitTest tests[] = {
		TEST(only_the_very_bar),
		TEST(a_bar_that_something_has_happened_to),
		TEST(no_memory_to_learn),
		TEST(a_table_that_is_settled),
		TEST(doubt),
		TEST(policies_in_between),
		TEST(both_tables),
		TEST(no_end),
		TEST(what_is_kept),
		TEST(no_memory),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
