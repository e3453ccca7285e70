// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest overwrites of the BAR: read by the VMM before, written back by it after.
 */
#include <inttypes.h>

#include "selftest.h"

#define WORD		8u
#define MAX_WORDS	(CLI_TEST_PAGE / WORD + 1 + CLI_TEST_REACH / CLI_TEST_PAGE)

/**
 * struct cli_saved - words of the BAR
 * @count: how many
 * @offset: where each is, from the beginning of what is mapped
 * @value: what it was
 */
struct cli_saved {
	unsigned int count;
	u64 offset[MAX_WORDS];
	u64 value[MAX_WORDS];
};

static bool save(struct cli_test *test, struct cli_saved *saved, u64 offset)
{
	char answer[CLI_VM_ANSWER];
	uint64_t value;

	if (!cli_vm_ask(&test->vm, answer, "peek a %llx 8", (unsigned long long)offset) ||
	    sscanf(answer, "0x%" SCNx64, &value) != 1)
		return cli_untried(test, "BAR", "the VMM cannot read it: %s", answer);
	saved->offset[saved->count] = offset;
	saved->value[saved->count++] = value;
	return true;
}

struct cli_saved *cli_test_save(struct cli_test *test)
{
	u64 begin = cli.offset % (1ull << 30), at, words = cli.bench ? CLI_TEST_PAGE : 2 * WORD;
	struct cli_saved *saved;
	bool good = true;

	if (!cli.write)
		return NULL;
	saved = cli_memory(calloc(1, sizeof(*saved)));
	/* What is counted and measured in the first page; a word in each of the others. */
	for (at = begin; good && at < begin + words; at += WORD)
		good = save(test, saved, at);
	for (at = begin + CLI_TEST_PAGE; good && at < begin + CLI_TEST_REACH &&
	     at < test->target.mapped; at += CLI_TEST_PAGE)
		good = save(test, saved, at + WORD);
	if (good)
		return saved;
	free(saved);
	return NULL;
}

void cli_test_restore(struct cli_test *test, struct cli_saved *saved)
{
	char answer[CLI_VM_ANSWER];
	bool good = true;
	unsigned int i;

	for (i = 0; saved && good && i < saved->count; i++)
		good = cli_vm_ask(&test->vm, answer, "poke a %llx 8 %llx",
				  (unsigned long long)saved->offset[i],
				  (unsigned long long)saved->value[i]);
	if (!good)
		cli_wrong(test, "BAR", "what was there is not put back: %s", answer);
	free(saved);
}
