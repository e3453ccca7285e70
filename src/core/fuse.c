// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rule with a fuse a function depends on: one that may decide about any of its
 * BARs. Who will map them is not known, so a rule with keys about processes or VMAs may;
 * a rule that one before it leaves nothing to does not.
 */
#include <s2memattr/fuse.h>

#include "compile.h"

/* As the trace event prints them: trace.h has to spell them out itself. */
const char *s2m_bus_error_word(enum s2m_bus_error_kind kind)
{
	switch (kind) {
	case S2M_BUS_ERROR_NONFATAL:
		return "nonfatal";
	case S2M_BUS_ERROR_FATAL:
		return "fatal";
	case S2M_BUS_ERROR_RECOVERY:
		return "recovery";
	case S2M_BUS_ERROR_CPU:
		return "cpu";
	case S2M_BUS_ERROR_UNNAMED:
		return "unnamed";
	}
	return "?";
}

static bool reaches(const struct s2m_rule *rule, u64 start, u64 end)
{
	return !(rule->keys & S2M_HAS(PHYS)) ||
	       (rule->phys_start <= end && rule->phys_end >= start);
}

/* The first rule with a fuse that may decide within some addresses of a BAR. */
static u32 first_within(const struct s2m_index *index, const struct s2m_device *device,
			const struct s2m_place *place, u64 start, u64 end)
{
	const struct s2m_table *table = index->table;
	u32 last = s2m_place_fallback(index, place), i;

	for (i = 0; i < table->count && i <= last; i++) {
		const struct s2m_rule *rule = &table->rules[i];

		if (!(i & 0xfff))
			s2m_breathe();
		if (rule->fuse && reaches(rule, start, end) &&
		    s2m_match_device(table, rule, device))
			return i;
	}
	return S2M_NO_RULE;
}

static u32 first_in_region(const struct s2m_index *index, const struct s2m_region *region)
{
	const struct s2m_device *device = &index->devices[region->device];
	u32 i = s2m_interval_at(index, region->start), first = S2M_NO_RULE, rule;

	for (; i < index->intervals && index->starts[i] <= region->end; i++) {
		u64 end = i + 1 < index->intervals ? index->starts[i + 1] - 1 : U64_MAX;
		u64 start = index->starts[i];

		rule = first_within(index, device, &index->places[i],
				    start > region->start ? start : region->start,
				    end < region->end ? end : region->end);
		if (rule < first)
			first = rule;
	}
	return first;
}

u32 s2m_index_fuse(const struct s2m_index *index, const struct s2m_device *function)
{
	const struct s2m_region *region = index->regions.data;
	u32 i, first = S2M_NO_RULE, rule;

	for (i = 0; index->fuses && i < index->regions.count; i++) {
		if (!s2m_same_function(&index->devices[region[i].device], function))
			continue;
		rule = first_in_region(index, &region[i]);
		if (rule < first)
			first = rule;
	}
	return first;
}

const struct s2m_device *s2m_index_bar(const struct s2m_index *index, u32 i)
{
	const struct s2m_region *region = index->regions.data;

	return i < index->regions.count ? &index->devices[region[i].device] : NULL;
}

u32 s2m_table_fuse_of(const struct s2m_table *table, const struct s2m_device *function)
{
	u32 i;

	for (i = 0; i < table->count; i++)
		if (table->rules[i].fuse && s2m_match_address(&table->rules[i], function))
			return i;
	return S2M_NO_RULE;
}
