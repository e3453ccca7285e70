// SPDX-License-Identifier: GPL-2.0-only
/*
 * status, mode, unaligned: where the knob stands and what has come of it.
 */
#include <dirent.h>
#include <string.h>

#include "cli.h"

static u64 number(const char *name)
{
	u64 value = 0;

	cli_attr_number(name, &value);
	return value;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_stat(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* All counters in the folder: a newer module may have more than are known here. */
static json_t *read_stats(void)
{
	char *dir = cli_path("%s/%s", S2M_SYSFS, S2M_DIR_STATS);
	json_t *stats = json_object();
	struct dirent **entries;
	int n = scandir(dir, &entries, is_stat, by_name), i;
	char *name;
	u64 value;

	free(dir);
	for (i = 0; i < n; i++) {
		if (asprintf(&name, "%s/%s", S2M_DIR_STATS, entries[i]->d_name) < 0)
			cli_memory(NULL);
		if (cli_attr_number(name, &value))
			json_object_set_new(stats, entries[i]->d_name,
					    json_integer((json_int_t)value));
		free(name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return stats;
}

static void set_text(json_t *to, const char *key, char *text)
{
	json_object_set_new(to, key, cli_json_text(text));
	free(text);
}

static void set_number(json_t *to, const char *key, u64 value)
{
	json_object_set_new(to, key, json_integer((json_int_t)value));
}

/* A number, or null where the table is not for this user to read. */
static json_t *count_rules(void)
{
	struct s2m_table *table = cli_live_table_if_readable();
	json_t *count = table ? json_integer(table->count) : json_null();

	s2m_table_free(table);
	return count;
}

/* The word in brackets; NULL for a module that does not have that file. */
static char *current_unaligned(void)
{
	char *text = cli_attr(S2M_FILE_UNALIGNED), *word = NULL, *from, *to;

	from = text ? strchr(text, '[') : NULL;
	to = from ? strchr(from, ']') : NULL;
	if (to)
		word = cli_memory(strndup(from + 1, (size_t)(to - from - 1)));
	free(text);
	return word;
}

json_t *cli_gather_status(void)
{
	json_t *status = json_object(), *hook;
	enum s2m_mode mode;
	bool in_force;

	json_object_set_new(status, "loaded", json_boolean(cli_loaded()));
	if (!cli_loaded())
		return status;
	set_text(status, "version", cli_read_line("/sys/module/%s/version", S2M_MODULE));
	json_object_set_new(status, "tool_version", json_string(CLI_VERSION));
	if (cli_current_mode(&mode, &in_force)) {
		json_object_set_new(status, "mode", json_string(s2m_mode_word(mode)));
		json_object_set_new(status, "in_force", json_boolean(in_force));
	}
	set_text(status, "unaligned", current_unaligned());
	json_object_set_new(status, "rules", count_rules());
	set_number(status, "generation", number(S2M_FILE_GENERATION));
	set_text(status, "last_error", cli_attr(S2M_FILE_ERROR));

	hook = json_object();
	set_text(hook, "transport", cli_attr(S2M_FILE_TRANSPORT));
	set_text(hook, "site", cli_attr(S2M_FILE_SITE));
	set_text(hook, "state", cli_attr(S2M_FILE_STATE));
	set_text(hook, "survival", cli_attr(S2M_FILE_SURVIVAL));
	set_text(hook, "coherent", cli_attr(S2M_FILE_COHERENT));
	set_text(hook, "fuse", cli_attr(S2M_FILE_FUSE));
	json_object_set_new(hook, "armed", json_boolean(number(S2M_FILE_ARMED)));
	set_number(hook, "missed", number(S2M_FILE_MISSED));
	json_object_set_new(status, "hook", hook);
	json_object_set_new(status, "stats", read_stats());
	return status;
}

static void print(json_t *status)
{
	json_t *hook = json_object_get(status, "hook"), *stats, *value;
	long long missed = cli_number_of(hook, "missed");
	const char *error = cli_text_of(status, "last_error", "?"), *name;
	const char *mode = cli_text_of(status, "mode", "?");

	printf("mode        %s%s%s%s\n", cli_color(CLI_STRONG), mode, cli_plain(),
	       json_is_false(json_object_get(status, "in_force")) ?
	       " (not in force for all guests)" : "");
	printf("unaligned   %s\n", cli_text_of(status, "unaligned", "?"));
	if (json_is_integer(json_object_get(status, "rules")))
		printf("rules       %lld%s\n", cli_number_of(status, "rules"),
		       strcmp(mode, "policy") ? " (not asked in this mode)" : "");
	else
		puts("rules       not for this user to read");
	printf("hook        %s, %s at %s\n", cli_text_of(hook, "state", "?"),
	       cli_text_of(hook, "transport", "?"), cli_text_of(hook, "site", "?"));
	printf("survival    %s\n", cli_text_of(hook, "survival", "?"));
	printf("coherent    %s\n", cli_text_of(hook, "coherent", "?"));
	printf("fuse        %s\n", cli_text_of(hook, "fuse", "?"));
	printf("missed      %s%lld%s\n", cli_color(missed ? CLI_BAD : CLI_GOOD), missed,
	       cli_plain());
	printf("generation  %lld\n", cli_number_of(status, "generation"));
	if (strcmp(error, S2M_NO_ERROR))
		printf("last error  %s%s%s\n", cli_color(CLI_ODD), error, cli_plain());
	printf("version     %s%s\ncounters\n", cli_text_of(status, "version", "?"),
	       strcmp(cli_text_of(status, "version", "?"), CLI_VERSION) ?
	       " (this tool is " CLI_VERSION ")" : "");
	stats = json_object_get(status, "stats");
	json_object_foreach(stats, name, value)
		printf("  %-11s %lld\n", name, (long long)json_integer_value(value));
}

int cli_status(char **args)
{
	bool loaded = cli_loaded();
	json_t *status;
	int err = CLI_OK;

	(void)args;
	if (!loaded && !cli.json)
		return cli_need_module();
	status = cli_gather_status();
	if (cli.json)
		return cli_json_print(status) ? CLI_FAILED : loaded ? CLI_OK : CLI_NOT_LOADED;
	print(status);
	json_decref(status);
	return err;
}

int cli_mode(char **args)
{
	int err = cli_need_module();
	enum s2m_mode mode;
	bool in_force;

	if (err)
		return err;
	if (args[0])
		return cli_attr_set(S2M_FILE_MODE, args[0], strlen(args[0]));
	if (!cli_current_mode(&mode, &in_force))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	if (cli.json)
		return cli_json_print(json_pack("{s:s, s:b}", "mode", s2m_mode_word(mode),
						"in_force", in_force));
	puts(s2m_mode_word(mode));
	if (!in_force)
		cli_note("mode %s is not in force for all guests", s2m_mode_word(mode));
	return CLI_OK;
}

bool cli_emulates(void)
{
	char *word = current_unaligned();
	bool result = word && !strcmp(word, S2M_EMULATE);

	free(word);
	return result;
}

int cli_unaligned(char **args)
{
	int err = cli_need_module();
	char *word;

	if (err)
		return err;
	if (args[0])
		return cli_attr_set(S2M_FILE_UNALIGNED, args[0], strlen(args[0]));
	word = current_unaligned();
	if (!word)
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_UNALIGNED);
	if (cli.json)
		err = cli_json_print(json_pack("{s:o}", "unaligned", cli_json_text(word)));
	else
		puts(word);
	free(word);
	return err;
}
