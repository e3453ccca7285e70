// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores carried out on bytes and registers, held against a model that
 * is as dull as it can be: for each form the Arm ARM's own loop, one byte at a
 * time. What an instruction is comes from tests/a64, which asks another decoder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <s2memattr/a64.h>

#include "random.h"

static u64 any64(void)
{
	u64 value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | chance(256);
	return value;
}

static struct s2m_a64_insn decoded(u32 word)
{
	struct s2m_a64_insn insn;

	assert_true(s2m_a64_decode(word, &insn));
	return insn;
}

/* A random instruction that is covered and has registers. */
static struct s2m_a64_insn random_insn(u32 *word)
{
	struct s2m_a64_insn insn;

	do {
		static const u32 space[][2] = {
			{ 0x0a000000, 0x08000000 }, { 0xbfbf0000, 0x0c000000 },
			{ 0xbfa00000, 0x0c800000 }, { 0xbf800000, 0x0d800000 },
		};
		u32 i = chance(ARRAY_SIZE(space));

		*word = ((u32)any64() & ~space[i][0]) | space[i][1];
	} while (!s2m_a64_decode(*word, &insn));
	return insn;
}

/* Element @lane of register @reg is at this place, counted in elements. */
static u32 model_place(u32 word, const struct s2m_a64_insn *insn, u32 reg, u32 lane)
{
	bool ld1 = (word >> 12 & 0xf) == 0x7 || (word >> 12 & 0xf) == 0xa ||
		   (word >> 12 & 0xf) == 0x6 || (word >> 12 & 0xf) == 0x2;
	u32 lanes = (word >> 30 & 1 ? 16U : 8U) >> (word >> 10 & 3);

	if (insn->form != S2M_A64_MULTIPLE)
		return reg;
	return ld1 ? reg * lanes + lane : lane * insn->nr_regs + reg;
}

static u32 model_lanes(u32 word, const struct s2m_a64_insn *insn)
{
	if (insn->form != S2M_A64_MULTIPLE && insn->form != S2M_A64_REPLICATE)
		return 1;
	return (word >> 30 & 1 ? 16U : 8U) >> (word >> 10 & 3);
}

static void model_loaded(u32 word, const struct s2m_a64_insn *insn, const u8 *bytes, bool be,
			 struct s2m_a64_data *data)
{
	u32 size = 1U << insn->log2_element, reg, lane, i;

	for (reg = 0; reg < insn->nr_regs; reg++) {
		u8 was[16];
		bool minus;

		memcpy(was, data->reg[reg], 16);
		memset(data->reg[reg], 0, 16);
		if (insn->form == S2M_A64_LANE)
			memcpy(data->reg[reg], was, 16);
		for (lane = 0; lane < model_lanes(word, insn); lane++)
			for (i = 0; i < size; i++) {
				u32 to = (insn->form == S2M_A64_LANE ? insn->lane : lane) * size;
				u32 from = model_place(word, insn, reg, lane) * size;

				data->reg[reg][to + i] = bytes[from + (be ? size - 1 - i : i)];
			}
		if (insn->simd)
			continue;
		minus = insn->sign && data->reg[reg][size - 1] >> 7;
		for (i = size; i < 8; i++)
			data->reg[reg][i] = minus && (insn->wide || i < 4) ? 0xff : 0;
	}
}

static void loads_as_the_model(void **state)
{
	u32 round;

	(void)state;
	for (round = 0; round < 300000; round++) {
		struct s2m_a64_data ours, model;
		struct s2m_a64_insn insn;
		bool be = chance(2);
		u8 *bytes;
		u32 word, i;

		insn = random_insn(&word);
		if (insn.store)
			continue;
		/* Of exactly that size, so that the sanitizer sees what is beyond. */
		bytes = malloc(s2m_a64_size(&insn));
		for (i = 0; i < s2m_a64_size(&insn); i++)
			bytes[i] = chance(256);
		for (i = 0; i < sizeof(ours); i++)
			((u8 *)&ours)[i] = chance(256);
		model = ours;
		s2m_a64_loaded(&insn, bytes, be, &ours);
		model_loaded(word, &insn, bytes, be, &model);
		for (i = 0; i < insn.nr_regs; i++)
			if (memcmp(ours.reg[i], model.reg[i], insn.simd ? 16 : 8))
				fail_msg("%08x: register %u", word, i);
		free(bytes);
	}
}

/* What is stored comes back, by the load that is the store's counterpart. */
static void stores_as_it_loads(void **state)
{
	u32 round;

	(void)state;
	for (round = 0; round < 300000; round++) {
		struct s2m_a64_insn insn, load;
		struct s2m_a64_data data, back;
		bool be = chance(2);
		u8 *bytes;
		u32 word, i, j;

		insn = random_insn(&word);
		if (!insn.store)
			continue;
		load = insn;
		load.store = false;
		for (i = 0; i < sizeof(data); i++)
			((u8 *)&data)[i] = chance(256);
		back = data;
		bytes = malloc(s2m_a64_size(&insn));
		s2m_a64_stored(&insn, &data, be, bytes);
		/* Only a lane leaves the rest; it must have left it for a reason. */
		memset(&back, 0x5a, sizeof(back));
		model_loaded(word, &load, bytes, be, &back);
		for (i = 0; i < insn.nr_regs; i++) {
			u32 size = 1U << insn.log2_element, n = model_lanes(word, &insn) * size;
			u32 from = insn.form == S2M_A64_LANE ? insn.lane * size : 0;

			for (j = from; j < from + n; j++)
				if (back.reg[i][j] != data.reg[i][j])
					fail_msg("%08x: register %u byte %u", word, i, j);
		}
		free(bytes);
	}
}

