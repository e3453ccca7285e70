// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layer of a selftest: its rules come first, and what was there before comes back.
 */
#include <string.h>

#include "layers.h"

/* What there is before a change. */
struct before {
	enum s2m_mode mode;
	struct s2m_table *table;
};

static int look(struct before *before)
{
	if (!cli_current_mode(&before->mode, NULL))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	before->table = cli_live_table();
	return before->table ? CLI_OK : CLI_FAILED;
}

static int begin(const struct s2m_table *table, const void *data)
{
	const struct before *before = data;

	if (before->mode == S2M_MODE_POLICY)
		return s2m_table_equal(table, before->table) ? CLI_OK : cli_table_apply(table);
	return cli_mode_and_table(S2M_MODE_POLICY, table, before->mode, before->table);
}

int cli_trial_set(const struct cli_trial *trial, const char *rules)
{
	struct s2m_table *table = NULL;
	struct s2m_text_error error;
	struct cli_layers layers;
	struct before before;
	int err = look(&before);
	char *name;

	if (err)
		return err;
	if (cli_layers_read(&layers)) {
		s2m_table_free(before.table);
		return CLI_FAILED;
	}
	if (s2m_table_parse(rules, strlen(rules), &table, &error)) {
		err = cli_fail("%s", error.sentence);
	} else {
		cli_layers_adopt(&layers, before.table);
		cli_layers_drop(&layers, CLI_LAYER_TEST, NULL);
		name = cli_trial_name(trial);
		cli_layers_add(&layers, CLI_LAYER_TEST, name, table);
		free(name);
		err = cli_layers_change(&layers, begin, &before);
	}
	cli_layers_free(&layers);
	s2m_table_free(before.table);
	return err;
}

static int put_back_unaligned(const struct cli_trial *trial)
{
	const char *word = s2m_unaligned_word(cli_emulates());

	if (!strcmp(trial->unaligned, CLI_TRIAL_KEEP) || !strcmp(trial->unaligned, word))
		return CLI_OK;
	return cli_attr_set(S2M_FILE_UNALIGNED, trial->unaligned, strlen(trial->unaligned));
}

/* For the callback: what ends, and what there is. */
struct ending {
	struct cli_trial trial;
	struct before before;
	bool ours;		/* the table in force is the one with the selftest's rules */
};

static int end(const struct s2m_table *table, const void *data)
{
	const struct ending *ending = data;
	const struct before *before = &ending->before;
	int err;

	/* A table or a mode that somebody has written meanwhile is his. */
	if (!ending->ours)
		table = before->table;
	if (before->mode == S2M_MODE_POLICY && ending->trial.mode != S2M_MODE_POLICY)
		err = cli_mode_and_table(ending->trial.mode, table, before->mode, before->table);
	else
		err = s2m_table_equal(table, before->table) ? CLI_OK : cli_table_apply(table);
	return err ? err : put_back_unaligned(&ending->trial);
}

static int nothing(const struct s2m_table *table, const void *data)
{
	(void)table;
	(void)data;
	return CLI_OK;
}

int cli_trial_end(const struct cli_trial *trial)
{
	struct ending ending = {};
	struct cli_layers layers;
	int err;

	if (cli_layers_read(&layers))
		return CLI_FAILED;
	if (!cli_trial_of(&layers, &ending.trial) || ending.trial.pid != trial->pid ||
	    ending.trial.start != trial->start) {
		cli_layers_free(&layers);
		return CLI_OK;
	}
	err = cli_loaded() ? look(&ending.before) : CLI_OK;
	if (!err) {
		ending.ours = ending.before.table &&
			cli_layers_are_live(&layers, ending.before.table);
		cli_layers_drop(&layers, CLI_LAYER_TEST, NULL);
		err = cli_layers_change(&layers, ending.before.table ? end : nothing, &ending);
	}
	s2m_table_free(ending.before.table);
	cli_layers_free(&layers);
	return err;
}
