// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the module: is it there, may it be loaded, does its hook work?
 */
#include <libkmod.h>
#include <string.h>

#include "doctor.h"
#include "layers.h"

/* The installed module, in the words of its .modinfo; NULL without one. */
struct installed {
	struct kmod_ctx *ctx;
	struct kmod_module *module;
	struct kmod_list *info;
};

static void find_installed(const struct cli_doctor *doctor, struct installed *installed)
{
	struct kmod_list *list = NULL;
	char *dir;

	*installed = (struct installed) {};
	if (!doctor->release)
		return;
	dir = cli_path("/lib/modules/%s", doctor->release);
	installed->ctx = cli_memory(kmod_new(dir, NULL));
	free(dir);
	kmod_set_log_priority(installed->ctx, -1);
	if (!kmod_module_new_from_lookup(installed->ctx, S2M_MODULE, &list) && list)
		installed->module = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	if (installed->module && kmod_module_get_info(installed->module, &installed->info) < 0)
		installed->info = NULL;
}

static void forget_installed(struct installed *installed)
{
	kmod_module_info_free_list(installed->info);
	if (installed->module)
		kmod_module_unref(installed->module);
	if (installed->ctx)
		kmod_unref(installed->ctx);
}

static const char *info_of(const struct installed *installed, const char *key)
{
	struct kmod_list *item;

	kmod_list_foreach(item, installed->info)
		if (!strcmp(kmod_module_info_get_key(item), key))
			return kmod_module_info_get_value(item);
	return NULL;
}

/* "RELEASE SMP mod_unload ...": was it built for this kernel? */
static bool built_for(const char *vermagic, const char *release)
{
	size_t len = strlen(release);

	return !strncmp(vermagic, release, len) && (vermagic[len] == ' ' || !vermagic[len]);
}

static bool is_other_build(const struct installed *installed)
{
	const char *file = info_of(installed, "srcversion");
	char *live = cli_read_line("/sys/module/%s/srcversion", S2M_MODULE);
	bool other = file && live && strcmp(file, live);

	free(live);
	return other;
}

/* As a word of its own, with a value or without: what modprobe would pass on. */
static bool kept_out(void)
{
	static const char word[] = S2M_MODULE ".disable";
	char *cmdline = cli_read_line("/proc/cmdline"), *at, *rest;
	size_t len = strlen(word);
	bool found = false;

	for (at = cmdline ? strtok_r(cmdline, " ", &rest) : NULL; at && !found;
	     at = strtok_r(NULL, " ", &rest))
		found = !strncmp(at, word, len) && (!at[len] || at[len] == '=');
	free(cmdline);
	return found;
}

void cli_check_module(struct cli_doctor *doctor)
{
	static const char check[] = "module";
	const char *state = doctor->loaded ? "loaded" : "not loaded";
	struct installed installed;
	const char *vermagic;

	find_installed(doctor, &installed);
	vermagic = info_of(&installed, "vermagic");
	if (!installed.module && doctor->loaded)
		cli_find(doctor, check, CLI_STATE_WARN,
			 "install it (\"dkms autoinstall\" or \"make install\"), or it is gone after the next boot",
			 "loaded, but not installed for kernel %s", doctor->release);
	else if (!installed.module)
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "\"dkms autoinstall\", or \"make install\" in its source; then \"depmod\"",
			 "not installed for kernel %s",
			 doctor->release ? doctor->release : "(unknown)");
	else if (vermagic && !built_for(vermagic, doctor->release))
		cli_find(doctor, check, CLI_STATE_FAIL, "build it for this kernel: \"dkms autoinstall\"",
			 "%s; the one installed was built for %.*s, this is %s", state,
			 (int)strcspn(vermagic, " "), vermagic, doctor->release);
	else if (is_other_build(&installed))
		cli_find(doctor, check, CLI_STATE_WARN, "\"s2memattr unload\" and \"load\" to change over",
			 "the one loaded is not the one installed");
	else if (!doctor->loaded && kept_out())
		cli_find(doctor, check, CLI_STATE_WARN,
			 "boot without it, or \"s2memattr load disable=0\"",
			 "kept out by s2memattr.disable on the kernel command line");
	else
		cli_find(doctor, check, CLI_STATE_OK,
			 doctor->loaded ? NULL : "\"s2memattr load\" loads it",
			 "%s, built for this kernel", state);
	forget_installed(&installed);
}

