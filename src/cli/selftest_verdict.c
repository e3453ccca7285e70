// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a selftest has shown, a line each.
 */
#include <stdarg.h>
#include <stdio.h>

#include "selftest.h"

static void note(struct cli_test *test, const char *verdict, enum cli_color color,
		 const char *what, const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		cli_memory(NULL);
	if (!cli.json) {
		printf("%s%s%s %s: %s\n", cli_color(color), verdict, cli_plain(), what, text);
		fflush(stdout);
	}
	json_array_append_new(test->verdicts, json_pack("{s:s, s:s, s:o}", "verdict", verdict,
							"what", what, "text",
							cli_json_text(text)));
	free(text);
}

void cli_shown(struct cli_test *test, const char *what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(test, "ok", CLI_GOOD, what, fmt, args);
	va_end(args);
}

bool cli_wrong(struct cli_test *test, const char *what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(test, "FAIL", CLI_BAD, what, fmt, args);
	va_end(args);
	test->failed = true;
	return false;
}

bool cli_untried(struct cli_test *test, const char *what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note(test, "untried", CLI_ODD, what, fmt, args);
	va_end(args);
	test->untried = true;
	return false;
}
