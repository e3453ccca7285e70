// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways from a function to another one, as compilers lay them, and what is none. What is
 * said of whole kernels is for scripts/lab/read.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <s2memattr/path.h>

#include "memory.h"

#define BASE		0xffff800080010000ULL
#define MAX_WORDS	64

/* Functions, one every 64 words; what is called lies elsewhere in the same page or in another. */
enum { ABORT, FAULT, DEEPER, DEEPEST, LOST, MAP, WALKER, MORE, NR_FUNCTIONS = MORE + 9 };
#define AT(function)	(BASE + 4 * MAX_WORDS * (u64)(function))

#define NOP		0xd503201fU
#define RET		0xd65f03c0U
#define BLR(rn)		(0xd63f0000U | (rn) << 5)
#define ADRP(rd)	(0x90000000U | (rd))
#define ADD(rd, rn, to)	(0x91000000U | (AT(to) & 0xfff) << 10 | (rn) << 5 | (rd))
#define ADD_W(rd, rn, to) (ADD(rd, rn, to) & 0x7fffffff)
#define MOV_ZERO(rd)	(0x52800000U | (rd))

static u32 words[NR_FUNCTIONS][MAX_WORDS];
static u32 count[NR_FUNCTIONS];
static bool ended[NR_FUNCTIONS];
static u32 reads;

static void emit(u32 function, u32 insn)
{
	words[function][count[function]++] = insn;
}

/* B or BL, CBZ, or ADR: how far away it is, in words. */
static u64 away(u32 function, u32 to)
{
	return (AT(to) - AT(function)) / 4 - count[function];
}

static void emit_b(u32 function, u32 to)
{
	emit(function, 0x14000000U | (away(function, to) & 0x3ffffff));
}

static void emit_bl(u32 function, u32 to)
{
	emit(function, 0x94000000U | (away(function, to) & 0x3ffffff));
}

static void emit_cbz(u32 function, u32 to)
{
	emit(function, 0xb4000000U | (away(function, to) & 0x7ffff) << 5);
}

static void emit_adr(u32 function, u32 rd, u32 to)
{
	emit(function, 0x10000000U | (away(function, to) & 0x7ffff) << 5 | rd);
}

/* What follows is no part of the function any more, but its symbol has it. */
static void end(u32 function)
{
	emit(function, RET);
	ended[function] = true;
}

static bool read_function(u64 address, struct s2m_text *text)
{
	u32 function = (u32)((address - BASE) / 4 / MAX_WORDS);

	reads++;
	assert_true(reads < 100);
	if (address < BASE || function >= NR_FUNCTIONS || !count[function])
		return false;
	*text = (struct s2m_text){ words[function], count[function], AT(function) };
	return true;
}

static struct s2m_path follow(void)
{
	struct s2m_path path = { .to = AT(MAP), .part = AT(WALKER), .read = read_function };
	u32 i;

	for (i = 0; i < NR_FUNCTIONS; i++)
		if (count[i] && !ended[i])
			emit(i, RET);
	reads = 0;
	assert_int_equal(s2m_path_follow(&path, AT(ABORT)), 0);
	return path;
}

static int anew(void **state)
{
	(void)state;
	memset(count, 0, sizeof(count));
	memset(ended, 0, sizeof(ended));
	/* As the function itself is: nobody is to look. */
	emit(MAP, ADRP(1));
	emit(MAP, ADD(1, 1, WALKER));
	emit(ABORT, MOV_ZERO(0));
	return 0;
}

static void is_found_by(u32 function)
{
	struct s2m_path path = follow();

	assert_int_equal(path.comes, AT(function));
	assert_int_equal(path.copy, 0);
}

static void is_lost(void)
{
	struct s2m_path path = follow();

	assert_int_equal(path.comes, 0);
	assert_int_equal(path.copy, 0);
}

/* 5.10 to 6.12: all is in one function. */
static void called(void **state)
{
	(void)state;
	emit_bl(ABORT, MAP);
	is_found_by(ABORT);
}

/* KASAN, lockdep: user_mem_abort() is a function. */
static void called_by_a_part(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_bl(FAULT, MAP);
	is_found_by(FAULT);
}

