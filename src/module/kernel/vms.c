// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMs of a process, found in the list of its MMU notifiers.
 *
 * Why a VM that is in the list can be looked at. kvm_destroy_vm() takes the VM's notifier
 * from the list, under the list's lock, before it frees the VM; and so does
 * kvm_create_vm(), if it fails. So under that lock each such notifier belongs to a VM,
 * and from a VM with users left a reference can be taken, as kvm_get_kvm_safe() does.
 *
 * A VM that is being made is in this list before it is in KVM's own. Until it is in
 * both, kvm_create_vm() can fail, and then frees the VM whatever references there are. So
 * such a VM is passed over: nobody has its file yet, and it maps nothing.
 */
#include <linux/minmax.h>
#include <linux/mmu_notifier.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat/shadow.h"
#include "compat/subscriptions.h"
#include "kernel/symbols.h"
#include "kernel/vms.h"

static struct workqueue_struct *queue;

/* The VM that a notifier belongs to, or NULL. */
static struct kvm *vm_of(struct mmu_notifier *notifier, const struct mm_struct *mm)
{
	struct kvm *kvm;

	if ((void *)notifier->ops->invalidate_range_start != s2m_symbols.vm_notifier)
		return NULL;
	kvm = container_of(notifier, struct kvm, mmu_notifier);
	/* A VM is still being made until it is in KVM's list, whose links are zero before. */
	if (kvm->mm != mm || !READ_ONCE(kvm->vm_list.next))
		return NULL;
	return kvm;
}

/* Insert @kvm into the sorted batch. From a full one the highest falls out, for later. */
static void insert(struct s2m_vms *batch, struct kvm *kvm)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++)
		if (batch->kvm[i] > kvm)
			swap(batch->kvm[i], kvm);
	if (batch->count < S2M_VMS_BATCH)
		batch->kvm[batch->count++] = kvm;
	else
		batch->more = true;
}

/* Take a reference to each VM of the batch, and leave out those without users. */
static void take(struct s2m_vms *batch)
{
	unsigned int i, taken = 0;

	for (i = 0; i < batch->count; i++) {
		struct kvm *kvm = batch->kvm[i];

		batch->cursor = kvm;
		if (refcount_inc_not_zero(&kvm->users_count))
			batch->kvm[taken++] = kvm;
	}
	batch->count = taken;
}

void s2m_vms_next(struct s2m_vms *batch, const struct mm_struct *mm)
{
	struct s2m_subscriptions *all = s2m_subscriptions_of(mm);
	struct mmu_notifier *notifier;

	batch->count = 0;
	batch->more = false;
	if (!all)
		return;
	spin_lock(&all->lock);
	hlist_for_each_entry(notifier, &all->list, hlist) {
		struct kvm *kvm = vm_of(notifier, mm);

		if (kvm && (const struct kvm *)kvm > batch->cursor)
			insert(batch, kvm);
	}
	take(batch);
	spin_unlock(&all->lock);
}

/* The last reference to a VM, on its way to be dropped. */
struct last {
	struct work_struct work;
	struct kvm *kvm;
};

static void drop_last(struct work_struct *work)
{
	struct last *last = container_of(work, struct last, work);

	kvm_put_kvm(last->kvm);
	kfree(last);
}

static void put(struct kvm *kvm)
{
	struct last *last;

	if (refcount_dec_not_one(&kvm->users_count))
		return;
	last = kmalloc(sizeof(*last), GFP_KERNEL | __GFP_NOFAIL);
	last->kvm = kvm;
	INIT_WORK(&last->work, drop_last);
	queue_work(queue, &last->work);
}

void s2m_vms_put(struct s2m_vms *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++)
		put(batch->kvm[i]);
	batch->count = 0;
}

static bool in_order(struct s2m_subscriptions *all, const struct mmu_notifier *own)
{
	return all && all->list.first == &own->hlist && own->hlist.pprev == &all->list.first &&
	       *(const u8 *)&all->has_itree <= 1 &&
	       all->invalidate_seq >= 2 && all->invalidate_seq <= U32_MAX &&
	       !all->active_invalidate_ranges &&
	       !all->itree.rb_root.rb_node == !all->itree.rb_leftmost &&
	       all->wq.head.next == &all->wq.head && all->wq.head.prev == &all->wq.head &&
	       !all->deferred_list.first;
}

/*
 * Is struct s2m_subscriptions laid out as the kernel's own? The link of a notifier shows
 * where the head of the list is. The empty wait queue, whose head points to itself, shows
 * that the fields between have the size that they have here, the lock included.
 */
static int prove(void)
{
	static const struct mmu_notifier_ops nothing;
	struct mmu_notifier own = { .ops = &nothing };
	bool good;
	int err;

	err = mmu_notifier_register(&own, current->mm);
	if (err) {
		pr_err("cannot look at the MMU notifiers of a process (%d): not loaded\n", err);
		return err;
	}
	good = in_order(s2m_subscriptions_of(current->mm), &own);
	mmu_notifier_unregister(&own, current->mm);
	if (good)
		return 0;
	pr_err("this kernel keeps MMU notifiers in another way than is known: not loaded\n");
	return -EOPNOTSUPP;
}

int s2m_vms_start(void)
{
	int err = prove();

	if (err)
		return err;
	if (s2m_shadows_are_hidden())
		pr_warn("a change does not reach what guests of guests have mapped already: this kernel hides their tables\n");
	queue = alloc_workqueue("s2memattr_vms", WQ_UNBOUND, 0);
	if (queue)
		return 0;
	pr_err("out of memory: not loaded\n");
	return -ENOMEM;
}

void s2m_vms_stop(void)
{
	destroy_workqueue(queue);
}
