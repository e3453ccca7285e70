// SPDX-License-Identifier: GPL-2.0-only
/*
 * mappings: which device memory guests have, as the stage-2 tables say.
 */
#include <string.h>

#include "cli.h"

/* The value of one "key=value" of a line, to be freed; NULL if it is "-" or not there. */
static char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);
	const char *word, *end;

	for (word = line; *word; word = end + strspn(end, " ")) {
		end = word + strcspn(word, " ");
		if (strncmp(word, key, len) || word[len] != '=')
			continue;
		word += len + 1;
		if (end - word == 1 && *word == '-')
			return NULL;
		return cli_memory(strndup(word, (size_t)(end - word)));
	}
	return NULL;
}

static void set_word(json_t *to, const char *name, const char *line, const char *key)
{
	char *value = value_of(line, key);

	json_object_set_new(to, name, cli_json_text(value));
	free(value);
}

static void set_number(json_t *to, const char *name, const char *line, const char *key)
{
	char *value = value_of(line, key);

	json_object_set_new(to, name,
			    value ? json_integer((json_int_t)strtoull(value, NULL, 0)) :
				    json_null());
	free(value);
}

/* A rule that the module cannot tell is none, and known not to be known. */
static void set_rule(json_t *to, const char *line)
{
	char *value = value_of(line, "rule");
	bool sure = !value || strcmp(value, "?");

	json_object_set_new(to, "rule", value && sure ?
			    json_integer((json_int_t)strtoull(value, NULL, 0)) : json_null());
	json_object_set_new(to, "rule_known", json_boolean(sure));
	free(value);
}

static json_t *parse_line(const char *line)
{
	json_t *mapping = json_object();
	char *comm;

	set_number(mapping, "pid", line, "pid");
	comm = cli_read_line("/proc/%lld/comm",
			     (long long)json_integer_value(json_object_get(mapping, "pid")));
	json_object_set_new(mapping, "process", cli_json_text(comm));
	free(comm);
	set_word(mapping, "ipa", line, "ipa");
	set_number(mapping, "size", line, "size");
	set_word(mapping, "phys", line, "phys");
	set_number(mapping, "leaf_size", line, "leaf");
	set_number(mapping, "level", line, "level");
	set_word(mapping, "type", line, "type");
	set_word(mapping, "device", line, "dev");
	set_number(mapping, "bar", line, "bar");
	set_rule(mapping, line);
	return mapping;
}

json_t *cli_gather_mappings(char **why_none)
{
	char *text = cli_attr(S2M_FILE_MAPPINGS), *line, *next;
	json_t *mappings;

	*why_none = NULL;
	if (!text)
		return NULL;
	mappings = json_array();
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line != '#')
			json_array_append_new(mappings, parse_line(line));
		else if (!*why_none)
			*why_none = cli_memory(strdup(line + 1 + strspn(line + 1, " ")));
	}
	free(text);
	return mappings;
}

static void print_number(json_t *mapping, const char *key, int width)
{
	json_t *value = json_object_get(mapping, key);

	if (json_is_integer(value))
		printf("%*lld", width, (long long)json_integer_value(value));
	else
		printf("%*s", width, "-");
}

/* 4K, 2M, 1G: what is not a round number of them stays a number. */
static const char *human(json_t *mapping, const char *key, char buf[24])
{
	unsigned long long size = (unsigned long long)
		json_integer_value(json_object_get(mapping, key));
	const char *unit = "KMGT";

	if (!size || size % 1024) {
		snprintf(buf, 24, "%llu", size);
		return buf;
	}
	for (size /= 1024; size % 1024 == 0 && unit[1]; unit++)
		size /= 1024;
	snprintf(buf, 24, "%llu%c", size, *unit);
	return buf;
}

static void print(json_t *mappings)
{
	char size[24], leaf[24];
	json_t *mapping;
	size_t i;

	printf("%s%7s %-15s %-14s %6s %-16s %-14s %5s %-12s %3s %4s%s\n", cli_color(CLI_STRONG),
	       "PID", "PROCESS", "IPA", "SIZE", "PHYSICAL", "TYPE", "LEAF", "DEVICE", "BAR",
	       "RULE", cli_plain());
	json_array_foreach(mappings, i, mapping) {
		print_number(mapping, "pid", 7);
		printf(" %-15s %-14s %6s %-16s %-14s %5s %-12s",
		       cli_text_of(mapping, "process", "-"), cli_text_of(mapping, "ipa", "-"),
		       human(mapping, "size", size), cli_text_of(mapping, "phys", "-"),
		       cli_text_of(mapping, "type", "-"), human(mapping, "leaf_size", leaf),
		       cli_text_of(mapping, "device", "-"));
		print_number(mapping, "bar", 4);
		if (json_is_true(json_object_get(mapping, "rule_known")))
			print_number(mapping, "rule", 5);
		else
			printf("%5s", "?");
		putchar('\n');
	}
}

int cli_mappings(char **args)
{
	int err = cli_need_module();
	json_t *mappings;
	char *why;

	(void)args;
	if (err)
		return err;
	mappings = cli_gather_mappings(&why);
	if (!mappings)
		return cli_fail("%s/%s: %s", S2M_SYSFS, S2M_FILE_MAPPINGS, strerror(errno));
	if (why)
		err = cli_fail("%s", why);
	free(why);
	if (cli.json)
		return cli_json_print(mappings) ? CLI_FAILED : err;
	print(mappings);
	json_decref(mappings);
	return err;
}
