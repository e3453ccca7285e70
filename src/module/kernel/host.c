// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's page table, walked without locks and without waiting. Whether what it says
 * may be relied upon is for the caller to know (fault/fault.c does).
 */
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

#include "kernel/host.h"

/* One entry of a table: what it covers, and where it leads if it is a leaf. */
struct entry {
	u64 size;
	bool present;
	phys_addr_t phys;
	u64 bits;
};

static struct entry hole(u64 size)
{
	return (struct entry) { .size = size };
}

static struct entry leaf(u64 size, unsigned long pfn, u64 bits)
{
	return (struct entry) {
		.size = size, .present = true, .phys = PFN_PHYS(pfn), .bits = bits,
	};
}

/*
 * Each entry is read once, and what it leads to is found from what was read: what
 * is behind it may be another table, or none, by the next time. With interrupts
 * masked, what was read once stays a table until the walk is over, as for the
 * kernel's own gup_fast(): who takes one away waits for that, or for RCU, which
 * does. tests/unit/test_host.c takes tables away between any two reads.
 */
static nokprobe_inline struct entry walk(struct mm_struct *mm, unsigned long hva)
{
	p4d_t p4d, *p4dp;
	pud_t pud, *pudp;
	pmd_t pmd, *pmdp;
	pgd_t pgd, *pgdp;
	pte_t pte;

	pgdp = pgd_offset(mm, hva);
	pgd = READ_ONCE(*pgdp);
	if (pgd_none(pgd))
		return hole(PGDIR_SIZE);
	p4dp = p4d_offset_lockless(pgdp, pgd, hva);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return hole(P4D_SIZE);

	pudp = pud_offset_lockless(p4dp, p4d, hva);
	pud = READ_ONCE(*pudp);
	if (!pud_present(pud))
		return hole(PUD_SIZE);
	if (pud_leaf(pud))
		return leaf(PUD_SIZE, pud_pfn(pud), pud_val(pud));

	pmdp = pmd_offset_lockless(pudp, pud, hva);
	pmd = READ_ONCE(*pmdp);
	if (!pmd_present(pmd))
		return hole(PMD_SIZE);
	if (pmd_leaf(pmd))
		return leaf(PMD_SIZE, pmd_pfn(pmd), pmd_val(pmd));

	pte = READ_ONCE(*pte_offset_kernel(&pmd, hva));
	if (!pte_present(pte))
		return hole(PAGE_SIZE);
	return leaf(PAGE_SIZE, pte_pfn(pte), pte_val(pte));
}

static nokprobe_inline struct entry entry_at(struct mm_struct *mm, unsigned long hva)
{
	struct entry entry;
	unsigned long flags;

	local_irq_save(flags);
	entry = walk(mm, hva);
	local_irq_restore(flags);
	return entry;
}

struct s2m_host_leaf s2m_host_look(struct mm_struct *mm, unsigned long hva)
{
	struct entry entry = entry_at(mm, hva);
	u64 offset = hva & (entry.size - 1);

	return (struct s2m_host_leaf) {
		.present = entry.present,
		.phys = entry.phys + offset,
		.left = entry.size - offset,
		.bits = entry.bits,
	};
}

NOKPROBE_SYMBOL(s2m_host_look);

bool s2m_host_phys(struct mm_struct *mm, unsigned long hva, phys_addr_t *phys)
{
	struct s2m_host_leaf leaf = s2m_host_look(mm, hva);

	*phys = leaf.phys;
	return leaf.present;
}

NOKPROBE_SYMBOL(s2m_host_phys);
