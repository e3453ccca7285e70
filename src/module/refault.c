// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <s2memattr/wish.h>

#include "compat/mm.h"
#include "early.h"
#include "host.h"
#include "mms.h"
#include "refault.h"
#include "stats.h"
#include "symbols.h"

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
	return s2m_wish(policy->mode, policy->rules->index, mapping, NULL).decision.type;
}

static bool asks_who(const struct s2m_policy_version *policy, const struct s2m_mapping *mapping)
{
	return s2m_wish_asks_task(policy->mode, policy->rules->index, mapping->phys,
				  mapping->size);
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

/*
 * Where the host maps nothing, stage 2 does not either; unless KVM has mapped
 * the memory of a new memslot before anybody touched it. That memory is some
 * file's; what has none is the kernel's own, such as the vDSO's.
 */
static void refault_hole(const struct vm_area_struct *vma, unsigned long start,
			 unsigned long end)
{
	if (start < end && vma->vm_file && s2m_early_possible())
		drop(vma->vm_mm, start, end);
}

static void refault_vma(const struct s2m_change *change, const struct vm_area_struct *vma)
{
	unsigned long hva = vma->vm_start;
	struct s2m_host_run run;

	while (s2m_host_next_run(vma->vm_mm, hva, vma->vm_end, &run)) {
		refault_hole(vma, hva, run.hva);
		refault_run(change, vma, &run);
		hva = run.hva + run.size;
	}
	refault_hole(vma, hva, vma->vm_end);
}

static void refault_mm(const struct s2m_change *change, struct mm_struct *mm)
{
	s2m_vma_iterator(vmi, mm);
	struct vm_area_struct *vma;

	s2m_early_wait(mm);
	mmap_read_lock(mm);
	s2m_for_each_vma(vmi, vma) {
		if (vma->vm_flags & (VM_PFNMAP | VM_IO))
			refault_vma(change, vma);
	}
	mmap_read_unlock(mm);
}

void s2m_refault(const struct s2m_change *change)
{
	const struct mm_struct *cursor = NULL;
	struct s2m_mms batch;
	unsigned int i;

	do {
		s2m_mms_next(&batch, cursor);
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
	} while (batch.count == S2M_MMS_BATCH);
}
