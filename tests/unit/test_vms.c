// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMs of a process (src/module/kernel/vms.c), compiled here against a list of MMU
 * notifiers of our own: one that is laid out otherwise than is known, VMs that end while they
 * are held, and more of them than fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/kernel/vms.c"

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;

static struct mm_struct mm, other_mm;
static struct s2m_subscriptions all;
static struct kvm vms[S2M_VMS_BATCH + 3];
static struct work_struct *queued;
static unsigned int queues, destroyed, logged;
static bool no_queue, nested;
static int register_fails;

/* What this kernel does otherwise with a notifier that is registered. */
static void (*quirk)(struct mmu_notifier *own);

void fake_log(const char *format, ...)
{
	logged++;
}

bool cpus_have_final_cap(int capability)
{
	return capability == ARM64_HAS_NESTED_VIRT && nested;
}

static int vm_notifier(struct mmu_notifier *notifier)
{
	return 0;
}

static int other_notifier(struct mmu_notifier *notifier)
{
	return 0;
}

static const struct mmu_notifier_ops vm_ops = { vm_notifier }, other_ops = { other_notifier };

static void add(struct mmu_notifier *notifier)
{
	struct hlist_node *first = all.list.first;

	notifier->hlist.next = first;
	notifier->hlist.pprev = &all.list.first;
	if (first)
		first->pprev = &notifier->hlist.next;
	all.list.first = &notifier->hlist;
}

int mmu_notifier_register(struct mmu_notifier *notifier, struct mm_struct *of)
{
	assert_ptr_equal(of, &mm);
	if (register_fails)
		return register_fails;
	add(notifier);
	if (quirk)
		quirk(notifier);
	return 0;
}

void mmu_notifier_unregister(struct mmu_notifier *notifier, struct mm_struct *of)
{
	all.list.first = NULL;
}

struct workqueue_struct *alloc_workqueue(const char *name, int flags, int active)
{
	queues += !no_queue;
	return no_queue ? NULL : (struct workqueue_struct *)&queues;
}

void destroy_workqueue(struct workqueue_struct *of)
{
	destroyed++;
}

bool queue_work(struct workqueue_struct *of, struct work_struct *work)
{
	assert_null(queued);
	queued = work;
	return true;
}

bool refcount_inc_not_zero(refcount_t *count)
{
	assert_int_equal(all.lock.locked, 1);
	count->counter += count->counter > 0;
	return count->counter > 0;
}

bool refcount_dec_not_one(refcount_t *count)
{
	if (count->counter == 1)
		return false;
	count->counter--;
	return true;
}

void kvm_put_kvm(struct kvm *kvm)
{
	kvm->users_count.counter--;
}

static int begin(void **state)
{
	unsigned int i;

	(void)state;
	fake_current = (struct task_struct) { .mm = &mm };
	s2m_symbols = (struct s2m_symbols) { .vm_notifier = vm_notifier };
	mm = (struct mm_struct) { .notifier_subscriptions = &all };
	all = (struct s2m_subscriptions) { .invalidate_seq = 2 };
	all.wq.head = (struct list_head) { &all.wq.head, &all.wq.head };
	for (i = 0; i < ARRAY_SIZE(vms); i++)
		vms[i] = (struct kvm) {
			.mm = &mm, .mmu_notifier.ops = &vm_ops,
			.vm_list.next = &vms[i].vm_list, .users_count.counter = 1,
		};
	queued = NULL;
	queues = destroyed = logged = 0;
	no_queue = nested = false;
	register_fails = 0;
	quirk = NULL;
	memory_reset(0);
	return 0;
}

static void a_list_as_it_is_known(void **state)
{
	(void)state;
	assert_int_equal(s2m_vms_start(), 0);
	assert_int_equal(queues, 1);
	assert_int_equal(logged, 0);
	s2m_vms_stop();
	assert_int_equal(destroyed, 1);
	/* Shadow tables can be looked at here, so there is nothing to warn of. */
	nested = true;
	assert_int_equal(s2m_vms_start(), 0);
	assert_int_equal(logged, 0);
}

static void no_list(struct mmu_notifier *own)
{
	mm.notifier_subscriptions = NULL;
}

static void another_first(struct mmu_notifier *own)
{
	all.list.first = own->hlist.next = &vms[0].mmu_notifier.hlist;
}

static void linked_elsewhere(struct mmu_notifier *own)
{
	own->hlist.pprev = &own->hlist.next;
}

static void no_boolean(struct mmu_notifier *own)
{
	*(u8 *)&all.has_itree = 2;
}

static void a_low_number(struct mmu_notifier *own)
{
	all.invalidate_seq = 1;
}

static void a_pointer(struct mmu_notifier *own)
{
	all.invalidate_seq = (unsigned long)&all;
}

static void ranges(struct mmu_notifier *own)
{
	all.active_invalidate_ranges = 1;
}

static void half_a_tree(struct mmu_notifier *own)
{
	all.itree.rb_root.rb_node = &all;
}

static void another_queue(struct mmu_notifier *own)
{
	all.wq.head.next = (struct list_head *)&vms[0];
}

