// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest: does the module that is loaded do what it says, on this host? Shown in a VM of
 * its own, over an idle device, beside other VMs, which are not touched.
 */
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"
#include "selftest.h"

/* --- what has to be there -------------------------------------------------- */

/* What the doctor says about the module: one for another kernel, none at all. */
static bool no_module(struct cli_test *test)
{
	json_t *findings = cli_gather_doctor(), *finding;
	const char *text = "not loaded";
	bool wrong = false;
	size_t i;

	json_array_foreach(findings, i, finding) {
		if (strcmp(cli_text_of(finding, "check", ""), "module"))
			continue;
		text = cli_text_of(finding, "finding", text);
		wrong = strstr(text, "was built for");
	}
	if (wrong)
		cli_wrong(test, "module", "%s", text);
	else
		cli_untried(test, "module", "%s; \"s2memattr load\" loads it, \"s2memattr doctor\" says what is in the way",
			    text);
	json_decref(findings);
	return false;
}

/* The file is new in 6.1. */
static bool check_architecture(struct cli_test *test)
{
	char *arch = cli_read_line("/proc/sys/kernel/arch");
	struct utsname name;
	bool good;

	if (!arch && !uname(&name))
		arch = cli_memory(strdup(name.machine));
	good = arch && !strcmp(arch, "aarch64");
	if (!good)
		cli_untried(test, "host", "this is %s: the module, and what it is about, is for arm64",
			    arch ? arch : "not known");
	free(arch);
	return good;
}

static bool check_host(struct cli_test *test)
{
	if (!check_architecture(test))
		return false;
	if (geteuid())
		return cli_untried(test, "host", "only root may: run it as root");
	if (!cli_exists("/dev/kvm"))
		return cli_untried(test, "host", "there is no /dev/kvm: \"s2memattr doctor\" says why");
	return true;
}

static bool check_module(struct cli_test *test)
{
	char *version, *release;

	if (!cli_loaded())
		return no_module(test);
	version = cli_read_line("/sys/module/%s/version", S2M_MODULE);
	release = cli_read_line("/proc/sys/kernel/osrelease");
	cli_shown(test, "module", "version %s is loaded, kernel %s", version ? version : "?",
		  release ? release : "?");
	free(version);
	free(release);
	return true;
}

/* With a mode on, so it has to be there. */
static void check_hook(struct cli_test *test)
{
	char *state = cli_attr(S2M_FILE_STATE), *site = cli_attr(S2M_FILE_SITE);
	char *by = cli_attr(S2M_FILE_TRANSPORT), *survival = cli_attr(S2M_FILE_SURVIVAL);

	if (!state || (strcmp(state, S2M_STATE_ARMED) && strcmp(state, S2M_STATE_STANDBY)))
		cli_wrong(test, "hook", "%s, at %s by %s: \"s2memattr doctor\" says why",
			  state ? state : "?", site ? site : "?", by ? by : "?");
	else
		cli_shown(test, "hook", "%s, at %s by %s", state, site ? site : "?",
			  by ? by : "?");
	if (survival && !strcmp(survival, S2M_STATE_UNAVAILABLE))
		cli_wrong(test, "survival", "cannot be had on this kernel: an unaligned access to Device memory ends a VM");
	free(state);
	free(site);
	free(by);
	free(survival);
}

/* --- the test -------------------------------------------------------------- */

/* The name of the VM's process: nobody's else, now or later. */
static void choose_name(char comm[16])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	unsigned char bytes[12];
	unsigned int i;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
		cli_fail("no random bytes");
		exit(CLI_FAILED);
	}
	strcpy(comm, "s2m");
	for (i = 0; i < sizeof(bytes); i++)
		comm[3 + i] = letters[bytes[i] % 32];
	comm[15] = '\0';
}

/* What others had has to be what they have, where they still have it. */
static void check_others(struct cli_test *test)
{
	json_t *after = cli_test_mappings(test, false), *was, *is;
	size_t i, j, same = 0;

	json_array_foreach(test->others_before, i, was) {
		json_array_foreach(after, j, is) {
			if (cli_number_of(was, "pid") != cli_number_of(is, "pid") ||
			    strcmp(cli_text_of(was, "ipa", ""), cli_text_of(is, "ipa", "")) ||
			    strcmp(cli_text_of(was, "phys", ""), cli_text_of(is, "phys", "")))
				continue;
			if (strcmp(cli_text_of(was, "type", ""), cli_text_of(is, "type", "")))
				cli_wrong(test, "others", "the VM of process %lld had %s at %s and has %s",
					  cli_number_of(was, "pid"), cli_text_of(was, "type", "?"),
					  cli_text_of(was, "ipa", "?"), cli_text_of(is, "type", "?"));
			else
				same++;
		}
	}
	cli_shown(test, "others", "of %zu ranges that other VMs had, %zu are there with the type that they had",
		  json_array_size(test->others_before), same);
	json_decref(after);
}

