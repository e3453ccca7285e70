// SPDX-License-Identifier: GPL-2.0-only
/*
 * An index against rules that are asked one after the other: for all tables, devices and
 * mappings within the bounds it says the same, and touches nothing that is not its own.
 *
 * BOUNDS index: tables of up to 2 rules of all types with any of the keys bar=, prefetch=, phys=, vma=, pgprot= and uid=; one BAR of two pages among eight; a mapping of one page
 */
#include <s2memattr/index.h>

#include "proofs.h"

#define RULES		2
#define PAGE		4096ULL
#define PAGES		8

static const u32 keys = S2M_HAS(BAR) | S2M_HAS(PREFETCH) | S2M_HAS(PHYS) | S2M_HAS(VMA) |
			S2M_HAS(PGPROT) | S2M_HAS(UID);

/* What the core has of the C library. */
void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *a, const void *b))
{
	u64 *array = base, spare;
	size_t words = size / sizeof(u64), i, j, word;

	for (i = 1; i < n; i++)
		for (j = i; j && cmp(array + (j - 1) * words, array + j * words) > 0; j--)
			for (word = 0; word < words; word++) {
				spare = array[j * words + word];
				array[j * words + word] = array[(j - 1) * words + word];
				array[(j - 1) * words + word] = spare;
			}
}

static u64 any_page(void)
{
	u64 page = any_u8();

	assume(page < PAGES);
	return page * PAGE;
}

static void any_rule(struct s2m_rule *rule)
{
	*rule = (struct s2m_rule) { 0 };
	rule->type = any_u8();
	assume(rule->type < S2M_NR_TYPES || rule->type == S2M_COHERENT_RAM);
	rule->keys = (u16)(any_u32() & keys);
	if (rule->type == S2M_COHERENT_RAM)
		assume(!(rule->keys & ~S2M_HAS(UID)));
	if (rule->keys & S2M_HAS(BAR))
		rule->bar = any_u8() & 1;
	if (rule->keys & S2M_HAS(PREFETCH))
		rule->prefetch = any_u8() & 1;
	if (rule->keys & S2M_HAS(PHYS)) {
		rule->phys_start = any_page();
		rule->phys_end = any_page() + PAGE - 1;
		assume(rule->phys_start <= rule->phys_end);
	}
	if (rule->keys & S2M_HAS(VMA)) {
		rule->vma = any_u8() & 3;
		assume(rule->vma);
	}
	if (rule->keys & S2M_HAS(PGPROT)) {
		rule->pgprot = any_u8() & 3;
		assume(rule->pgprot != S2M_PGPROT_CACHEABLE);
	}
	if (rule->keys & S2M_HAS(UID))
		rule->uid = any_u8() & 1;
}

/* Is a rule about this page, and whoever maps it so? */
static bool matches(const struct s2m_rule *rule, const struct s2m_device *bar,
		    const struct s2m_mapping *mapping, u32 uid)
{
	const bool in_bar = mapping->phys >= bar->start && mapping->phys <= bar->end;
	const u32 vma = (mapping->pfnmap ? S2M_VMA_PFNMAP : 0) | (mapping->io ? S2M_VMA_IO : 0);

	if (rule->type == S2M_COHERENT_RAM)
		return false;
	if (rule->type != S2M_NATIVE && rule->type != S2M_DEVICE_NGNRE && !in_bar &&
	    !(rule->keys & S2M_HAS(PHYS)))
		return false;
	if (rule->keys & (S2M_HAS(BAR) | S2M_HAS(PREFETCH)) && !in_bar)
		return false;
	return (!(rule->keys & S2M_HAS(BAR)) || rule->bar == bar->bar) &&
	       (!(rule->keys & S2M_HAS(PREFETCH)) || rule->prefetch == bar->prefetch) &&
	       (!(rule->keys & S2M_HAS(PHYS)) || (mapping->phys >= rule->phys_start &&
						  mapping->phys <= rule->phys_end)) &&
	       (!(rule->keys & S2M_HAS(VMA)) || rule->vma == vma) &&
	       (!(rule->keys & S2M_HAS(PGPROT)) || rule->pgprot == mapping->pgprot) &&
	       (!(rule->keys & S2M_HAS(UID)) || rule->uid == uid);
}

void index(void)
{
	struct s2m_table *table = malloc(sizeof(*table) + RULES * sizeof(table->rules[0]));
	struct s2m_task task = { .comm = "", .uid = any_u8() & 1 };
	struct s2m_mapping mapping = { .phys = any_page(), .size = PAGE };
	struct s2m_device bar = { .bar = any_u8() & 1, .prefetch = any_bool() };
	struct s2m_index *index = NULL;
	struct s2m_text_error error;
	struct s2m_verdict verdict;
	u32 i;

	assume(table);
	table->count = any_u8();
	assume(table->count <= RULES);
	table->strings = "";
	for (i = 0; i < RULES; i++)
		any_rule(&table->rules[i]);
	bar.start = 2 * PAGE;
	bar.end = 4 * PAGE - 1;
	mapping.pfnmap = any_bool();
	mapping.io = any_bool();
	mapping.pgprot = (enum s2m_pgprot)(any_u8() & 3);
	mapping.kvm_type = any_bool() ? S2M_DEVICE_NGNRE : S2M_NORMAL_NC;

	if (s2m_index_build(table, &bar, 1, PAGE, &index, &error))
		return;
	verdict = s2m_index_decide(index, &mapping, &task);
	for (i = 0; i < table->count; i++)
		if (matches(&table->rules[i], &bar, &mapping, task.uid))
			break;
	prove(verdict.rule == (i < table->count ? i : S2M_NO_RULE));
	prove(verdict.type == (i < table->count ? (enum s2m_type)table->rules[i].type : S2M_NATIVE));
	s2m_index_free(index);
}
