// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "refault.h"
#include "stats.h"
#include "symbols.h"

/*
 * A VM belongs to the mm that created it and only threads of that mm can run
 * its vCPUs, so the mms of all threads are all the mms that matter. They are
 * visited in the order of their addresses, a batch at a time. That needs no
 * memory, and misses no mm that is there throughout; one that appears behind
 * the cursor is new, and so are all stage-2 mappings of its VMs.
 */
#define BATCH	32

struct batch {
	unsigned int count;
	struct mm_struct *mm[BATCH];
};

/* Insert @mm into the sorted batch. Return what does not fit, or NULL. */
static struct mm_struct *insert(struct batch *batch, struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (batch->mm[i] == mm)
			return mm;
		if (batch->mm[i] > mm)
			swap(batch->mm[i], mm);
	}
	if (batch->count == BATCH)
		return mm;
	batch->mm[batch->count++] = mm;
	return NULL;
}

static void consider(struct batch *batch, struct task_struct *task, const struct mm_struct *cursor)
{
	struct mm_struct *mm;

	task_lock(task);
	mm = task->mm;
	/* KVM registers a notifier for each VM. */
	if (mm && mm > cursor && !(task->flags & PF_KTHREAD) && mm_has_notifiers(mm))
		mmgrab(mm);
	else
		mm = NULL;
	task_unlock(task);

	if (mm)
		mm = insert(batch, mm);
	if (mm)
		mmdrop(mm);
}

/* Collect the next mms above @cursor, with a reference to each. */
static void next_batch(struct batch *batch, const struct mm_struct *cursor)
{
	struct task_struct *process, *thread;

	batch->count = 0;
	rcu_read_lock();
	for_each_process_thread(process, thread)
		consider(batch, thread, cursor);
	rcu_read_unlock();
}

static void refault_vma(struct vm_area_struct *vma)
{
	struct mmu_notifier_range range = {
		.mm = vma->vm_mm,
		.start = vma->vm_start,
		.end = vma->vm_end,
		.flags = MMU_NOTIFIER_RANGE_BLOCKABLE,
		.event = MMU_NOTIFY_CLEAR,
	};

	/* KVM never fails a blockable invalidation, and no other caller cares. */
	s2m_symbols.invalidate_start(&range);
	s2m_call_invalidate_end(s2m_symbols.invalidate_end, &range);
	s2m_count(S2M_STAT_RECONCILED);
}

static void refault_mm(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		if (vma->vm_flags & (VM_PFNMAP | VM_IO))
			refault_vma(vma);
	mmap_read_unlock(mm);
}

void s2m_refault_all(void)
{
	const struct mm_struct *cursor = NULL;
	struct batch batch;
	unsigned int i;

	do {
		next_batch(&batch, cursor);
		for (i = 0; i < batch.count; i++) {
			struct mm_struct *mm = batch.mm[i];

			cursor = mm;
			if (mmget_not_zero(mm)) {
				refault_mm(mm);
				mmput(mm);
			}
			mmdrop(mm);
			cond_resched();
		}
	} while (batch.count == BATCH);
}
