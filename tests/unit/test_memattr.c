// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/memattr.h>

static void words_are_the_contract(void **state)
{
	(void)state;
	assert_string_equal(s2m_mode_word(S2M_MODE_NATIVE), "native");
	assert_string_equal(s2m_mode_word(S2M_MODE_DEVICE_NGNRE), "device-nGnRE");
	assert_string_equal(s2m_mode_word(S2M_MODE_NORMAL_NC), "normal-nc");
	assert_string_equal(s2m_mode_word(S2M_MODE_POLICY), "policy");
	assert_string_equal(s2m_mode_word((enum s2m_mode)-1), "?");
}

static void types_have_words_too(void **state)
{
	static const char * const words[S2M_NR_TYPES] = {
		"native", "device-nGnRE", "device-GRE", "normal-nc", "normal-wb",
	};
	enum s2m_type type;
	unsigned int i;

	(void)state;
	for (i = 0; i < S2M_NR_TYPES; i++) {
		assert_string_equal(s2m_type_word((enum s2m_type)i), words[i]);
		assert_true(s2m_type_parse(words[i], strlen(words[i]), &type));
		assert_int_equal(type, i);
		assert_null(s2m_type_refusal(words[i], strlen(words[i])));
	}
	assert_string_equal(s2m_type_word((enum s2m_type)-1), "?");
	assert_true(s2m_type_parse("DEVICE_gre", 10, &type));
	assert_int_equal(type, S2M_DEVICE_GRE);
	assert_false(s2m_type_parse("normal-nc ", 10, &type));
	assert_false(s2m_type_parse("", 0, &type));
	assert_int_equal(type, S2M_DEVICE_GRE);
}

static void from_strict_to_lax(void **state)
{
	(void)state;
	assert_true(S2M_DEVICE_NGNRE < S2M_DEVICE_GRE);
	assert_true(S2M_DEVICE_GRE < S2M_NORMAL_NC);
	assert_true(S2M_NORMAL_NC < S2M_NORMAL_WB);
}

static void words_that_are_refused_say_why(void **state)
{
	static const char * const refused[] = {
		"normal-wt", "NORMAL_WT", "device-nGnRnE", "device-nGRE", "device", "normal",
		"policy",
	};
	enum s2m_type type;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_false(s2m_type_parse(refused[i], strlen(refused[i]), &type));
		assert_non_null(s2m_type_refusal(refused[i], strlen(refused[i])));
	}
	assert_null(s2m_type_refusal("fast", 4));
}

static void modes_are_read_in_any_spelling(void **state)
{
	static const struct {
		const char *text;
		enum s2m_mode mode;
	} good[] = {
		{ "native", S2M_MODE_NATIVE },
		{ "NATIVE\n", S2M_MODE_NATIVE },
		{ "device-nGnRE", S2M_MODE_DEVICE_NGNRE },
		{ "DEVICE_nGnRE\n", S2M_MODE_DEVICE_NGNRE },
		{ "Device-NGNRE", S2M_MODE_DEVICE_NGNRE },
		{ "NORMAL_NC", S2M_MODE_NORMAL_NC },
		{ " \tnormal-nc \r\n", S2M_MODE_NORMAL_NC },
		{ "policy", S2M_MODE_POLICY },
	};
	enum s2m_mode mode;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		mode = S2M_NR_MODES;
		assert_true(s2m_mode_parse(good[i].text, strlen(good[i].text), &mode));
		assert_int_equal(mode, good[i].mode);
	}
}

static void a_mode_asks_for_a_type(void **state)
{
	(void)state;
	assert_int_equal(s2m_mode_type(S2M_MODE_NATIVE), S2M_NATIVE);
	assert_int_equal(s2m_mode_type(S2M_MODE_DEVICE_NGNRE), S2M_DEVICE_NGNRE);
	assert_int_equal(s2m_mode_type(S2M_MODE_NORMAL_NC), S2M_NORMAL_NC);
	assert_int_equal(s2m_mode_type(S2M_MODE_POLICY), S2M_NATIVE);
}

