// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage 1 in software: tables are made here from what they are to translate, for
 * every granule and size of address, and the walk must find it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <s2memattr/s1walk.h>

#include "random.h"

#define TABLES	8

/* Sparse memory: the descriptors that a walk needs, and no other. */
static struct {
	u64 at[TABLES], desc[TABLES];
	u32 count, reads;
	bool big_endian;
} memory;

static bool read_desc(void *arg, u64 ipa, u64 *desc)
{
	u32 i;

	(void)arg;
	memory.reads++;
	assert_int_equal(ipa % 8, 0);
	for (i = 0; i < memory.count; i++)
		if (memory.at[i] == ipa) {
			*desc = memory.big_endian ? __builtin_bswap64(memory.desc[i]) :
						    memory.desc[i];
			return true;
		}
	return false;
}

static const struct s2m_s1_memory tables = { .read = read_desc };

static u64 any64(void)
{
	u64 value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | chance(256);
	return value;
}

static u64 low(u32 n)
{
	return n >= 64 ? ~0ULL : (1ULL << n) - 1;
}

/* One regime, and where one address of it leads. */
struct regime {
	u32 granule, va_bits, pa_bits;
	bool upper, lpa2;
	struct s2m_s1_regs regs;
	u64 va, ipa;
	int first, last;	/* levels */
};

static u32 shift_of(const struct regime *r, int level)
{
	return r->granule + (r->granule - 3) * (3 - level);
}

/* An output address in a descriptor. */
static u64 encode(const struct regime *r, u64 address)
{
	if (r->lpa2)
		return (address & low(50)) | (address >> 50 & 3) << 8;
	if (r->granule == 16 && r->pa_bits == 52)
		return (address & low(48)) | (address >> 48 & 0xf) << 12;
	return address;
}

static u64 some_table(const struct regime *r)
{
	return any64() & low(r->pa_bits) & ~low(r->granule);
}

static const u8 tg0[] = { [12] = 0, [14] = 2, [16] = 1 }, tg1[] = { [12] = 2, [14] = 1, [16] = 3 };

static u64 tcr_of(const struct regime *r)
{
	static const u8 ips[] = { [32] = 0, [36] = 1, [40] = 2, [42] = 3, [44] = 4, [48] = 5,
				  [52] = 6 };
	u64 other = 25, tcr = (u64)ips[r->pa_bits] << 32 | (u64)r->lpa2 << 59;

	tcr |= (u64)(64 - r->va_bits) << (r->upper ? 16 : 0) | other << (r->upper ? 0 : 16);
	return tcr | (r->upper ? (u64)tg1[r->granule] << 30 : (u64)tg0[r->granule] << 14);
}

/* All tables on the way to @r->va, down to a leaf at @r->last. */
static void build(struct regime *r, u64 leaf, u64 table_bits)
{
	u64 table = some_table(r), first = table;
	int level;

	memory.count = 0;
	memory.reads = 0;
	for (level = r->first; level <= r->last; level++) {
		u32 shift = shift_of(r, level);
		u32 bits = level == r->first ? r->va_bits - shift : r->granule - 3;
		u64 entry = table + (r->va >> shift & low(bits)) * 8, desc;

		if (level == r->last) {
			desc = leaf | encode(r, r->ipa & ~low(shift)) | (level == 3 ? 3 : 1);
		} else {
			table = some_table(r);
			desc = encode(r, table) | 3 | table_bits;
		}
		memory.at[memory.count] = entry;
		memory.desc[memory.count++] = desc;
	}
	r->regs.ttbr[r->upper] = first;
	if (r->pa_bits == 52)
		r->regs.ttbr[r->upper] = (first & low(48)) | (first >> 48 & 0xf) << 2;
	/* An ASID, and the other half, which nobody may look at. */
	r->regs.ttbr[r->upper] |= 0x1234ULL << 48;
	r->regs.ttbr[!r->upper] = any64();
}

