// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each type: given to the VM while its guest is at work, looked up in the stage-2 table,
 * and tried by the guest.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "platform.h"
#include "selftest.h"

/* How often the type changes under a guest that is at work. */
#define SWITCHES		10

/* For a guest to get round, on a host with much to do. */
#define PATIENCE_SECONDS	20

static u64 now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000 + (u64)t.tv_nsec / 1000;
}

static u64 reach(const struct cli_test *test)
{
	u64 left = test->target.mapped - cli.offset % (1ull << 30);

	return left < CLI_TEST_REACH ? left : CLI_TEST_REACH;
}

/* --- the tables ------------------------------------------------------------ */

json_t *cli_test_mappings(const struct cli_test *test, bool ours)
{
	json_t *all, *mapping, *some = json_array();
	char *why;
	size_t i;

	all = cli_gather_mappings(&why);
	free(why);
	json_array_foreach(all, i, mapping)
		if ((cli_number_of(mapping, "pid") == test->vm.pid) == ours)
			json_array_append(some, mapping);
	json_decref(all);
	return some;
}

/* The word of the type that all of the VM's ranges have; "" for none, "several" for more. */
static const char *type_in_table(const struct cli_test *test, char word[24], long long *leaf)
{
	json_t *ranges = cli_test_mappings(test, true), *range;
	size_t i;

	*word = '\0';
	*leaf = 0;
	json_array_foreach(ranges, i, range) {
		const char *type = cli_text_of(range, "type", "?");

		if (*word && strcmp(word, type))
			type = "several";
		snprintf(word, 24, "%s", type);
		if (cli_number_of(range, "leaf_size") > *leaf)
			*leaf = cli_number_of(range, "leaf_size");
	}
	json_decref(ranges);
	return word;
}

static bool check_table(struct cli_test *test, const char *what, const char *type)
{
	char word[24];
	long long leaf;

	type_in_table(test, word, &leaf);
	if (strcmp(word, type))
		return cli_wrong(test, what, "stage 2 says %s", *word ? word : "nothing");
	cli_shown(test, what, "stage 2 says so, in leaves of %lldK", leaf / 1024);
	return true;
}

/* --- the guest at work ----------------------------------------------------- */

/* It visits all pages round and round; with --write it stores, loads and compares as well. */
static bool set_to_work(struct cli_test *test, char *answer)
{
	return cli_vm_ask(&test->vm, answer, "storm 0 nc %llx %llx%s", (unsigned long long)cli_test_place(),
			  (unsigned long long)reach(test), cli.write ? " write" : "");
}

/* "N BAD" and what went wrong, if anything did. */
static bool went_well(const char *answer, u64 *rounds)
{
	uint64_t n = 0, bad = 1;
	int end = 0;

	if (sscanf(answer, "%" SCNu64 " %" SCNu64 "%n", &n, &bad, &end) < 2)
		return false;
	*rounds = n;
	return !bad && !answer[end];
}

/* Until it has been everywhere once more. */
static bool wait_for_work(struct cli_test *test, char *answer)
{
	u64 end = now_us() + PATIENCE_SECONDS * 1000000ull, from, rounds;

	if (!cli_vm_ask(&test->vm, answer, "poll 0") || !went_well(answer, &from))
		return false;
	do {
		usleep(1000);
		if (!cli_vm_ask(&test->vm, answer, "poll 0") || !went_well(answer, &rounds))
			return false;
		if (rounds > from + 2 * reach(test) / CLI_TEST_PAGE)
			return true;
	} while (now_us() < end);
	strcpy(answer, "it does not go on");
	return false;
}

static bool stop_work(struct cli_test *test, char *answer, u64 *rounds)
{
	return cli_vm_ask(&test->vm, answer, "stop 0") && went_well(answer, rounds);
}

/* --- the types ------------------------------------------------------------- */

static enum s2m_type type_of_word(const char *word)
{
	unsigned int type;

	for (type = S2M_NATIVE + 1; type < S2M_NR_TYPES; type++)
		if (!strcmp(word, s2m_type_word((enum s2m_type)type)))
			break;
	return (enum s2m_type)type;
}

static bool refused(struct cli_test *test, const char *what, enum s2m_type type, char *why)
{
	const struct s2m_erratum *erratum = s2m_erratum_against(cli_errata_in_force(), type);

	if (erratum)
		cli_untried(test, what, "the module refuses it here, as it has to: %s, %s",
			    erratum->name, erratum->because);
	else
		cli_wrong(test, what, "refused: %s", why);
	free(why);
	return false;
}

/* Under a guest that is at work. */
static bool switch_to(struct cli_test *test, enum s2m_type type, const char *what)
{
	char answer[CLI_VM_ANSWER], *why;
	u64 took, rounds = 0;
	bool good, worked;

	if (!set_to_work(test, answer) || !wait_for_work(test, answer))
		return cli_wrong(test, what, "the guest does not work: %s", answer);
	took = now_us();
	good = cli_test_give(test, type, &why);
	took = now_us() - took;
	worked = good ? wait_for_work(test, answer) : true;
	if (!stop_work(test, answer, &rounds))
		worked = false;
	if (!good)
		return refused(test, what, type, why);
	if (!worked)
		return cli_wrong(test, what, "a switch under the running guest: %s", answer);
	cli_shown(test, what, "switched in %llu.%llu ms under the running guest; of %llu visits to a page none was lost",
		  (unsigned long long)took / 1000, (unsigned long long)took / 100 % 10,
		  (unsigned long long)rounds);
	return true;
}

