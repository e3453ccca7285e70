// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text for people, JSON for scripts, complaints for both.
 */
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Where complaints go, if not to stderr. */
static char **caught;

static void say(const char *fmt, va_list args)
{
	if (caught) {
		free(*caught);
		if (vasprintf(caught, fmt, args) < 0)
			cli_memory(NULL);
		return;
	}
	fflush(stdout);
	fputs(S2M_MODULE ": ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

int cli_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return CLI_FAILED;
}

void cli_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void cli_catch(char **text)
{
	caught = text;
	if (text)
		*text = NULL;
}

void *cli_memory(void *memory)
{
	if (!memory) {
		fputs(S2M_MODULE ": out of memory\n", stderr);
		exit(CLI_FAILED);
	}
	return memory;
}

json_t *cli_json_text(const char *text)
{
	json_t *json;
	char *copy, *c;

	if (!text)
		return json_null();
	json = json_string(text);
	if (json)
		return json;
	/* Names of processes and drivers may be any bytes. */
	copy = cli_memory(strdup(text));
	for (c = copy; *c; c++)
		if (*c & 0x80)
			*c = '?';
	json = cli_memory(json_string(copy));
	free(copy);
	return json;
}

json_t *cli_json_hex(u64 value)
{
	char text[20];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return cli_memory(json_string(text));
}

const char *cli_text_of(const json_t *object, const char *key, const char *none)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : none;
}

long long cli_number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

int cli_json_print(json_t *json)
{
	int err = json_dumpf(cli_memory(json), stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);

	json_decref(json);
	putchar('\n');
	return err ? cli_fail("cannot print JSON") : CLI_OK;
}

static bool colorful(void)
{
	static int answer = -1;

	if (answer < 0) {
		const char *no = getenv("NO_COLOR");

		answer = isatty(STDOUT_FILENO) && !(no && *no);
	}
	return answer;
}

const char *cli_color(enum cli_color color)
{
	static const char * const sequences[] = {
		[CLI_GOOD]	= "\033[32m",
		[CLI_ODD]	= "\033[33m",
		[CLI_BAD]	= "\033[31m",
		[CLI_STRONG]	= "\033[1m",
	};

	return colorful() ? sequences[color] : "";
}

const char *cli_plain(void)
{
	return colorful() ? "\033[0m" : "";
}
