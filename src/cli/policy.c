// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy show, check, apply: the table of rules.
 */
#include <string.h>

#include "layers.h"

/* The counts of policy_hits, in the order of the table; the last has no rule. */
static u64 *read_hits(u32 rules)
{
	u64 *hits = cli_memory(calloc(rules + 1, sizeof(*hits)));
	char *text = cli_attr(S2M_FILE_HITS), *at = text, *end;
	u32 i;

	for (i = 0; at && i <= rules; i++) {
		hits[i] = strtoull(at, &end, 10);
		at = strchr(end, '\n');
		if (at)
			at++;
	}
	free(text);
	return hits;
}

static int show_json(const struct s2m_table *table)
{
	u64 *hits = read_hits(table->count);
	json_t *rules = json_array();
	char line[S2M_MAX_LINE + 1];
	struct cli_layers layers;
	u32 i;

	cli_layers_live_owners(&layers, table);
	for (i = 0; i < table->count; i++) {
		const struct cli_layer *owner = cli_layers_owner(&layers, i);

		s2m_rule_print(table, i, line, sizeof(line));
		json_array_append_new(rules, json_pack("{s:i, s:s, s:o, s:I, s:o}",
						       "rule", (int)i + 1, "type",
						       s2m_rule_word(&table->rules[i]),
						       "text", cli_json_text(line),
						       "hits", (json_int_t)hits[i], "layer",
						       cli_json_text(owner ? owner->name : NULL)));
	}
	cli_layers_free(&layers);
	rules = json_pack("{s:o, s:I}", "rules", rules, "no_rule_hits",
			  (json_int_t)hits[table->count]);
	free(hits);
	return cli_json_print(rules);
}

/* What is printed can be applied: whose a rule is stands in a comment, if it fits. */
static void show_text(const struct s2m_table *table)
{
	char line[S2M_MAX_LINE + 1];
	struct cli_layers layers;
	u32 i;

	cli_layers_live_owners(&layers, table);
	for (i = 0; i < table->count; i++) {
		const struct cli_layer *owner = cli_layers_owner(&layers, i);
		size_t len = s2m_rule_print(table, i, line, sizeof(line));

		fwrite(line, 1, len, stdout);
		if (owner && owner->kind != CLI_LAYER_HAND &&
		    len + strlen(owner->name) + 8 <= S2M_MAX_LINE)
			printf("%*s # %s", len < 40 ? (int)(40 - len) : 1, "", owner->name);
		putchar('\n');
	}
	cli_layers_free(&layers);
}

int cli_policy_show(char **args)
{
	struct s2m_table *table;
	int err = cli_need_module();

	(void)args;
	if (err)
		return err;
	table = cli_live_table();
	if (!table)
		return CLI_FAILED;
	if (cli.json)
		err = show_json(table);
	else
		show_text(table);
	s2m_table_free(table);
	return err;
}

static json_t *good_json(const char *name, const struct s2m_table *table)
{
	json_t *json = json_pack("{s:o, s:b, s:i}", "file", cli_json_text(name), "valid", 1,
				 "rules", (int)table->count);
	json_t *remarks = json_array();
	u32 i;

	for (i = 0; i < table->count; i++) {
		const char *remark = s2m_rule_remark(&table->rules[i]);

		if (remark)
			json_array_append_new(remarks, json_pack("{s:i, s:s}", "rule", (int)i + 1,
								 "remark", remark));
	}
	if (json_array_size(remarks))
		json_object_set(json, "remarks", remarks);
	json_decref(remarks);
	return json;
}

static int report_check(const char *name, const struct s2m_table *table,
			const struct s2m_text_error *error)
{
	if (!cli.json) {
		if (!table)
			return cli_fail("%s: %s", name, error->sentence);
		printf("%s: %u rule%s, no error\n", name, table->count,
		       table->count == 1 ? "" : "s");
		cli_table_remark(table);
		return CLI_OK;
	}
	if (table)
		return cli_json_print(good_json(name, table));
	cli_json_print(json_pack("{s:o, s:b, s:i, s:o}", "file", cli_json_text(name), "valid", 0,
				 "line", (int)error->line, "error",
				 cli_json_text(error->sentence)));
	return CLI_FAILED;
}

/* Read a table from a file; NULL with a sentence in @error. */
static struct s2m_table *read_table(const char *name, struct s2m_text_error *error)
{
	struct s2m_table *table = NULL;
	size_t len;
	char *text = cli_read_input(name, &len);

	if (!text) {
		error->line = 0;
		snprintf(error->sentence, sizeof(error->sentence), "%s", strerror(errno));
		return NULL;
	}
	if (s2m_table_parse(text, len, &table, error))
		table = NULL;
	free(text);
	return table;
}

int cli_policy_check(char **args)
{
	struct s2m_text_error error;
	struct s2m_table *table = read_table(args[0], &error);
	int err = report_check(args[0], table, &error);

	s2m_table_free(table);
	return err;
}

int cli_policy_apply(char **args)
{
	struct s2m_text_error error;
	struct s2m_table *table = read_table(args[0], &error);
	int err;

	if (!table)
		return cli_fail("%s: %s", args[0], error.sentence);
	err = cli_need_module();
	/* All of the table, whosever; but not while somebody changes a layer. */
	if (!err)
		err = cli_layers_lock();
	if (!err)
		err = cli_table_apply(table);
	s2m_table_free(table);
	return err;
}
