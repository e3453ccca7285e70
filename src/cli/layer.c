// SPDX-License-Identifier: GPL-2.0-only
/*
 * layer set, remove, list: rules that belong to somebody.
 */
#include <string.h>

#include "layers.h"

#define MAX_NAME		255u

/*
 * Names stand in lines of their own and in comments; those that begin with "/" are
 * the configuration's.
 */
static int check_name(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;

	if (!*name || strlen(name) > MAX_NAME)
		return cli_fail("the name of a layer has 1 to %u bytes", MAX_NAME);
	if (*name == '/' || *name == '-' || *name == '#')
		return cli_fail("%s: the name of a layer does not begin with /, - or #", name);
	for (; *at; at++)
		if (*at <= ' ' || *at == 0x7f)
			return cli_fail("the name of a layer has no blanks and no control characters");
	return CLI_OK;
}

static int write_table(const struct s2m_table *table, const void *data)
{
	const struct s2m_table *live = data;

	return s2m_table_equal(table, live) ? CLI_OK : cli_table_apply(table);
}

/* Without the module there is no table, but layers end all the same. */
static int write_nothing(const struct s2m_table *table, const void *data)
{
	(void)table;
	(void)data;
	return CLI_OK;
}

static struct s2m_table *read_rules(const char *name)
{
	struct s2m_table *table = NULL;
	struct s2m_text_error error;
	size_t len;
	char *text = cli_read_input(name, &len);

	if (!text) {
		cli_fail("%s: %s", name, strerror(errno));
		return NULL;
	}
	if (s2m_table_parse(text, len, &table, &error)) {
		cli_fail("%s: %s", name, error.sentence);
		table = NULL;
	}
	free(text);
	return table;
}

static int set(const char *name, struct s2m_table *table)
{
	struct cli_layers layers = {};
	struct s2m_table *live = NULL;
	int err = cli_layers_lock();

	if (!err)
		err = cli_layers_read(&layers);
	if (!err)
		live = cli_live_table();
	if (live) {
		cli_layers_adopt(&layers, live);
		cli_layers_add(&layers, CLI_LAYER_SET, name, table);
		err = cli_layers_change(&layers, write_table, live);
	} else {
		s2m_table_free(table);
		err = CLI_FAILED;
	}
	s2m_table_free(live);
	cli_layers_free(&layers);
	return err;
}

int cli_layer_set(char **args)
{
	struct s2m_table *table;
	int err = check_name(args[0]);

	if (err)
		return err;
	table = read_rules(args[1]);
	if (!table)
		return CLI_FAILED;
	err = cli_need_module();
	if (err)
		s2m_table_free(table);
	return err ? err : set(args[0], table);
}

int cli_layer_remove(char **args)
{
	struct cli_layers layers;
	struct s2m_table *live = NULL;
	int err = check_name(args[0]);

	if (!err)
		err = cli_layers_lock();
	if (!err)
		err = cli_layers_read(&layers);
	if (err)
		return err;
	if (cli_loaded()) {
		live = cli_live_table();
		if (!live) {
			cli_layers_free(&layers);
			return CLI_FAILED;
		}
		cli_layers_adopt(&layers, live);
	}
	if (!cli_layers_drop(&layers, CLI_LAYER_SET, args[0]))
		cli_note("there is no layer %s", args[0]);
	else
		err = cli_layers_change(&layers, live ? write_table : write_nothing, live);
	s2m_table_free(live);
	cli_layers_free(&layers);
	return err;
}

int cli_layer_list(char **args)
{
	static const char * const whose[CLI_NR_LAYER_KINDS] = {
		[CLI_LAYER_TEST]	= "selftest",
		[CLI_LAYER_SET]		= "set",
		[CLI_LAYER_FILE]	= "configuration",
		[CLI_LAYER_HAND]	= "nobody's",
	};
	struct cli_layers layers;
	json_t *json = json_array();
	size_t i;

	(void)args;
	if (cli_layers_read(&layers)) {
		json_decref(json);
		return CLI_FAILED;
	}
	for (i = 0; i < layers.count; i++) {
		const struct cli_layer *layer = &layers.list[i];

		if (!cli.json)
			printf("%-13s %6u  %s\n", whose[layer->kind], layer->table->count,
			       layer->name);
		json_array_append_new(json, json_pack("{s:o, s:s, s:i}", "layer",
						      cli_json_text(layer->name), "owner",
						      whose[layer->kind], "rules",
						      (int)layer->table->count));
	}
	cli_layers_free(&layers);
	if (cli.json)
		return cli_json_print(json);
	json_decref(json);
	return CLI_OK;
}
