// SPDX-License-Identifier: GPL-2.0-only
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/pgtable.h>

#include "host_leaf.h"

struct leaf {
	phys_addr_t phys;
	u64 size;
};

static bool find_leaf(struct mm_struct *mm, unsigned long hva, struct leaf *leaf)
{
	p4d_t p4d, *p4dp;
	pud_t pud, *pudp;
	pmd_t pmd, *pmdp;
	pgd_t pgd, *pgdp;
	pte_t pte;

	pgdp = pgd_offset(mm, hva);
	pgd = READ_ONCE(*pgdp);
	if (pgd_none(pgd))
		return false;
	p4dp = p4d_offset(pgdp, hva);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return false;

	pudp = pud_offset(p4dp, hva);
	pud = READ_ONCE(*pudp);
	if (!pud_present(pud))
		return false;
	if (pud_leaf(pud)) {
		*leaf = (struct leaf) { PFN_PHYS(pud_pfn(pud)), PUD_SIZE };
		return true;
	}

	pmdp = pmd_offset(pudp, hva);
	pmd = READ_ONCE(*pmdp);
	if (!pmd_present(pmd))
		return false;
	if (pmd_leaf(pmd)) {
		*leaf = (struct leaf) { PFN_PHYS(pmd_pfn(pmd)), PMD_SIZE };
		return true;
	}

	pte = READ_ONCE(*pte_offset_kernel(pmdp, hva));
	if (!pte_present(pte))
		return false;
	*leaf = (struct leaf) { PFN_PHYS(pte_pfn(pte)), PAGE_SIZE };
	return true;
}

NOKPROBE_SYMBOL(find_leaf);

bool s2m_host_maps(struct mm_struct *mm, unsigned long hva, u64 size, phys_addr_t phys)
{
	unsigned long flags;
	struct leaf leaf;
	bool found;

	local_irq_save(flags);
	found = find_leaf(mm, hva, &leaf);
	local_irq_restore(flags);

	return found && size <= leaf.size &&
	       leaf.phys + (hva & (leaf.size - 1)) == phys;
}

NOKPROBE_SYMBOL(s2m_host_maps);
