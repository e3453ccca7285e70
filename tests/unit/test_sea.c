// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses that a device refuses (src/module/survival/sea.c), compiled here against a kernel
 * that tells of any: whose they are, and that what goes on is the module's own alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/survival/sea.c"

#define OURS		0x1000
#define ANOTHERS	0x2000
#define CALLER		0x3000
#define ESR(class)	((u64)(class) << ESR_ELx_EC_SHIFT)

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;

static u32 do_sea[2];
static struct pt_regs stack[THREAD_SIZE / sizeof(struct pt_regs) + 1];
static bool has_fixup;
static unsigned int fixups, registers;
static int register_fails;

bool fake_within_module(unsigned long address)
{
	return address == OURS;
}

bool fixup_exception(struct pt_regs *regs, unsigned long esr)
{
	assert_ptr_equal(regs, &stack[1]);
	assert_int_equal(ESR_ELx_EC(esr), ESR_ELx_EC_DABT_CUR);
	fixups++;
	return has_fixup;
}

/* What stands there without probes, of ours or of others. */
u32 s2m_insn_original(const __le32 *at)
{
	assert_ptr_equal(at, do_sea);
	return 7;
}

int register_kprobe(struct kprobe *of)
{
	assert_ptr_equal(of->addr, do_sea);
	/* What is left of the time before is refused. */
	assert_int_equal(of->nmissed, 0);
	if (!register_fails)
		do_sea[0] = INSN_BRK;
	registers++;
	return register_fails;
}

void unregister_kprobe(struct kprobe *of)
{
	/* Who asks meanwhile must not depend on it. */
	assert_false(s2m_sea_is_armed());
	do_sea[0] = 7;
	of->nmissed++;
}

static int a_kernel(void **state)
{
	(void)state;
	s2m_symbols = (struct s2m_symbols) {
		.do_sea = do_sea, .fixup_exception = fixup_exception,
	};
	fake_current.stack = stack;
	memset(stack, 0, sizeof(stack));
	stack[1] = (struct pt_regs) { .pc = OURS, .pstate = PSR_MODE_EL1h };
	do_sea[0] = 7;
	has_fixup = true;
	fixups = registers = 0;
	register_fails = 0;
	memset(&probe, 0, sizeof(probe));
	armed = false;
	refused = NULL;
	return 0;
}

/* do_sea() is called for an access. Is it kept from it? */
static bool is_left_out(u64 esr, struct pt_regs *of_access)
{
	struct pt_regs regs = {
		.regs = { 0x8000, esr, (uintptr_t)of_access, [30] = CALLER }, .pc = 5,
	};
	int left_out = probe.pre_handler(&probe, &regs);

	assert_int_equal(regs.pc, left_out ? CALLER : 5);
	assert_int_equal(regs.regs[0], left_out ? 0 : 0x8000);
	return left_out;
}

static void an_access_of_ours(void **state)
{
	(void)state;
	assert_true(s2m_sea_known());
	assert_int_equal(s2m_sea_arm(), 0);
	assert_false(s2m_sea_has_refused());
	assert_true(is_left_out(ESR(ESR_ELx_EC_DABT_CUR), &stack[1]));
	assert_int_equal(fixups, 1);
	/* It is told of once. */
	assert_true(s2m_sea_has_refused());
	assert_false(s2m_sea_has_refused());
}

static void accesses_of_others(void **state)
{
	static struct pt_regs elsewhere = { .pc = OURS, .pstate = PSR_MODE_EL1h };

	(void)state;
	assert_int_equal(s2m_sea_arm(), 0);
	assert_false(is_left_out(ESR(ESR_ELx_EC_DABT_LOW), &stack[1]));
	assert_false(is_left_out(ESR(ESR_ELx_EC_DABT_CUR), &elsewhere));
	stack[1].pstate = PSR_MODE_EL0t;
	assert_false(is_left_out(ESR(ESR_ELx_EC_DABT_CUR), &stack[1]));
	stack[1].pstate = PSR_MODE_EL1h;
	stack[1].pc = ANOTHERS;
	assert_false(is_left_out(ESR(ESR_ELx_EC_DABT_CUR), &stack[1]));
	assert_int_equal(fixups, 0);
	/* Ours, where none was expected. */
	stack[1].pc = OURS;
	has_fixup = false;
	assert_false(is_left_out(ESR(ESR_ELx_EC_DABT_CUR), &stack[1]));
	assert_int_equal(fixups, 1);
	assert_false(s2m_sea_has_refused());
}

static void the_probe(void **state)
{
	(void)state;
	assert_false(s2m_sea_is_armed());
	s2m_sea_disarm();
	assert_int_equal(s2m_sea_arm(), 0);
	assert_int_equal(s2m_sea_arm(), 0);
	assert_int_equal(registers, 1);
	assert_true(s2m_sea_is_armed());
	/* Somebody has switched off all probes. */
	do_sea[0] = 7;
	assert_false(s2m_sea_is_armed());
	do_sea[0] = INSN_BRK;
	s2m_sea_disarm();
	assert_false(s2m_sea_is_armed());
	register_fails = -EINVAL;
	assert_int_equal(s2m_sea_arm(), -EINVAL);
	assert_false(s2m_sea_is_armed());
	register_fails = 0;
	assert_int_equal(s2m_sea_arm(), 0);
	s2m_sea_disarm();
	/* Somebody's probe is there before. */
	do_sea[0] = INSN_BRK;
	assert_int_equal(s2m_sea_arm(), 0);
	assert_true(s2m_sea_is_armed());
	s2m_sea_disarm();
	s2m_symbols.do_sea = NULL;
	assert_false(s2m_sea_known());
	s2m_symbols.do_sea = do_sea;
	s2m_symbols.fixup_exception = NULL;
	assert_false(s2m_sea_known());
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, a_kernel)
	const struct CMUnitTest tests[] = {
		TEST(an_access_of_ours),
		TEST(accesses_of_others),
		TEST(the_probe),
	};

	return cmocka_run_group_tests_name("sea", tests, NULL, NULL);
}
