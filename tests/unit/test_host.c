// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk of the VMM's page table (src/module/kernel/host.c) while another CPU takes that
 * table away. Compiled here against tables of our own: in a machine the two would
 * have to meet within a few instructions, which an emulator's CPUs do not in days.
 *
 * The other CPU is as bad as it may be. An entry that has been read is another one
 * from then on: none, or one that leads to a table with other contents. The table
 * that it led to is freed; who masks interrupts keeps it, as on arm64, where that
 * waits for all CPUs or for RCU.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/module/kernel/host.c"

#define ENTRIES		512
#define LEVELS		5
/* What a copy of an entry looks like to who has not read it with read_entry(). */
#define SEAL		0x5ea1ed0000000003ULL

#define THERE		1ULL
#define LEAF		2ULL
#define TABLE_SHIFT	4
#define PFN_SHIFT	12

/* Tables 0 to 4 are those of the mapping, from the root down; the rest are decoys. */
enum { DECOYS = LEVELS, TABLES = 2 * LEVELS };
static struct entry_value tables[TABLES][ENTRIES];
static bool freed[TABLES], doomed[TABLES];
static bool masked;

/* What becomes of an entry that has been read. */
static enum { STAYS, GOES, CHANGES } then;
static unsigned int reads, masks, astray;

static const unsigned int shift_of[LEVELS] = { 48, 39, 30, 21, 12 };
#define ADDRESS	0x0001234567895000UL

static unsigned int index_of(unsigned long address, unsigned int level)
{
	return address >> shift_of[level] & (ENTRIES - 1);
}

static struct entry_value sealed(u64 value)
{
	return (struct entry_value) { value ^ SEAL };
}

static struct entry_value to_table(unsigned int table)
{
	return sealed((u64)table << TABLE_SHIFT | THERE);
}

static struct entry_value to_page(u64 pfn)
{
	return sealed(pfn << PFN_SHIFT | LEAF | THERE);
}

/* Plain text, as read_entry() hands it out. */
bool entry_is_there(struct entry_value value)
{
	return value.sealed & THERE;
}

bool entry_is_leaf(struct entry_value value)
{
	return (value.sealed & (LEAF | THERE)) == (LEAF | THERE);
}

unsigned long entry_pfn(struct entry_value value)
{
	return value.sealed >> PFN_SHIFT;
}

static unsigned int table_of(struct entry_value value)
{
	return value.sealed >> TABLE_SHIFT & 15;
}

/* The number of the table that an entry is in, or TABLES: a copy, on a stack. */
static unsigned int home_of(const struct entry_value *at)
{
	unsigned int i;

	for (i = 0; i < TABLES; i++)
		if (at >= tables[i] && at < tables[i] + ENTRIES)
			return i;
	return TABLES;
}

static void lose(unsigned int table)
{
	if (masked)
		doomed[table] = true;
	else
		freed[table] = true;
}

/* The other CPU, right after an entry has been read. */
static void meanwhile(struct entry_value *at, struct entry_value was)
{
	unsigned int level = home_of(at);

	if (then == STAYS)
		return;
	if (entry_is_there(was) && !entry_is_leaf(was) && level < LEVELS - 1)
		lose(table_of(was));
	if (then == GOES)
		*at = sealed(0);
	else if (level < LEVELS - 1)
		*at = to_table(DECOYS + level + 1);
	else
		*at = to_page(0xdec0);
}

struct entry_value read_entry(const struct entry_value *at)
{
	unsigned int table = home_of(at);
	struct entry_value value = *at;

	/* What is no entry of a table is a copy of one, which nobody changes. */
	if (table == TABLES)
		return value;
	reads++;
	astray += freed[table] || table >= DECOYS || !masked;
	value.sealed ^= SEAL;
	meanwhile((struct entry_value *)at, value);
	return value;
}

void *follow(struct entry_value value, unsigned long address, unsigned int shift)
{
	unsigned int table = table_of(value);

	/* Where a kernel would go wrong for good, go on in the root. */
	if (!entry_is_there(value) || table >= TABLES) {
		astray++;
		table = 0;
	}
	return &tables[table][address >> shift & (ENTRIES - 1)];
}

void local_irq_mask(void)
{
	masked = true;
	masks++;
}

void local_irq_unmask(void)
{
	unsigned int i;

	masked = false;
	for (i = 0; i < TABLES; i++)
		freed[i] |= doomed[i];
}

/*
 * Map ADDRESS by a leaf at a level, or by nothing there: an entry below which there
 * is nothing. All decoys are full of leaves to somewhere else.
 */
