// SPDX-License-Identifier: GPL-2.0-only
/*
 * What compilers make of "printk(...); return -EFAULT;": sequences from kernels that
 * were looked at, and some that no way out may be found in. What they say of whole
 * kernels is for scripts/lab/read.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <s2memattr/way_out.h>

#define BASE		0xffff800080010000ULL
#define STACK_FAIL	(BASE + 0x4000)

/* Instructions; offsets are in instructions. */
#define B(offset)		(0x14000000U | ((u32)(offset) & 0x3ffffff))
#define BL(offset)		(0x94000000U | ((u32)(offset) & 0x3ffffff))
#define B_NE(offset)		(0x54000001U | ((u32)(offset) & 0x7ffff) << 5)
#define CBZ_W(rt, offset)	(0x34000000U | ((u32)(offset) & 0x7ffff) << 5 | (rt))
#define BLR(rn)			(0xd63f0000U | (rn) << 5)
#define BR(rn)			(0xd61f0000U | (rn) << 5)
#define RET			0xd65f03c0U
#define RETAA			0xd65f0bffU
#define NOP			0xd503201fU
#define AUTIASP			0xd50323bfU
#define BRK			0xd4210000U
#define MOV_EFAULT(rd)		(0x12800000U | 13 << 5 | (rd))
#define MOV_ZERO(rd)		(0x52800000U | (rd))
#define MOV_W(rd, rm)		(0x2a0003e0U | (rm) << 16 | (rd))
#define SXTW(rd, rn)		(0x93407c00U | (rn) << 5 | (rd))
#define LDP_SP(rt, rt2, offset)	(0xa9400000U | (offset) / 8 << 15 | (rt2) << 10 | 31 << 5 | (rt))
#define LDP_BELOW_SP(rt, rt2)	(0xa9400000U | 0x7e << 15 | (rt2) << 10 | 31 << 5 | (rt))
#define LDP_POP(rt, rt2, offset) (0xa8c00000U | (offset) / 8 << 15 | (rt2) << 10 | 31 << 5 | (rt))
#define LDR_SP(rt, offset)	(0xf9400000U | (offset) / 8 << 10 | 31 << 5 | (rt))
#define STP_SP(rt, rt2, offset)	(0xa9000000U | (offset) / 8 << 15 | (rt2) << 10 | 31 << 5 | (rt))
#define LDR_W(rt, rn)		(0xb9400000U | (rn) << 5 | (rt))
#define MRS(rt)			(0xd5384100U | (rt))
#define ADRP(rd, pages)		(0x90000000U | ((pages) & 3) << 29 | (pages) >> 2 << 5 | (rd))
#define ADD(rd, rn, imm)	(0x91000000U | (imm) << 10 | (rn) << 5 | (rd))

/* A call of a function that is none of the special ones. */
#define CALL			BL(-64)

static int find(const u32 *insn, u32 count, u32 call, struct s2m_way_out *out)
{
	const struct s2m_text text = { .insn = insn, .count = count, .address = BASE };

	return s2m_way_out_find(&text, call, STACK_FAIL, out);
}

#define FIND(insn, call, out)	find(insn, ARRAY_SIZE(insn), call, out)

/* gcc 10 and 12 on Debian's 5.10, 6.1 and 6.12: the value has been waiting. */
static void made_before_the_call(void **state)
{
	static const u32 insn[] = {
		MOV_EFAULT(21), CALL, B(2), NOP,
		MOV_W(0, 21), LDP_SP(19, 20, 16), LDP_POP(29, 30, 96), AUTIASP, RET,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(insn, 1, &out), 0);
	assert_int_equal(out.result, 21);
	assert_true(out.waits);
	assert_int_equal(out.resume, BASE + 8);
	assert_int_equal(out.restores, 0);
}

/* The same, when the value was set long before, on another side of a branch. */
static void made_somewhere_before(void **state)
{
	static const u32 insn[] = {
		MOV_EFAULT(22), CBZ_W(1, 2), NOP, CALL, MOV_W(0, 22), RET,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(insn, 3, &out), 0);
	assert_int_equal(out.result, 22);
	assert_true(out.waits);
}

/* gcc 12 to 14 on 6.16 to 6.19, gcc 11 and 12 on 5.14, clang on 6.8. */
static void made_after_the_call(void **state)
{
	static const u32 insn[] = {
		CALL, LDP_SP(27, 28, 80), MOV_EFAULT(19), B(2), BRK,
		MOV_W(0, 19), LDP_POP(29, 30, 96), RETAA,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(insn, 0, &out), 0);
	assert_int_equal(out.result, 19);
	assert_false(out.waits);
	assert_int_equal(out.resume, BASE + 12);
	assert_int_equal(out.restores, 2);
	assert_int_equal(out.restore[0].reg, 27);
	assert_int_equal(out.restore[0].offset, 80);
	assert_int_equal(out.restore[1].reg, 28);
	assert_int_equal(out.restore[1].offset, 88);
}

/* Jumps, single restores, and the value in W0 at once. */
static void made_in_another_block(void **state)
{
	static const u32 insn[] = {
		CALL, NOP, B(3), BRK, BRK,
		LDR_SP(23, 48), MOV_EFAULT(0), B(1), LDP_POP(29, 30, 96), RET,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(insn, 0, &out), 0);
	assert_int_equal(out.result, 0);
	assert_int_equal(out.resume, BASE + 28);
	assert_int_equal(out.restores, 1);
	assert_int_equal(out.restore[0].reg, 23);
	assert_int_equal(out.restore[0].offset, 48);
}

