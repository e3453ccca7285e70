// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "mms.h"
#include "threads.h"

/* Insert @mm into the sorted batch. Return what does not fit, or NULL. */
static struct mm_struct *insert(struct s2m_mms *batch, struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (batch->mm[i] == mm)
			return mm;
		if (batch->mm[i] > mm)
			swap(batch->mm[i], mm);
	}
	if (batch->count == S2M_MMS_BATCH)
		return mm;
	batch->mm[batch->count++] = mm;
	return NULL;
}

static void consider(struct s2m_mms *batch, struct task_struct *task,
		     const struct mm_struct *cursor)
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

void s2m_mms_next(struct s2m_mms *batch, const struct mm_struct *cursor)
{
	struct task_struct *process, *thread;

	batch->count = 0;
	rcu_read_lock();
	s2m_for_each_thread(process, thread)
		consider(batch, thread, cursor);
	rcu_read_unlock();
}
