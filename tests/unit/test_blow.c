// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom an error on the bus is about (src/module/change/blow.c), compiled here against a bus of
 * our own: two functions of a device behind a port, one behind another port, virtual functions
 * on other buses than theirs, and functions that have gone before anybody asks.
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
#include "../../src/module/change/blow.c"

#define BAR		0x8000000000ULL
#define BAR_SIZE	0x100000ULL

struct task_struct fake_current;
struct s2m_stats s2m_stats;

/*
 * 0000:00:01.0 is a port to bus 1, with 01:00.0, 01:00.1 and 01:01.0; 0000:00:02.0 one to
 * bus 2, below which a bridge leads to bus 3, with 03:00.0. 01:00.1 has a virtual function,
 * which is on bus 4. All but the ports have a BAR, and of each its place is from its number.
 */
enum { PORT1, PORT2, BRIDGE, ONE, SIBLING, NEIGHBOUR, BELOW, VIRTUAL, NR_DEVS };

static struct pci_bus buses[5];
static struct pci_dev devs[NR_DEVS];
static bool gone[NR_DEVS];
static int refs;

static struct s2m_rules *from, *to;
static bool current_rules;

static struct s2m_bus_error errors[4];
static unsigned int nr_errors, kept, blown, told;
static struct s2m_fuse *blown_fuses[NR_DEVS];

void fake_log(const char *format, ...)
{
	told++;
}

struct pci_dev *fake_next_pci_dev(struct pci_dev *pdev)
{
	unsigned int next = pdev ? (unsigned int)(pdev - devs) + 1 : 0;

	while (next < NR_DEVS && gone[next])
		next++;
	return next < NR_DEVS ? &devs[next] : NULL;
}

struct pci_dev *pci_get_domain_bus_and_slot(u32 domain, unsigned int bus, unsigned int devfn)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		if (pdev->bus->domain == domain && pdev->bus->number == bus &&
		    pdev->devfn == devfn)
			break;
	refs += !!pdev;
	return pdev;
}

void pci_dev_put(struct pci_dev *pdev)
{
	refs -= !!pdev;
}

time64_t ktime_get_real_seconds(void)
{
	return 1234;
}

bool s2m_bus_errors_take(unsigned int *place, struct s2m_bus_error *error)
{
	if (*place == nr_errors)
		return false;
	*error = errors[(*place)++];
	return true;
}

void s2m_bus_errors_keep(const struct s2m_bus_error *error)
{
	kept++;
}

bool s2m_live_is_current(const struct s2m_rules *rules)
{
	assert_ptr_equal(rules, to);
	return current_rules;
}

bool s2m_fuses_has(const struct s2m_device *function)
{
	unsigned int i;

	for (i = 0; i < blown; i++)
		if (s2m_same_function(&blown_fuses[i]->function, function))
			return true;
	return false;
}

void s2m_fuses_blow(struct s2m_fuse *fuse)
{
	assert_false(s2m_fuses_has(&fuse->function));
	blown_fuses[blown++] = fuse;
}

void trace_fuse(const struct s2m_device *function, const struct s2m_bus_error *error, u32 rule)
{
	assert_int_equal(told, blown + 1);
}

static u64 bar_of(unsigned int i)
{
	return BAR + i * 2 * BAR_SIZE;
}

static struct s2m_rules *table(const char *text)
{
	struct s2m_devices *devices = kvzalloc(struct_size(devices, bars, NR_DEVS), GFP_KERNEL);
	struct s2m_text_error error;
	struct s2m_ruleset *set;
	struct s2m_table *parsed;
	struct s2m_rules *rules;
	unsigned int i;

	for (i = ONE; i < NR_DEVS; i++) {
		struct s2m_device *bar = &devices->bars[devices->count];

		*bar = function_of(&devs[i]);
		bar->start = bar_of(i);
		bar->end = bar_of(i) + BAR_SIZE - 1;
		bar->bar = 2;
		devices->count += !gone[i];
	}
	assert_int_equal(s2m_table_parse(text, strlen(text), &parsed, &error), 0);
	set = s2m_ruleset_create(parsed);
	rules = s2m_rules_build(set, devices, &error);
	assert_false(IS_ERR(rules));
	s2m_ruleset_put(set);
	kvfree(devices);
	return rules;
}

