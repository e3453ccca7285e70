// SPDX-License-Identifier: GPL-2.0-only
/*
 * A batch of address spaces, collected from all threads. Which VMs each has is for
 * vms.c to find.
 */
#include <linux/minmax.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "kernel/mms.h"
#include "kernel/threads.h"

static void put(struct mm_struct *mm, struct pid *pid)
{
	mmdrop(mm);
	put_pid(pid);
}

/* Insert @mm into the sorted batch, out of which the last one may fall. */
static void insert(struct s2m_mms *batch, struct mm_struct *mm, struct pid *pid)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (batch->mm[i] == mm)
			break;
		if (batch->mm[i] > mm) {
			swap(batch->mm[i], mm);
			swap(batch->pid[i], pid);
		}
	}
	if (i == batch->count && i < S2M_MMS_BATCH) {
		batch->mm[i] = mm;
		batch->pid[i] = pid;
		batch->count++;
		return;
	}
	batch->more |= i == S2M_MMS_BATCH;
	put(mm, pid);
}

static void consider(struct s2m_mms *batch, struct task_struct *task)
{
	struct mm_struct *mm;
	struct pid *pid = NULL;

	task_lock(task);
	mm = task->mm;
	/* KVM registers a notifier for each VM. */
	if (mm && (const struct mm_struct *)mm > batch->cursor && !(task->flags & PF_KTHREAD) &&
	    mm_has_notifiers(mm)) {
		mmgrab(mm);
		pid = get_pid(task_tgid(task));
	} else {
		mm = NULL;
	}
	task_unlock(task);

	if (mm)
		insert(batch, mm, pid);
}

void s2m_mms_next(struct s2m_mms *batch)
{
	struct task_struct *process, *thread;

	batch->count = 0;
	batch->more = false;
	rcu_read_lock();
	s2m_for_each_thread(process, thread)
		consider(batch, thread);
	rcu_read_unlock();
	if (batch->count)
		batch->cursor = batch->mm[batch->count - 1];
}

void s2m_mms_put(struct s2m_mms *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++)
		put(batch->mm[i], batch->pid[i]);
	batch->count = 0;
}
