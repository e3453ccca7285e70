// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule tables on their way to the kernel and back.
 */
#include <string.h>

#include "cli.h"

/*
 * A write of a page or more is refused by the module, and a page may be as
 * small as this.
 */
#define ONE_WRITE		4095u

struct s2m_table *cli_live_table_if_readable(void)
{
	struct s2m_text_error error;
	struct s2m_table *table;
	size_t len;
	char *text;

	text = cli_read(S2M_SYSFS "/" S2M_FILE_POLICY, &len);
	if (!text)
		return NULL;
	if (s2m_table_parse(text, len, &table, &error)) {
		cli_fail("the table in force is not understood (%s): tool and module differ",
			 error.sentence);
		table = NULL;
		errno = 0;
	}
	free(text);
	return table;
}

struct s2m_table *cli_live_table(void)
{
	struct s2m_table *table = cli_live_table_if_readable();

	if (!table && errno)
		cli_fail("%s/%s: %s", S2M_SYSFS, S2M_FILE_POLICY, strerror(errno));
	return table;
}

struct s2m_table *cli_empty_table(void)
{
	struct s2m_text_error error;
	struct s2m_table *table = NULL;

	s2m_table_parse("", 0, &table, &error);
	return cli_memory(table);
}

char *cli_table_text(const struct s2m_table *table, size_t *len)
{
	size_t used = 0, size = 0;
	char *text = NULL;
	u32 i;

	for (i = 0; i < table->count || !text; i++) {
		if (size - used < S2M_MAX_LINE + 3) {
			size = 2 * size + 4 * S2M_MAX_LINE;
			text = cli_memory(realloc(text, size));
		}
		if (i >= table->count)
			break;
		used += s2m_rule_print(table, i, text + used, S2M_MAX_LINE + 1);
		text[used++] = '\n';
	}
	text[used] = '\0';
	*len = used;
	return text;
}

/* In pieces, of which the kernel looks at none before all are there. */
static int apply_staged(const char *text, size_t len)
{
	int err = cli_attr_set(S2M_FILE_COMMIT, S2M_DROP, strlen(S2M_DROP));

	if (err)
		return err;
	err = cli_attr_set(S2M_FILE_STAGE, text, len);
	if (!err)
		err = cli_attr_set(S2M_FILE_COMMIT, S2M_COMMIT, strlen(S2M_COMMIT));
	/* Drop the stage, so that nothing of it is in the way of others. */
	if (err)
		cli_attr_set(S2M_FILE_COMMIT, S2M_DROP, strlen(S2M_DROP));
	return err;
}

void cli_table_remark(const struct s2m_table *table)
{
	u32 i;

	for (i = 0; i < table->count; i++) {
		const char *remark = s2m_rule_remark(&table->rules[i]);

		if (remark)
			cli_note("rule %u: %s", i + 1, remark);
	}
}

int cli_table_apply(const struct s2m_table *table)
{
	size_t len;
	char *text = cli_table_text(table, &len);
	int err;

	cli_table_remark(table);

	/* A write of nothing at all would not reach the kernel. */
	if (!len)
		err = cli_attr_set(S2M_FILE_POLICY, "\n", 1);
	else if (len <= ONE_WRITE)
		err = cli_attr_set(S2M_FILE_POLICY, text, len);
	else
		err = apply_staged(text, len);
	free(text);
	return err;
}

int cli_set_mode(enum s2m_mode mode)
{
	const char *word = s2m_mode_word(mode);

	return cli_attr_set(S2M_FILE_MODE, word, strlen(word));
}

/*
 * Two writes: a table decides only in mode policy, so it changes while another mode
 * is on, if there is one. When the second write fails, the first is taken back.
 */
int cli_mode_and_table(enum s2m_mode mode, const struct s2m_table *table,
		       enum s2m_mode old_mode, const struct s2m_table *old_table)
{
	int err;

	if (mode == S2M_MODE_POLICY) {
		err = cli_table_apply(table);
		if (err)
			return err;
		err = cli_set_mode(mode);
		if (err)
			cli_table_apply(old_table);
		return err;
	}
	err = cli_set_mode(mode);
	if (err)
		return err;
	err = cli_table_apply(table);
	if (err)
		cli_set_mode(old_mode);
	return err;
}