void cli_check_version(struct cli_doctor *doctor)
{
	static const char check[] = "version";
	char *version;

	if (!doctor->loaded) {
		cli_find(doctor, check, CLI_STATE_OK, NULL, "this tool is " CLI_VERSION);
		return;
	}
	version = cli_read_line("/sys/module/%s/version", S2M_MODULE);
	if (!version)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL,
			 "this tool is " CLI_VERSION ", the module does not say what it is");
	else if (strcmp(version, CLI_VERSION))
		cli_find(doctor, check, CLI_STATE_WARN,
			 "install both from one source; a module that is newer on disk comes with \"s2memattr unload\" and \"load\"",
			 "the module loaded is %s, this tool " CLI_VERSION ": they may differ in words and files",
			 version);
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL, "module and tool are " CLI_VERSION);
	free(version);
}

void cli_check_headers(struct cli_doctor *doctor)
{
	static const char check[] = "headers";
	char *advice;

	if (!doctor->release) {
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL, "which kernel runs is not known");
		return;
	}
	if (cli_exists("/lib/modules/%s/build/Makefile", doctor->release)) {
		cli_find(doctor, check, CLI_STATE_OK, NULL, "there, for kernel %s",
			 doctor->release);
		return;
	}
	advice = cli_headers_advice(doctor->release);
	cli_find(doctor, check, CLI_STATE_WARN, advice,
		 "missing: the module cannot be built for kernel %s", doctor->release);
	free(advice);
}

/* Efivars have four bytes of attributes before the value. */
static bool secure_boot(void)
{
	size_t len;
	char *value = cli_read("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
			       &len);
	bool on = value && len == 5 && value[4] == 1;

	free(value);
	return on;
}

static bool signatures_enforced(void)
{
	char *enforce = cli_read_line("/sys/module/module/parameters/sig_enforce");
	char *lockdown = cli_read_line("/sys/kernel/security/lockdown");
	bool on = (enforce && *enforce == 'Y') || (lockdown && !strstr(lockdown, "[none]"));

	free(enforce);
	free(lockdown);
	return on;
}

void cli_check_signature(struct cli_doctor *doctor)
{
	static const char check[] = "signature";
	const char *boot = secure_boot() ? "Secure Boot is on" : "Secure Boot is off";
	bool enforced = signatures_enforced();
	struct installed installed;
	const char *signer;

	find_installed(doctor, &installed);
	signer = info_of(&installed, "signer");
	if (!enforced)
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "%s, and this kernel loads unsigned modules", boot);
	else if (doctor->loaded)
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "%s, signatures are enforced, and the module is loaded", boot);
	else if (!installed.module)
		cli_find(doctor, check, CLI_STATE_UNKNOWN,
			 "sign it with a key that is enrolled (\"mokutil --import\")",
			 "%s, signatures are enforced, and there is no module to look at", boot);
	else if (!signer)
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "sign it with a key that is enrolled: DKMS does, once \"mokutil --import /var/lib/dkms/mok.pub\" and a reboot have enrolled its key",
			 "%s, signatures are enforced, and the module has none", boot);
	else
		cli_find(doctor, check, CLI_STATE_OK,
			 "if it does not load, its key is not enrolled: \"mokutil --list-enrolled\"",
			 "%s, signatures are enforced, and the module is signed by %s", boot, signer);
	forget_installed(&installed);
}