static void function(unsigned int i, unsigned int bus, unsigned int devfn, unsigned int leads_to)
{
	devs[i] = (struct pci_dev) { .bus = &buses[bus], .devfn = devfn };
	if (leads_to) {
		devs[i].subordinate = &buses[leads_to];
		return;
	}
	devs[i].resource[2] = (struct resource) {
		bar_of(i), bar_of(i) + BAR_SIZE - 1, IORESOURCE_MEM, NULL,
	};
}

static void forget(void)
{
	while (blown) {
		kfree(blown_fuses[--blown]->text);
		kfree(blown_fuses[blown]);
	}
	kept = told = nr_errors = 0;
	memset(&s2m_stats, 0, sizeof(s2m_stats));
}

static int a_bus(void **state)
{
	static const u8 parents[] = { 0, 0, 0, 2, 1 }, ends[] = { 4, 1, 3, 3, 4 };
	unsigned int i;

	(void)state;
	memory_reset(0);
	for (i = 0; i < ARRAY_SIZE(buses); i++)
		buses[i] = (struct pci_bus) {
			.number = i, .parent = i ? &buses[parents[i]] : NULL,
			.busn_res = { .start = i, .end = ends[i] },
		};
	function(PORT1, 0, 8, 1);
	function(PORT2, 0, 16, 2);
	function(BRIDGE, 2, 0, 3);
	function(ONE, 1, 0, 0);
	function(SIBLING, 1, 1, 0);
	function(NEIGHBOUR, 1, 8, 0);
	function(BELOW, 3, 0, 0);
	function(VIRTUAL, 4, 0, 0);
	memset(gone, 0, sizeof(gone));
	from = to = table("normal-nc fuse");
	current_rules = true;
	forget();
	return 0;
}

static int nothing_left(void **state)
{
	(void)state;
	forget();
	s2m_rules_put(from);
	if (to != from)
		s2m_rules_put(to);
	assert_int_equal(memory_held, 0);
	assert_int_equal(refs, 0);
	return 0;
}

static bool errors_blow(bool skipped)
{
	const struct s2m_change change = {
		.from = { S2M_MODE_POLICY, from }, .to = { S2M_MODE_POLICY, to },
		.skipped = skipped,
	};

	return s2m_blow(&change);
}

#define FUNCTION(i)	(1U << (i))

/* Of which functions, all new, do fuses blow for an error? Forgets them again. */
static unsigned int blows(struct s2m_bus_error error)
{
	unsigned int which = 0, i, k;
	bool any;

	forget();
	errors[0] = error;
	nr_errors = 1;
	any = errors_blow(false);
	assert_int_equal(any, blown > 0);
	for (i = 0; i < NR_DEVS; i++)
		for (k = 0; k < blown; k++) {
			const struct s2m_device device = function_of(&devs[i]);

			if (s2m_same_function(&device, &blown_fuses[k]->function))
				which |= FUNCTION(i);
		}
	assert_int_equal(__builtin_popcount(which), blown);
	assert_int_equal(s2m_stats.count[S2M_STAT_BLOWN], blown);
	return which;
}

static struct s2m_bus_error of(unsigned int i, bool apart)
{
	return (struct s2m_bus_error) {
		.kind = S2M_BUS_ERROR_NONFATAL, .bus = devs[i].bus->number,
		.devfn = devs[i].devfn, .apart = apart,
	};
}

static struct s2m_bus_error of_cpu(u64 phys)
{
	return (struct s2m_bus_error) { .kind = S2M_BUS_ERROR_CPU, .phys = phys };
}

#define ALL	(FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(NEIGHBOUR) | FUNCTION(BELOW) | \
		 FUNCTION(VIRTUAL))

static void one_function(void **state)
{
	(void)state;
	assert_int_equal(blows(of(ONE, true)), FUNCTION(ONE));
	assert_int_equal(blows(of(ONE, false)), FUNCTION(ONE) | FUNCTION(SIBLING));
	assert_int_equal(blows(of(NEIGHBOUR, false)), FUNCTION(NEIGHBOUR));
	assert_int_equal(blows(of(BELOW, false)), FUNCTION(BELOW));
	/* All on the bus are one device. */
	buses[1].ari = true;
	assert_int_equal(blows(of(NEIGHBOUR, false)),
			 FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(NEIGHBOUR));
	assert_int_equal(blows(of(NEIGHBOUR, true)), FUNCTION(NEIGHBOUR));
}