static void another_end(struct mmu_notifier *own)
{
	all.wq.head.prev = (struct list_head *)&vms[0];
}

static void a_list_behind(struct mmu_notifier *own)
{
	all.deferred_list.first = &vms[0].mmu_notifier.hlist;
}

static void a_tree(struct mmu_notifier *own)
{
	all.has_itree = true;
	all.itree.rb_root.rb_node = &all;
	all.itree.rb_leftmost = &all;
}

static void a_list_that_is_not_known(void **state)
{
	static void (*const quirks[])(struct mmu_notifier *own) = {
		no_list, another_first, linked_elsewhere, no_boolean, a_low_number, a_pointer, ranges,
		half_a_tree, another_queue, another_end, a_list_behind,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(quirks); i++) {
		begin(state);
		quirk = quirks[i];
		assert_int_equal(s2m_vms_start(), -EOPNOTSUPP);
		assert_int_equal(logged, 1);
		assert_int_equal(queues, 0);
	}
	begin(state);
	quirk = a_tree;
	assert_int_equal(s2m_vms_start(), 0);
}

static void what_there_is_no_memory_for(void **state)
{
	(void)state;
	register_fails = -ENOMEM;
	assert_int_equal(s2m_vms_start(), -ENOMEM);
	assert_int_equal(logged, 1);
	register_fails = 0;
	no_queue = true;
	assert_int_equal(s2m_vms_start(), -ENOMEM);
	assert_int_equal(logged, 2);
}

static void nobody(void **state)
{
	struct s2m_vms batch = { .count = 3, .more = true };

	(void)state;
	s2m_vms_next(&batch, &mm);
	assert_int_equal(batch.count, 0);
	assert_false(batch.more);
	mm.notifier_subscriptions = NULL;
	batch.count = 3;
	s2m_vms_next(&batch, &mm);
	assert_int_equal(batch.count, 0);
}

static void only_vms_that_are_made(void **state)
{
	struct s2m_vms batch = { };

	(void)state;
	vms[0].mmu_notifier.ops = &other_ops;
	vms[1].mm = &other_mm;
	vms[2].vm_list.next = NULL;
	vms[3].users_count.counter = 0;
	add(&vms[4].mmu_notifier);
	add(&vms[3].mmu_notifier);
	add(&vms[2].mmu_notifier);
	add(&vms[1].mmu_notifier);
	add(&vms[0].mmu_notifier);
	s2m_vms_next(&batch, &mm);
	assert_int_equal(batch.count, 1);
	assert_ptr_equal(batch.kvm[0], &vms[4]);
	assert_int_equal(vms[4].users_count.counter, 2);
	assert_int_equal(vms[3].users_count.counter, 0);
	assert_int_equal(all.lock.locked, 0);
	s2m_vms_put(&batch);
	assert_int_equal(batch.count, 0);
	assert_int_equal(vms[4].users_count.counter, 1);
	assert_null(queued);
}

/* In whatever order they stand in the list, each is met once. */
static void more_than_fit(void **state)
{
	unsigned int seen[ARRAY_SIZE(vms)] = { 0 }, order, i, rounds;
	struct s2m_vms batch;

	for (order = 0; order < 3; order++) {
		begin(state);
		memset(seen, 0, sizeof(seen));
		for (i = 0; i < ARRAY_SIZE(vms); i++)
			add(&vms[order == 0 ? i : order == 1 ? ARRAY_SIZE(vms) - 1 - i :
				 i * 7 % ARRAY_SIZE(vms)].mmu_notifier);
		batch = (struct s2m_vms) { };
		rounds = 0;
		do {
			s2m_vms_next(&batch, &mm);
			for (i = 0; i < batch.count; i++)
				seen[batch.kvm[i] - vms]++;
			s2m_vms_put(&batch);
			rounds++;
		} while (batch.more);
		assert_int_equal(rounds, 2);
		for (i = 0; i < ARRAY_SIZE(vms); i++) {
			assert_int_equal(seen[i], 1);
			assert_int_equal(vms[i].users_count.counter, 1);
		}
	}
}

/* Who drops the last reference takes a VM apart: a worker, not whoever changes a policy. */
static void one_that_ends_meanwhile(void **state)
{
	struct s2m_vms batch = { };

	(void)state;
	add(&vms[0].mmu_notifier);
	s2m_vms_next(&batch, &mm);
	kvm_put_kvm(&vms[0]);
	s2m_vms_put(&batch);
	assert_int_equal(vms[0].users_count.counter, 1);
	assert_non_null(queued);
	queued->func(queued);
	assert_int_equal(vms[0].users_count.counter, 0);
	assert_int_equal(memory_held, 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(a_list_as_it_is_known),
		TEST(a_list_that_is_not_known),
		TEST(what_there_is_no_memory_for),
		TEST(nobody),
		TEST(only_vms_that_are_made),
		TEST(more_than_fit),
		TEST(one_that_ends_meanwhile),
	};

	return cmocka_run_group_tests_name("vms", tests, NULL, NULL);
}