/* The exit unlocks something and checks the stack; that other value is never returned. */
static void through_a_long_exit(void **state)
{
	static const u32 insn[] = {
		CALL, MOV_EFAULT(20), B(1),
		CBZ_W(25, 2), CALL, BLR(3),
		MRS(0), LDR_W(1, 31), B_NE(5),
		SXTW(0, 20), STP_SP(1, 2, 8), LDP_POP(29, 30, 96), RET,
		BL((STACK_FAIL - BASE) / 4 - 13), MOV_ZERO(0), RET,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(insn, 0, &out), 0);
	assert_int_equal(out.result, 20);
}

static void a_loop_on_the_way_ends(void **state)
{
	static const u32 insn[] = {
		CALL, MOV_EFAULT(20), CALL, CBZ_W(0, -1), MOV_W(0, 20), RET,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(insn, 0, &out), 0);
}

/* What no function may be sent along. */
static void no_way_out(void **state)
{
	static const u32 overwritten[] = { CALL, MOV_EFAULT(19), LDR_W(19, 1), MOV_W(0, 19), RET };
	static const u32 zero_on_one_path[] = {
		CALL, MOV_EFAULT(19), CBZ_W(3, 3), MOV_W(0, 19), RET, MOV_ZERO(0), RET,
	};
	static const u32 lost_by_a_call[] = { CALL, MOV_EFAULT(0), CALL, RET };
	static const u32 a_scratch_register[] = { CALL, MOV_EFAULT(1), MOV_W(0, 1), RET };
	static const u32 work_in_between[] = { CALL, LDR_W(3, 19), MOV_EFAULT(0), RET };
	static const u32 a_call_in_between[] = { CALL, CALL, MOV_EFAULT(0), RET };
	static const u32 a_frame_in_between[] = { CALL, LDP_POP(29, 30, 96), MOV_EFAULT(0), RET };
	static const u32 a_choice_in_between[] = { CALL, CBZ_W(3, 1), MOV_EFAULT(0), RET };
	static const u32 outside[] = { CALL, MOV_EFAULT(0), B(100) };
	static const u32 off_the_end[] = { CALL, MOV_EFAULT(0) };
	static const u32 who_knows_where[] = { CALL, MOV_EFAULT(0), BR(16) };
	static const u32 round_and_round[] = { CALL, B(0) };
	static const u32 never[] = { CALL, MOV_EFAULT(0), B(0) };
	static const u32 restored_from_nowhere[] = {
		CALL, LDP_BELOW_SP(19, 20), MOV_EFAULT(0), RET,
	};
	static const u32 of_two_registers[] = {
		CALL, CBZ_W(2, 3), MOV_W(0, 19), RET, MOV_W(0, 20), RET,
	};
	struct s2m_way_out out;

	(void)state;
	assert_int_equal(FIND(overwritten, 0, &out), -ENOENT);
	assert_int_equal(FIND(zero_on_one_path, 0, &out), -ENOENT);
	assert_int_equal(FIND(lost_by_a_call, 0, &out), -ENOENT);
	assert_int_equal(FIND(a_scratch_register, 0, &out), -ENOENT);
	assert_int_equal(FIND(work_in_between, 0, &out), -ENOENT);
	assert_int_equal(FIND(a_call_in_between, 0, &out), -ENOENT);
	assert_int_equal(FIND(a_frame_in_between, 0, &out), -ENOENT);
	assert_int_equal(FIND(a_choice_in_between, 0, &out), -ENOENT);
	assert_int_equal(FIND(outside, 0, &out), -ENOENT);
	assert_int_equal(FIND(off_the_end, 0, &out), -ENOENT);
	assert_int_equal(FIND(who_knows_where, 0, &out), -ENOENT);
	assert_int_equal(FIND(round_and_round, 0, &out), -ENOENT);
	assert_int_equal(FIND(never, 0, &out), -ENOENT);
	assert_int_equal(FIND(restored_from_nowhere, 0, &out), -ENOENT);
	assert_int_equal(FIND(of_two_registers, 0, &out), -ENOENT);
}

static void a_format_and_its_call(void **state)
{
	/* gcc: in place. clang: by way of another register. A branch says nothing. */
	static const u32 in_place[] = { ADRP(0, 5), MOV_W(3, 4), ADD(0, 0, 0x123), BL(16) };
	static const u32 by_way[] = { ADRP(8, 5), ADD(0, 8, 0x123), BL(16) };
	static const u32 overwritten[] = { ADRP(0, 5), ADD(0, 0, 0x123), LDR_W(0, 1), BL(16) };
	static const u32 unknown[] = { ADRP(0, 5), B_NE(1), ADD(0, 0, 0x123), BL(16) };
	const struct s2m_text texts[] = {
		{ in_place, 4, BASE }, { by_way, 3, BASE + 0xffc },
		{ overwritten, 4, BASE }, { unknown, 4, BASE },
	};

	(void)state;
	assert_int_equal(s2m_call_argument(&texts[0], 3), BASE + 0x5123);
	/* Its second instruction is in another page, and does not count. */
	assert_int_equal(s2m_call_argument(&texts[1], 2), BASE + 0x5123);
	assert_int_equal(s2m_call_argument(&texts[2], 3), 0);
	assert_int_equal(s2m_call_argument(&texts[3], 3), 0);
	assert_int_equal(s2m_call_target(&texts[0], 3), BASE + 4 * (3 + 16));
	assert_int_equal(s2m_call_target(&texts[0], 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_before_the_call),
		cmocka_unit_test(made_somewhere_before),
		cmocka_unit_test(made_after_the_call),
		cmocka_unit_test(made_in_another_block),
		cmocka_unit_test(through_a_long_exit),
		cmocka_unit_test(a_loop_on_the_way_ends),
		cmocka_unit_test(no_way_out),
		cmocka_unit_test(a_format_and_its_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
