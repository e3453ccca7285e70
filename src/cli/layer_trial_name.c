// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name of a selftest's layer says whose it is and what was there before, so that
 * whoever comes by when the selftest and its watcher are dead can put that back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layers.h"

char *cli_trial_name(const struct cli_trial *trial)
{
	char *name;

	if (asprintf(&name, "%u %" PRIu64 " %s %s", trial->pid, (uint64_t)trial->start,
		     s2m_mode_word(trial->mode), trial->unaligned) < 0)
		cli_memory(NULL);
	return name;
}

bool cli_trial_of(const struct cli_layers *layers, struct cli_trial *trial)
{
	uint64_t start;
	char mode[32];

	/* They come first, and there is one at a time. */
	if (!layers->count || layers->list[0].kind != CLI_LAYER_TEST)
		return false;
	if (sscanf(layers->list[0].name, "%u %" SCNu64 " %31s %7s", &trial->pid, &start, mode,
		   trial->unaligned) != 4 || !s2m_mode_parse(mode, strlen(mode), &trial->mode))
		*trial = (struct cli_trial) { .mode = S2M_MODE_NATIVE, .unaligned = CLI_TRIAL_KEEP };
	else
		trial->start = start;
	return true;
}

u64 cli_trial_start_of(u32 pid)
{
	char *stat = cli_read_line("/proc/%u/stat", pid), *at;
	uint64_t start = 0;
	int field;

	/* Behind the name, which may have any characters in it, with the third field. */
	at = stat ? strrchr(stat, ')') : NULL;
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		sscanf(at, " %" SCNu64, &start);
	free(stat);
	return start;
}

bool cli_trial_is_over(const struct cli_trial *trial)
{
	return cli_trial_start_of(trial->pid) != trial->start || !trial->start;
}
