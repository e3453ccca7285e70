// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and dropping leaves of stage 2 (src/module/kernel/stage2.c), compiled here against
 * tables of our own: each kind of descriptor at each level, parts that begin and end within
 * blocks, a lock that is hard to get, and a VM whose table is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/kernel/stage2.c"

#define ENTRIES		512
#define BLOCK		0x200000ULL
#define GIB		0x40000000ULL
#define PHYS		0x8000000000ULL
#define NC		(5ULL << 2)
#define DEVICE		(1ULL << 2)

struct s2m_symbols s2m_symbols;
struct s2m_stats s2m_stats;
struct task_struct fake_current;

/* Two tables side by side at the first level, and more of them below. */
static u64 tables[8][ENTRIES] __aligned(4096);
static struct kvm vm;
static struct kvm_pgtable pgt, shadow_pgt;
static struct kvm_s2_mmu shadow, *shadows[1];
static struct s2m_stage2_look look;

/* What has been unmapped. */
static struct { const struct kvm_pgtable *of; u64 start, size; } unmapped[64];
static unsigned int unmaps;

/* Time goes on by so much each time that it is asked for, after the lock was waited for. */
static u64 now, tick, lock_wait;
static unsigned int asked;

u64 ktime_get_ns(void)
{
	now += ++asked == 2 ? lock_wait : tick;
	return now;
}

bool cpus_have_final_cap(int capability)
{
	return false;
}

/* Tables are at the physical addresses of their number, a page each. */
void *phys_to_virt(phys_addr_t phys)
{
	assert_true(phys >> PAGE_SHIFT < ARRAY_SIZE(tables));
	return tables[phys >> PAGE_SHIFT];
}

static u64 table_at(unsigned int number)
{
	return (u64)number << PAGE_SHIFT | 3;
}

static int unmap_range(struct kvm_pgtable *of, u64 start, u64 size)
{
	assert_int_equal(vm.mmu_lock.locked, 1);
	assert_true(unmaps < ARRAY_SIZE(unmapped));
	unmapped[unmaps].of = of;
	unmapped[unmaps].start = start;
	unmapped[unmaps++].size = size;
	return 0;
}

static int a_vm(void **state)
{
	(void)state;
	memset(tables, 0, sizeof(tables));
	memset(&s2m_stats, 0, sizeof(s2m_stats));
	s2m_symbols = (struct s2m_symbols) { .stage2_unmap = unmap_range };
	pgt = (struct kvm_pgtable) { .ia_bits = 40, .start_level = 1, .pgd = tables[0] };
	shadow_pgt = (struct kvm_pgtable) { .ia_bits = 40, .start_level = 1, .pgd = tables[6] };
	vm = (struct kvm) { .arch.mmu.pgt = &pgt };
	shadow = (struct kvm_s2_mmu) { .pgt = &shadow_pgt };
	shadows[0] = &shadow;
	look = (struct s2m_stage2_look) { .end = U64_MAX };
	unmaps = 0;
	tick = 1;
	lock_wait = 1;
	asked = 0;
	/* The first GiB has a table of level 2, and its second block one of pages. */
	tables[0][0] = table_at(2);
	tables[2][1] = table_at(3);
	return 0;
}

/* Read all that is left of the part, in as many looks as it takes. */
static unsigned int look_at(u64 from, u64 to, struct s2m_stage2_run *runs)
{
	unsigned int found = 0, i;

	look.ipa = from;
	look.end = to;
	while (look.ipa != look.end) {
		asked = 0;
		assert_true(s2m_stage2_look(&vm, &look));
		assert_int_equal(vm.mmu_lock.locked, 0);
		for (i = 0; i < look.count; i++)
			runs[found++] = look.runs[i];
	}
	return found;
}

static void is_run(const struct s2m_stage2_run *run, u64 ipa, u64 phys, u64 size, int level,
		   unsigned int memattr)
{
	static const u64 sizes[] = { 1ULL << 39, GIB, BLOCK, PAGE_SIZE };

	assert_int_equal(run->ipa, ipa);
	assert_int_equal(run->phys, phys);
	assert_int_equal(run->size, size);
	assert_int_equal(run->level, level);
	assert_int_equal(run->leaf, sizes[level]);
	assert_int_equal(run->memattr, memattr);
}

