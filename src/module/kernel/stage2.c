// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a VM's stage-2 tables, and drops leaves from them.
 *
 * Arm ARM, "VMSAv8-64 translation table format descriptors": in a table of
 * level 0 to 2, bits [1:0] are 0b11 for a table and 0b01 for a block; at level
 * 3 they are 0b11 for a page. Anything else translates nothing. Stage 2 has the
 * granule of the host.
 */
#include <linux/bitfield.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <asm/kvm_pgtable.h>

#include "compat/mmu_lock.h"
#include "compat/pte.h"
#include "compat/shadow.h"
#include "kernel/stage2.h"
#include "kernel/symbols.h"
#include "tell/stats.h"

/* How many descriptors are read in one go: some microseconds' worth. */
#define BUDGET		512u

/*
 * A guest can hold mmu_lock for long, over and over (operations by set/way). How often a
 * walk waits for the lock must not depend on how many leaves, memslots or tables that
 * guest has. So a walk that has waited for LONG_WAIT keeps the lock for LONG_HOLD, which
 * is little to such a guest.
 */
#define LONG_WAIT	(500 * NSEC_PER_USEC)
#define LONG_HOLD	(10 * NSEC_PER_MSEC)

/* How many leaves are dropped in one go: each may cost a TLB invalidation. */
#define MAX_DROPPED	512u

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

/* Where in a table a walk stands. */
struct position {
	const kvm_pte_t *entry;
	int level;
	u64 behind;		/* entries of the same table that follow */
};

/* The last descriptor on the way to @ipa. */
static struct position descend(const struct kvm_pgtable *pgt, u64 ipa)
{
	const kvm_pte_t *table = (__force const kvm_pte_t *)pgt->pgd;
	struct position at = { .level = (int)pgt->start_level };
	/* Not masked at the first level: several tables may be there, side by side. */
	u64 mask = U64_MAX;

	for (;; at.level++) {
		u64 index = (ipa / entry_size(at.level)) & mask;
		kvm_pte_t pte;

		at.entry = &table[index];
		at.behind = mask - index;
		pte = READ_ONCE(*at.entry);
		if (!is_table(pte, at.level))
			return at;
		table = phys_to_virt(s2m_pte_phys(pte));
		mask = (1ULL << STRIDE) - 1;
	}
}

/* A walk through one table. */
struct walk {
	struct s2m_stage2_look *look;
	u64 end;
	unsigned int budget;
	unsigned int leaves;	/* found */
	unsigned int max_leaves;
};

/* Add to the runs what a leaf maps of the range; false if there is no room. */
static bool add(struct walk *walk, kvm_pte_t pte, int level, u64 size)
{
	struct s2m_stage2_look *look = walk->look;
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

	if (look->picks && !look->picks(&run, look->context))
		return true;
	if (walk->leaves == walk->max_leaves)
		return false;
	walk->leaves++;
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

/* Go through the entries from @at on, to the end of their table or to another table. */
static bool walk_entries(struct walk *walk, struct position at)
{
	struct s2m_stage2_look *look = walk->look;
	u64 size = entry_size(at.level);

	for (;;) {
		kvm_pte_t pte = READ_ONCE(*at.entry);
		u64 next = min(walk->end, ALIGN_DOWN(look->ipa, size) + size);

		if (is_table(pte, at.level))
			return true;
		walk->budget--;
		if (is_leaf(pte, at.level) && !add(walk, pte, at.level, next - look->ipa))
			return false;
		look->ipa = next;
		if (!at.behind || next == walk->end || !walk->budget)
			return true;
		at.behind--;
		at.entry++;
	}
}

/* Called with mmu_lock held: no table comes or goes. */
static void walk_table(const struct kvm_pgtable *pgt, struct walk *walk)
{
	struct s2m_stage2_look *look = walk->look;
	bool room = true;

	walk->end = min(look->end, 1ULL << pgt->ia_bits);
	while (room && walk->budget && look->ipa < walk->end)
		room = walk_entries(walk, descend(pgt, look->ipa));
	/* Behind what the VM can address there is nothing. */
	if (look->ipa >= walk->end)
		look->ipa = look->end;
}

/* Called with mmu_lock held exclusively. */
static void unmap(struct kvm_pgtable *pgt, const struct s2m_stage2_run *run)
{
	u64 start = ALIGN_DOWN(run->ipa, run->leaf);

	s2m_symbols.stage2_unmap(pgt, start, ALIGN(run->ipa + run->size, run->leaf) - start);
}

/* Called with mmu_lock held exclusively: false if there is no such table. */
static bool visit_once(struct kvm *kvm, struct s2m_stage2_look *look, bool drop)
{
	struct walk walk = {
		.look = look,
		.budget = BUDGET,
		.max_leaves = drop ? MAX_DROPPED : UINT_MAX,
	};
	struct kvm_pgtable *pgt;
	unsigned int i;

	look->count = 0;
	if (!s2m_table_of(kvm, look->table, &pgt))
		return false;
	/* KVM forgets the table, under this lock, before the mm goes. */
	if (pgt && plausible(pgt)) {
		walk_table(pgt, &walk);
	} else {
		look->ipa = look->end;
		if (pgt)
			s2m_count(S2M_STAT_REFUSED);
	}
	/* After the walk: unmapping frees tables, and the walk could be in one. */
	for (i = 0; drop && i < look->count; i++)
		unmap(pgt, &look->runs[i]);
	return true;
}

/* The time until which mmu_lock may be kept, which was asked for at @asked and is held now. */
static u64 keeps_until(u64 asked)
{
	u64 now = ktime_get_ns();

	return now - asked > LONG_WAIT ? now + LONG_HOLD : now;
}

bool s2m_stage2_look(struct kvm *kvm, struct s2m_stage2_look *look)
{
	u64 asked = ktime_get_ns(), until;
	bool found;

	s2m_mmu_lock(kvm);
	until = keeps_until(asked);
	do {
		found = visit_once(kvm, look, false);
	} while (found && !look->count && look->ipa != look->end && ktime_get_ns() < until);
	s2m_mmu_unlock(kvm);
	return found;
}

bool s2m_stage2_drop(struct kvm *kvm, struct s2m_stage2_look *look)
{
	u64 asked = ktime_get_ns(), until;
	bool found;

	look->end = U64_MAX;
	look->dropped = 0;
	s2m_mmu_lock(kvm);
	until = keeps_until(asked);
	do {
		found = visit_once(kvm, look, true);
		look->dropped += look->count;
		if (found && look->ipa == look->end) {
			look->table++;
			look->ipa = 0;
		}
	} while (found && ktime_get_ns() < until);
	s2m_mmu_unlock(kvm);
	return found;
}