static struct mm_struct mapped_at(unsigned int level, struct entry_value what)
{
	unsigned int i, at;

	memset(freed, 0, sizeof(freed));
	memset(doomed, 0, sizeof(doomed));
	masked = false;
	reads = 0;
	masks = 0;
	astray = 0;
	for (i = 0; i < TABLES; i++)
		for (at = 0; at < ENTRIES; at++)
			tables[i][at] = i < DECOYS ? sealed(0) : to_page(0xdec0);
	for (i = 0; i < level; i++)
		tables[i][index_of(ADDRESS, i)] = to_table(i + 1);
	tables[level][index_of(ADDRESS, level)] = what;
	return (struct mm_struct) { .pgd = (pgd_t *)tables[0] };
}

static const u64 size_of[LEVELS] = { PGDIR_SIZE, P4D_SIZE, PUD_SIZE, PMD_SIZE, PAGE_SIZE };

/* The walk ends at a level, with a leaf or without, whatever happens meanwhile. */
static void ends_at(unsigned int level, bool present)
{
	const u64 offset = ADDRESS & (size_of[level] - 1);
	struct mm_struct mm = mapped_at(level, present ? to_page(0x40000000 >> 12) : sealed(0));
	struct s2m_host_leaf leaf = s2m_host_look(&mm, ADDRESS);

	assert_int_equal(leaf.present, present);
	if (present) {
		assert_int_equal(leaf.phys, 0x40000000 + offset);
		/* What it is mapped as is from the same reading. */
		assert_int_equal(leaf.bits, 0x40000000 | LEAF | THERE);
	}
	assert_int_equal(leaf.left, size_of[level] - offset);
	/* Each entry once, none of a table that may be gone, none that was not there. */
	assert_int_equal(reads, level + 1);
	assert_int_equal(astray, 0);
	assert_int_equal(masks, 1);
	assert_false(masked);
}

static void every_end(void)
{
	unsigned int level;

	for (level = 0; level < LEVELS; level++) {
		ends_at(level, false);
		/* Leaves: 1 GiB, 2 MiB, a page. */
		if (level >= 2)
			ends_at(level, true);
	}
}

static void a_table_that_stays(void **state)
{
	(void)state;
	then = STAYS;
	every_end();
}

static void entries_that_go(void **state)
{
	(void)state;
	then = GOES;
	every_end();
}

static void entries_that_change(void **state)
{
	(void)state;
	then = CHANGES;
	every_end();
}

/* That s2m_host_phys() is the same walk. */
static void where_it_leads(void **state)
{
	struct mm_struct mm;
	phys_addr_t phys;

	(void)state;
	then = GOES;
	mm = mapped_at(4, to_page(0x12345));
	assert_true(s2m_host_phys(&mm, ADDRESS, &phys));
	assert_int_equal(phys, 0x12345000);
	assert_int_equal(astray, 0);
	assert_false(s2m_host_phys(&mm, ADDRESS, &phys));
}

/* The other CPU of this test does harm: to who goes by what is there now, */
static void the_test_sees_two_reads(void **state)
{
	struct mm_struct mm = mapped_at(4, to_page(1));
	p4d_t *p4dp;
	pgd_t *pgdp;

	(void)state;
	then = GOES;
	local_irq_mask();
	pgdp = pgd_offset(&mm, ADDRESS);
	assert_false(pgd_none(READ_ONCE(*pgdp)));
	p4dp = p4d_offset(pgdp, ADDRESS);
	assert_int_equal(reads, 2);
	assert_int_not_equal(astray, 0);
	assert_ptr_not_equal(p4dp, &tables[1][index_of(ADDRESS, 1)]);
	local_irq_unmask();
}

/* and to who lets interrupts in. */
static void the_test_sees_interrupts(void **state)
{
	struct mm_struct mm = mapped_at(4, to_page(1));
	p4d_t *p4dp;
	pgd_t *pgdp, pgd;

	(void)state;
	then = GOES;
	pgdp = pgd_offset(&mm, ADDRESS);
	pgd = READ_ONCE(*pgdp);
	p4dp = p4d_offset_lockless(pgdp, pgd, ADDRESS);
	assert_int_not_equal(astray, 0);
	assert_true(freed[1]);
	assert_ptr_equal(p4dp, &tables[1][index_of(ADDRESS, 1)]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_that_stays),
		cmocka_unit_test(entries_that_go),
		cmocka_unit_test(entries_that_change),
		cmocka_unit_test(where_it_leads),
		cmocka_unit_test(the_test_sees_two_reads),
		cmocka_unit_test(the_test_sees_interrupts),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
