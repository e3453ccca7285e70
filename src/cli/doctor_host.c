// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the machine, its kernel, and what the kernel's log tells of guests.
 */
#include <s2memattr/errata.h>
#include <string.h>
#include <sys/utsname.h>

#include "doctor.h"

void cli_check_architecture(struct cli_doctor *doctor)
{
	static const char check[] = "architecture";
	char *arch = cli_read_line("/proc/sys/kernel/arch");
	struct utsname name;

	/* The file is new in 6.1. */
	if (!arch && !*cli.root && !uname(&name))
		arch = cli_memory(strdup(name.machine));
	if (!arch)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL, "not told by this kernel");
	else if (!strcmp(arch, "aarch64"))
		cli_find(doctor, check, CLI_STATE_OK, NULL, "arm64");
	else
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "the module is for arm64 hosts; here only tables can be checked",
			 "%s", arch);
	free(arch);
}

/* The line in which KVM says how it runs, or NULL; to be freed. */
static char *kvm_line(const struct cli_doctor *doctor)
{
	const char *at = doctor->log ? strstr(doctor->log, "mode initialized successfully") : NULL;
	const char *start = at;

	if (!at)
		return NULL;
	while (start > doctor->log && start[-1] != '\n')
		start--;
	return cli_memory(strndup(start, (size_t)(at - start)));
}

static void find_kvm_mode(struct cli_doctor *doctor, const char *check)
{
	char *line = kvm_line(doctor), *cmdline;

	if (line && strstr(line, "Protected"))
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "boot without kvm-arm.mode=protected: stage 2 is not the host's to change there",
			 "protected mode");
	else if (line && (strstr(line, "Hyp") || strstr(line, "nVHE") || strstr(line, "hVHE")))
		cli_find(doctor, check, CLI_STATE_OK, NULL, "nVHE mode");
	else if (line)
		cli_find(doctor, check, CLI_STATE_OK, NULL, "VHE mode");
	if (line) {
		free(line);
		return;
	}
	cmdline = cli_read_line("/proc/cmdline");
	if (cmdline && strstr(cmdline, "kvm-arm.mode=protected"))
		cli_find(doctor, check, CLI_STATE_FAIL, "boot without kvm-arm.mode=protected",
			 "protected mode was asked for on the command line");
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "there; the kernel's log no longer says in which mode");
	free(cmdline);
}

void cli_check_kvm(struct cli_doctor *doctor)
{
	static const char check[] = "kvm";

	if (cli_exists("/dev/kvm"))
		find_kvm_mode(doctor, check);
	else if (cli_log_has(doctor, "HYP mode not available"))
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "the firmware, or the hypervisor below, has to start the kernel at EL2",
			 "none: this kernel was not started at EL2");
	else if (cli_log_has(doctor, "KVM disabled from command line"))
		cli_find(doctor, check, CLI_STATE_FAIL, "boot without kvm-arm.mode=none",
			 "none: disabled on the command line");
	else
		cli_find(doctor, check, CLI_STATE_FAIL, "a kernel with CONFIG_KVM, started at EL2",
			 "none: there is no /dev/kvm");
}

void cli_check_fwb(struct cli_doctor *doctor)
{
	static const char check[] = "fwb";

	/* The kernel's names of FEAT_S2FWB and CTR_EL0.DIC. */
	if (cli_log_has(doctor, "Stage-2 Force Write-Back"))
		cli_find(doctor, check, CLI_STATE_OK, NULL, "FEAT_S2FWB: %s",
			 cli_log_has(doctor,
				     "Instruction cache invalidation not required for I/D coherence") ?
			 "normal-wb can be had" : "but no CTR_EL0.DIC: normal-wb is refused");
	else if (cli_log_has(doctor, "Booting Linux on physical CPU"))
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "no FEAT_S2FWB: normal-wb is refused, all other types work");
	else
		cli_find(doctor, check, CLI_STATE_UNKNOWN,
			 "run as root, or look for \"Stage-2 Force Write-Back\" in the log of the boot",
			 "the kernel's log is not to be had from its beginning");
}

/* What guests have now while nothing is rewritten: the only real proof. */
static int types_in_use(const struct cli_doctor *doctor)
{
	json_t *mappings, *mapping;
	int gives_nc = -1;
	char *why;
	size_t i;

	if (!doctor->loaded || doctor->mode != S2M_MODE_NATIVE)
		return -1;
	mappings = cli_gather_mappings(&why);
	free(why);
	json_array_foreach(mappings, i, mapping) {
		const char *type = json_string_value(json_object_get(mapping, "type"));

		if (json_is_string(json_object_get(mapping, "device")) && type)
			gives_nc = !strcmp(type, s2m_type_word(S2M_NORMAL_NC));
	}
	json_decref(mappings);
	return gives_nc;
}

/*
 * Does the kernel know the stage-2 type that lets guests select Normal-NC? Its
 * name is among the strings of the kernel's type information.
 */
static int known_to_kernel(void)
{
	static const char name[] = "KVM_PGTABLE_PROT_NORMAL_NC";
	size_t len;
	char *btf = cli_read("/sys/kernel/btf/vmlinux", &len);
	int known;

	if (!btf)
		return -1;
	known = !!memmem(btf, len, name, sizeof(name));
	free(btf);
	return known;
}

