// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/conf.h>

#include "memory.h"

/* Parse what must be right. */
static struct s2m_conf parse(const char *text)
{
	struct s2m_text_error error = { 0 };
	struct s2m_conf conf = { 0 };

	if (s2m_conf_parse(text, strlen(text), &conf, &error))
		fail_msg("%s\n%s", text, error.sentence);
	return conf;
}

static void settings_are_read_in_any_spelling(void **state)
{
	static const struct {
		const char *text;
		u32 given;
		int mode;
		int unaligned;
		u32 rules;
	} good[] = {
		{ "", 0, 0, 0, 0 },
		{ "# mode = policy\n", 0, 0, 0, 0 },
		{ "mode=policy", 1, S2M_MODE_POLICY, 0, 0 },
		{ "mode\t=\tDEVICE_nGnRE # why", 1, S2M_MODE_DEVICE_NGNRE, 0, 0 },
		{ "  mode= native\r\n", 1, S2M_MODE_NATIVE, 0, 0 },
		{ "mode =normal-nc\nnormal-nc\n", 1, S2M_MODE_NORMAL_NC, 0, 1 },
		{ "unaligned = fault", 2, 0, 0, 0 },
		{ "native\nunaligned=EMULATE\nnative bar=1", 2, 0, 1, 2 },
		{ "unaligned = emulate\nmode = policy\n", 3, S2M_MODE_POLICY, 1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		struct s2m_conf conf = parse(good[i].text);

		assert_int_equal(conf.given, good[i].given);
		assert_int_equal(conf.values[S2M_SETTING_MODE], good[i].mode);
		assert_int_equal(conf.values[S2M_SETTING_UNALIGNED], good[i].unaligned);
		assert_int_equal(conf.table->count, good[i].rules);
		s2m_table_free(conf.table);
	}
}

#define MODES	"native, device-nGnRE, normal-nc, policy"

static void errors_name_the_line_and_change_nothing(void **state)
{
	static const struct {
		const char *text;
		const char *sentence;
	} bad[] = {
		{ "mode = device-gre", "line 1: \"device-gre\" is not a mode (" MODES ")" },
		{ "mode", "line 1: a mode is given as \"mode = WORD\"" },
		{ "mode policy", "line 1: a mode is given as \"mode = WORD\"" },
		{ "\nmode =\n", "line 2: a mode is given as \"mode = WORD\"" },
		{ "mode x = policy", "line 1: a mode is given as \"mode = WORD\"" },
		{ "mode = policy native", "line 1: a mode is given as \"mode = WORD\"" },
		{ "mode = native\n\nmode = native\n", "line 3: mode was given in line 1 already" },
		{ "mode = native \x01", "line 1: a control character" },
		{ "native\nunaligned = maybe",
		  "line 2: \"maybe\" is not an answer to unaligned accesses (fault, emulate)" },
		{ "mode = native\nnative bar=7", "line 2: bar: \"7\" is not 0 to 5" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct s2m_text_error error = { 0 };
		struct s2m_conf conf = { .given = 77 };

		memory_reset(0);
		assert_int_equal(s2m_conf_parse(bad[i].text, strlen(bad[i].text), &conf, &error),
				 -EINVAL);
		assert_string_equal(error.sentence, bad[i].sentence);
		assert_int_equal(conf.given, 77);
		assert_int_equal(memory_held, 0);
	}
}

static void without_memory_nothing_is_kept(void **state)
{
	static const char text[] = "mode = policy\nnative bar=1\n";
	unsigned long n;
	int err = -ENOMEM;

	(void)state;
	for (n = 1; err; n++) {
		struct s2m_text_error error = { 0 };
		struct s2m_conf conf = { 0 };

		memory_reset(n);
		err = s2m_conf_parse(text, strlen(text), &conf, &error);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_true(*error.sentence);
			assert_int_equal(memory_held, 0);
		}
		s2m_table_free(conf.table);
	}
	memory_reset(0);
	assert_true(n > 2);
}

/* Add a file with this text to what others say. */
static int add(struct s2m_conf_sum *sum, const char *name, const char *text,
	       struct s2m_text_error *error)
{
	struct s2m_conf conf = parse(text);
	int err = s2m_conf_add(sum, &conf, name, error);

	s2m_table_free(conf.table);
	return err;
}

static void files_have_to_agree(void **state)
{
	struct s2m_conf_sum sum = { 0 }, before;
	struct s2m_text_error error = { 0 };

	(void)state;
	assert_int_equal(s2m_conf_mode(&sum), S2M_MODE_NATIVE);
	assert_int_equal(add(&sum, "a", "native\nunaligned = emulate", &error), 0);
	assert_int_equal(s2m_conf_mode(&sum), S2M_MODE_POLICY);
	assert_int_equal(add(&sum, "b", "mode = native", &error), 0);
	assert_int_equal(s2m_conf_mode(&sum), S2M_MODE_NATIVE);
	assert_int_equal(add(&sum, "c", "mode = native\nunaligned = emulate", &error), 0);
	before = sum;
	assert_int_equal(add(&sum, "d", "mode = policy\nnative", &error), -EINVAL);
	assert_string_equal(error.sentence, "mode policy, but c says native");
	assert_int_equal(add(&sum, "e", "mode = native\nunaligned = fault", &error), -EINVAL);
	assert_string_equal(error.sentence, "unaligned fault, but c says emulate");
	assert_memory_equal(&sum, &before, sizeof(sum));
	assert_int_equal(sum.rules, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_read_in_any_spelling),
		cmocka_unit_test(errors_name_the_line_and_change_nothing),
		cmocka_unit_test(without_memory_nothing_is_kept),
		cmocka_unit_test(files_have_to_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
