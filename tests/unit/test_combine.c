// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/combine.h>
#include <s2memattr/memattr.h>

enum {
	NGNRNE = 0x00, NGNRE = 0x04, NGRE = 0x08, GRE = 0x0c,
	NC = 0x44, WT = 0xbb, WB = 0xff, TAGGED = 0xf0,
	NONE = 0x10,
};

static const u8 asked[] = { NGNRNE, NGNRE, NGRE, GRE, NC, WT, WB, TAGGED };

/*
 * The tables of the architecture, written down by hand: a row for each MemAttr,
 * a column for each stage-1 type above.
 */
static const u8 without_fwb[16][8] = {
	{ NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE },
	{ NGNRNE, NGNRE,  NGNRE,  NGNRE,  NGNRE,  NGNRE,  NGNRE,  NGNRE },
	{ NGNRNE, NGNRE,  NGRE,   NGRE,   NGRE,   NGRE,   NGRE,   NGRE },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    GRE,    GRE,    GRE,    GRE },
	{ NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     NC,     NC,     NC },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     0x4b,   0x4b,   0x4b },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     0x4b,   0x4f,   0x4f },
	{ NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     0xb4,   0xb4,   0xb4 },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     WT,     WT,     WT },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     WT,     0xbf,   0xbf },
	{ NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     0xb4,   0xf4,   0xf4 },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     WT,     0xfb,   0xfb },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     WT,     WB,     TAGGED },
};

static const u8 with_fwb[8][8] = {
	{ NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE, NGNRNE },
	{ NGNRNE, NGNRE,  NGNRE,  NGNRE,  NGNRE,  NGNRE,  NGNRE,  NGNRE },
	{ NGNRNE, NGNRE,  NGRE,   NGRE,   NGRE,   NGRE,   NGRE,   NGRE },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    GRE,    GRE,    GRE,    GRE },
	{ NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE,   NONE },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     NC,     NC,     NC },
	{ WB,     WB,     WB,     WB,     WB,     WB,     WB,     TAGGED },
	{ NGNRNE, NGNRE,  NGRE,   GRE,    NC,     WT,     WB,     TAGGED },
};

static void expect(u8 s1, u8 memattr, bool fwb, u8 want)
{
	const struct s2m_memory from = { s1, S2M_SH_INNER };
	const struct s2m_stage2 s2 = { memattr, S2M_SH_INNER, fwb };
	struct s2m_memory effect = { 0x77, 0x77 };

	assert_int_equal(s2m_combine(&from, &s2, &effect), want != NONE);
	assert_int_equal(effect.attr, want == NONE ? 0x77 : want);
	if (want == NONE)
		assert_int_equal(effect.sh, 0x77);
}

static void the_tables_of_the_architecture(void **state)
{
	unsigned int memattr, s1;

	(void)state;
	for (memattr = 0; memattr < 16; memattr++) {
		for (s1 = 0; s1 < sizeof(asked); s1++) {
			expect(asked[s1], memattr, false, without_fwb[memattr][s1]);
			/* MemAttr[3] is RES0. */
			expect(asked[s1], memattr, true, with_fwb[memattr & 7][s1]);
		}
	}
}

/* What the module writes means the same on every host, but normal-wb. */
static void the_modules_types_do_not_ask_for_fwb(void **state)
{
	static const u8 written[] = { 0x1, 0x3, 0x5 };
	struct s2m_memory without, with;
	unsigned int s1, i;

	(void)state;
	for (s1 = 0; s1 < 0x100; s1++) {
		const struct s2m_memory from = { s1, S2M_SH_INNER };

		for (i = 0; i < sizeof(written) && s2m_attr_is_legal(s1); i++) {
			struct s2m_stage2 s2 = { written[i], S2M_SH_INNER, false };

			assert_true(s2m_combine(&from, &s2, &without));
			s2.fwb = true;
			assert_true(s2m_combine(&from, &s2, &with));
			assert_memory_equal(&with, &without, sizeof(with));
			assert_int_equal(with.sh, S2M_SH_OUTER);
		}
	}
}

/* Stage 2 is a bound: it never gives what stage 1 did not ask for, but forced Write-Back. */
static void nothing_is_strengthened(void **state)
{
	unsigned int s1, memattr, fwb;

	(void)state;
	for (s1 = 0; s1 < 0x100; s1++) {
		for (memattr = 0; memattr < 16; memattr++) {
			for (fwb = 0; fwb < 2; fwb++) {
				const struct s2m_memory from = { s1, S2M_SH_NON };
				const struct s2m_stage2 s2 = { memattr, S2M_SH_NON, fwb };
				struct s2m_memory effect;
				bool legal = s2m_combine(&from, &s2, &effect);

				assert_int_equal(legal, s2m_attr_is_legal(s1) &&
						 s2m_memattr_is_legal(memattr, fwb));
				if (!legal || (fwb && (memattr & 7) == 6))
					continue;
				assert_true(s2m_attr_is_legal(effect.attr));
				assert_int_equal(s2m_attr_permits(effect.attr) &
						 ~s2m_attr_permits(s1), 0);
			}
		}
	}
}