/* Does one of the module's files say this word? */
static bool says(const char *name, const char *word)
{
	char *text = cli_attr(name);
	bool same = text && !strcmp(text, word);

	free(text);
	return same;
}

/* While a mode is on, or is still to be left by all guests. */
static void check_hook_in_use(struct cli_doctor *doctor, const char *check, bool armed)
{
	const char *how = armed ? "armed" : "in standby";
	u64 faults = 0, refused = 0;

	cli_attr_number(S2M_DIR_STATS "/faults", &faults);
	cli_attr_number(S2M_DIR_STATS "/refused", &refused);
	if (says(S2M_FILE_STATE, S2M_STATE_CLOSED))
		cli_find(doctor, check, CLI_STATE_FAIL, "see the kernel's log",
			 "cannot be put in: guests that touch device memory which is not mapped yet wait");
	else if (!armed && !says(S2M_FILE_STATE, S2M_STATE_STANDBY))
		cli_find(doctor, check, CLI_STATE_FAIL, "see \"probes\" below",
			 "not armed although the mode is %s: guests get the kernel's own types",
			 s2m_mode_word(doctor->mode));
	else if (!doctor->in_force)
		cli_find(doctor, check, CLI_STATE_WARN, "write the mode again, which waits until it is",
			 "%s, and mode %s is not in force for all guests yet", how,
			 s2m_mode_word(doctor->mode));
	else if (refused)
		cli_find(doctor, check, CLI_STATE_WARN, "report it, with \"s2memattr status --json\" and the kernel's version",
			 "%s; %llu mappings looked different from what is known and were left alone",
			 how, (unsigned long long)refused);
	else if (!faults)
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "%s; no guest has touched device memory since",
			 armed ? "armed" : "in standby until a guest touches device memory");
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL, "%s, and hit %llu times", how,
			 (unsigned long long)faults);
}

void cli_check_hook(struct cli_doctor *doctor)
{
	static const char check[] = "hook";
	u64 armed = 0;

	if (!doctor->loaded) {
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL, "the module is not loaded");
		return;
	}
	cli_attr_number(S2M_FILE_ARMED, &armed);
	if (doctor->mode != S2M_MODE_NATIVE || (armed && !doctor->in_force))
		check_hook_in_use(doctor, check, armed);
	else
		cli_find(doctor, check, armed ? CLI_STATE_FAIL : CLI_STATE_OK, NULL,
			 armed ? "armed although the mode is native" :
				 "not armed, as mode native wants it");
}

void cli_check_probes(struct cli_doctor *doctor)
{
	static const char check[] = "probes";
	char *kprobes = cli_read_line("/sys/kernel/debug/kprobes/enabled");
	char *ftrace = cli_read_line("/proc/sys/kernel/ftrace_enabled");
	u64 missed = 0;

	if (doctor->loaded)
		cli_attr_number(S2M_FILE_MISSED, &missed);
	if (kprobes && *kprobes == '0')
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "\"echo 1 > /sys/kernel/debug/kprobes/enabled\"",
			 "somebody has disabled all kprobes");
	else if (ftrace && *ftrace == '0')
		cli_find(doctor, check, CLI_STATE_FAIL, "\"sysctl kernel.ftrace_enabled=1\"",
			 "somebody has disabled ftrace");
	else if (missed)
		cli_find(doctor, check, CLI_STATE_WARN,
			 ftrace && !says(S2M_FILE_TRANSPORT, "ftrace") ?
			 "\"s2memattr unload\" and \"load transport=ftrace\" is missed less, where the kernel has it; look for other users of kprobes" :
			 "look for other users of kprobes and ftrace",
			 "%llu probes were missed", (unsigned long long)missed);
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL, "enabled, none missed");
	free(kprobes);
	free(ftrace);
}

