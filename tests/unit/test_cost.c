// SPDX-License-Identifier: GPL-2.0-only
/*
 * What decisions and rules cost. Instructions are counted, not timed: a child
 * makes the decision and is single-stepped through it, so that the figures are
 * the same on each run. This test is built as the module is, optimised and
 * without sanitizers.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <s2memattr/index.h>

#include "memory.h"

#define PAGE	4096u
#define FEW	10u
#define MANY	100000u
#define BARS	24u

struct question {
	const struct s2m_index *index;
	struct s2m_mapping mapping;
	struct s2m_task task;
	const char *groups[3];
	char name[24];
};

static void nothing(const void *data)
{
}

static void decide(const void *data)
{
	const struct question *q = data;

	s2m_index_decide(q->index, &q->mapping, &q->task);
}

/* Steps of a child between two stops; 0 if it cannot be traced here. */
static long steps(void (*call)(const void *data), const void *data)
{
	pid_t child = fork();
	int status;
	long n = 0;

	assert_true(child >= 0);
	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		call(data);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (!WIFSTOPPED(status))
		return 0;
	for (;;) {
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL))
			break;
		waitpid(child, &status, 0);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
			break;
		n++;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return n;
}

static long instructions(void (*call)(const void *data), const void *data)
{
	return steps(call, data) - steps(nothing, NULL);
}

/* Rule @i of a kind: text that the question for @i matches, and no other. */
struct kind {
	const char *what;
	const char *fmt;
};

static const struct kind kinds[] = {
	{ "pci=", "normal-nc pci=%x:81:00.0\n" },
	{ "id=", "normal-nc id=15b3:%x class=xxxxxx\n" },
	{ "phys=", "normal-nc phys=0x80%05x000-0x80%05xfff\n" },
	{ "phys= pid=", "normal-nc phys=0x80%05x000-0x80%05xfff pid=42\n" },
	{ "pid=", "normal-nc pid=%u\n" },
	{ "uid=", "normal-nc uid=%u\n" },
	{ "comm=", "normal-nc comm=vm-%u\n" },
	{ "cgroup=", "normal-nc cgroup=/machine.slice/vm-%u\n" },
	{ "driver= uid=", "normal-nc driver=vfio-pci uid=%u\n" },
	{ "uid= vma=", "normal-nc uid=%u vma=pfnmap+io\n" },
};

/* A machine with some BARs of 64 KiB each, one function a domain. */
static void make_bars(struct s2m_device *bars)
{
	u32 i;

	memset(bars, 0, BARS * sizeof(*bars));
	for (i = 0; i < BARS; i++) {
		bars[i].start = 0x8000000000ULL + i * 0x10000;
		bars[i].end = bars[i].start + 0xffff;
		bars[i].driver = "vfio-pci";
		bars[i].vendor = 0x15b3;
		bars[i].device = (u16)i;
		bars[i].domain = i;
		bars[i].bus = 0x81;
	}
}

static struct s2m_table *make_table(const struct kind *kind, u32 rules)
{
	char *text = test_malloc(rules * 96ul);
	struct s2m_text_error error;
	struct s2m_table *table;
	size_t len = 0;
	u32 i;

	for (i = 1; i <= rules; i++) {
		/* There are not that many device IDs: they come again. */
		u32 n = strcmp(kind->what, "id=") ? i : i & 0xffff;

		len += (size_t)sprintf(text + len, kind->fmt, n, n);
	}
	assert_int_equal(s2m_table_parse(text, len, &table, &error), 0);
	test_free(text);
	return table;
}

static struct s2m_index *make_index(const struct s2m_table *table)
{
	struct s2m_device bars[BARS];
	struct s2m_text_error error;
	struct s2m_index *index;

	make_bars(bars);
	assert_int_equal(s2m_index_build(table, bars, BARS, PAGE, &index, &error), 0);
	return index;
}

