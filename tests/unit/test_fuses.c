// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuses that have blown (src/module/policy/fuses.c), compiled here with nothing around: who
 * is in the list, and when those who compile tables hear of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/policy/fuses.c"

struct task_struct fake_current;

static const struct s2m_device one = { .bus = 0x81, .bar = 2 };
static const struct s2m_device sibling = { .bus = 0x81, .devfn = 1 };
static const struct s2m_device elsewhere = { .bus = 0x81, .domain = 1 };
static struct s2m_device touched;
static unsigned int touches;
static bool blows;

/* Who hears of it compiles a table, and the list must be true by then. */
void s2m_devices_touch(const struct s2m_device *function)
{
	assert_int_equal(has(function), blows);
	assert_true(any);
	touched = *function;
	touches++;
}

static void touch_is_of(const struct s2m_device *function)
{
	assert_int_equal(touches, 1);
	assert_true(s2m_same_function(&touched, function));
	touches = 0;
}

static int none(void **state)
{
	(void)state;
	fuses = (struct list_head) { &fuses, &fuses };
	any = blows = false;
	touches = 0;
	memory_reset(0);
	return 0;
}

static void blow(const struct s2m_device *function)
{
	struct s2m_fuse *fuse = kzalloc(sizeof(*fuse), GFP_KERNEL);

	fuse->function = *function;
	fuse->text = kstrdup("normal-nc fuse", GFP_KERNEL);
	blows = true;
	s2m_fuses_blow(fuse);
	blows = false;
	touch_is_of(function);
}

static void one_that_blows(void **state)
{
	(void)state;
	assert_false(s2m_fuses_any());
	assert_false(s2m_fuses_has(&one));
	blow(&one);
	assert_true(s2m_fuses_any());
	assert_true(s2m_fuses_has(&one));
	assert_false(s2m_fuses_has(&sibling));
	assert_false(s2m_fuses_has(&elsewhere));
	assert_true(s2m_fuses_reset(&one));
	touch_is_of(&one);
	assert_false(s2m_fuses_any());
	assert_false(s2m_fuses_has(&one));
	assert_int_equal(memory_held, 0);
}

static void only_what_is_named_is_reset(void **state)
{
	(void)state;
	assert_false(s2m_fuses_reset(NULL));
	blow(&one);
	blow(&sibling);
	assert_false(s2m_fuses_reset(&elsewhere));
	assert_int_equal(touches, 0);
	assert_true(s2m_fuses_reset(&sibling));
	touch_is_of(&sibling);
	assert_true(s2m_fuses_any());
	assert_true(s2m_fuses_has(&one));
	assert_false(s2m_fuses_has(&sibling));
	assert_false(s2m_fuses_reset(&sibling));
	blow(&elsewhere);
	assert_true(s2m_fuses_reset(NULL));
	assert_int_equal(touches, 2);
	assert_false(s2m_fuses_any());
	assert_int_equal(memory_held, 0);
}

/* Of a function that is well, what a table before has said does not count. */
static void what_a_table_is_told(void **state)
{
	struct s2m_devices *devices = kzalloc(struct_size(devices, bars, 4), GFP_KERNEL);
	unsigned int i;

	(void)state;
	devices->count = 4;
	devices->bars[0] = elsewhere;
	devices->bars[1] = one;
	devices->bars[2] = sibling;
	devices->bars[3] = one;
	devices->bars[3].bar = 4;
	devices->bars[0].blown = devices->bars[2].blown = true;
	blow(&one);
	s2m_fuses_mark(devices);
	for (i = 0; i < 4; i++)
		assert_int_equal(devices->bars[i].blown, i % 2);
	kvfree(devices);
	s2m_fuses_reset(NULL);
}

static int visit(const struct s2m_fuse *fuse, void *context)
{
	unsigned int *left = context;

	assert_true(s2m_same_function(&fuse->function, *left == 2 ? &sibling : &one));
	return --*left ? 0 : -ENOMEM;
}

static void all_in_their_order(void **state)
{
	unsigned int left = 2;

	(void)state;
	assert_int_equal(s2m_fuses_each(visit, &left), 0);
	blow(&sibling);
	blow(&one);
	blow(&elsewhere);
	assert_int_equal(s2m_fuses_each(visit, &left), -ENOMEM);
	assert_int_equal(left, 0);
	s2m_fuses_reset(NULL);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, none)
	const struct CMUnitTest tests[] = {
		TEST(one_that_blows),
		TEST(only_what_is_named_is_reset),
		TEST(what_a_table_is_told),
		TEST(all_in_their_order),
	};

	return cmocka_run_group_tests_name("fuses", tests, NULL, NULL);
}