static void hints_come_from_stage_1(void **state)
{
	(void)state;
	expect(0xcd, 0xf, false, 0xcd);
	expect(0xcd, 0xa, false, 0x89);
	expect(0x57, 0xa, false, 0x13);		/* transient stays transient */
	expect(0x13, 0xf, false, 0x13);
	expect(0x57, 0xd, false, 0x54);
	expect(0x13, 0x6, true, 0x57);
	expect(0x49, 0x6, true, 0xfd);
	expect(0x8a, 0x7, true, 0x8a);
	expect(0xa0, 0xf, false, 0xaa);
	expect(0x40, 0xf, false, NC);
	expect(0x05, 0x5, true, NGNRE);
}

static void only_write_back_keeps_its_tags(void **state)
{
	(void)state;
	expect(TAGGED, 0xf, false, TAGGED);
	expect(TAGGED, 0x7, false, 0x4f);
	expect(TAGGED, 0x6, true, TAGGED);
	expect(TAGGED, 0x5, true, NC);
	expect(TAGGED, 0x3, false, GRE);
}

static void the_wider_shareability_wins(void **state)
{
	static const u8 sh[] = { S2M_SH_NON, S2M_SH_INNER, S2M_SH_OUTER };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			const struct s2m_memory wb = { WB, sh[i] }, nc = { NC, sh[i] },
						device = { NGNRE, sh[i] };
			const struct s2m_stage2 s2 = { 0xf, sh[j], false };
			const struct s2m_stage2 force = { 0x6, sh[j], true };
			struct s2m_memory effect;

			assert_true(s2m_combine(&wb, &s2, &effect));
			assert_int_equal(effect.sh, sh[i > j ? i : j]);
			assert_true(s2m_combine(&nc, &s2, &effect));
			assert_int_equal(effect.sh, S2M_SH_OUTER);
			assert_true(s2m_combine(&device, &s2, &effect));
			assert_int_equal(effect.sh, S2M_SH_OUTER);
			/* What was Device or Non-cacheable at stage 1 was Outer Shareable there. */
			assert_true(s2m_combine(&wb, &force, &effect));
			assert_int_equal(effect.sh, sh[i > j ? i : j]);
			assert_true(s2m_combine(&nc, &force, &effect));
			assert_int_equal(effect.sh, S2M_SH_OUTER);
			assert_true(s2m_combine(&device, &force, &effect));
			assert_int_equal(effect.sh, S2M_SH_OUTER);
		}
	}
}

static void reserved_shareability_has_no_answer(void **state)
{
	static const u8 bad[] = { 1, 4, 0xff };
	struct s2m_memory effect;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad); i++) {
		const struct s2m_memory from = { WB, S2M_SH_INNER }, wrong = { WB, bad[i] };
		const struct s2m_stage2 s2 = { 0xf, S2M_SH_INNER, false },
					s2_wrong = { 0xf, bad[i], false };

		assert_false(s2m_combine(&wrong, &s2, &effect));
		assert_false(s2m_combine(&from, &s2_wrong, &effect));
		assert_string_equal(s2m_sh_word(bad[i]), "reserved");
	}
	assert_string_equal(s2m_sh_word(S2M_SH_NON), "non-shareable");
	assert_string_equal(s2m_sh_word(S2M_SH_INNER), "inner-shareable");
	assert_string_equal(s2m_sh_word(S2M_SH_OUTER), "outer-shareable");
}

static void each_type_permits_more(void **state)
{
	static const u8 laxer[] = { NGNRNE, NGNRE, NGRE, GRE, NC, WT };
	unsigned int i;

	(void)state;
	for (i = 1; i < sizeof(laxer); i++) {
		unsigned int less = s2m_attr_permits(laxer[i - 1]);
		unsigned int more = s2m_attr_permits(laxer[i]);

		assert_int_equal(less & ~more, 0);
		assert_int_not_equal(less, more);
	}
	assert_int_equal(s2m_attr_permits(NGNRNE), 0);
	assert_int_equal(s2m_attr_permits(NGNRE), S2M_PERMITS_EARLY_ACK);
	assert_int_equal(s2m_attr_permits(GRE), S2M_PERMITS_EARLY_ACK | S2M_PERMITS_REORDERING |
			 S2M_PERMITS_GATHERING);
	assert_int_equal(s2m_attr_permits(NC) ^ s2m_attr_permits(WB), S2M_PERMITS_CACHING);
	assert_int_equal(s2m_attr_permits(WT), s2m_attr_permits(WB));
	/* Cached by one half is cached. */
	assert_true(s2m_attr_permits(0x4f) & S2M_PERMITS_CACHING);
}