static void each_kind_of_leaf(void **state)
{
	struct s2m_stage2_run runs[16];

	(void)state;
	tables[0][1] = (PHYS + GIB) | NC | 1;
	tables[2][0] = PHYS | NC | 1;
	tables[2][5] = (PHYS + 5 * BLOCK) | DEVICE | 1;
	tables[3][0] = (PHYS + BLOCK) | NC | 3;
	tables[3][511] = (PHYS + 0x3ff000) | NC | 3;
	/* What translates nothing: a page's type above the last level is a table's. */
	tables[3][7] = PHYS | NC | 1;
	tables[3][8] = PHYS | NC | 2;
	tables[2][9] = PHYS | NC | 2;
	/* Behind the end of a table there is another, or anything. */
	tables[4][0] = PHYS | NC | 3;
	assert_int_equal(look_at(0, U64_MAX, runs), 5);
	is_run(&runs[0], 0, PHYS, BLOCK, 2, 5);
	is_run(&runs[1], BLOCK, PHYS + BLOCK, PAGE_SIZE, 3, 5);
	is_run(&runs[2], 0x3ff000, PHYS + 0x3ff000, PAGE_SIZE, 3, 5);
	is_run(&runs[3], 5 * BLOCK, PHYS + 5 * BLOCK, BLOCK, 2, 1);
	is_run(&runs[4], GIB, PHYS + GIB, GIB, 1, 5);
	/* Tables side by side at the first level. */
	tables[1][0] = PHYS | NC | 1;
	assert_int_equal(look_at(ENTRIES * GIB, U64_MAX, runs), 1);
	is_run(&runs[0], ENTRIES * GIB, PHYS, GIB, 1, 5);
}

static void what_is_one_run(void **state)
{
	struct s2m_stage2_run runs[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++)
		tables[3][i] = (PHYS + i * PAGE_SIZE) | (i < 2 ? NC : DEVICE) | 3;
	tables[3][4] += BLOCK;
	tables[3][5] = 0;
	tables[3][6] = (PHYS + 6 * PAGE_SIZE) | DEVICE | 3;
	tables[3][8] = (PHYS + 7 * PAGE_SIZE) | DEVICE | 3;
	tables[2][2] = (PHYS + 8 * PAGE_SIZE) | DEVICE | 1;
	assert_int_equal(look_at(0, U64_MAX, runs), 6);
	is_run(&runs[0], BLOCK, PHYS, 2 * PAGE_SIZE, 3, 5);
	is_run(&runs[1], BLOCK + 0x2000, PHYS + 0x2000, 2 * PAGE_SIZE, 3, 1);
	is_run(&runs[2], BLOCK + 0x4000, PHYS + 0x4000 + BLOCK, PAGE_SIZE, 3, 1);
	is_run(&runs[3], BLOCK + 0x6000, PHYS + 0x6000, PAGE_SIZE, 3, 1);
	is_run(&runs[4], BLOCK + 0x8000, PHYS + 0x7000, PAGE_SIZE, 3, 1);
	/* Of two levels, though the addresses go on. */
	tables[3][511] = (PHYS + 0x7f000) | DEVICE | 3;
	tables[2][2] = (PHYS + 0x80000) | DEVICE | 1;
	assert_int_equal(look_at(0x3ff000, U64_MAX, runs), 2);
}

static void parts_of_blocks(void **state)
{
	struct s2m_stage2_run runs[16];

	(void)state;
	tables[2][0] = PHYS | NC | 1;
	assert_int_equal(look_at(0x5000, 0x9000, runs), 1);
	is_run(&runs[0], 0x5000, PHYS + 0x5000, 0x4000, 2, 5);
	assert_int_equal(look_at(0x5000, BLOCK + 0x1000, runs), 1);
	is_run(&runs[0], 0x5000, PHYS + 0x5000, BLOCK - 0x5000, 2, 5);
	assert_int_equal(look_at(BLOCK, 2 * BLOCK, runs), 0);
}

