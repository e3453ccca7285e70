// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where KVM reports a fault that it does not handle (src/module/survival/abort_site.c), compiled
 * here against texts of our own: the one of several calls that it is, and what is left as the
 * rest of the function would have left it. How the way out is found is for test_way_out.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/survival/abort_site.c"

#define RET			0xd65f03c0U
#define NOP			0xd503201fU
#define B(to)			(0x14000000U | ((u32)(to) & 0x3ffffff))
#define B_NE(to)		(0x54000001U | ((u32)(to) & 0x7ffff) << 5)
#define BL(to)			(0x94000000U | ((u32)(to) & 0x3ffffff))
#define MOV_EFAULT(rd)		(0x12800000U | 13 << 5 | (rd))
#define MOV_W(rd, rm)		(0x2a0003e0U | (rm) << 16 | (rd))
#define ADR(rd, bytes)		(0x10000000U | ((bytes) & 3) << 29 | \
				 ((u32)((bytes) >> 2) & 0x7ffff) << 5 | (rd))
#define LDP_SP(rt, rt2, offset)	(0xa9400000U | (offset) / 8 << 15 | (rt2) << 10 | 31 << 5 | (rt))
#define STACK_FAIL		20	/* where calls lead, in instructions from the first */
#define PRINTK			21
#define OTHER			22

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;

static u32 text[24];
static unsigned int count;
static char report[64], other[64];

unsigned long s2m_symbol_size(const void *function)
{
	assert_ptr_equal(function, text);
	return count * sizeof(u32);
}

u32 s2m_insn_original(const __le32 *at)
{
	return *at;
}

long copy_from_kernel_nofault(void *to, const void *from, size_t size)
{
	if (from != report && from != other)
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

int sprint_symbol(char *buffer, unsigned long address)
{
	bool noreturn = address == (unsigned long)&text[STACK_FAIL];

	return sprintf(buffer, "%s+0x0/0x10", noreturn ? "__stack_chk_fail" : "some_function");
}

static void add(u32 insn)
{
	text[count++] = insn;
}

/* A call, with the format as its first argument. */
static void call(unsigned int target, const char *format)
{
	add(ADR(0, format - (const char *)&text[count]));
	add(NOP);
	add(BL(target - count));
}

static int no_text(void **state)
{
	(void)state;
	s2m_symbols = (struct s2m_symbols) {
		.guest_abort = text, .printk = &text[PRINTK],
	};
	memset(text, 0, sizeof(text));
	count = 0;
	strcpy(report, "3kvm [%i]: Unsupported FSC: EC=%#x xFSC=%#lx ESR_EL2=%#lx\n");
	strcpy(other, "3kvm [%i]: Unexpected L2 read permission error\n");
	memory_reset(0);
	return 0;
}

/* Another function is called with that text, and printk() with another one. */
static void the_one_call(void **state)
{
	struct s2m_abort_site site = { };
	struct pt_regs regs = { };

	(void)state;
	add(MOV_EFAULT(21));
	call(OTHER, report);
	call(PRINTK, other);
	call(PRINTK, report);
	add(MOV_W(0, 21));
	add(RET);
	assert_true(s2m_abort_site_find(&site));
	assert_ptr_equal(site.call, &text[9]);
	assert_int_equal(site.insn, text[9]);
	assert_ptr_equal(site.format, report);
	assert_true(site.way.waits);
	regs.regs[0] = (uintptr_t)report;
	assert_false(s2m_abort_site_reached(&site, &regs));
	regs.regs[21] = (u32)-EFAULT;
	assert_true(s2m_abort_site_reached(&site, &regs));
	regs.regs[0] = (uintptr_t)other;
	assert_false(s2m_abort_site_reached(&site, &regs));
	assert_int_equal(memory_held, 0);
}

static void no_call_or_two(void **state)
{
	struct s2m_abort_site site;

	(void)state;
	add(MOV_EFAULT(21));
	call(OTHER, report);
	call(PRINTK, other);
	add(MOV_W(0, 21));
	add(RET);
	assert_false(s2m_abort_site_find(&site));
	count -= 2;
	call(PRINTK, report);
	call(PRINTK, report);
	add(MOV_W(0, 21));
	add(RET);
	assert_false(s2m_abort_site_find(&site));
	/* No way out behind it. */
	no_text(state);
	call(PRINTK, report);
	add(RET);
	assert_false(s2m_abort_site_find(&site));
	memory_reset(1);
	assert_false(s2m_abort_site_find(&site));
	assert_int_equal(memory_held, 0);
}

/* What never comes back needs no way out. */
static void a_check_of_the_stack(void **state)
{
	struct s2m_abort_site site;

	(void)state;
	call(PRINTK, report);
	add(MOV_EFAULT(19));
	add(B_NE(3));
	add(MOV_W(0, 19));
	add(RET);
	add(BL(STACK_FAIL - count));
	assert_true(s2m_abort_site_find(&site));
	assert_int_equal(site.way.result, 19);
	assert_false(site.way.waits);
	assert_int_equal(site.way.resume, (uintptr_t)&text[4]);
	/* A call that does come back, into what is no text of this function. */
	count--;
	add(BL(OTHER - count));
	assert_false(s2m_abort_site_find(&site));
}

static int work(void *argument)
{
	return 0;
}

static void what_is_left_out(void **state)
{
	u64 stack[4] = { 1, 2, 3, 4 };
	struct pt_regs regs = { .sp = (uintptr_t)stack, .regs = { [27] = 27, [28] = 28 } };
	struct s2m_abort_site site;

	(void)state;
	call(PRINTK, report);
	add(LDP_SP(27, 28, 16));
	add(MOV_EFAULT(19));
	add(B(2));
	add(NOP);
	add(MOV_W(0, 19));
	add(RET);
	assert_true(s2m_abort_site_find(&site));
	assert_int_equal(site.way.restores, 2);
	s2m_abort_site_leave(&site, &regs, 1);
	assert_int_equal(regs.regs[27], 3);
	assert_int_equal(regs.regs[28], 4);
	assert_int_equal(regs.regs[19], 1);
	assert_int_equal(regs.pc, (uintptr_t)&text[5]);
	/* Or a function in between, which has the result stand there. */
	memset(&regs.regs, 0, sizeof(regs.regs));
	s2m_abort_site_call(&site, &regs, work, stack);
	assert_int_equal(regs.regs[27], 3);
	assert_int_equal(regs.regs[28], 4);
	assert_int_equal(regs.regs[19], 1);
	assert_int_equal(regs.regs[0], (uintptr_t)stack);
	assert_int_equal(regs.regs[30], (uintptr_t)&text[5]);
	assert_int_equal(regs.pc, (uintptr_t)work);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, no_text)
	const struct CMUnitTest tests[] = {
		TEST(the_one_call),
		TEST(no_call_or_two),
		TEST(a_check_of_the_stack),
		TEST(what_is_left_out),
	};

	return cmocka_run_group_tests_name("abort_site", tests, NULL, NULL);
}
