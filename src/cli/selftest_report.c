// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest --report: which machine it was, for others to know. No names, no addresses, no
 * serial numbers; nor who built the kernel, which its version would tell.
 */
#include <string.h>

#include "doctor.h"
#include "selftest.h"

static void tell(json_t *machine, const char *key, char *text)
{
	if (text && *text)
		json_object_set_new(machine, key, cli_json_text(text));
	free(text);
}

/* Several files of one line as one text, those that are there. */
static char *lines(const char * const *paths, unsigned int count)
{
	char *text = cli_memory(calloc(1, 1)), *line, *more;
	unsigned int i;

	for (i = 0; i < count; i++) {
		line = cli_read_line("%s", paths[i]);
		if (line && *line) {
			if (asprintf(&more, "%s%s%s", text, *text ? ", " : "", line) < 0)
				cli_memory(NULL);
			free(text);
			text = more;
		}
		free(line);
	}
	return text;
}

#define SOC	"/sys/devices/soc0/"
#define DMI	"/sys/class/dmi/id/"

/* Of the first CPU; a machine has the others like it, or says more than fits here. */
static char *cpu(void)
{
	char *midr = cli_read_line("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1");
	char *online = cli_read_line("/sys/devices/system/cpu/online"), *text;

	if (asprintf(&text, "MIDR_EL1 %s, online %s", midr ? midr : "?", online ? online : "?") < 0)
		cli_memory(NULL);
	free(midr);
	free(online);
	return text;
}

/* What the doctor found, by the name of the check. */
static void tell_finding(json_t *machine, const char *key, const json_t *findings,
			 const char *check)
{
	json_t *finding;
	size_t i;

	json_array_foreach((json_t *)findings, i, finding)
		if (!strcmp(cli_text_of(finding, "check", ""), check))
			json_object_set_new(machine, key,
					    json_string(cli_text_of(finding, "finding", "?")));
}

static char *system_name(void)
{
	char *text = cli_read("/etc/os-release", NULL), *line, *rest = NULL, *name = NULL;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line && !name;
	     line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, "PRETTY_NAME=\"", 13))
			name = cli_memory(strndup(line + 13, strcspn(line + 13, "\"")));
	free(text);
	return name;
}

static char *module(void)
{
	char *version = cli_read_line("/sys/module/%s/version", S2M_MODULE), *text = NULL;
	char *build = cli_read_line("/sys/module/%s/srcversion", S2M_MODULE);

	if (version && asprintf(&text, "%s, srcversion %s", version, build ? build : "?") < 0)
		cli_memory(NULL);
	free(version);
	free(build);
	return text;
}

static char *hook(void)
{
	char *site = cli_attr(S2M_FILE_SITE), *by = cli_attr(S2M_FILE_TRANSPORT), *text = NULL;

	if (site && asprintf(&text, "%s, by %s", site, by ? by : "?") < 0)
		cli_memory(NULL);
	free(site);
	free(by);
	return text;
}

json_t *cli_test_machine(void)
{
	static const char * const soc[] = { SOC "machine", SOC "family", SOC "soc_id",
					    SOC "revision" };
	static const char * const board[] = { DMI "sys_vendor", DMI "product_name",
					      "/proc/device-tree/model" };
	static const char * const firmware[] = { DMI "bios_vendor", DMI "bios_version",
						 DMI "bios_date" };
	json_t *machine = json_object(), *findings = cli_gather_doctor();

	tell(machine, "cpu", cpu());
	tell(machine, "soc", lines(soc, ARRAY_SIZE(soc)));
	tell(machine, "machine", lines(board, ARRAY_SIZE(board)));
	tell(machine, "firmware", lines(firmware, ARRAY_SIZE(firmware)));
	tell(machine, "system", system_name());
	tell(machine, "kernel", cli_read_line("/proc/sys/kernel/osrelease"));
	tell_finding(machine, "kvm", findings, "kvm");
	tell_finding(machine, "fwb", findings, "fwb");
	tell_finding(machine, "errata", findings, "platform");
	tell(machine, "module", module());
	tell(machine, "hook", hook());
	json_decref(findings);
	return machine;
}