static bool may_be_block(const struct regime *r, int level)
{
	switch (r->granule) {
	case 12:
		return level == 1 || level == 2 || (r->lpa2 && level == 0);
	case 14:
		return level == 2 || (r->lpa2 && level == 1);
	default:
		return level == 2 || (r->pa_bits == 52 && level == 1);
	}
}

static void choose(struct regime *r)
{
	static const u8 granules[] = { 12, 14, 16 }, sizes[] = { 32, 36, 40, 42, 44, 48, 52 };
	u32 most, stride;

	*r = (struct regime) { .granule = granules[chance(3)], .upper = chance(2) };
	r->lpa2 = r->granule != 16 && chance(2);
	r->pa_bits = sizes[chance(r->lpa2 || r->granule == 16 ? 7 : 6)];
	if (r->lpa2)
		r->pa_bits = 52;
	most = r->lpa2 || r->granule == 16 ? 52 : 48;
	do {
		r->va_bits = 20 + chance(most - 19);
	} while (r->va_bits <= r->granule);
	stride = r->granule - 3;
	r->first = 4 - (int)((r->va_bits - r->granule + stride - 1) / stride);
	do {
		r->last = r->first + chance(4 - r->first);
	} while (r->last != 3 && !may_be_block(r, r->last));
	r->va = any64() & low(r->va_bits);
	if (r->upper)
		r->va |= ~low(r->va_bits);
	r->ipa = (any64() & low(r->pa_bits) & ~low(shift_of(r, r->last))) |
		 (r->va & low(shift_of(r, r->last)));
	memory.big_endian = chance(2);
	r->regs.sctlr = 1 | (u64)memory.big_endian << 25;
	r->regs.tcr = tcr_of(r);
	r->regs.mair = any64();
}

#define AF	(1ULL << 10)
#define USER	(1ULL << 6)
#define RO	(1ULL << 7)

static void every_kind_of_table(void **state)
{
	static const struct s2m_s1_access read_it = { .user = false };
	u32 round;

	(void)state;
	for (round = 0; round < 200000; round++) {
		struct s2m_s1_walk walk;
		struct regime r;
		u32 attr = chance(8);
		enum s2m_s1_result result;

		choose(&r);
		build(&r, AF | attr << 2, 0);
		result = s2m_s1_walk(&r.regs, r.va, &read_it, &tables, &walk);
		if (result || walk.ipa != r.ipa || walk.attr != (u8)(r.regs.mair >> attr * 8))
			fail_msg("granule %u, %u to %u bits, lpa2 %d, leaf at %d: %d, fsc %x, %llx for %llx",
				 r.granule, r.va_bits, r.pa_bits, r.lpa2, r.last, result,
				 walk.fsc, (unsigned long long)walk.ipa, (unsigned long long)r.ipa);
		assert_int_equal(memory.reads, r.last - r.first + 1);
	}
}

/* An entry that is not valid, at each level; and no memory where a table is. */
static void holes(void **state)
{
	static const struct s2m_s1_access read_it = { .user = false };
	u32 round;

	(void)state;
	for (round = 0; round < 50000; round++) {
		struct s2m_s1_walk walk;
		struct regime r;
		int level;

		choose(&r);
		build(&r, AF, 0);
		level = r.first + (int)chance(r.last - r.first + 1);
		if (chance(2)) {
			memory.desc[level - r.first] &= ~1ULL;
			assert_int_equal(s2m_s1_walk(&r.regs, r.va, &read_it, &tables, &walk),
					 S2M_S1_FAULT);
			assert_int_equal(walk.fsc, level < 0 ? 0x2b : 4 + level);
		} else {
			memory.count = level - r.first;
			assert_int_equal(s2m_s1_walk(&r.regs, r.va, &read_it, &tables, &walk),
					 S2M_S1_NO_MEMORY);
		}
	}
}