/* A page of the BAR that rule @n is about, mapped by the process that it is about. */
static void ask(struct question *q, const struct s2m_index *index, const char *what, u32 n)
{
	bool by_phys = !strncmp(what, "phys", 4);

	memset(q, 0, sizeof(*q));
	q->index = index;
	q->mapping.phys = 0x8000000000ULL + (by_phys ? n * 0x1000ULL : n % BARS * 0x10000ULL);
	q->mapping.size = PAGE;
	q->mapping.kvm_type = S2M_DEVICE_NGNRE;
	q->mapping.pfnmap = true;
	q->mapping.io = true;
	sprintf(q->name, "vm-%u", n);
	q->groups[0] = "machine.slice";
	q->groups[1] = q->name;
	q->groups[2] = "libvirt";
	q->task.pid = !strcmp(what, "pid=") ? n : 42;
	q->task.uid = n;
	q->task.comm = q->name;
	q->task.cgroup = q->groups;
	q->task.cgroup_depth = 3;
}

/* The dearest of a hit near the beginning, one in the middle, and a miss. */
static long cost_of(const struct kind *kind, u32 rules)
{
	struct s2m_table *table = make_table(kind, rules);
	struct s2m_index *index = make_index(table);
	const u32 about[] = { 5, rules / 2, 900000 };
	struct question q;
	long cost, most = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(about); i++) {
		ask(&q, index, kind->what, about[i]);
		if (!i)
			assert_int_equal(s2m_index_decide(index, &q.mapping, &q.task).rule, 4);
		cost = instructions(decide, &q);
		if (cost > most)
			most = cost;
	}
	s2m_index_free(index);
	s2m_table_free(table);
	return most;
}

static bool can_count(void)
{
	return instructions(nothing, NULL) == 0 && steps(nothing, NULL) > 0;
}

static void a_decision_costs_the_same_with_many_rules(void **state)
{
	size_t i;

	if (!can_count())
		skip();
	print_message("instructions a decision   %8u rules  %8u rules\n", FEW, MANY);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		long few = cost_of(&kinds[i], FEW), many = cost_of(&kinds[i], MANY);

		print_message("  %-22s  %14ld  %14ld\n", kinds[i].what, few, many);
		assert_true(many <= 2 * few);
	}
}

/*
 * Tables made to keep a handler busy. A decision's share of the 50 us that one may
 * take, at two instructions a nanosecond (tests/bench/bound.sh measures all of it).
 */
#define BOUND		60000

enum trouble { EDGES, KINDS, PATTERNS, BYTES, VMAS, NR_TROUBLES };

static const char *const troubles[] = {
	[EDGES] = "edges", [KINDS] = "kinds", [PATTERNS] = "patterns",
	[BYTES] = "bytes of patterns", [VMAS] = "VMAs",
};

/* Everything is at these addresses, and each rule about another page of them. */
#define BLOCK		0x8000000000ULL
#define BLOCK_SIZE	0x200000ULL

static size_t print_rule(char *to, const char *type, u32 page, const char *more)
{
	u64 start = BLOCK + page * (u64)PAGE;

	return (size_t)sprintf(to, "%s phys=0x%llx-0x%llx %s\n", type,
			       (unsigned long long)start, (unsigned long long)start + PAGE - 1,
		       more);
}

/* Rules of each kind of keys about processes that there is, for all of the block. */
static size_t print_kinds(char *to, const char *type)
{
	size_t len = 0;
	u32 kind;

	for (kind = 1; kind < 16; kind++) {
		len += (size_t)sprintf(to + len, "%s", type);
		if (kind & 1)
			len += (size_t)sprintf(to + len, " pid=1");
		if (kind & 2)
			len += (size_t)sprintf(to + len, " uid=1");
		if (kind & 4)
			len += (size_t)sprintf(to + len, " comm=none");
		if (kind & 8)
			len += (size_t)sprintf(to + len, " cgroup=/machine.slice/none");
		len += (size_t)sprintf(to + len, "\n");
	}
	return len;
}

static struct s2m_table *make_trouble(enum trouble trouble)
{
	char *text = test_malloc(1u << 20);
	char pattern[300], more[64];
	struct s2m_text_error error;
	struct s2m_table *table;
	size_t len = 0;
	u32 i;