static void tail_called(void **state)
{
	(void)state;
	emit_cbz(ABORT, FAULT);
	emit_b(FAULT, DEEPER);
	emit_b(DEEPER, MAP);
	is_found_by(DEEPER);
}

/* 6.14: one of two functions is chosen when it is to be called. */
static void called_by_address(void **state)
{
	(void)state;
	emit(ABORT, ADRP(3));
	emit_bl(ABORT, LOST);
	emit(ABORT, ADD(8, 3, MAP));
	emit(ABORT, BLR(8));
	is_found_by(ABORT);
}

/* lld: what it makes of the two where one can do. */
static void called_by_near_address(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_adr(FAULT, 8, MAP);
	emit(FAULT, BLR(8));
	is_found_by(FAULT);
}

/* Blocks of a function stand in any order. */
static void halves_in_any_order(void **state)
{
	(void)state;
	emit(ABORT, ADD(8, 3, MAP));
	emit(ABORT, ADRP(3));
	is_found_by(ABORT);
}

static void three_calls_between(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_bl(FAULT, DEEPER);
	emit_bl(DEEPER, DEEPEST);
	emit_bl(DEEPEST, MAP);
	is_found_by(DEEPEST);
}

static void four_calls_between(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_bl(FAULT, DEEPER);
	emit_bl(DEEPER, DEEPEST);
	emit_bl(DEEPEST, LOST);
	emit_bl(LOST, MAP);
	is_lost();
}

/* Clang sets what seldom runs apart (AutoFDO): it is a part of a function, and no call. */
static void parts_between(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_cbz(FAULT, MORE);
	emit_bl(MORE, DEEPER);
	emit_cbz(DEEPER, MORE + 1);
	emit_bl(MORE + 1, DEEPEST);
	emit_b(DEEPEST, MORE + 2);
	emit_bl(MORE + 2, MAP);
	is_found_by(MORE + 2);
}

/* The same function is called, from farther away, before it is jumped to. */
static void nearer_by_a_jump(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_cbz(ABORT, LOST);
	emit_b(LOST, FAULT);
	emit_bl(FAULT, DEEPER);
	emit_bl(DEEPER, DEEPEST);
	emit_bl(DEEPEST, MORE);
	emit_bl(MORE, MAP);
	is_found_by(MORE);
}

/* Functions that call each other. */
static void circle(void **state)
{
	(void)state;
	emit_bl(ABORT, FAULT);
	emit_bl(FAULT, ABORT);
	emit_bl(FAULT, FAULT);
	is_lost();
	assert_int_equal(reads, 2);
}

static void other_addresses(void **state)
{
	(void)state;
	emit(ABORT, ADRP(3));
	emit(ABORT, ADD(8, 4, MAP));
	emit(ABORT, ADD_W(8, 3, MAP));
	emit(ABORT, ADD(8, 3, LOST));
	emit(ABORT, ADRP(5) | 1U << 29);
	emit(ABORT, ADD(8, 5, MAP));
	emit_adr(ABORT, 8, LOST);
	is_lost();
}

/* The text of the function is here, and the walk is called for it. */
static void copy(void **state)
{
	struct s2m_path path;

	(void)state;
	emit_bl(ABORT, FAULT);
	emit(FAULT, ADRP(1));
	emit(FAULT, ADD(1, 1, WALKER));
	path = follow();
	assert_int_equal(path.comes, 0);
	assert_int_equal(path.copy, AT(FAULT));
}

/* One path has it, another one calls it. */
static void copy_beside_a_call(void **state)
{
	struct s2m_path path;

	(void)state;
	emit_bl(ABORT, MAP);
	emit_bl(ABORT, FAULT);
	emit_adr(FAULT, 1, WALKER);
	path = follow();
	assert_int_equal(path.comes, AT(ABORT));
	assert_int_equal(path.copy, AT(FAULT));
}