/* A block at a level that cannot have any in this regime, and no page at the last one. */
static void blocks_where_none_can_be(void **state)
{
	static const struct s2m_s1_access read_it = { .user = false };
	u32 round;

	(void)state;
	for (round = 0; round < 50000; round++) {
		struct s2m_s1_walk walk;
		struct regime r;
		int level;

		choose(&r);
		r.last = 3;
		level = r.first + (int)chance(4 - r.first);
		if (may_be_block(&r, level))
			continue;
		build(&r, AF, 0);
		memory.desc[level - r.first] &= ~2ULL;
		assert_int_equal(s2m_s1_walk(&r.regs, r.va, &read_it, &tables, &walk),
				 S2M_S1_FAULT);
		assert_int_equal(walk.fsc, level < 0 ? 0x2b : 4 + level);
	}
}

/* A regime of 4K and 39 bits, and one page in it. */
static void plain(struct regime *r, u64 leaf, u64 table_bits)
{
	*r = (struct regime) {
		.granule = 12, .va_bits = 39, .pa_bits = 40, .first = 1, .last = 3,
		.va = 0x123456789, .ipa = 0xab456789, .regs.sctlr = 1,
	};
	memory.big_endian = false;
	r->regs.tcr = tcr_of(r);
	build(r, leaf, table_bits);
}

#define FINE	0x100	/* no fault status code */

static int fsc_of(struct regime *r, struct s2m_s1_access access)
{
	struct s2m_s1_walk walk;

	switch (s2m_s1_walk(&r->regs, r->va, &access, &tables, &walk)) {
	case S2M_S1_OK:
		return FINE;
	case S2M_S1_FAULT:
		return walk.fsc;
	default:
		return -1;
	}
}

#define may(leaf, table_bits, ...) ({				\
	struct regime r_;					\
								\
	plain(&r_, AF | (leaf), table_bits);			\
	fsc_of(&r_, (struct s2m_s1_access){ __VA_ARGS__ });	\
})

#define PERMISSION	0xf
#define NO_USER		(1ULL << 61)
#define TABLE_RO	(1ULL << 62)

static void permissions(void **state)
{
	struct regime r;

	(void)state;
	assert_int_equal(may(0, 0, .write = true), FINE);
	assert_int_equal(may(RO, 0, .write = true), PERMISSION);
	assert_int_equal(may(RO, 0, .write = false), FINE);
	assert_int_equal(may(0, 0, .user = true), PERMISSION);
	assert_int_equal(may(USER, 0, .user = true), FINE);
	assert_int_equal(may(USER, 0, .user = true, .write = true), FINE);
	assert_int_equal(may(USER | RO, 0, .user = true, .write = true), PERMISSION);
	assert_int_equal(may(USER, 0, .pan = true), PERMISSION);
	assert_int_equal(may(0, 0, .pan = true), FINE);
	assert_int_equal(may(USER, 0, .pan = true, .user = true), FINE);
	assert_int_equal(may(USER, NO_USER, .user = true), PERMISSION);
	assert_int_equal(may(USER, NO_USER, .pan = true), FINE);
	assert_int_equal(may(0, TABLE_RO, .write = true), PERMISSION);
	assert_int_equal(may(0, 0, .fetch = true, .user = true), FINE);

	/* Hierarchical permissions switched off. */
	plain(&r, AF | USER, NO_USER | TABLE_RO);
	r.regs.tcr |= 1ULL << 41;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .user = true, .write = true }), FINE);
	/* What the first table forbids, the second does not allow again. */
	plain(&r, AF | USER, TABLE_RO);
	memory.desc[1] &= ~TABLE_RO;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .write = true }), PERMISSION);
	/* EPAN: what EL0 may execute is EL0's too. */
	plain(&r, AF, 0);
	r.regs.sctlr |= 1ULL << 57;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .pan = true }), PERMISSION);
	plain(&r, AF | 1ULL << 54, 0);
	r.regs.sctlr |= 1ULL << 57;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .pan = true }), FINE);
	/* The access flag, and who is first. */
	plain(&r, RO, 0);
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .write = true }), 0xb);
	/* E0PD, and EPD. */
	plain(&r, AF | USER, 0);
	r.regs.tcr |= 1ULL << 55;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .user = true }), 4);
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .user = false }), FINE);
	r.regs.tcr |= 1ULL << 7;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .user = false }), 4);
	/* Stage 1 off. */
	plain(&r, AF, 0);
	r.regs.sctlr = 0;
	assert_int_equal(fsc_of(&r, (struct s2m_s1_access){ .user = false }), -1);
}