static void below_a_port(void **state)
{
	(void)state;
	buses[4].parent = NULL;
	assert_int_equal(blows(of(PORT1, true)),
			 FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(NEIGHBOUR));
	assert_int_equal(blows(of(PORT2, false)), FUNCTION(BELOW));
	assert_int_equal(blows(of(BRIDGE, false)), FUNCTION(BELOW));
	/* A port that leads nowhere. */
	devs[PORT2].subordinate = NULL;
	assert_int_equal(blows(of(PORT2, true)), 0);
}

static void virtual_functions(void **state)
{
	(void)state;
	devs[SIBLING].is_physfn = true;
	devs[VIRTUAL].physfn = &devs[SIBLING];
	assert_int_equal(blows(of(VIRTUAL, true)), FUNCTION(VIRTUAL));
	assert_int_equal(blows(of(VIRTUAL, false)),
			 FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(VIRTUAL));
	assert_int_equal(blows(of(ONE, false)),
			 FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(VIRTUAL));
}

static void an_address(void **state)
{
	const u64 start = bar_of(SIBLING), end = start + BAR_SIZE;

	(void)state;
	assert_int_equal(blows(of_cpu(start)), FUNCTION(SIBLING));
	assert_int_equal(blows(of_cpu(end - PAGE_SIZE)), FUNCTION(SIBLING));
	assert_int_equal(blows(of_cpu(end)), 0);
	assert_int_equal(blows(of_cpu(start - PAGE_SIZE)), 0);
	/* Of the page nothing more is known. */
	devs[SIBLING].resource[2].start += PAGE_SIZE / 2;
	assert_int_equal(blows(of_cpu(start)), FUNCTION(SIBLING));
	devs[SIBLING].resource[2].flags = 0;
	assert_int_equal(blows(of_cpu(start)), 0);
	gone[SIBLING] = true;
	assert_int_equal(blows(of_cpu(start)), FUNCTION(SIBLING));
	assert_int_equal(blows(of_cpu(end - PAGE_SIZE)), FUNCTION(SIBLING));
	assert_int_equal(blows(of_cpu(end)), 0);
	assert_int_equal(blows(of_cpu(start - PAGE_SIZE)), 0);
}

static void nobody_knows_whose(void **state)
{
	const struct s2m_bus_error error = { .kind = S2M_BUS_ERROR_UNNAMED };

	(void)state;
	assert_int_equal(blows(error), ALL);
	gone[ONE] = gone[BELOW] = true;
	assert_int_equal(blows(error), ALL);
	/* Wherever it was. */
	gone[BELOW] = false;
	buses[3].domain = 1;
	s2m_rules_put(from);
	from = to = table("normal-nc fuse");
	gone[BELOW] = true;
	assert_int_equal(blows(error), ALL & ~FUNCTION(ONE));
}

/* What was where is known from the table; if who reported it is gone, too, it is not. */
static void functions_that_are_gone(void **state)
{
	(void)state;
	gone[ONE] = gone[BELOW] = gone[VIRTUAL] = true;
	assert_int_equal(blows(of(SIBLING, true)), FUNCTION(SIBLING));
	assert_int_equal(blows(of(SIBLING, false)), FUNCTION(ONE) | FUNCTION(SIBLING));
	assert_int_equal(blows(of(NEIGHBOUR, false)), FUNCTION(NEIGHBOUR));
	buses[1].ari = true;
	assert_int_equal(blows(of(NEIGHBOUR, false)),
			 FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(NEIGHBOUR));
	buses[1].ari = false;
	assert_int_equal(blows(of(BRIDGE, true)), FUNCTION(BELOW));
	assert_int_equal(blows(of(PORT2, true)), FUNCTION(BELOW));
	assert_int_equal(blows(of(ONE, true)), FUNCTION(ONE) | FUNCTION(BELOW) | FUNCTION(VIRTUAL));
	/* One with virtual functions may have had them on any bus up to the last below. */
	devs[SIBLING].is_physfn = true;
	buses[1].busn_res.end = 2;
	assert_int_equal(blows(of(SIBLING, false)), FUNCTION(ONE) | FUNCTION(SIBLING));
	buses[1].busn_res.end = 3;
	assert_int_equal(blows(of(SIBLING, false)),
			 FUNCTION(ONE) | FUNCTION(SIBLING) | FUNCTION(BELOW));
}

