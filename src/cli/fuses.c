// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuse list, fuse reset: PCI functions that went back to device-nGnRE for an error.
 */
#include <string.h>
#include <time.h>

#include "cli.h"
#include "pci.h"

/* "key=value" of a line, up to the next blank; JSON's null if it is "-". */
static json_t *value_of(const char *line, const char *key)
{
	char pattern[16];
	const char *at;

	snprintf(pattern, sizeof(pattern), "%s=", key);
	at = strstr(line, pattern);
	if (!at)
		return json_null();
	at += strlen(pattern);
	if (*at == '-')
		return json_null();
	return json_stringn(at, strcspn(at, " "));
}

static json_t *number_of(const char *line, const char *key)
{
	json_t *word = value_of(line, key), *number = json_null();

	if (json_is_string(word))
		number = json_integer(strtoll(json_string_value(word), NULL, 10));
	json_decref(word);
	return number;
}

/* The keys come in this order, before the text of the rule, which may be anybody's. */
static json_t *parse_line(const char *line)
{
	const char *rule = strstr(line, " rule="), *text = NULL;

	if (rule)
		text = strchr(rule + 1, ' ');
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "device", value_of(line, "dev"),
			 "since", number_of(line, "since"), "error", value_of(line, "error"),
			 "by", value_of(line, "by"), "phys", value_of(line, "phys"),
			 "rule", number_of(line, "rule"),
			 "text", cli_json_text(text ? text + 1 : NULL));
}

json_t *cli_gather_fuses(void)
{
	char *text = cli_attr(S2M_FILE_FUSES), *line, *rest = NULL;
	json_t *fuses;

	if (!text)
		return NULL;
	fuses = json_array();
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(fuses, parse_line(line));
	free(text);
	return fuses;
}

void cli_fuses_mark(struct cli_bars *bars)
{
	json_t *fuses = cli_gather_fuses(), *fuse;
	struct s2m_device function;
	const char *address;
	size_t i;
	u32 bar;

	json_array_foreach(fuses, i, fuse) {
		address = cli_text_of(fuse, "device", "");
		if (!s2m_function_parse(address, strlen(address), &function))
			continue;
		for (bar = 0; bar < bars->count; bar++)
			bars->bars[bar].blown |= s2m_same_function(&bars->bars[bar], &function);
	}
	json_decref(fuses);
}

static void print(json_t *fuses)
{
	char since[32], rule[16];
	json_t *fuse, *number;
	struct tm tm;
	time_t when;
	size_t i;

	printf("%s%-12s %-19s %-8s %-14s %4s  %s%s\n", cli_color(CLI_STRONG), "DEVICE", "SINCE",
	       "ERROR", "BY", "RULE", "TEXT", cli_plain());
	json_array_foreach(fuses, i, fuse) {
		when = (time_t)cli_number_of(fuse, "since");
		if (!localtime_r(&when, &tm) ||
		    !strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &tm))
			strcpy(since, "?");
		number = json_object_get(fuse, "rule");
		snprintf(rule, sizeof(rule), "%lld", cli_number_of(fuse, "rule"));
		printf("%-12s %-19s %-8s %-14s %4s  %s\n", cli_text_of(fuse, "device", "-"), since,
		       cli_text_of(fuse, "error", "-"),
		       cli_text_of(fuse, "by", cli_text_of(fuse, "phys", "-")),
		       json_is_integer(number) ? rule : "-",
		       cli_text_of(fuse, "text", "mode normal-nc, fuse=1"));
	}
}

int cli_fuse_list(char **args)
{
	int err = cli_need_module();
	json_t *fuses;

	(void)args;
	if (err)
		return err;
	fuses = cli_gather_fuses();
	if (!fuses)
		return cli_fail("%s/%s: %s", S2M_SYSFS, S2M_FILE_FUSES, strerror(errno));
	if (cli.json)
		return cli_json_print(fuses);
	print(fuses);
	json_decref(fuses);
	return CLI_OK;
}

int cli_fuse_reset(char **args)
{
	int err = cli_need_module();

	return err ? err : cli_attr_set(S2M_FILE_FUSES, args[0], strlen(args[0]));
}