static void tags_and_sizes(void **state)
{
	static const struct s2m_s1_access read_it = { .user = false };
	static const struct s2m_s1_access fetch_it = { .fetch = true };
	struct regime r;

	(void)state;
	plain(&r, AF, 0);
	r.va |= 0x5aULL << 56;
	assert_int_equal(fsc_of(&r, read_it), 4);
	r.regs.tcr |= 1ULL << 37;
	assert_int_equal(fsc_of(&r, read_it), FINE);
	assert_int_equal(fsc_of(&r, fetch_it), FINE);
	r.regs.tcr |= 1ULL << 51;
	assert_int_equal(fsc_of(&r, read_it), FINE);
	assert_int_equal(fsc_of(&r, fetch_it), 4);
	plain(&r, AF, 0);
	r.va |= 1ULL << 40;
	assert_int_equal(fsc_of(&r, read_it), 4);

	/* An output address, a table and a TTBR beyond what TCR says. */
	plain(&r, AF, 0);
	memory.desc[2] |= 1ULL << 40;
	assert_int_equal(fsc_of(&r, read_it), 3);
	plain(&r, AF, 0);
	memory.desc[0] |= 1ULL << 40;
	assert_int_equal(fsc_of(&r, read_it), 1);
	plain(&r, AF, 0);
	r.regs.ttbr[0] |= 1ULL << 40;
	assert_int_equal(fsc_of(&r, read_it), 0);
	/* A block where there can be none, and a reserved last level. */
	plain(&r, AF, 0);
	memory.desc[2] &= ~2ULL;
	assert_int_equal(fsc_of(&r, read_it), 7);
	plain(&r, AF, 0);
	r.regs.tcr = (r.regs.tcr & ~0x3fULL) | 16;
	r.va_bits = 48;
	r.first = 0;
	build(&r, AF, 0);
	assert_int_equal(fsc_of(&r, read_it), FINE);
	memory.desc[0] &= ~2ULL;
	assert_int_equal(fsc_of(&r, read_it), 4);
}

/* Registers that are anything: it ends, and reads no more than five descriptors. */
static bool read_anything(void *arg, u64 ipa, u64 *desc)
{
	(void)arg;
	memory.reads++;
	assert_int_equal(ipa % 8, 0);
	assert_true(ipa >> 52 == 0);
	*desc = any64();
	return chance(20);
}

static void anything(void **state)
{
	static const struct s2m_s1_memory noise = { .read = read_anything };
	u32 round;

	(void)state;
	for (round = 0; round < 500000; round++) {
		struct s2m_s1_regs regs = {
			any64() | 1, any64(), { any64(), any64() }, any64()
		};
		struct s2m_s1_access access = { chance(2), chance(2), chance(2), chance(2) };
		struct s2m_s1_walk walk;
		u64 va = chance(2) ? any64() : any64() >> 20;

		memory.reads = 0;
		if (!s2m_s1_walk(&regs, va, &access, &noise, &walk))
			assert_true(walk.ipa >> 52 == 0);
		assert_in_range(memory.reads, 0, 5);
	}
}

static void device_types(void **state)
{
	int attr;

	(void)state;
	for (attr = 0; attr < 256; attr++)
		assert_int_equal(s2m_s1_attr_is_device(attr), attr < 16);
	for (attr = 0; attr < 256; attr++)
		assert_int_equal(s2m_s1_attr_is_tagged(attr), attr == 0xf0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_table),
		cmocka_unit_test(holes),
		cmocka_unit_test(blocks_where_none_can_be),
		cmocka_unit_test(permissions),
		cmocka_unit_test(tags_and_sizes),
		cmocka_unit_test(anything),
		cmocka_unit_test(device_types),
	};

	random_state = 18;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