/* So many descriptors at a time, and so many runs. */
static void many_of_them(void **state)
{
	static struct s2m_stage2_run runs[600];
	unsigned int i;

	(void)state;
	for (i = 0; i < ENTRIES; i++)
		tables[3][i] = (PHYS + 2 * i * PAGE_SIZE) | NC | 3;
	assert_int_equal(look_at(0, U64_MAX, runs), ENTRIES);
	for (i = 0; i < ENTRIES; i++)
		is_run(&runs[i], BLOCK + i * PAGE_SIZE, PHYS + 2 * i * PAGE_SIZE, PAGE_SIZE, 3, 5);
	look.ipa = 0;
	assert_true(s2m_stage2_look(&vm, &look));
	assert_int_equal(look.count, S2M_STAGE2_RUNS);
	assert_int_equal(look.ipa, BLOCK + S2M_STAGE2_RUNS * PAGE_SIZE);
	/* A look at nothing ends as well, and who has waited goes on for a while. */
	memset(tables[3], 0, sizeof(tables[3]));
	look.ipa = 0;
	look.end = U64_MAX;
	assert_true(s2m_stage2_look(&vm, &look));
	assert_true(look.ipa != look.end);
	look.ipa = 0;
	asked = 0;
	lock_wait = LONG_WAIT + 1;
	assert_true(s2m_stage2_look(&vm, &look));
	assert_true(look.ipa == look.end);
	look.ipa = 0;
	asked = 0;
	tick = LONG_HOLD + 1;
	lock_wait = LONG_WAIT + 1;
	assert_true(s2m_stage2_look(&vm, &look));
	assert_true(look.ipa != look.end);
	/* As soon as something is found it is given to who asks. */
	tick = 1;
	asked = 0;
	look.ipa = 0;
	tables[3][500] = PHYS | NC | 3;
	assert_true(s2m_stage2_look(&vm, &look));
	assert_int_equal(look.count, 1);
}

static bool odd_pages(const struct s2m_stage2_run *leaf, void *context)
{
	assert_ptr_equal(context, &look);
	return leaf->phys & PAGE_SIZE;
}

static void only_what_is_picked(void **state)
{
	struct s2m_stage2_run runs[16];
	unsigned int i;

	(void)state;
	look.picks = odd_pages;
	look.context = &look;
	for (i = 0; i < 4; i++)
		tables[3][i] = (PHYS + i * PAGE_SIZE) | NC | 3;
	assert_int_equal(look_at(0, U64_MAX, runs), 2);
	is_run(&runs[0], BLOCK + PAGE_SIZE, PHYS + PAGE_SIZE, PAGE_SIZE, 3, 5);
	is_run(&runs[1], BLOCK + 3 * PAGE_SIZE, PHYS + 3 * PAGE_SIZE, PAGE_SIZE, 3, 5);
}

static unsigned int drop_all(void)
{
	unsigned int rounds = 0;

	look.table = 0;
	look.ipa = 0;
	unmaps = 0;
	do {
		asked = 0;
		rounds++;
		assert_true(rounds < 1000);
	} while (s2m_stage2_drop(&vm, &look));
	assert_int_equal(vm.mmu_lock.locked, 0);
	return rounds;
}

static void what_is_dropped(void **state)
{
	(void)state;
	tables[2][0] = PHYS | NC | 1;
	tables[3][3] = (PHYS + BLOCK + 0x3000) | NC | 3;
	tables[3][4] = (PHYS + BLOCK + 0x4000) | NC | 3;
	tables[6][2] = PHYS | NC | 1;
	drop_all();
	assert_int_equal(unmaps, 2);
	assert_ptr_equal(unmapped[0].of, &pgt);
	assert_int_equal(unmapped[0].start, 0);
	assert_int_equal(unmapped[0].size, BLOCK);
	assert_int_equal(unmapped[1].start, BLOCK + 0x3000);
	assert_int_equal(unmapped[1].size, 2 * PAGE_SIZE);
	/* Tables of guests' guests as well. */
	vm.arch.nested_mmus = shadows;
	vm.arch.nested_mmus_size = 1;
	drop_all();
	assert_int_equal(unmaps, 3);
	assert_ptr_equal(unmapped[2].of, &shadow_pgt);
	assert_int_equal(unmapped[2].start, 2 * GIB);
	assert_int_equal(unmapped[2].size, GIB);
	/* One of them that is gone. */
	vm.arch.mmu.pgt = NULL;
	drop_all();
	assert_int_equal(unmaps, 1);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 0);
}

