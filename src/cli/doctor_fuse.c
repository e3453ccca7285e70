// SPDX-License-Identifier: GPL-2.0-only
/*
 * A check of the doctor: which devices went back to device-nGnRE for an error.
 */
#include <string.h>

#include "doctor.h"

/* The names of the devices, with commas. */
static char *list(json_t *fuses)
{
	char *text = NULL, *more;
	json_t *fuse;
	size_t i;

	json_array_foreach(fuses, i, fuse) {
		if (asprintf(&more, "%s%s%s", text ? text : "", text ? ", " : "",
			     cli_text_of(fuse, "device", "?")) < 0)
			cli_memory(NULL);
		free(text);
		text = more;
	}
	return text;
}

static void find_blown(struct cli_doctor *doctor, const char *check, json_t *fuses)
{
	char *devices = list(fuses);

	if (doctor->mode == S2M_MODE_NATIVE)
		cli_find(doctor, check, CLI_STATE_WARN,
			 "in mode native they have what the kernel gives them: set another mode, or \"s2memattr fuse reset all\"",
			 "blown, and not in force: %s", devices);
	else
		cli_find(doctor, check, CLI_STATE_WARN,
			 "this platform may not bear what the rule gives them: leave them out of it, then \"s2memattr fuse reset DEVICE\"",
			 "blown, device-nGnRE: %s", devices);
	free(devices);
}

void cli_check_fuse(struct cli_doctor *doctor)
{
	static const char check[] = "fuse";
	char *state = doctor->loaded ? cli_attr(S2M_FILE_FUSE) : NULL;
	json_t *fuses = state ? cli_gather_fuses() : NULL;

	if (!state)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL, "the module is not loaded, or has none");
	else if (!fuses)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, "run it as root",
			 "which have blown is not for this user to read");
	else if (json_array_size(fuses))
		find_blown(doctor, check, fuses);
	else if (!strcmp(state, S2M_STATE_UNAVAILABLE))
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "cannot be had: this kernel reports no errors of PCI devices");
	else if (!strcmp(state, S2M_STATE_ARMED))
		cli_find(doctor, check, CLI_STATE_OK, NULL, "none has blown");
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL, "none is asked for");
	json_decref(fuses);
	free(state);
}
