// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address spaces that VMs may belong to (src/module/kernel/mms.c), compiled here against
 * threads of our own: those that have none or another's, several that share one, and more of
 * them than fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/kernel/mms.c"

struct task_struct fake_current;

#define NR_TASKS	(2 * S2M_MMS_BATCH + 3)

static struct mm_struct mms[NR_TASKS];
static struct pid pids[NR_TASKS];
static struct task_struct tasks[NR_TASKS];
static __typeof__(*tasks[0].signal) signals[NR_TASKS];
static unsigned int nr_processes;
static int notifiers;

struct task_struct *fake_next_process(struct task_struct *task)
{
	unsigned int next = task ? (unsigned int)(task - tasks) + 1 : 0;

	return next < nr_processes ? &tasks[next] : NULL;
}

/* Processes of one thread with an address space of their own, of which each has a VM. */
static int processes(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_TASKS; i++) {
		mms[i] = (struct mm_struct) { .notifier_subscriptions = &notifiers };
		pids[i] = (struct pid) { .number = (int)i };
		tasks[i] = (struct task_struct) {
			.mm = &mms[i], .tgid = &pids[i], .signal = &signals[i],
		};
		signals[i].thread_head = (struct list_head) {
			&signals[i].thread_head, &signals[i].thread_head,
		};
		list_add_tail(&tasks[i].thread_node, &signals[i].thread_head);
	}
	nr_processes = 0;
	return 0;
}

static void nothing_is_held(void)
{
	unsigned int i;

	for (i = 0; i < NR_TASKS; i++) {
		assert_int_equal(mms[i].held, 0);
		assert_int_equal(pids[i].held, 0);
		assert_int_equal(tasks[i].locked, 0);
	}
}

static void nobody(void **state)
{
	struct s2m_mms batch = { .count = 3, .more = true, .cursor = &mms[1] };

	(void)state;
	s2m_mms_next(&batch);
	assert_int_equal(batch.count, 0);
	assert_false(batch.more);
	/* Where it was, it goes on. */
	assert_ptr_equal(batch.cursor, &mms[1]);
}

static void only_who_may_have_a_vm(void **state)
{
	struct s2m_mms batch = { };

	(void)state;
	nr_processes = 4;
	tasks[0].mm = NULL;
	/* Work for another one. */
	tasks[1].flags = PF_KTHREAD;
	mms[2].notifier_subscriptions = NULL;
	s2m_mms_next(&batch);
	assert_int_equal(batch.count, 1);
	assert_ptr_equal(batch.mm[0], &mms[3]);
	assert_ptr_equal(batch.pid[0], &pids[3]);
	assert_int_equal(mms[3].held, 1);
	assert_int_equal(pids[3].held, 1);
	assert_false(batch.more);
	s2m_mms_put(&batch);
	assert_int_equal(batch.count, 0);
	nothing_is_held();
}

/* A leader that has ended leaves its threads; and vfork() shares an address space. */
static void several_of_one(void **state)
{
	struct s2m_mms batch = { };

	(void)state;
	nr_processes = 2;
	tasks[0].mm = NULL;
	tasks[2].mm = tasks[3].mm = tasks[1].mm = &mms[0];
	list_add_tail(&tasks[2].thread_node, &signals[0].thread_head);
	list_add_tail(&tasks[3].thread_node, &signals[0].thread_head);
	s2m_mms_next(&batch);
	assert_int_equal(batch.count, 1);
	assert_ptr_equal(batch.mm[0], &mms[0]);
	assert_int_equal(mms[0].held, 1);
	assert_int_equal(pids[0].held + pids[1].held + pids[2].held + pids[3].held, 1);
	s2m_mms_put(&batch);
	nothing_is_held();
}

/* The address space of the process at a place, in one of several orders. */
static struct mm_struct *in_order(unsigned int order, unsigned int i, unsigned int n)
{
	return &mms[order == 0 ? i : order == 1 ? n - 1 - i : i * 7 % n];
}

/* How many batches does it take, in which each is met once? */
static unsigned int batches(unsigned int order, unsigned int n)
{
	unsigned int seen[NR_TASKS] = { 0 }, rounds = 0, i;
	struct s2m_mms batch = { };

	processes(NULL);
	nr_processes = n;
	for (i = 0; i < n; i++)
		tasks[i].mm = in_order(order, i, n);
	do {
		s2m_mms_next(&batch);
		for (i = 0; i < batch.count; i++) {
			assert_true(!i || batch.mm[i] > batch.mm[i - 1]);
			/* Each with a process of its own. */
			assert_ptr_equal(batch.mm[i], in_order(order, batch.pid[i]->number, n));
			seen[batch.mm[i] - mms]++;
		}
		s2m_mms_put(&batch);
		nothing_is_held();
		assert_true(++rounds <= NR_TASKS);
	} while (batch.more);
	for (i = 0; i < NR_TASKS; i++)
		assert_int_equal(seen[i], i < n);
	return rounds;
}

static void more_than_fit(void **state)
{
	unsigned int order;

	(void)state;
	for (order = 0; order < 3; order++) {
		assert_int_equal(batches(order, S2M_MMS_BATCH), 1);
		assert_int_equal(batches(order, S2M_MMS_BATCH + 1), 2);
		assert_int_equal(batches(order, 2 * S2M_MMS_BATCH), 2);
		assert_int_equal(batches(order, NR_TASKS), 3);
	}
}

/* One that is known comes after one that has fallen out. */
static void more_than_fit_and_one_of_them_again(void **state)
{
	struct s2m_mms batch = { };

	(void)state;
	nr_processes = S2M_MMS_BATCH + 2;
	tasks[S2M_MMS_BATCH + 1].mm = &mms[0];
	s2m_mms_next(&batch);
	assert_int_equal(batch.count, S2M_MMS_BATCH);
	assert_true(batch.more);
	s2m_mms_put(&batch);
	nothing_is_held();
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, processes)
	const struct CMUnitTest tests[] = {
		TEST(nobody),
		TEST(only_who_may_have_a_vm),
		TEST(several_of_one),
		TEST(more_than_fit),
		TEST(more_than_fit_and_one_of_them_again),
	};

	return cmocka_run_group_tests_name("mms", tests, NULL, NULL);
}