/* The low half of an address of the kernel's may be whatever looks like a branch. */
static void address_behind(void **state)
{
	static const u32 high[] = { 0xffff8000, 0xffffa26d, 0xfff00000 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(high); i++) {
		anew(state);
		end(ABORT);
		emit_cbz(ABORT, FAULT);
		emit(ABORT, high[i]);
		emit_bl(FAULT, MAP);
		end(FAULT);
		emit_bl(FAULT, WALKER);
		emit(FAULT, high[i]);
		is_lost();
		assert_int_equal(reads, 1);

		anew(state);
		emit_bl(ABORT, FAULT);
		end(FAULT);
		emit(FAULT, NOP);
		emit_b(FAULT, MAP);
		emit(FAULT, high[i]);
		is_lost();
	}
}

/* KCFI's hash of a type stands before the next function, and before what ftrace has there. */
static void hash_behind(void **state)
{
	static const u32 behind[][2] = { { }, { NOP, NOP }, { 0x14000040, 0xffff8000 } };
	u32 i, padding;

	for (i = 0; i < ARRAY_SIZE(behind); i++)
		for (padding = 0; padding < 3; padding++) {
			anew(state);
			end(ABORT);
			emit(ABORT, padding == 2 ? NOP : 0);
			count[ABORT] -= !padding;
			emit_cbz(ABORT, MAP);
			emit(ABORT, behind[i][0]);
			emit(ABORT, behind[i][1]);
			count[ABORT] -= !behind[i][0] ? 2 : 0;
			is_lost();
		}
}

/* What only looks like one: the last instruction may lead on, and what stands before others. */
static void branches_at_the_end(void **state)
{
	emit_cbz(ABORT, FAULT);
	emit(ABORT, NOP);
	end(ABORT);
	ended[FAULT] = true;
	emit_b(FAULT, DEEPER);
	emit(FAULT, 0);
	ended[DEEPER] = true;
	emit_bl(DEEPER, MAP);
	is_found_by(DEEPER);

	anew(state);
	emit_cbz(ABORT, MAP);
	emit(ABORT, 0xffefffff);
	is_found_by(ABORT);
}

/* Full LTO: where the callback is known, it is called. */
static void copy_that_calls(void **state)
{
	struct s2m_path path;

	(void)state;
	emit_bl(ABORT, MAP);
	emit_bl(ABORT, FAULT);
	emit_bl(FAULT, WALKER);
	path = follow();
	assert_int_equal(path.copy, AT(FAULT));
}

/* What ld makes of ADRP at the end of a page for Cortex-A53 (erratum 843419). */
static void near_page(void **state)
{
	u64 page = AT(WALKER) & ~0xfffULL;
	struct s2m_path path;

	(void)state;
	emit_bl(ABORT, MAP);
	emit_bl(ABORT, FAULT);
	emit(FAULT, 0x10000003U | ((page - AT(FAULT)) / 4 & 0x7ffff) << 5);
	emit(FAULT, ADD(1, 3, WALKER));
	path = follow();
	assert_int_equal(path.copy, AT(FAULT));
}

/* Those by which one comes there, by whatever other; and not who is called beside them. */
static void traced(void **state)
{
	static const u32 through[] = { ABORT, FAULT, LOST, DEEPER };
	struct s2m_path path = { .to = AT(MAP), .trace = true, .read = read_function };
	u32 i;

	(void)state;
	emit_bl(ABORT, FAULT);
	emit_bl(ABORT, LOST);
	emit_bl(FAULT, DEEPER);
	emit_bl(FAULT, DEEPEST);
	emit_bl(LOST, DEEPER);
	emit_bl(DEEPEST, WALKER);
	emit_bl(DEEPER, MAP);
	emit(DEEPEST, RET);
	reads = 0;
	assert_int_equal(s2m_path_follow(&path, AT(ABORT)), 0);
	assert_int_equal(path.nr_through, ARRAY_SIZE(through));
	for (i = 0; i < ARRAY_SIZE(through); i++)
		assert_int_equal(path.through[i], AT(through[i]));
	/* The next search begins anew. */
	reads = 0;
	assert_int_equal(s2m_path_follow(&path, AT(DEEPEST)), 0);
	assert_int_equal(path.nr_through, 0);
}