/* Begin with KVM's own type, which takes the mode that rules are asked in. */
static bool begin(struct cli_test *test)
{
	char *why;

	test->emulates = cli_emulates();
	test->others_before = cli_test_mappings(test, false);
	if (cli_test_give(test, S2M_NATIVE, &why)) {
		check_hook(test);
		return true;
	}
	if (test->taken)
		cli_untried(test, "policy", "%s", why);
	else
		cli_wrong(test, "policy", "a rule for the VM is refused: %s", why);
	free(why);
	return false;
}

/* In the same VM until it has been put back what --write overwrites. */
static bool with_saved(struct cli_test *test, void (*work)(struct cli_test *test))
{
	struct cli_saved *saved = cli_test_save(test);

	if (cli.write && !saved)
		return false;
	work(test);
	cli_test_restore(test, saved);
	return true;
}

static void by_one_way(struct cli_test *test)
{
	if (!begin(test))
		return;
	cli_test_types(test);
	if (cli.bench)
		cli_test_bench(test);
}

static void over_device(struct cli_test *test)
{
	if (!with_saved(test, by_one_way))
		return;
	if (!test->failed) {
		cli_test_other_way(test);
		if (test->both && test->vm.pid)
			with_saved(test, cli_test_other_types);
	}
	check_others(test);
	cli_test_put_back(test);
}

/* Then whatever is asked for is device-nGnRE, and nothing would be shown. */
static bool has_blown(struct cli_test *test)
{
	json_t *fuses = cli_exists("%s/%s", S2M_SYSFS, S2M_FILE_FUSES) ? cli_gather_fuses() : NULL;
	const char *device = test->target.device;
	bool blown = false;
	json_t *fuse;
	size_t i;

	json_array_foreach(fuses, i, fuse)
		blown |= !strcmp(cli_text_of(fuse, "device", ""), device);
	json_decref(fuses);
	if (blown)
		cli_untried(test, "fuse", "the fuse of %s has blown, and it has device-nGnRE whatever is asked for: \"s2memattr fuse reset %s\", or take another device",
			    device, device);
	return blown;
}

static void run(struct cli_test *test)
{
	if (!check_host(test) || !check_module(test))
		return;
	/* As long as there is none of this test. */
	test->holder = cli_holder(false);
	if (!cli_test_device(test))
		return;
	if (!has_blown(test))
		over_device(test);
	cli_vm_end(&test->vm);
}

/* --- what came of it ------------------------------------------------------- */

static int status_of(const struct cli_test *test)
{
	if (test->failed)
		return CLI_FAILED;
	return test->untried ? CLI_UNTRIED : CLI_OK;
}

static void print_machine(const json_t *machine)
{
	const char *key;
	json_t *value;

	putchar('\n');
	json_object_foreach((json_t *)machine, key, value)
		printf("%-10s %s\n", key, json_string_value(value));
	printf("%-10s s2memattr %s\n", "tool", CLI_VERSION);
}

static int print(struct cli_test *test)
{
	json_t *machine = cli.report ? cli_test_machine() : NULL, *all;
	int err = CLI_OK;

	if (cli.svg && test->bench)
		err = cli_bench_draw(test->bench, cli.svg);
	if (!cli.json) {
		if (test->bench)
			cli_bench_print(test->bench);
		if (machine)
			print_machine(machine);
		json_decref(machine);
		return err;
	}
	all = json_pack("{s:i, s:O, s:s, s:i, s:s}", "status", status_of(test), "verdicts",
			test->verdicts, "device", test->target.device, "bar", test->target.bar,
			"native", test->native);
	if (test->bench)
		json_object_set(all, "bench", test->bench);
	if (machine)
		json_object_set_new(all, "machine", machine);
	return cli_json_print(all) ? CLI_FAILED : err;
}

int cli_selftest(char **args)
{
	struct cli_test test = {};
	int err;

	(void)args;
	/* With a VM that somebody else stands in for, that may be any system. */
	if (*cli.root && !getenv("S2MEMATTR_VM"))
		return cli_fail("this would be done to the running kernel, and --root names %s",
				cli.root);
	test.verdicts = json_array();
	choose_name(test.comm);
	run(&test);
	err = print(&test);
	if (!err)
		err = status_of(&test);
	json_decref(test.others_before);
	json_decref(test.bench);
	json_decref(test.verdicts);
	return err;
}