static void bad_modes_change_nothing(void **state)
{
	static const char * const bad[] = {
		"", " ", "\n", "normal", "normal-nc2", "normal-ncx", "xnormal-nc", "normal nc",
		"normal-nc native", "device", "device-gre", "normal-wt", "[native]", "0",
	};
	static const char with_zero[] = "native\0";
	enum s2m_mode mode = S2M_MODE_POLICY;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(s2m_mode_parse(bad[i], strlen(bad[i]), &mode));
	assert_false(s2m_mode_parse(with_zero, sizeof(with_zero) - 1, &mode));
	assert_int_equal(mode, S2M_MODE_POLICY);
}

static void text_need_not_be_terminated(void **state)
{
	char text[] = { 'p', 'o', 'l', 'i', 'c', 'y' };
	enum s2m_mode mode;

	(void)state;
	/* AddressSanitizer watches the end of the array. */
	assert_true(s2m_mode_parse(text, sizeof(text), &mode));
	assert_false(s2m_mode_parse(text, sizeof(text) - 1, &mode));
}

/* All sixteen MemAttr values in all surroundings that a leaf can have. */
static void only_memattr_bits_change(void **state)
{
	const u64 surroundings[] = {
		0, ~0ULL, 0x400, 0x00400000000004c0ULL, 0x00400000000007c0ULL,
		0x07a00000000007c0ULL,
	};
	size_t i;
	u64 value;

	(void)state;
	for (i = 0; i < sizeof(surroundings) / sizeof(surroundings[0]); i++) {
		for (value = 0; value < 16; value++) {
			u64 attr = (surroundings[i] & ~0x3cULL) | value << 2;

			assert_int_equal(s2m_leaf_set_type(attr, S2M_NATIVE), attr);
			assert_int_equal(s2m_leaf_set_type(attr, S2M_DEVICE_NGNRE),
					 (attr & ~0x3cULL) | 0x04);
			assert_int_equal(s2m_leaf_set_type(attr, S2M_NORMAL_NC),
					 (attr & ~0x3cULL) | 0x14);
			assert_int_equal(s2m_leaf_set_type(attr, S2M_DEVICE_GRE),
					 (attr & ~0x3cULL) | 0x0c);
			assert_int_equal(s2m_leaf_set_type(attr, S2M_NORMAL_WB),
					 (attr & ~0x3cULL) | 0x18);
			assert_int_equal(s2m_leaf_set_type(attr, S2M_NR_TYPES), attr);
		}
	}
}

/* KVM's RAM is 0b1111, or 0b0110 and 0b0111 with FEAT_S2FWB: never a candidate. */
static void only_kvms_device_answers_are_candidates(void **state)
{
	u64 value;

	(void)state;
	for (value = 0; value < 16; value++) {
		enum s2m_type type = s2m_leaf_type(~0x3cULL | value << 2);

		if (value == 0x1)
			assert_int_equal(type, S2M_DEVICE_NGNRE);
		else if (value == 0x5)
			assert_int_equal(type, S2M_NORMAL_NC);
		else
			assert_int_equal(type, S2M_NATIVE);
		assert_int_equal(s2m_leaf_is_ram(~0x3cULL | value << 2),
				 value == 0x6 || value == 0x7 || value == 0xf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_the_contract),
		cmocka_unit_test(types_have_words_too),
		cmocka_unit_test(from_strict_to_lax),
		cmocka_unit_test(words_that_are_refused_say_why),
		cmocka_unit_test(modes_are_read_in_any_spelling),
		cmocka_unit_test(a_mode_asks_for_a_type),
		cmocka_unit_test(bad_modes_change_nothing),
		cmocka_unit_test(text_need_not_be_terminated),
		cmocka_unit_test(only_memattr_bits_change),
		cmocka_unit_test(only_kvms_device_answers_are_candidates),
	};

	return cmocka_run_group_tests_name("memattr", tests, NULL, NULL);
}