static bool check_type(struct cli_test *test, enum s2m_type type)
{
	const char *word = s2m_type_word(type);

	return switch_to(test, type, word) && check_table(test, word, word) &&
	       cli_test_view(test, word, type);
}

/* KVM's own type: what it is is found, not expected. */
static bool check_native(struct cli_test *test)
{
	char word[24], answer[CLI_VM_ANSWER];
	long long leaf;

	if (!cli_test_loads(test, answer))
		return cli_untried(test, "BAR", "a load does not work (%s): take another device, or another --offset",
				   answer);
	if (!switch_to(test, S2M_NATIVE, "native"))
		return false;
	type_in_table(test, word, &leaf);
	if (!*word || type_of_word(word) == S2M_NR_TYPES)
		return cli_wrong(test, "native", "stage 2 says %s", *word ? word : "nothing");
	strcpy(test->native, word);
	cli_shown(test, "native", "this kernel's KVM gives %s, in leaves of %lldK", word,
		  leaf / 1024);
	cli_test_sight(test);
	cli_test_view(test, "native", type_of_word(word));
	return true;
}

static void check_return(struct cli_test *test)
{
	if (switch_to(test, S2M_NATIVE, "native again"))
		check_table(test, "native again", test->native);
}

/* The laxest type that may be had here. */
static enum s2m_type lax_type(void)
{
	return s2m_erratum_against(cli_errata_in_force(), S2M_NORMAL_NC) ? S2M_NATIVE : S2M_NORMAL_NC;
}

/* A guest that is at work all the time, and many switches. */
static void check_many(struct cli_test *test)
{
	char answer[CLI_VM_ANSWER], *why = NULL;
	bool good = set_to_work(test, answer);
	u64 rounds = 0;
	int i;

	for (i = 0; good && i < SWITCHES; i++)
		good = cli_test_give(test, i % 2 ? lax_type() : S2M_DEVICE_NGNRE, &why) &&
		       wait_for_work(test, answer);
	if (!stop_work(test, answer, &rounds))
		good = false;
	if (good)
		cli_shown(test, "switches", "%d in a row under the running guest; of %llu visits to a page none was lost",
			  SWITCHES, (unsigned long long)rounds);
	else
		cli_wrong(test, "switches", "number %d: %s", i, why ? why : answer);
	free(why);
}

/* A word of the BAR, counted up and read back by the guest while the type changes. */
static void check_counter(struct cli_test *test)
{
	char answer[CLI_VM_ANSWER], *why = NULL;
	bool good = cli_vm_ask(&test->vm, answer, "count 0 nc %llx",
			       (unsigned long long)cli_test_place());
	u64 rounds = 0;
	int i;

	for (i = 0; good && i < SWITCHES; i++)
		good = cli_test_give(test, i % 2 ? lax_type() : S2M_DEVICE_NGNRE, &why) &&
		       wait_for_work(test, answer);
	if (!stop_work(test, answer, &rounds))
		good = false;
	if (good)
		cli_shown(test, "counter", "stored and read back %llu times by the guest over %d switches, always right",
			  (unsigned long long)rounds, SWITCHES);
	else
		cli_wrong(test, "counter", "%s", why ? why : answer);
	free(why);
}

/* The other word of unaligned, which is all VMs': for a moment, and put back. */
static void check_other_word(struct cli_test *test)
{
	const char *word = s2m_unaligned_word(!test->emulates);
	bool was = test->emulates;
	char *why;

	if (!test->sees)
		return;
	if (!cli_exists("%s/%s", S2M_SYSFS, S2M_FILE_UNALIGNED)) {
		cli_untried(test, "unaligned", "the module that is loaded has no such file");
		return;
	}
	if (test->holder && !cli.emulate) {
		cli_untried(test, "unaligned", "\"%s\" would be every VM's, and process %u has one with device memory: --emulate changes it for a moment",
			    word, test->holder);
		return;
	}
	if (!cli_test_unaligned(test, !was, &why)) {
		cli_untried(test, "unaligned", "\"%s\" cannot be had here: %s", word,
			    why ? why : "?");
		free(why);
		return;
	}
	test->emulates = !was;
	cli_test_view(test, "unaligned", S2M_DEVICE_NGNRE);
	test->emulates = was;
	if (!cli_test_unaligned(test, was, &why))
		cli_wrong(test, "unaligned", "not put back: %s", why ? why : "?");
	free(why);
}

void cli_test_types(struct cli_test *test)
{
	enum s2m_type type;

	if (!check_native(test))
		return;
	for (type = S2M_DEVICE_NGNRE; type <= S2M_NORMAL_NC; type++)
		check_type(test, type);
	check_other_word(test);
	check_many(test);
	if (cli.write)
		check_counter(test);
	check_return(test);
}

/* Its mappings are made of another file; all else is as it was. */
void cli_test_other_types(struct cli_test *test)
{
	char answer[CLI_VM_ANSWER], *why;

	if (!cli_test_give(test, S2M_NATIVE, &why)) {
		cli_wrong(test, "cdev", "%s", why);
		free(why);
		return;
	}
	if (!cli_test_loads(test, answer)) {
		cli_wrong(test, "cdev", "a load: %s", answer);
		return;
	}
	check_table(test, "cdev: native", test->native);
	if (switch_to(test, S2M_DEVICE_NGNRE, "cdev: device-nGnRE"))
		check_table(test, "cdev: device-nGnRE", s2m_type_word(S2M_DEVICE_NGNRE));
	if (lax_type() == S2M_NORMAL_NC && switch_to(test, S2M_NORMAL_NC, "cdev: normal-nc"))
		check_table(test, "cdev: normal-nc", s2m_type_word(S2M_NORMAL_NC));
}
