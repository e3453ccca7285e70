// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the doctor has found so far, and what several of its checks ask of that.
 */
#include <string.h>

#include "doctor.h"

static const char * const state_words[] = {
	[CLI_STATE_OK]		= "ok",
	[CLI_STATE_WARN]	= "warning",
	[CLI_STATE_FAIL]	= "failure",
	[CLI_STATE_UNKNOWN]	= "unknown",
};

const char *cli_state_word(enum cli_state state)
{
	return state_words[state];
}

void cli_find(struct cli_doctor *doctor, const char *check, enum cli_state state,
	      const char *advice, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		cli_memory(NULL);
	va_end(args);
	json_array_append_new(doctor->findings,
			      json_pack("{s:s, s:s, s:o, s:o}", "check", check,
					"state", state_words[state],
					"finding", cli_json_text(text),
					"advice", cli_json_text(advice)));
	free(text);
}

const struct s2m_erratum *cli_against_nc(const struct cli_doctor *doctor)
{
	return s2m_erratum_against(doctor->errata, S2M_NORMAL_NC);
}

bool cli_log_has(const struct cli_doctor *doctor, const char *text)
{
	return doctor->log && strstr(doctor->log, text);
}
