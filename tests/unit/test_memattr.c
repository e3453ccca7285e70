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
		0, ~0ULL, 0x400, 0x00400000000004c0ULL, 0x00400000000007c0ULL, 0x07a00000000007c0ULL,
	};
	size_t i;
	u64 value;

	(void)state;
	for (i = 0; i < sizeof(surroundings) / sizeof(surroundings[0]); i++) {
		for (value = 0; value < 16; value++) {
			u64 attr = (surroundings[i] & ~0x3cULL) | value << 2;

			assert_int_equal(s2m_attr_set_type(attr, S2M_NATIVE), attr);
			assert_int_equal(s2m_attr_set_type(attr, S2M_DEVICE_NGNRE),
					 (attr & ~0x3cULL) | 0x04);
			assert_int_equal(s2m_attr_set_type(attr, S2M_NORMAL_NC),
					 (attr & ~0x3cULL) | 0x14);
		}
	}
}

/* KVM's RAM is 0b1111, or 0b0110 and 0b0111 with FEAT_S2FWB: never a candidate. */
static void only_kvms_device_answers_are_candidates(void **state)
{
	u64 value;

	(void)state;
	for (value = 0; value < 16; value++) {
		enum s2m_type type = s2m_attr_type(~0x3cULL | value << 2);

		if (value == 0x1)
			assert_int_equal(type, S2M_DEVICE_NGNRE);
		else if (value == 0x5)
			assert_int_equal(type, S2M_NORMAL_NC);
		else
			assert_int_equal(type, S2M_NATIVE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_the_contract),
		cmocka_unit_test(modes_are_read_in_any_spelling),
		cmocka_unit_test(bad_modes_change_nothing),
		cmocka_unit_test(text_need_not_be_terminated),
		cmocka_unit_test(only_memattr_bits_change),
		cmocka_unit_test(only_kvms_device_answers_are_candidates),
	};

	return cmocka_run_group_tests_name("memattr", tests, NULL, NULL);
}
