// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays exposed on some machines whatever the module does.
 */
#include <string.h>

#include "doctor.h"

void cli_check_host_mappings(struct cli_doctor *doctor)
{
	static const char check[] = "host-writes";
	const struct s2m_erratum *erratum = cli_against_nc(doctor);

	if (erratum)
		cli_find(doctor, check, CLI_STATE_WARN,
			 "keep write-combined mappings out of the host: its drivers' ioremap_wc(), and resourceN_wc files; a kernel with a workaround of its own covers those, and not the guests",
			 "stay exposed to %s: the host's own write-combined mappings, which are no business of the module",
			 erratum->name);
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "no known erratum of this platform concerns the host's own mappings");
}

/* A core, by implementer and part number of its MIDR_EL1. */
struct core {
	unsigned int implementer;
	unsigned int part;
};

#define ARM		0x41
#define NVIDIA		0x4e
#define MICROSOFT	0x6d
#define OLYMPUS		0x010

/* The cores of Linux' ARM64_ERRATUM_4118414 (arch/arm64/Kconfig, 7.2). */
static const struct core broken_tlbi[] = {
	{ ARM, 0xd0b }, { ARM, 0xd0c }, { ARM, 0xd0d }, { ARM, 0xd0e }, { ARM, 0xd40 },
	{ ARM, 0xd41 }, { ARM, 0xd42 }, { ARM, 0xd44 }, { ARM, 0xd47 }, { ARM, 0xd48 },
	{ ARM, 0xd49 }, { ARM, 0xd4b }, { ARM, 0xd4c }, { ARM, 0xd4e }, { ARM, 0xd4f },
	{ ARM, 0xd82 }, { ARM, 0xd83 }, { ARM, 0xd84 }, { ARM, 0xd85 }, { ARM, 0xd8c },
	{ ARM, 0xd90 }, { NVIDIA, OLYMPUS }, { MICROSOFT, 0xd49 },
};

/* NVIDIA erratum T410-OLY-1027. */
static const struct core loads_overtake[] = {
	{ NVIDIA, OLYMPUS },
};

/* Is one of the machine's CPUs in a list? 1, 0, or -1 if they are not told. */
static int has_core(const struct core *list, size_t n)
{
	char *text = cli_read("/proc/cpuinfo", NULL), *line, *rest;
	struct core cpu = {};
	int found = -1;
	size_t i;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line && found < 1;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "CPU implementer : %x", &cpu.implementer) == 1 ||
		    sscanf(line, "CPU part : %x", &cpu.part) != 1)
			continue;
		found = 0;
		for (i = 0; i < n && !found; i++)
			found = list[i].implementer == cpu.implementer && list[i].part == cpu.part;
	}
	free(text);
	return found;
}

void cli_check_tlbi(struct cli_doctor *doctor)
{
	static const char check[] = "tlbi";
	int affected = has_core(broken_tlbi, ARRAY_SIZE(broken_tlbi));

	if (cli_log_has(doctor, "Broken broadcast TLBI completion"))
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "this kernel works around Arm erratum 4118414 (CVE-2025-10263): a change is in force when its write returns");
	else if (affected < 0)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL,
			 "/proc/cpuinfo does not tell which cores these are");
	else if (!affected)
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "none of the cores that Arm erratum 4118414 concerns");
	else if (!doctor->log)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, "run as root",
			 "cores that Arm erratum 4118414 concerns, and no log to see whether the kernel works around it");
	else
		cli_find(doctor, check, CLI_STATE_WARN,
			 "a kernel with ARM64_ERRATUM_4118414 (\"Broken broadcast TLBI completion\" in its log); until then let guests be idle, or reset the device, after a change that matters",
			 "Arm erratum 4118414 (CVE-2025-10263), not worked around as far as the log tells: when a write to mode or policy returns, no new access uses the old type, but accesses that guests have made by it before may still be on their way");
}

void cli_check_ordering(struct cli_doctor *doctor)
{
	static const char check[] = "ordering";
	int affected = has_core(loads_overtake, ARRAY_SIZE(loads_overtake));

	if (affected < 0 &&
	    !cli_log_has(doctor, "NVIDIA Olympus device store/load ordering erratum"))
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL,
			 "/proc/cpuinfo does not tell which cores these are");
	else if (!affected)
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "none of the cores whose device loads overtake device stores");
	else
		cli_find(doctor, check, CLI_STATE_WARN,
			 "guest kernels with the workaround of their own; no stage-2 type replaces it, device-nGnRE neither",
			 "NVIDIA Olympus erratum T410-OLY-1027: a load from Device memory may be observed before an older store; %s",
			 cli_log_has(doctor, "NVIDIA Olympus device store/load ordering erratum") ?
			 "this kernel works around it for the host, guests have to do it themselves" :
			 "neither this kernel nor the module works around it");
}