/* The part that has been set apart goes back to where it was left, in the middle. */
static void traced_by_parts(void **state)
{
	static const u32 through[] = { ABORT, FAULT, LOST };
	struct s2m_path path = { .to = AT(MAP), .trace = true, .read = read_function };
	u32 i;

	(void)state;
	emit_bl(ABORT, FAULT);
	emit_cbz(FAULT, LOST);
	emit_bl(FAULT, MAP);
	emit_b(LOST, FAULT);
	words[LOST][0] += 1;
	reads = 0;
	assert_int_equal(s2m_path_follow(&path, AT(ABORT)), 0);
	assert_int_equal(path.nr_through, ARRAY_SIZE(through));
	for (i = 0; i < ARRAY_SIZE(through); i++)
		assert_int_equal(path.through[i], AT(through[i]));
}

static void traced_too_many(void **state)
{
	struct s2m_path path = { .to = AT(MAP), .trace = true, .read = read_function };
	u32 i;

	(void)state;
	for (i = MORE; i < NR_FUNCTIONS; i++) {
		emit_bl(ABORT, i);
		emit_bl(i, MAP);
	}
	reads = 0;
	assert_int_equal(s2m_path_follow(&path, AT(ABORT)), 0);
	assert_int_equal(path.nr_through, NR_FUNCTIONS - MORE + 1);
	assert_int_equal(path.through[S2M_MAX_THROUGH - 1], AT(MORE + S2M_MAX_THROUGH - 2));
}

static void nothing_to_read(void **state)
{
	struct s2m_path path = { .to = AT(MAP), .part = AT(WALKER), .read = read_function };

	(void)state;
	reads = 0;
	assert_int_equal(s2m_path_follow(&path, AT(LOST)), -ENOENT);
}

static void no_memory(void **state)
{
	struct s2m_path path = { .to = AT(MAP), .part = AT(WALKER), .read = read_function };

	(void)state;
	reads = 0;
	memory_reset(1);
	assert_int_equal(s2m_path_follow(&path, AT(ABORT)), -ENOMEM);
	memory_reset(0);
	assert_int_equal(reads, 0);
}

/* A function that calls more of them than are looked at. */
static u32 calls[5000], nr_calls;

static bool read_calls(u64 address, struct s2m_text *text)
{
	*text = (struct s2m_text){ calls, nr_calls, BASE };
	return address == BASE;
}

static void more_than_are_looked_at(void **state)
{
	struct s2m_path path = { .to = BASE + 0x100000, .read = read_calls };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = 0x94000000U | 0x10000;
	nr_calls = 4095;
	assert_int_equal(s2m_path_follow(&path, BASE), 0);
	nr_calls = ARRAY_SIZE(calls);
	assert_int_equal(s2m_path_follow(&path, BASE), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(called, anew),
		cmocka_unit_test_setup(called_by_a_part, anew),
		cmocka_unit_test_setup(tail_called, anew),
		cmocka_unit_test_setup(called_by_address, anew),
		cmocka_unit_test_setup(called_by_near_address, anew),
		cmocka_unit_test_setup(halves_in_any_order, anew),
		cmocka_unit_test_setup(three_calls_between, anew),
		cmocka_unit_test_setup(four_calls_between, anew),
		cmocka_unit_test_setup(parts_between, anew),
		cmocka_unit_test_setup(nearer_by_a_jump, anew),
		cmocka_unit_test_setup(circle, anew),
		cmocka_unit_test_setup(other_addresses, anew),
		cmocka_unit_test_setup(copy, anew),
		cmocka_unit_test_setup(copy_beside_a_call, anew),
		cmocka_unit_test_setup(address_behind, anew),
		cmocka_unit_test_setup(hash_behind, anew),
		cmocka_unit_test_setup(branches_at_the_end, anew),
		cmocka_unit_test_setup(copy_that_calls, anew),
		cmocka_unit_test_setup(near_page, anew),
		cmocka_unit_test_setup(traced, anew),
		cmocka_unit_test_setup(traced_by_parts, anew),
		cmocka_unit_test_setup(traced_too_many, anew),
		cmocka_unit_test_setup(nothing_to_read, anew),
		cmocka_unit_test_setup(no_memory, anew),
		cmocka_unit_test(more_than_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
