// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that somebody has written past the layers.
 */
#include <string.h>

#include "layers.h"

/* The rules of a table from number @from on. */
static struct s2m_table *rest_of(const struct s2m_table *table, u32 from)
{
	struct s2m_text_error error;
	struct s2m_table *rest = NULL;
	size_t len;
	char *text = cli_table_text(table, &len), *at = text;

	for (; from; from--)
		at = strchr(at, '\n') + 1;
	if (s2m_table_parse(at, len - (size_t)(at - text), &rest, &error))
		rest = NULL;
	free(text);
	return cli_memory(rest);
}

/* How many of the first rules of the table in force are those that were set by name? */
static u32 count_set(const struct cli_layers *layers, const struct s2m_table *live)
{
	struct cli_layers set = {};
	u32 rules = 0;
	struct s2m_text_error error;
	struct s2m_table *table;
	size_t i, len, live_len;
	char *text, *live_text;

	for (i = 0; i < layers->count; i++) {
		if (layers->list[i].kind > CLI_LAYER_SET)
			continue;
		text = cli_table_text(layers->list[i].table, &len);
		if (!s2m_table_parse(text, len, &table, &error))
			cli_layers_add(&set, layers->list[i].kind, layers->list[i].name, table);
		free(text);
	}
	table = cli_layers_compose(&set);
	cli_layers_free(&set);
	if (!table)
		return 0;
	text = cli_table_text(table, &len);
	live_text = cli_table_text(live, &live_len);
	if (live_len >= len && !memcmp(text, live_text, len))
		rules = table->count;
	free(text);
	free(live_text);
	s2m_table_free(table);
	return rules;
}

void cli_layers_adopt(struct cli_layers *layers, const struct s2m_table *live)
{
	u32 from;

	if (cli_layers_are_live(layers, live))
		return;
	from = count_set(layers, live);
	cli_layers_drop(layers, CLI_LAYER_FILE, NULL);
	cli_layers_drop(layers, CLI_LAYER_HAND, NULL);
	layers->configured = false;
	if (live->count > from)
		cli_layers_add(layers, CLI_LAYER_HAND, "by hand", rest_of(live, from));
}