static void addresses(void **state)
{
	static const struct {
		u32 word;
		u64 base, offset, address, after;
	} cases[] = {
		{ 0xf9400420, 0x1000, 0, 0x1008, 0x1008 },	/* ldr x0, [x1, #8] */
		{ 0xf8408420, 0x1000, 0, 0x1000, 0x1008 },	/* ldr x0, [x1], #8 */
		{ 0xf85f8c20, 0x1000, 0, 0x0ff8, 0x0ff8 },	/* ldr x0, [x1, #-8]! */
		{ 0xf8405020, 0x1000, 0, 0x1005, 0x1005 },	/* ldur x0, [x1, #5] */
		{ 0xf8627820, 0x1000, 3, 0x1018, 0x1018 },	/* ldr x0, [x1, x2, lsl #3] */
		{ 0xf862d820, 0x1000, 0xffffffff, 0x0ff8, 0x0ff8 },	/* sxtw #3 */
		{ 0xf8625820, 0x1000, 0x5ffffffffULL, 0x800000ff8ULL, 0x800000ff8ULL },	/* uxtw */
		{ 0xa9bf0440, 0x1000, 0, 0x0ff0, 0x0ff0 },	/* stp x0, x1, [x2, #-16]! */
		{ 0x4cdf6000, 0x1000, 0, 0x1000, 0x1030 },	/* ld1 {v0-v2.16b}, [x0], #48 */
		{ 0x4cc36000, 0x1000, 7, 0x1000, 0x1007 },	/* the same, x3 */
		{ 0x0ddf8400, 0x1000, 0, 0x1000, 0x1008 },	/* ld1 {v0.d}[0], [x0], #8 */
		{ 0x98ffff01, 0x1000, 0, 0x0fe0, 0x0fe0 },	/* ldrsw x1, .-32 */
		{ 0xd50b7423, 0, 0x1234, 0x1234, 0x1234 },	/* dc zva, x3 */
		{ 0xf9400420, ~0ULL, 0, 7, 7 },			/* around the end */
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct s2m_a64_insn insn = decoded(cases[i].word);
		u64 address = s2m_a64_address(&insn, cases[i].base, cases[i].offset);
		u64 after = s2m_a64_new_base(&insn, cases[i].base, cases[i].offset);

		if (address != cases[i].address || after != cases[i].after)
			fail_msg("%08x: %llx, %llx", cases[i].word, (unsigned long long)address,
				 (unsigned long long)after);
	}
}

/* Structures go on at V0 behind V31; the second one of a pair is where the word says. */
static void registers(void **state)
{
	struct s2m_a64_insn ld4 = decoded(0x4c40001e);	/* ld4 {v30.16b-v1.16b}, [x0] */
	struct s2m_a64_insn ldp = decoded(0xa940147e);	/* ldp x30, x5, [x3] */

	(void)state;
	assert_int_equal(s2m_a64_data_reg(&ld4, 0), 30);
	assert_int_equal(s2m_a64_data_reg(&ld4, 1), 31);
	assert_int_equal(s2m_a64_data_reg(&ld4, 2), 0);
	assert_int_equal(s2m_a64_data_reg(&ld4, 3), 1);
	assert_int_equal(s2m_a64_data_reg(&ldp, 0), 30);
	assert_int_equal(s2m_a64_data_reg(&ldp, 1), 5);
}

/* Aligned, no larger than an element, and an aligned element is one piece. */
static void pieces(void **state)
{
	u32 log2, start, total;

	(void)state;
	for (log2 = 0; log2 <= 4; log2++)
		for (start = 0; start < 16; start++)
			for (total = 1U << log2; total <= 64; total += 1U << log2) {
				u32 at = start, left = total, element = 1U << log2;

				while (left) {
					u32 size = s2m_a64_piece(at, left, log2);

					assert_in_range(size, 1, 8);
					assert_int_equal(size & (size - 1), 0);
					assert_int_equal(at % size, 0);
					assert_true(size <= left && size <= element);
					if (element <= 8 && start % element == 0)
						assert_int_equal(size, element);
					at += size;
					left -= size;
				}
			}
}

static void words_for_forms(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < S2M_A64_NR_FORMS; i++) {
		assert_non_null(s2m_a64_form_word(i));
		assert_non_null(s2m_a64_form_text(i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_as_the_model),
		cmocka_unit_test(stores_as_it_loads),
		cmocka_unit_test(addresses),
		cmocka_unit_test(registers),
		cmocka_unit_test(pieces),
		cmocka_unit_test(words_for_forms),
	};

	random_state = 18;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
