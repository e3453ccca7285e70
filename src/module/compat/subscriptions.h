/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MMU notifiers of an address space, as mm/mmu_notifier.c has them to itself.
 * No header tells: the layout is the same from 5.10 to 7.3, and that it is so on
 * the running kernel is proven at load, see s2m_vms_start().
 */
#ifndef S2MEMATTR_COMPAT_SUBSCRIPTIONS_H
#define S2MEMATTR_COMPAT_SUBSCRIPTIONS_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

/**
 * struct s2m_subscriptions - what mm->notifier_subscriptions points to
 * @list: the notifiers
 * @has_itree: there are or were interval notifiers
 * @lock: held to add to @list and to take from it
 * @invalidate_seq: begins with 2
 * @active_invalidate_ranges: of interval notifiers
 * @itree: the interval notifiers
 * @wq: who waits for these
 * @deferred_list: changes of @itree to come
 */
struct s2m_subscriptions {
	struct hlist_head list;
	bool has_itree;
	spinlock_t lock;
	unsigned long invalidate_seq;
	unsigned long active_invalidate_ranges;
	struct rb_root_cached itree;
	wait_queue_head_t wq;
	struct hlist_head deferred_list;
};

/* NULL if nobody has ever registered any. They live as long as the mm_struct. */
static inline struct s2m_subscriptions *s2m_subscriptions_of(const struct mm_struct *mm)
{
	/* Pairs with smp_store_release() in __mmu_notifier_register(). */
	return (struct s2m_subscriptions *)smp_load_acquire(&mm->notifier_subscriptions);
}

#endif
