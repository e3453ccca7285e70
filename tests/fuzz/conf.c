// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a file of the configuration. What is none must be refused with a sentence,
 * without keeping memory; without settings it must be what it is as a table, and what is
 * taken must agree with itself.
 */
#include <assert.h>

#include <s2memattr/conf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_table(const char *text, size_t size, const struct s2m_conf *conf)
{
	struct s2m_text_error error = { 0 };
	struct s2m_table *table = NULL;

	assert(!s2m_table_parse(text, size, &table, &error));
	assert(s2m_table_equal(table, conf->table));
	s2m_table_free(table);
}

static void check_sum(const struct s2m_conf *conf)
{
	struct s2m_conf_sum sum = { 0 };
	struct s2m_text_error error = { 0 };
	enum s2m_mode mode;

	assert(!s2m_conf_add(&sum, conf, "a", &error));
	assert(!s2m_conf_add(&sum, conf, "b", &error));
	mode = s2m_conf_mode(&sum);
	assert(sum.rules == 2 * conf->table->count && (unsigned int)mode < S2M_NR_MODES);
	if (conf->given >> S2M_SETTING_MODE & 1)
		assert(mode == (enum s2m_mode)conf->values[S2M_SETTING_MODE]);
	else
		assert(mode == (sum.rules ? S2M_MODE_POLICY : S2M_MODE_NATIVE));
	assert(!(conf->values[S2M_SETTING_UNALIGNED] & ~1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s2m_text_error error = { 0 };
	struct s2m_conf conf = { 0 };

	if (s2m_conf_parse((const char *)data, size, &conf, &error)) {
		assert(!conf.table && !conf.given && *error.sentence);
		return 0;
	}
	if (!conf.given)
		check_table((const char *)data, size, &conf);
	check_sum(&conf);
	s2m_table_free(conf.table);
	return 0;
}
