// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arm ARM, "VMSAv8-64 translation table format descriptors": in a table of
 * level 0 to 2, bits [1:0] are 0b11 for a table and 0b01 for a block; at level
 * 3 they are 0b11 for a page. Anything else translates nothing. Stage 2 has the
 * granule of the host.
 */
#include <linux/bitfield.h>
#include <linux/mm.h>
#include <asm/kvm_pgtable.h>

#include "compat/mmu_lock.h"
#include "compat/pte.h"
#include "stage2.h"

/* Descriptors that are read in one go: some microseconds. */
#define BUDGET		512

#define LAST_LEVEL	3
#define STRIDE		(PAGE_SHIFT - 3)

#define TYPE		GENMASK_ULL(1, 0)
#define TYPE_BLOCK	1
#define TYPE_TABLE	3	/* at the last level: page */
#define MEMATTR		GENMASK_ULL(5, 2)

static u64 entry_size(int level)
{
	return 1ULL << (PAGE_SHIFT + STRIDE * (LAST_LEVEL - level));
}

static bool is_table(kvm_pte_t pte, int level)
{
	return level < LAST_LEVEL && FIELD_GET(TYPE, pte) == TYPE_TABLE;
}

static bool is_leaf(kvm_pte_t pte, int level)
{
	return FIELD_GET(TYPE, pte) == (level == LAST_LEVEL ? TYPE_TABLE : TYPE_BLOCK);
}

/* Does KVM's description of the table fit the architecture? */
static bool plausible(const struct kvm_pgtable *pgt)
{
	int level = (int)pgt->start_level;

	return pgt->pgd && pgt->ia_bits >= PAGE_SHIFT && pgt->ia_bits <= 52 &&
	       level >= -1 && level <= LAST_LEVEL;
}

/* The last descriptor on the way to @ipa. */
static kvm_pte_t descend(const struct kvm_pgtable *pgt, u64 ipa, int *level)
{
	const kvm_pte_t *table = (__force const kvm_pte_t *)pgt->pgd;
	/* Tables of the first level may be several, side by side. */
	u64 mask = U64_MAX;
	kvm_pte_t pte;

	for (*level = (int)pgt->start_level;; ++*level) {
		pte = READ_ONCE(table[(ipa / entry_size(*level)) & mask]);
		if (!is_table(pte, *level))
			return pte;
		table = phys_to_virt(s2m_pte_phys(pte));
		mask = (1ULL << STRIDE) - 1;
	}
}

/* Add a leaf's share of the part that is looked at; false if there is no room. */
static bool add(struct s2m_stage2_look *look, kvm_pte_t pte, int level, u64 size)
{
	u64 leaf = entry_size(level);
	struct s2m_stage2_run run = {
		.ipa = look->ipa,
		.phys = s2m_pte_phys(pte) + (look->ipa & (leaf - 1)),
		.size = size,
		.leaf = leaf,
		.level = level,
		.memattr = FIELD_GET(MEMATTR, pte),
	};
	struct s2m_stage2_run *last;

	last = look->count ? &look->runs[look->count - 1] : NULL;
	if (last && last->ipa + last->size == run.ipa && last->phys + last->size == run.phys &&
	    last->level == run.level && last->memattr == run.memattr) {
		last->size += size;
		return true;
	}
	if (look->count == S2M_STAGE2_RUNS)
		return false;
	look->runs[look->count++] = run;
	return true;
}

/* Called with mmu_lock held: no table comes or goes. */
static void walk(const struct kvm_pgtable *pgt, struct s2m_stage2_look *look)
{
	u64 end = min(look->end, 1ULL << pgt->ia_bits);
	unsigned int i;

	for (i = 0; i < BUDGET && look->ipa < end; i++) {
		int level;
		kvm_pte_t pte = descend(pgt, look->ipa, &level);
		u64 next = min(end, ALIGN_DOWN(look->ipa, entry_size(level)) + entry_size(level));

		if (is_leaf(pte, level) && !add(look, pte, level, next - look->ipa))
			return;
		look->ipa = next;
	}
	/* Behind what the VM can address there is nothing. */
	if (look->ipa == end)
		look->ipa = look->end;
}

void s2m_stage2_look(struct kvm *kvm, struct s2m_stage2_look *look)
{
	const struct kvm_pgtable *pgt;

	look->count = 0;
	s2m_mmu_lock(kvm);
	/* KVM forgets the table, under this lock, before the mm goes. */
	pgt = kvm->arch.mmu.pgt;
	if (pgt && plausible(pgt))
		walk(pgt, look);
	else
		look->ipa = look->end;
	s2m_mmu_unlock(kvm);
}