static void another_domain(void **state)
{
	struct s2m_bus_error error = of(ONE, false);

	(void)state;
	error.domain = 1;
	gone[ONE] = true;
	errors[0] = error;
	nr_errors = 1;
	/* What was at that address may have had the fuse of the table in between. */
	assert_int_equal(errors_blow(false), false);
	assert_int_equal(errors_blow(true), true);
	assert_int_equal(blown, 1);
	assert_int_equal(blown_fuses[0]->function.domain, 1);
	assert_int_equal(blown_fuses[0]->function.bus, 1);
	assert_int_equal(blown_fuses[0]->rule, 0);
}

static void no_fuse(void **state)
{
	(void)state;
	s2m_rules_put(from);
	from = to = table("normal-nc pci=01:00.0 fuse\nnormal-nc");
	assert_int_equal(blows(of(ONE, false)), FUNCTION(ONE));
	assert_int_equal(blows(of(NEIGHBOUR, false)), 0);
	/* Without memory of its own there is nothing to be made strict. */
	devs[ONE].resource[2].end = 0;
	assert_int_equal(blows(of(ONE, false)), 0);
}

/* Mappings may be of the table before, or of the one that is published. */
static void either_table(void **state)
{
	struct s2m_rules *with = from;

	(void)state;
	to = table("normal-nc");
	assert_int_equal(blows(of(NEIGHBOUR, false)), FUNCTION(NEIGHBOUR));
	assert_string_equal(blown_fuses[0]->text, "normal-nc fuse");
	from = to;
	to = with;
	assert_int_equal(blows(of(NEIGHBOUR, false)), FUNCTION(NEIGHBOUR));
	assert_string_equal(blown_fuses[0]->text, "normal-nc fuse");
	assert_int_equal(blown_fuses[0]->rule, 0);
	assert_int_equal(blown_fuses[0]->when, 1234);
	assert_int_equal(blown_fuses[0]->error.kind, S2M_BUS_ERROR_NONFATAL);
}

static void fuses_of_the_mode(void **state)
{
	struct s2m_change change = {
		.from = { S2M_MODE_NORMAL_NC, from }, .to = { S2M_MODE_NATIVE, from },
	};

	(void)state;
	errors[0] = of(NEIGHBOUR, true);
	nr_errors = 1;
	assert_false(s2m_blow_wants(S2M_MODE_NORMAL_NC, from->set->table));
	assert_false(s2m_blow(&change));
	s2m_blow_mode(true);
	assert_true(s2m_blow_wants(S2M_MODE_NORMAL_NC, from->set->table));
	assert_false(s2m_blow_wants(S2M_MODE_NATIVE, from->set->table));
	assert_true(s2m_blow(&change));
	assert_int_equal(blown, 1);
	assert_int_equal(blown_fuses[0]->rule, S2M_NO_RULE);
	assert_null(blown_fuses[0]->text);
	/* It is blown, and stays. */
	assert_false(s2m_blow(&change));
	/* Of a function that no table has known, only if there was another one. */
	errors[0].domain = 3;
	assert_false(s2m_blow(&change));
	change.skipped = true;
	assert_true(s2m_blow(&change));
	s2m_blow_mode(false);
}

static void another_table_meanwhile(void **state)
{
	(void)state;
	current_rules = false;
	errors[0] = of(ONE, true);
	errors[1] = of(NEIGHBOUR, true);
	nr_errors = 2;
	assert_true(errors_blow(false));
	assert_int_equal(blown, 2);
	assert_int_equal(kept, 2);
	current_rules = true;
	assert_false(errors_blow(false));
	assert_int_equal(kept, 2);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, a_bus, nothing_left)
	const struct CMUnitTest tests[] = {
		TEST(one_function),
		TEST(below_a_port),
		TEST(virtual_functions),
		TEST(an_address),
		TEST(nobody_knows_whose),
		TEST(functions_that_are_gone),
		TEST(another_domain),
		TEST(no_fuse),
		TEST(either_table),
		TEST(fuses_of_the_mode),
		TEST(another_table_meanwhile),
	};

	return cmocka_run_group_tests_name("blow", tests, NULL, NULL);
}