/* MAIR_ELx in the Arm ARM: 4 Device, 15 x 15 Normal, 6 of FEAT_XS, one of FEAT_MTE2. */
static void legal_encodings_are_counted(void **state)
{
	unsigned int attr, n = 0;

	(void)state;
	for (attr = 0; attr < 0x100; attr++)
		n += s2m_attr_is_legal(attr);
	assert_int_equal(n, 4 + 15 * 15 + 6 + 1);
	assert_false(s2m_attr_is_legal(0x02));
	assert_false(s2m_attr_is_legal(0x0e));
	assert_false(s2m_attr_is_legal(0x10));
	assert_false(s2m_attr_is_legal(0xb0));
	assert_false(s2m_memattr_is_legal(0x10, false));
	assert_false(s2m_memattr_is_legal(0x1f, true));
}

static void words_are_read_back(void **state)
{
	static const struct {
		u8 attr;
		const char *word;
	} words[] = {
		{ NGNRNE, "device-nGnRnE" }, { NGNRE, "device-nGnRE" }, { NGRE, "device-nGRE" },
		{ GRE, "device-GRE" }, { NC, "normal-nc" }, { WT, "normal-wt" },
		{ WB, "normal-wb" }, { TAGGED, "normal-wb-tagged" },
		{ 0x4f, "normal-outer-nc-inner-wb" }, { 0xbf, "normal-outer-wt-inner-wb" },
	};
	char text[48];
	unsigned int i;
	u8 attr;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		s2m_attr_print(words[i].attr, text, sizeof(text));
		assert_string_equal(text, words[i].word);
		assert_true(s2m_attr_parse(text, strlen(text), &attr));
		assert_int_equal(attr, words[i].attr);
	}
	assert_true(s2m_attr_parse("NORMAL_NC", 9, &attr));
	assert_int_equal(attr, NC);
	for (i = 0; i < 0x100; i++) {
		u8 back = 0x77;

		snprintf(text, sizeof(text), "0x%02x", i);
		assert_int_equal(s2m_attr_parse(text, 4, &attr), s2m_attr_is_legal(i));
		if (s2m_attr_is_legal(i))
			assert_int_equal(attr, i);
		/* A word names the class of each encoding. */
		s2m_attr_print(i, text, sizeof(text));
		assert_int_equal(s2m_attr_parse(text, strlen(text), &back), s2m_attr_is_legal(i));
		assert_int_equal(strcmp(text, "reserved") != 0, s2m_attr_is_legal(i));
	}
	attr = 0x77;
	assert_false(s2m_attr_parse("", 0, &attr));
	assert_false(s2m_attr_parse("normal", 6, &attr));
	assert_false(s2m_attr_parse("0x", 2, &attr));
	assert_false(s2m_attr_parse("0x100", 5, &attr));
	assert_false(s2m_attr_parse("0b12", 4, &attr));
	assert_false(s2m_attr_parse("0o7", 3, &attr));
	assert_false(s2m_attr_parse("reserved", 8, &attr));
	assert_int_equal(attr, 0x77);
}

static void stage_2_words_are_read_back(void **state)
{
	unsigned int memattr, fwb, i;
	char text[48];
	u8 back;

	(void)state;
	for (fwb = 0; fwb < 2; fwb++) {
		for (memattr = 0; memattr < 16; memattr++) {
			bool legal = s2m_memattr_is_legal(memattr, fwb);

			s2m_memattr_print(memattr, fwb, text, sizeof(text));
			assert_int_equal(s2m_memattr_parse(text, strlen(text), fwb, &back), legal);
			if (legal)
				assert_int_equal(back, fwb ? memattr & 7 : memattr);
			for (i = 0; i < 4; i++)
				text[2 + i] = '0' + (memattr >> (3 - i) & 1);
			memcpy(text, "0b", 2);
			assert_int_equal(s2m_memattr_parse(text, 6, fwb, &back), legal);
		}
	}
	/* The words of rules, where they have an encoding. */
	for (i = S2M_DEVICE_NGNRE; i < S2M_NR_TYPES; i++) {
		const char *word = s2m_type_word((enum s2m_type)i);

		assert_true(s2m_memattr_parse(word, strlen(word), true, &back));
		assert_int_equal(back, s2m_leaf_set_type(0, (enum s2m_type)i) >> 2);
	}
	assert_true(s2m_memattr_parse("normal-wb", 9, false, &back));
	assert_int_equal(back, 0xf);
	assert_false(s2m_memattr_parse("normal-wt", 9, true, &back));
	assert_false(s2m_memattr_parse("stage-1", 7, false, &back));
	assert_false(s2m_memattr_parse("0x10", 4, false, &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_of_the_architecture),
		cmocka_unit_test(the_modules_types_do_not_ask_for_fwb),
		cmocka_unit_test(nothing_is_strengthened),
		cmocka_unit_test(hints_come_from_stage_1),
		cmocka_unit_test(only_write_back_keeps_its_tags),
		cmocka_unit_test(the_wider_shareability_wins),
		cmocka_unit_test(reserved_shareability_has_no_answer),
		cmocka_unit_test(each_type_permits_more),
		cmocka_unit_test(legal_encodings_are_counted),
		cmocka_unit_test(words_are_read_back),
		cmocka_unit_test(stage_2_words_are_read_back),
	};

	return cmocka_run_group_tests_name("combine", tests, NULL, NULL);
}
