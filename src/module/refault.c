// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "host.h"
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

static void drop(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_notifier_range range = {
		.mm = mm,
		.start = start,
		.end = end,
		.flags = MMU_NOTIFIER_RANGE_BLOCKABLE,
		.event = MMU_NOTIFY_CLEAR,
	};

	/* KVM never fails a blockable invalidation, and no other listener matters. */
	s2m_symbols.invalidate_start(&range);
	s2m_call_invalidate_end(s2m_symbols.invalidate_end, &range);
	s2m_count(S2M_STAT_RECONCILED);
}

/* The type that a policy wants for memory which it has one answer for. */
static enum s2m_type wanted(const struct s2m_policy_version *policy,
			    const struct s2m_mapping *mapping)
{
	switch (policy->mode) {
	case S2M_MODE_DEVICE_NGNRE:
		return S2M_DEVICE_NGNRE;
	case S2M_MODE_NORMAL_NC:
		if (s2m_index_device(policy->rules->index, mapping->phys, mapping->size))
			return S2M_NORMAL_NC;
		return S2M_NATIVE;
	case S2M_MODE_POLICY:
		return s2m_index_decide(policy->rules->index, mapping, NULL).type;
	default:
		return S2M_NATIVE;
	}
}

static bool asks_who(const struct s2m_policy_version *policy, const struct s2m_mapping *mapping)
{
	return policy->mode == S2M_MODE_POLICY &&
	       s2m_index_needs_task(policy->rules->index, mapping->phys, mapping->size);
}

static bool affected(const struct s2m_change *change, const struct s2m_mapping *mapping)
{
	return change->everything ||
	       asks_who(&change->from, mapping) || asks_who(&change->to, mapping) ||
	       wanted(&change->from, mapping) != wanted(&change->to, mapping);
}

/* The end of the memory from @phys on for which neither policy has two answers. */
static phys_addr_t uniform_end(const struct s2m_change *change, phys_addr_t phys, phys_addr_t end)
{
	u64 from = s2m_index_uniform_end(change->from.rules->index, phys);
	u64 to = s2m_index_uniform_end(change->to.rules->index, phys);

	/* A page with several answers is looked at as a whole. */
	return max_t(phys_addr_t, phys + PAGE_SIZE,
		     min3(ALIGN_DOWN(from, PAGE_SIZE), ALIGN_DOWN(to, PAGE_SIZE), (u64)end));
}

/* Drop what is affected of memory that the VMA maps contiguously. */
static void refault_run(const struct s2m_change *change, const struct vm_area_struct *vma,
			const struct s2m_host_run *run)
{
	struct s2m_mapping mapping = {
		.kvm_type = S2M_NATIVE,
		.pgprot = s2m_pgprot_of(vma),
		.pfnmap = vma->vm_flags & VM_PFNMAP,
		.io = vma->vm_flags & VM_IO,
	};
	phys_addr_t phys = run->phys, end = run->phys + run->size, next;
	unsigned long offset = run->hva - run->phys;
	phys_addr_t first = end;

	for (; phys < end; phys = next) {
		next = uniform_end(change, phys, end);
		mapping.phys = phys;
		mapping.size = next - phys;
		if (affected(change, &mapping)) {
			first = min(first, phys);
		} else if (first < phys) {
			drop(vma->vm_mm, first + offset, phys + offset);
			first = end;
		}
		cond_resched();
	}
	if (first < end)
		drop(vma->vm_mm, first + offset, end + offset);
}

static void refault_mm(const struct s2m_change *change, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	struct s2m_host_run run;
	unsigned long hva;

	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		if (!(vma->vm_flags & (VM_PFNMAP | VM_IO)))
			continue;
		for (hva = vma->vm_start; s2m_host_next_run(mm, hva, vma->vm_end, &run);
		     hva = run.hva + run.size)
			refault_run(change, vma, &run);
	}
	mmap_read_unlock(mm);
}

void s2m_refault(const struct s2m_change *change)
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
				refault_mm(change, mm);
				mmput(mm);
			}
			mmdrop(mm);
			cond_resched();
		}
	} while (batch.count == BATCH);
}
