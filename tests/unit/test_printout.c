// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts that are kept with an open file (src/module/tell/printout.c), and the walk over all
 * VMs (src/module/kernel/every_vm.c): memory that runs out, a kernfs that keeps its files in
 * another way, and visits that end early.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

static ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *at, const void *from,
				       size_t available);

#include "../../src/module/tell/printout.c"
#include "../../src/module/kernel/every_vm.c"

struct task_struct fake_current;

static struct seq_file shelf;
static struct file file;
static struct kernfs_open_file of;
static unsigned int prints, lines, warned;
static int print_fails;

bool fake_warn(bool condition)
{
	warned += condition;
	return condition;
}

static ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *at, const void *from,
				       size_t available)
{
	size_t left = (size_t)*at < available ? available - (size_t)*at : 0;

	count = min(count, left);
	if (count)
		memcpy(to, (const char *)from + *at, count);
	*at += (loff_t)count;
	return (ssize_t)count;
}

/* Prints so many lines of 100 bytes. */
static int print(struct s2m_printout *report)
{
	unsigned int i;
	int err;

	prints++;
	for (i = 0; i < lines; i++) {
		err = s2m_printout_room(report, 100);
		if (err)
			return err;
		memset(report->text + report->used, 'a' + (int)prints, 100);
		report->used += 100;
	}
	return print_fails;
}

static int open_file(void **state)
{
	(void)state;
	memory_reset(0);
	shelf = (struct seq_file) { .private = &of };
	file.private_data = &shelf;
	of = (struct kernfs_open_file) { &file, &shelf };
	prints = warned = 0;
	print_fails = 0;
	lines = 100;
	return 0;
}

static int close_file(void **state)
{
	(void)state;
	kvfree(shelf.buf);
	assert_int_equal(memory_held, 0);
	return 0;
}

static ssize_t reads(loff_t from, size_t count)
{
	static char buf[4096];
	ssize_t n = s2m_printout_read(&file, buf, from, count, print);
	ssize_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(buf[i], 'a' + (int)prints);
	return n;
}

static void pieces_of_one_text(void **state)
{
	(void)state;
	assert_int_equal(reads(0, 4096), 4096);
	assert_int_equal(reads(4096, 4096), 4096);
	assert_int_equal(reads(8192, 4096), 10000 - 8192);
	assert_int_equal(reads(10000, 4096), 0);
	assert_int_equal(prints, 1);
	/* From the beginning it is another one. */
	lines = 1;
	assert_int_equal(reads(0, 4096), 100);
	assert_int_equal(prints, 2);
	lines = 0;
	assert_int_equal(reads(0, 4096), 0);
}

static void a_piece_without_a_beginning(void **state)
{
	(void)state;
	assert_int_equal(reads(100, 50), 50);
	assert_int_equal(prints, 1);
}

static void no_memory(void **state)
{
	unsigned long n;

	(void)state;
	/* The text doubles: 4096, 8192, 16384. */
	for (n = 1; n <= 3; n++) {
		memory_reset(n);
		assert_int_equal(reads(0, 4096), -ENOMEM);
		assert_int_equal(memory_held, 0);
	}
	memory_reset(0);
	assert_int_equal(reads(0, 100), 100);
	/* What was kept before still is. */
	print_fails = -EINTR;
	assert_int_equal(reads(0, 100), -EINTR);
	prints--;
	assert_int_equal(reads(200, 100), 100);
}

static void another_kernfs(void **state)
{
	struct file another;

	(void)state;
	of.file = &another;
	assert_int_equal(reads(0, 100), -EIO);
	of = (struct kernfs_open_file) { &file, (struct seq_file *)&another };
	assert_int_equal(reads(0, 100), -EIO);
	of.seq_file = &shelf;
	shelf.op = &another;
	assert_int_equal(reads(0, 100), -EIO);
	shelf.op = NULL;
	shelf.private = NULL;
	assert_int_equal(reads(0, 100), -EIO);
	file.private_data = NULL;
	assert_int_equal(reads(0, 100), -EIO);
	assert_int_equal(warned, 5);
	assert_int_equal(prints, 0);
}

/* Batches of address spaces, and of VMs in each. */
static unsigned int mm_batches, vm_batches, mms_put, vms_put, visits, ends_at;
static struct mm_struct mms[2];
static struct pid pids[2];
static struct kvm vms[2];

void s2m_mms_next(struct s2m_mms *batch)
{
	batch->count = 2;
	batch->mm[0] = &mms[0];
	batch->mm[1] = &mms[1];
	batch->pid[0] = &pids[0];
	batch->pid[1] = &pids[1];
	batch->more = --mm_batches;
}

void s2m_mms_put(struct s2m_mms *batch)
{
	mms_put++;
	batch->count = 0;
}

void s2m_vms_next(struct s2m_vms *batch, const struct mm_struct *mm)
{
	/* Each begins anew. */
	assert_true(batch->cursor || mm == &mms[0] || mm == &mms[1]);
	batch->count = 2;
	batch->kvm[0] = &vms[0];
	batch->kvm[1] = &vms[1];
	batch->cursor = batch->cursor ? NULL : &vms[1];
	batch->more = batch->cursor && vm_batches > 1;
}

void s2m_vms_put(struct s2m_vms *batch)
{
	vms_put++;
	batch->count = 0;
}

static int visit(struct kvm *kvm, struct pid *pid, void *context)
{
	assert_ptr_equal(context, &visits);
	assert_ptr_equal(kvm, &vms[visits % 2]);
	return ++visits == ends_at ? -EINTR : 0;
}

static void visits_to_all(void **state)
{
	(void)state;
	for (ends_at = 0; ends_at <= 16; ends_at++) {
		mm_batches = 2;
		vm_batches = 2;
		mms_put = vms_put = visits = 0;
		assert_int_equal(s2m_every_vm(visit, &visits), ends_at ? -EINTR : 0);
		/* Two batches of two, of two batches of two. */
		assert_int_equal(visits, ends_at ?: 16);
		assert_int_equal(mms_put, ends_at && ends_at <= 8 ? 1 : 2);
		assert_int_equal(vms_put, ((ends_at ?: 16) + 1) / 2);
	}
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, open_file, close_file)
	const struct CMUnitTest tests[] = {
		TEST(pieces_of_one_text),
		TEST(a_piece_without_a_beginning),
		TEST(no_memory),
		TEST(another_kernfs),
		TEST(visits_to_all),
	};

	return cmocka_run_group_tests_name("printout", tests, NULL, NULL);
}
