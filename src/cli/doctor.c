// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what may be in the way, and what to do about it.
 */
#include <string.h>

#include "doctor.h"
#include "platform.h"

/* The checks in their order: later ones build on what earlier ones found. */
static void (* const checks[])(struct cli_doctor *doctor) = {
	cli_check_architecture,
	cli_check_kvm,
	cli_check_fwb,
	cli_check_native,
	cli_check_platform,
	cli_check_module,
	cli_check_headers,
	cli_check_kernels,
	cli_check_config,
	cli_check_signature,
	cli_check_hook,
	cli_check_probes,
	cli_check_alignment,
	cli_check_coherent,
	cli_check_fuse,
	cli_check_deaths,
	cli_check_version,
	cli_check_host_mappings,
	cli_check_tlbi,
	cli_check_ordering,
};

static enum cli_color color_of(const char *state)
{
	if (!strcmp(state, cli_state_word(CLI_STATE_OK)))
		return CLI_GOOD;
	return strcmp(state, cli_state_word(CLI_STATE_FAIL)) ? CLI_ODD : CLI_BAD;
}

static void print(json_t *findings)
{
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		const char *state = cli_text_of(finding, "state", "");

		printf("%s%-7s%s  %-12s %s\n", cli_color(color_of(state)), state, cli_plain(),
		       cli_text_of(finding, "check", ""), cli_text_of(finding, "finding", ""));
		if (*cli_text_of(finding, "advice", ""))
			printf("%22s-> %s\n", "", cli_text_of(finding, "advice", ""));
	}
}

static bool failed(json_t *findings)
{
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
		if (!strcmp(cli_text_of(finding, "state", ""), cli_state_word(CLI_STATE_FAIL)))
			return true;
	return false;
}

json_t *cli_gather_doctor(void)
{
	struct cli_doctor doctor = {
		.findings = json_array(),
		.log = cli_kernel_log(),
		.release = cli_read_line("/proc/sys/kernel/osrelease"),
		.loaded = cli_loaded(),
		.errata = cli_errata_here(),
		.gives_nc = -1,
	};
	unsigned int i;

	if (doctor.loaded)
		cli_current_mode(&doctor.mode, &doctor.in_force);
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i](&doctor);
	free(doctor.log);
	free(doctor.release);
	return doctor.findings;
}

int cli_doctor(char **args)
{
	json_t *findings = cli_gather_doctor();
	int err = failed(findings) ? CLI_FAILED : CLI_OK;

	(void)args;
	if (cli.json)
		return cli_json_print(findings) ? CLI_FAILED : err;
	print(findings);
	json_decref(findings);
	return err;
}