/* What the checks of the module's hooks say before there is one. */
static bool cannot_tell(struct cli_doctor *doctor, const char *check, const char *name)
{
	if (!doctor->loaded)
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL, "the module is not loaded");
	else if (!cli_exists("%s/%s", S2M_SYSFS, name))
		cli_find(doctor, check, CLI_STATE_UNKNOWN, NULL,
			 "the module that is loaded has no %s", name);
	else
		return false;
	return true;
}

void cli_check_alignment(struct cli_doctor *doctor)
{
	static const char check[] = "alignment";
	u64 faults = 0;

	if (cannot_tell(doctor, check, S2M_FILE_SURVIVAL))
		return;
	cli_attr_number(S2M_DIR_STATS "/alignment", &faults);
	if (says(S2M_FILE_SURVIVAL, S2M_STATE_UNAVAILABLE))
		cli_find(doctor, check, CLI_STATE_WARN,
			 cli_against_nc(doctor) ?
			 "the kernel's log says what is in the way" :
			 "normal-nc for the devices that guests access so; the kernel's log says what is in the way",
			 "guests cannot be given their alignment faults on this kernel: an unaligned access to Device memory still ends a guest");
	else if (doctor->mode == S2M_MODE_NATIVE)
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "faults are the kernel's to handle, as mode native wants it");
	else if (!says(S2M_FILE_SURVIVAL, S2M_STATE_ARMED))
		cli_find(doctor, check, CLI_STATE_FAIL, "see \"probes\" above",
			 "faults do not go to the guest although the mode is %s",
			 s2m_mode_word(doctor->mode));
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "faults go to the guest, %llu so far", (unsigned long long)faults);
}

/* Is there a rule that is asked and about VMs? */
static bool asks_for_coherent(const struct cli_doctor *doctor)
{
	struct s2m_table *table;
	bool asks;

	if (doctor->mode != S2M_MODE_POLICY)
		return false;
	table = cli_live_table_if_readable();
	asks = table && s2m_table_first_about_vm(table) != S2M_NO_RULE;
	s2m_table_free(table);
	return asks;
}

void cli_check_coherent(struct cli_doctor *doctor)
{
	static const char check[] = "coherent-ram";

	if (cannot_tell(doctor, check, S2M_FILE_COHERENT))
		return;
	if (says(S2M_FILE_COHERENT, S2M_STATE_NOT_NEEDED))
		cli_find(doctor, check, CLI_STATE_OK, NULL,
			 "not needed: with FEAT_S2FWB guests' RAM is coherent");
	else if (says(S2M_FILE_COHERENT, S2M_STATE_UNAVAILABLE))
		cli_find(doctor, check, CLI_STATE_WARN,
			 "guests whose RAM has to be coherent with their VMM need a host with FEAT_S2FWB, or another kernel",
			 "cannot be had on this kernel");
	else if (says(S2M_FILE_COHERENT, S2M_STATE_ARMED))
		cli_find(doctor, check, CLI_STATE_OK, NULL, "at work");
	else if (asks_for_coherent(doctor))
		cli_find(doctor, check, CLI_STATE_FAIL, "see \"probes\" above",
			 "not at work although the table has such rules");
	else
		cli_find(doctor, check, CLI_STATE_OK, NULL, "no rule asks for it");
}

void cli_check_config(struct cli_doctor *doctor)
{
	static const char check[] = "config";
	json_t *reasons;

	if (!cli_exists(CLI_CONF) && !cli_exists(CLI_CONF_DIR)) {
		cli_find(doctor, check, CLI_STATE_OK, NULL, "there is none");
		return;
	}
	if (cli_conf_in_force(&reasons))
		cli_find(doctor, check, CLI_STATE_OK, NULL, "in force, or it asks for nothing");
	else
		cli_find(doctor, check, CLI_STATE_FAIL,
			 "\"s2memattr config status\" says all, \"systemctl reload-or-restart s2memattr\" applies it",
			 "not in force: %s", json_string_value(json_array_get(reasons, 0)));
	json_decref(reasons);
}
