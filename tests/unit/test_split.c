// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks that KVM would split past the hook (src/module/hook/split.c), compiled here against a
 * kernel whose text is an array: which are left alone, probes that are refused or switched off,
 * and a KVM that splits them in another way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/hook/split.c"

#define RAM		0x40000000ULL
#define BAR		0x8000000000ULL

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;

static u32 create_unlinked[2], split_walker[4];
static const void *target;
static unsigned int kicks, logged;
static int register_fails;
static bool without_effect;

void fake_log(const char *format, ...)
{
	logged++;
}

bool pfn_is_map_memory(unsigned long pfn)
{
	return pfn < PHYS_PFN(BAR);
}

unsigned long s2m_symbol_size(const void *function)
{
	return function == split_walker ? sizeof(split_walker) : 0;
}

const void *s2m_insn_called(const __le32 *at)
{
	return aarch64_insn_is_bl(*at) ? target : NULL;
}

void kick_all_cpus_sync(void)
{
	assert_int_equal(create_unlinked[0], without_effect ? 0 : INSN_BRK);
	kicks++;
}

int register_kprobe(struct kprobe *of)
{
	assert_ptr_equal(of->addr, create_unlinked);
	/* What is left of the time before is refused. */
	assert_int_equal(of->nmissed, 0);
	if (!register_fails && !without_effect)
		create_unlinked[0] = INSN_BRK;
	return register_fails;
}

void unregister_kprobe(struct kprobe *of)
{
	assert_false(s2m_split_lost());
	create_unlinked[0] = 0;
	of->nmissed += 2;
}

static int splits(void **state)
{
	(void)state;
	s2m_symbols = (struct s2m_symbols) {
		.create_unlinked = create_unlinked, .split_walker = split_walker,
	};
	memset(split_walker, 0, sizeof(split_walker));
	create_unlinked[0] = 0;
	target = create_unlinked;
	kicks = logged = 0;
	register_fails = 0;
	without_effect = false;
	memset(&probe, 0, sizeof(probe));
	forbidden = false;
	missed_before = 0;
	return 0;
}

static void how_it_splits(void **state)
{
	(void)state;
	assert_int_equal(s2m_split_find(), -ENXIO);
	assert_int_equal(logged, 1);
	split_walker[3] = INSN_BL;
	assert_int_equal(s2m_split_find(), 0);
	target = split_walker;
	assert_int_equal(s2m_split_find(), -ENXIO);
	s2m_symbols.split_walker = NULL;
	assert_int_equal(s2m_split_find(), 0);
	s2m_symbols.create_unlinked = NULL;
	assert_int_equal(s2m_split_find(), 0);
	/* What is not there need not be forbidden. */
	assert_int_equal(s2m_split_forbid(), 0);
	assert_false(s2m_split_lost());
	s2m_split_allow();
	assert_int_equal(kicks, 0);
	assert_int_equal(logged, 2);
}

static void only_ram_is_split(void **state)
{
	struct pt_regs regs = { .regs = { 7, RAM, [30] = 0x1234 }, .pc = 0x10, .pstate = 0xc05 };

	(void)state;
	assert_int_equal(s2m_split_forbid(), 0);
	assert_int_equal(kicks, 1);
	assert_int_equal(probe.pre_handler(&probe, &regs), 0);
	assert_int_equal(regs.regs[0], 7);
	assert_int_equal(regs.pc, 0x10);
	assert_int_equal(regs.pstate, 0xc05);
	regs.regs[1] = BAR;
	assert_int_equal(probe.pre_handler(&probe, &regs), 1);
	assert_int_equal((int)regs.regs[0], -EAGAIN);
	assert_int_equal(regs.pc, 0x1234);
	assert_int_equal(regs.pstate, 5);
}

static void probes_that_are_lost(void **state)
{
	(void)state;
	assert_false(s2m_split_lost());
	assert_int_equal(s2m_split_forbid(), 0);
	assert_false(s2m_split_lost());
	create_unlinked[0] = 0;
	assert_true(s2m_split_lost());
	assert_int_equal(s2m_split_forbid(), -EBUSY);
	create_unlinked[0] = INSN_BRK;
	assert_int_equal(s2m_split_forbid(), 0);
	/* Misses of the time before count on. */
	assert_int_equal(s2m_split_missed(), 0);
	s2m_split_allow();
	s2m_split_allow();
	assert_int_equal(s2m_split_missed(), 2);
	assert_int_equal(s2m_split_forbid(), 0);
	assert_int_equal(s2m_split_missed(), 2);
	assert_int_equal(kicks, 2);
}

static void probes_that_are_refused(void **state)
{
	(void)state;
	register_fails = -EINVAL;
	assert_int_equal(s2m_split_forbid(), -EINVAL);
	assert_false(s2m_split_lost());
	/* All are switched off already: then it is not forbidden. */
	register_fails = 0;
	without_effect = true;
	assert_int_equal(s2m_split_forbid(), -EBUSY);
	assert_false(s2m_split_lost());
	without_effect = false;
	assert_int_equal(s2m_split_forbid(), 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, splits)
	const struct CMUnitTest tests[] = {
		TEST(how_it_splits),
		TEST(only_ram_is_split),
		TEST(probes_that_are_lost),
		TEST(probes_that_are_refused),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
