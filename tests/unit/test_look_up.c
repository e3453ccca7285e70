// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM's look-ups of device memory (src/module/kernel/look_up.c), compiled here against a
 * kernel whose text is an array: which calls are found, and when they are not all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/kernel/look_up.c"

struct s2m_symbols s2m_symbols;

/* 128 KiB to either side of the middle are looked through, twice that is there. */
#define MIDDLE		(2 * SZ_128K / (u32)sizeof(u32))
/* Of each function, in words */
#define SIZE		32
#define FAR		(2 * MIDDLE - 4 * SIZE)
static u32 text[2 * MIDDLE];
static u32 looks_up[SIZE];

/* The kernel ends there, in words. */
static u32 end;
static const void *way[S2M_MAX_THROUGH], *way_of_faults[S2M_MAX_THROUGH];
static u32 nr_way, nr_way_of_faults;

bool fake_is_enabled(const char *option)
{
	return !strcmp(option, "CONFIG_DYNAMIC_FTRACE_WITH_ARGS");
}

const void *s2m_insn_called(const __le32 *at)
{
	return *at == INSN_BL ? looks_up : NULL;
}

int sprint_symbol(char *buffer, unsigned long address)
{
	u64 at = (address - (unsigned long)text) / sizeof(*text);

	return sprintf(buffer, at < end ? "function+0x0/0x80" : "0x%lx", address);
}

unsigned long s2m_symbol_size(const void *function)
{
	return SIZE * sizeof(*text);
}

unsigned int s2m_path_trace(const void *from, const void *to,
			    const void *functions[S2M_MAX_THROUGH])
{
	bool faults = from == s2m_symbols.guest_abort;

	assert_ptr_equal(to, looks_up);
	assert_true(faults || from == s2m_symbols.look_up_entry);
	memcpy(functions, faults ? way_of_faults : way, sizeof(way));
	return faults ? nr_way_of_faults : nr_way;
}

/* Two calls in the last of two functions, as KVM has them. */
static int anew(void **state)
{
	(void)state;
	memset(text, 0, sizeof(text));
	end = 2 * MIDDLE;
	s2m_symbols = (struct s2m_symbols) {
		.running_vcpu = (void *)&text[MIDDLE],
		.look_up_pfn = looks_up,
		.look_up_entry = &text[MIDDLE - 2 * SIZE],
		.guest_abort = &text[FAR],
	};
	way[0] = &text[MIDDLE - 2 * SIZE];
	way[1] = &text[MIDDLE + SIZE];
	nr_way = 2;
	way_of_faults[0] = &text[FAR];
	nr_way_of_faults = 1;
	text[MIDDLE + SIZE + 8] = INSN_BL;
	text[MIDDLE + SIZE + 12] = INSN_BL;
	return 0;
}

static void both_calls(void **state)
{
	(void)state;
	s2m_look_up_find();
	assert_int_equal(s2m_look_up_calls(), 2);
	assert_ptr_equal(s2m_look_up_call(0), &text[MIDDLE + SIZE + 8]);
	assert_ptr_equal(s2m_look_up_call(1), &text[MIDDLE + SIZE + 12]);
	assert_ptr_equal(s2m_look_up_function(), looks_up);
}

/* Then the sentinel stands where all come by: at the entry of what is called. */
static void are_not_known(void)
{
	s2m_look_up_find();
	assert_int_equal(s2m_look_up_calls(), 0);
	assert_null(s2m_look_up_diverted());
}

static void too_many_calls(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < S2M_LOOK_UPS_MAX - 2; i++)
		text[MIDDLE + 1000 + i] = INSN_BL;
	s2m_look_up_find();
	assert_int_equal(s2m_look_up_calls(), S2M_LOOK_UPS_MAX);
	text[MIDDLE + 1000 + i] = INSN_BL;
	are_not_known();
}

static void no_way(void **state)
{
	(void)state;
	nr_way = 0;
	are_not_known();
}

static void no_such_functions(void **state)
{
	(void)state;
	s2m_look_up_find();
	s2m_symbols.look_up_entry = NULL;
	are_not_known();
	anew(state);
	s2m_look_up_find();
	s2m_symbols.look_up_pfn = NULL;
	are_not_known();
}

/* Nothing is read of what is behind the kernel; and not all of it up to there. */
static void an_end(void **state)
{
	(void)state;
	end = MIDDLE + 20000;
	text[end] = INSN_BL;
	s2m_look_up_find();
	assert_int_equal(s2m_look_up_calls(), 2);
	end = MIDDLE + 65;
	way[1] = &text[MIDDLE + 50];
	text[MIDDLE + 66] = INSN_BL;
	are_not_known();
}

/* Full LTO: what looks up is a part of another function besides, far away. */
static void another_call_on_the_way(void **state)
{
	(void)state;
	end = FAR;
	way[nr_way++] = &text[FAR];
	s2m_look_up_find();
	assert_int_equal(s2m_look_up_calls(), 2);
	text[FAR + 3] = INSN_BL;
	are_not_known();
}

static void another_call_by_faults(void **state)
{
	(void)state;
	end = FAR;
	text[FAR + SIZE - 1] = INSN_BL;
	are_not_known();
	text[FAR + SIZE - 1] = 0;
	text[FAR + SIZE] = INSN_BL;
	s2m_look_up_find();
	assert_int_equal(s2m_look_up_calls(), 2);
}

static void somebody_traces(void **state)
{
	(void)state;
	s2m_look_up_find();
	assert_null(s2m_look_up_diverted());
	text[MIDDLE + SIZE + 1] = INSN_BL;
	assert_ptr_equal(s2m_look_up_diverted(), &text[MIDDLE + SIZE]);
	text[MIDDLE - 2 * SIZE + 2] = INSN_BL;
	assert_ptr_equal(s2m_look_up_diverted(), &text[MIDDLE - 2 * SIZE]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_calls, anew),
		cmocka_unit_test_setup(too_many_calls, anew),
		cmocka_unit_test_setup(no_way, anew),
		cmocka_unit_test_setup(no_such_functions, anew),
		cmocka_unit_test_setup(an_end, anew),
		cmocka_unit_test_setup(another_call_on_the_way, anew),
		cmocka_unit_test_setup(another_call_by_faults, anew),
		cmocka_unit_test_setup(somebody_traces, anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