/* From 6.9 on, unless a distribution has done it differently. */
static int by_release(const struct cli_doctor *doctor)
{
	unsigned int major, minor;

	if (!doctor->release || sscanf(doctor->release, "%u.%u", &major, &minor) != 2)
		return -1;
	return major > 6 || (major == 6 && minor >= 9);
}

static const char *native_advice(const struct cli_doctor *doctor)
{
	if (cli_against_nc(doctor))
		return doctor->gives_nc ?
		       "mode device-nGnRE takes it back: this platform needs that, see \"platform\"" :
		       "leave it so: this platform takes nothing looser, see \"platform\"";
	return doctor->gives_nc ? "mode device-nGnRE takes it back, where the platform needs that" :
				  "mode normal-nc lets guests combine writes";
}

void cli_check_native(struct cli_doctor *doctor)
{
	static const char * const texts[] = {
		"forces Device-nGnRE on guests' device memory",
		"lets guests of vfio-pci select Normal-NC",
	};
	static const char check[] = "kernel-type";
	const char *by = "as live mappings show";

	doctor->gives_nc = types_in_use(doctor);
	if (doctor->gives_nc < 0) {
		by = "as its type information says";
		doctor->gives_nc = known_to_kernel();
	}
	if (doctor->gives_nc < 0) {
		by = "going by its version";
		doctor->gives_nc = by_release(doctor);
	}
	if (doctor->gives_nc < 0)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL, "no telling what this kernel does");
	else
		cli_find(doctor, check, CLI_STATE_OK, native_advice(doctor),
			 "this kernel by itself %s, %s", texts[doctor->gives_nc], by);
}

/* Does the table in force give somebody what the platform cannot do? */
static enum cli_state danger_of_table(u32 present, bool by_kernel)
{
	struct s2m_table *table = cli_live_table_if_readable();
	/* Mappings that no rule matches get the kernel's own type. */
	enum cli_state state = by_kernel ? CLI_STATE_WARN : CLI_STATE_OK;
	u32 i;

	if (!table)
		return CLI_STATE_UNKNOWN;
	for (i = 0; i < table->count; i++)
		if (!s2m_rule_is_about_vm(&table->rules[i]) &&
		    s2m_erratum_against(present, (enum s2m_type)table->rules[i].type))
			state = CLI_STATE_FAIL;
	s2m_table_free(table);
	return state;
}

/* Do guests get what the platform cannot do? */
static enum cli_state danger(const struct cli_doctor *doctor)
{
	/* What a kernel that is not known gives may be the wrong thing. */
	bool by_kernel = doctor->gives_nc && cli_against_nc(doctor);
	enum s2m_mode mode = doctor->loaded ? doctor->mode : S2M_MODE_NATIVE;
	bool dangerous;

	if (mode == S2M_MODE_POLICY)
		return danger_of_table(doctor->errata, by_kernel);
	if (s2m_mode_type(mode) == S2M_NATIVE)
		dangerous = by_kernel;
	else
		dangerous = s2m_erratum_against(doctor->errata, s2m_mode_type(mode));
	return dangerous ? CLI_STATE_FAIL : CLI_STATE_OK;
}

void cli_check_platform(struct cli_doctor *doctor)
{
	static const char check[] = "platform";
	const struct s2m_erratum *erratum = cli_against_nc(doctor);
	const char *advice = NULL;
	enum cli_state state;

	if (!erratum) {
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "none of those known to corrupt writes through Normal-NC");
		return;
	}
	state = danger(doctor);
	if (state == CLI_STATE_UNKNOWN)
		advice = "run as root: the table in force is not for users to read";
	else if (state != CLI_STATE_OK)
		advice = "\"s2memattr mode device-nGnRE\", or a table that gives no BAR normal-nc or device-GRE (\"s2memattr devices\" shows)";
	cli_find(doctor, check, state, advice, "%s: %s", erratum->name, erratum->because);
}

/* What helps a guest whose driver makes unaligned accesses to device memory. */
static const char *advice_for_deaths(const struct cli_doctor *doctor)
{
	if (!cli_against_nc(doctor))
		return "mode normal-nc, or a rule for that device, lets such accesses work";
	if (cli_exists("%s/%s", S2M_SYSFS, S2M_FILE_UNALIGNED))
		return "this platform takes no type that allows them (see \"platform\"): in mode device-nGnRE the guest gets an alignment fault of its own and lives, and with \"emulate\" in /sys/kernel/s2memattr/" S2M_FILE_UNALIGNED " the access is carried out";
	return "this platform takes no type that allows them (see \"platform\"): in mode device-nGnRE the guest gets an alignment fault of its own and lives";
}

void cli_check_deaths(struct cli_doctor *doctor)
{
	static const char check[] = "guests";
	/* KVM's message for an alignment fault at stage 2 that it does not handle. */
	static const char death[] = "Unsupported FSC: EC=0x24 xFSC=0x21";
	unsigned int deaths = 0;
	const char *at;

	if (!doctor->log) {
		cli_find(doctor, check, CLI_STATE_UNKNOWN, "run as root",
			 "the kernel's log may not be read");
		return;
	}
	for (at = strstr(doctor->log, death); at; at = strstr(at + 1, death))
		deaths++;
	if (deaths)
		cli_find(doctor, check, CLI_STATE_WARN,
			 advice_for_deaths(doctor),
			 "%u times a guest was ended by an unaligned access to device memory (xFSC=0x21)",
			 deaths);
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "none was ended by an unaligned access to device memory");
}