	memset(pattern, 'a', sizeof(pattern));
	pattern[250] = 0;
	switch (trouble) {
	case EDGES:
	case KINDS:
		for (i = 0; i < BLOCK_SIZE / PAGE; i++) {
			sprintf(more, "uid=%u", i + 1);
			len += print_rule(text + len, "normal-nc", i, more);
		}
		if (trouble == KINDS)
			len += print_kinds(text + len, "device-GRE");
		break;
	case PATTERNS:
		for (i = 0; i < S2M_MAX_PATTERNS; i++)
			len += (size_t)sprintf(text + len, "device-GRE cgroup=/*%u\n", i + 1000);
		break;
	case BYTES:
		for (i = 0; i < 200; i++)
			len += (size_t)sprintf(text + len, "device-GRE cgroup=/*%.120s%u*\n",
					       pattern, i);
		break;
	default:
		for (i = 0; i < S2M_MAX_UNSURE_SPAN / 2; i++)
			len += print_rule(text + len, "normal-nc", 2 * i, "uid=1 vma=pfnmap");
		len += print_kinds(text + len, "device-GRE pgprot=normal-nc");
		break;
	}
	len += (size_t)sprintf(text + len, "normal-nc id=15b3:*\n");
	assert_int_equal(s2m_table_parse(text, len, &table, &error), 0);
	test_free(text);
	return table;
}

static void decide_unsure(const void *data)
{
	const struct question *q = data;

	if (s2m_index_needs_task(q->index, q->mapping.phys, q->mapping.size))
		s2m_index_decide_unsure(q->index, &q->mapping, &q->task, S2M_UNKNOWN_VMA);
}

static void a_decision_is_bounded(void **state)
{
	struct s2m_table *table;
	struct s2m_index *index;
	char group[251];
	struct question q;
	long cost;
	u32 i;

	if (!can_count())
		skip();
	memset(group, 'a', sizeof(group));
	group[250] = 0;
	print_message("instructions a decision at most\n");
	for (i = 0; i < NR_TROUBLES; i++) {
		table = make_trouble(i);
		index = make_index(table);
		ask(&q, index, "uid=", 900000);
		q.mapping.phys = BLOCK;
		q.mapping.size = i == VMAS ? S2M_MAX_UNSURE_SPAN * PAGE : BLOCK_SIZE;
		q.groups[0] = i == BYTES ? group : "machine.slice";
		cost = instructions(decide_unsure, &q);
		print_message("  %-22s  %14ld\n", troubles[i], cost);
		assert_true(cost > 100);
		assert_true(cost <= BOUND);
		s2m_index_free(index);
		s2m_table_free(table);
	}
}

static void memory_of_a_rule(void **state)
{
	size_t i;

	print_message("bytes a rule                table  index\n");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct s2m_table *table = make_table(&kinds[i], MANY);
		struct s2m_index *index = make_index(table);
		struct s2m_index_stats stats;

		s2m_index_stats(index, &stats);
		print_message("  %-22s  %7zu  %5zu\n", kinds[i].what, table->bytes / MANY,
			      stats.bytes / MANY);
		assert_true(table->bytes / MANY <= 96);
		assert_true(stats.bytes / MANY <= 80);
		s2m_index_free(index);
		s2m_table_free(table);
	}
}

static void build(const void *data)
{
	s2m_index_free(make_index(data));
}

/* Four times the rules: four times the work, and a little for sorting. */
static void building_is_linear(void **state)
{
	const u32 few = 25, many = 100;
	size_t i;

	if (!can_count())
		skip();
	print_message("instructions to build     %8u rules  %8u rules\n", few, many);
	/* Stepping takes a while: not all of them. */
	for (i = 2; i < ARRAY_SIZE(kinds); i += 3) {
		struct s2m_table *small = make_table(&kinds[i], few);
		struct s2m_table *large = make_table(&kinds[i], many);
		long a, b;

		a = instructions(build, small);
		b = instructions(build, large);
		print_message("  %-22s  %14ld  %14ld\n", kinds[i].what, a, b);
		assert_true(b <= 6 * a);
		assert_true(b <= 2500 * (long)many);
		s2m_table_free(large);
		s2m_table_free(small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decision_costs_the_same_with_many_rules),
		cmocka_unit_test(a_decision_is_bounded),
		cmocka_unit_test(memory_of_a_rule),
		cmocka_unit_test(building_is_linear),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
