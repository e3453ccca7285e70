// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the selftest's guest sees of a type: what becomes of an unaligned load. Its driver
 * has the BAR write-combining, so that stage 2 decides.
 */
#include <inttypes.h>
#include <string.h>

#include "selftest.h"

/* An alignment fault of a guest, in its ESR_EL1. */
#define ESR_CLASS(esr)		((esr) >> 26)
#define CLASS_DATA_LOWER	0x24
#define CLASS_DATA_SAME		0x25
#define ESR_STATUS(esr)		((esr) & 0x3f)
#define STATUS_ALIGNMENT	0x21

u64 cli_test_place(void)
{
	return CLI_TEST_IPA + cli.offset % (1ull << 30);
}

enum seen {
	WORKS,		/* an unaligned load does */
	FAULTS,		/* an alignment fault of the guest's own */
	KILLS,		/* KVM gives the VM up */
	ODD,
};

static enum seen load(struct cli_test *test, const char *window, const char *form, u64 at,
		      char *answer, u64 *value)
{
	uint64_t number = 0;

	if (!cli_vm_ask(&test->vm, answer, "load 0 %s %llx 4 %s", window, (unsigned long long)at,
			form))
		return ODD;
	if (sscanf(answer, "el1 0x%" SCNx64, &number) == 1)
		return (ESR_CLASS(number) == CLASS_DATA_SAME ||
			ESR_CLASS(number) == CLASS_DATA_LOWER) &&
			ESR_STATUS(number) == STATUS_ALIGNMENT ? FAULTS : ODD;
	if (!strncmp(answer, "el2 ", 4))
		return KILLS;
	if (sscanf(answer, "0x%" SCNx64, &number) != 1)
		return ODD;
	*value = number;
	return WORKS;
}

bool cli_test_loads(struct cli_test *test, char *answer)
{
	u64 value;

	return load(test, "nc", "plain", cli_test_place(), answer, &value) == WORKS;
}

/* What an unaligned load must give, of a BAR that stands still. */
static bool expected(struct cli_test *test, u64 *value)
{
	char answer[CLI_VM_ANSWER];
	u64 low, high, again;

	if (load(test, "nc", "plain", cli_test_place(), answer, &low) != WORKS ||
	    load(test, "nc", "plain", cli_test_place() + 4, answer, &high) != WORKS ||
	    load(test, "nc", "plain", cli_test_place(), answer, &again) != WORKS || low != again)
		return false;
	*value = (low >> 8 | high << 24) & 0xffffffff;
	return true;
}

static bool wrong_sight(struct cli_test *test, const char *what, enum seen seen,
			const char *answer)
{
	char *survival;

	if (seen == FAULTS)
		return cli_wrong(test, what, "an unaligned load takes an alignment fault");
	if (seen == WORKS)
		return cli_wrong(test, what, "an unaligned load works");
	if (seen == ODD)
		return cli_wrong(test, what, "an unaligned load: %s", answer);
	survival = cli_attr(S2M_FILE_SURVIVAL);
	cli_wrong(test, what, "an unaligned load ends the VM: hook/survival is %s",
		  survival ? survival : "not there");
	free(survival);
	return false;
}

/* One unaligned load that has to work; @still is set if it is known what it has to give. */
static bool check_form(struct cli_test *test, const char *what, const char *form, bool *still)
{
	char answer[CLI_VM_ANSWER];
	u64 want = 0, again = 0, value = 0;
	bool known = expected(test, &want);
	enum seen seen = load(test, "nc", form, cli_test_place() + 1, answer, &value);

	*still = expected(test, &again) && known && want == again;
	if (seen != WORKS)
		return wrong_sight(test, what, seen, answer);
	if (*still && value != want)
		return cli_wrong(test, what, "an unaligned load gives 0x%llx, which has to be 0x%llx",
				 (unsigned long long)value, (unsigned long long)want);
	return true;
}

/*
 * With the TLB filled or not; but QEMU sends what its TLB knows to be unaligned to the
 * guest by itself, so what is carried out is tried without.
 */
static bool check_works(struct cli_test *test, const char *what, bool emulated)
{
	bool still;

	if (!check_form(test, what, "miss", &still) ||
	    (!emulated && !check_form(test, what, "hit", &still)))
		return false;
	cli_shown(test, what, "an unaligned load works%s%s",
		  emulated ? ", carried out by the module" : "",
		  still ? "" : "; its value is not checked, since the BAR does not stand still");
	return true;
}

static bool check_faults(struct cli_test *test, const char *what)
{
	static const char * const forms[] = { "miss", "hit" };
	char answer[CLI_VM_ANSWER];
	unsigned int i;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		enum seen seen = load(test, "nc", forms[i], cli_test_place() + 1, answer, &value);

		if (seen != FAULTS)
			return wrong_sight(test, what, seen, answer);
	}
	if (load(test, "nc", "plain", cli_test_place(), answer, &value) != WORKS)
		return cli_wrong(test, what, "after an alignment fault an aligned load: %s", answer);
	cli_shown(test, what, "an unaligned load takes an alignment fault of the guest's own, and it goes on");
	return true;
}

static bool check_emulated(struct cli_test *test, const char *what)
{
	u64 before = 0, after = 0;

	cli_attr_number(S2M_DIR_STATS "/emulated", &before);
	if (!check_works(test, what, true))
		return false;
	cli_attr_number(S2M_DIR_STATS "/emulated", &after);
	return after > before ||
	       cli_wrong(test, what, "stats/emulated does not count it");
}

/* Of the windows that are Device in stage 1 as well, the type is known: it has to fault. */
void cli_test_sight(struct cli_test *test)
{
	char answer[CLI_VM_ANSWER];
	u64 value;

	test->sees = load(test, "nGnRE", "miss", cli_test_place() + 1, answer, &value) == FAULTS;
	if (!test->sees)
		cli_untried(test, "guest's view", "this CPU takes unaligned accesses to Device memory, so a guest sees no type: an emulator, QEMU before 9.0 perhaps (%s)",
			    answer);
}

bool cli_test_view(struct cli_test *test, const char *what, enum s2m_type type)
{
	if (!test->sees)
		return true;
	if (type == S2M_NORMAL_NC)
		return check_works(test, what, false);
	return test->emulates ? check_emulated(test, what) : check_faults(test, what);
}