/* What was begun at an address within a block is dropped as a whole block. */
static void a_drop_that_goes_on(void **state)
{
	(void)state;
	tables[2][0] = PHYS | NC | 1;
	look.ipa = 0x5000;
	while (s2m_stage2_drop(&vm, &look))
		;
	assert_int_equal(unmaps, 1);
	assert_int_equal(unmapped[0].start, 0);
	assert_int_equal(unmapped[0].size, BLOCK);
	/* As many leaves as may be dropped in one go, which are one run. */
	look = (struct s2m_stage2_look) { .end = U64_MAX };
	tables[2][2] = table_at(4);
	tables[2][0] = 0;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		tables[3][i] = (PHYS + i * PAGE_SIZE) | NC | 3;
		tables[4][i] = (PHYS + BLOCK + i * PAGE_SIZE) | NC | 3;
	}
	unmaps = 0;
	assert_true(s2m_stage2_drop(&vm, &look));
	assert_true(look.dropped <= 1);
	drop_all();
	assert_int_equal(unmapped[0].start, BLOCK);
	assert_true(unmapped[0].size <= BLOCK);
	/* Who has waited for the lock does all of it at once. */
	look.table = 0;
	look.ipa = 0;
	asked = 0;
	lock_wait = LONG_WAIT + 1;
	assert_false(s2m_stage2_drop(&vm, &look));
}

static void tables_that_are_none(void **state)
{
	struct s2m_stage2_run runs[4];
	unsigned int i;

	(void)state;
	tables[2][0] = PHYS | NC | 1;
	for (i = 0; i < 5; i++) {
		a_vm(state);
		tables[2][0] = PHYS | NC | 1;
		if (i == 0)
			pgt.pgd = NULL;
		else if (i == 1)
			pgt.ia_bits = 11;
		else if (i == 2)
			pgt.ia_bits = 53;
		else
			pgt.start_level = i == 3 ? (u32)-2 : 4;
		assert_int_equal(look_at(0, U64_MAX, runs), 0);
		assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 1);
	}
	a_vm(state);
	vm.arch.mmu.pgt = NULL;
	assert_int_equal(look_at(0, U64_MAX, runs), 0);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 0);
	look.table = 1;
	assert_false(s2m_stage2_look(&vm, &look));
	assert_int_equal(vm.mmu_lock.locked, 0);
}

/* The first level is above 0, with LPA2, or the last one. */
static void other_first_levels(void **state)
{
	struct s2m_stage2_run runs[4];

	(void)state;
	pgt.start_level = 3;
	pgt.ia_bits = 21;
	pgt.pgd = tables[5];
	tables[5][1] = PHYS | NC | 3;
	assert_int_equal(look_at(0, U64_MAX, runs), 1);
	is_run(&runs[0], PAGE_SIZE, PHYS, PAGE_SIZE, 3, 5);
	assert_int_equal(look.ipa, U64_MAX);
	pgt.start_level = 0;
	pgt.ia_bits = 48;
	tables[5][0] = table_at(0);
	tables[5][1] = 0;
	tables[2][0] = PHYS | NC | 1;
	assert_int_equal(look_at(0, 1ULL << 39, runs), 1);
	pgt.start_level = (u32)-1;
	pgt.ia_bits = 52;
	pgt.pgd = tables[7];
	tables[7][0] = table_at(5);
	assert_int_equal(look_at(0, 1ULL << 39, runs), 1);
	is_run(&runs[0], 0, PHYS, BLOCK, 2, 5);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, a_vm)
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_leaf),
		TEST(what_is_one_run),
		TEST(parts_of_blocks),
		TEST(many_of_them),
		TEST(only_what_is_picked),
		TEST(what_is_dropped),
		TEST(a_drop_that_goes_on),
		TEST(tables_that_are_none),
		TEST(other_first_levels),
	};

	return cmocka_run_group_tests_name("stage2", tests, NULL, NULL);
}
