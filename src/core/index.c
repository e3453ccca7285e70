// SPDX-License-Identifier: GPL-2.0-only
/*
 * An index is built: the steps in their order, and the intervals that BARs and
 * pieces are joined to. It is asked in verdict.c.
 */
#include "compile.h"

/* Does a rule match every mapping? */
static bool is_for_all(const struct s2m_rule *rule)
{
	return !rule->keys && !s2m_rule_is_about_vm(rule) &&
	       !s2m_type_loosens((enum s2m_type)rule->type);
}

/* Rules behind one that matches everything can never decide. */
static u32 limit_of(const struct s2m_table *table)
{
	u32 i;

	for (i = 0; i < table->count; i++)
		if (is_for_all(&table->rules[i]))
			return i + 1;
	return table->count;
}

/* Note what decisions need that know little of their mapping. */
static void sum_up(struct s2m_build *build)
{
	const struct s2m_table *table = build->table;
	struct s2m_index *index = build->index;
	u8 strictest = S2M_NR_TYPES;
	u32 i;

	index->strictest = S2M_NO_RULE;
	for (i = 0; i < build->limit; i++) {
		const struct s2m_rule *rule = &table->rules[i];

		if (s2m_rule_is_about_vm(rule))
			continue;
		index->vma_keys |= rule->keys & S2M_VMA_KEYS;
		index->fuses |= rule->fuse;
		if (rule->type == S2M_NATIVE || rule->type >= strictest)
			continue;
		strictest = rule->type;
		index->strictest = i;
	}
}

/* Put a rule that knows nothing of the place into one of the fixed sets. */
static int enter_fixed(struct s2m_build *build, u32 number, u32 rule)
{
	struct s2m_set *set = (struct s2m_set *)build->index->sets.data + number;

	if (set->fallback != S2M_NO_RULE ||
	    !s2m_sets_note(set, &build->table->rules[rule], rule))
		return 0;
	return s2m_sets_enter(build, number, rule);
}

/*
 * The set of a rule that knows nothing of the place. What loosens reaches memory
 * that is no BAR only where an address is named: the line that KVM's reviewers drew.
 */
static u32 fixed_set_of(const struct s2m_rule *rule)
{
	if (s2m_rule_is_about_vm(rule))
		return S2M_SET_VMS;
	return s2m_type_loosens((enum s2m_type)rule->type) ? S2M_SET_BARS : S2M_SET_ALWAYS;
}

/* The sets that every index has: the empty one and those of fixed_set_of(). */
static int build_fixed_sets(struct s2m_build *build)
{
	const struct s2m_table *table = build->table;
	u32 set, i;
	int err = 0;

	for (i = 0; i < S2M_NR_FIXED_SETS && !err; i++)
		err = s2m_sets_new(build, &set);
	for (i = 0; i < table->count && !err; i++) {
		const struct s2m_rule *rule = &table->rules[i];

		if (rule->keys & (S2M_DEVICE_KEYS | S2M_HAS(PHYS)))
			continue;
		if (i < build->limit || s2m_rule_is_about_vm(rule))
			err = enter_fixed(build, fixed_set_of(rule), i);
	}
	return err;
}

/* Walks the regions and the pieces at once, from address 0 up. */
struct walk {
	const struct s2m_vec *regions;
	const struct s2m_vec *pieces;
	u32 region;
	u32 piece;
	u64 at;
};

static u64 min_address(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* The region that @walk->at is in, or NULL; lower @next to where that changes. */
static const struct s2m_region *walk_regions(struct walk *walk, u64 *next)
{
	const struct s2m_region *region = walk->regions->data;

	while (walk->region < walk->regions->count && region[walk->region].end < walk->at)
		walk->region++;
	if (walk->region == walk->regions->count)
		return NULL;
	region += walk->region;
	if (region->start > walk->at) {
		*next = min_address(*next, region->start);
		return NULL;
	}
	*next = min_address(*next, region->end + 1);
	return region;
}

/* The set of the piece that @walk->at is in, likewise. The first piece begins at 0. */
static u32 walk_pieces(struct walk *walk, u64 *next)
{
	const struct s2m_piece *piece = walk->pieces->data;
	u32 last = walk->pieces->count - 1;

	while (walk->piece < last && piece[walk->piece + 1].start <= walk->at)
		walk->piece++;
	if (walk->piece < last)
		*next = min_address(*next, piece[walk->piece + 1].start);
	return piece[walk->piece].set;
}

/* Make intervals, neighbours that are equal one. Only counts if the index has no arrays yet. */
static u32 join(struct s2m_index *index, const struct s2m_vec *pieces)
{
	struct walk walk = { .regions = &index->regions, .pieces = pieces };
	const struct s2m_set *bars = (struct s2m_set *)index->sets.data + S2M_SET_BARS;
	const bool any = !s2m_set_is_empty(bars);
	const struct s2m_region *region;
	struct s2m_place place, last;
	u64 next;
	u32 n = 0;

	do {
		next = U64_MAX;
		region = walk_regions(&walk, &next);
		place.any_bar = region && any;
		place.blown = region && index->devices[region->device].blown;
		place.device_set = (region ? region->set : S2M_SET_EMPTY) & 0x3fffffff;
		place.phys_set = walk_pieces(&walk, &next);
		if (!n || memcmp(&place, &last, sizeof(place))) {
			if (index->starts) {
				index->starts[n] = walk.at;
				index->places[n] = place;
			}
			last = place;
			n++;
		}
		walk.at = next;
	} while (next != U64_MAX);
	return n;
}

static int build_intervals(struct s2m_build *build)
{
	struct s2m_index *index = build->index;
	u32 n = join(index, &build->pieces);
	u64 *starts = s2m_alloc_array(n, sizeof(*starts));

	index->places = s2m_alloc_array(n, sizeof(*index->places));
	if (!starts || !index->places) {
		s2m_free(starts);
		return -ENOMEM;
	}
	index->starts = starts;
	index->intervals = join(index, &build->pieces);
	index->bytes += n * (sizeof(*starts) + sizeof(*index->places));
	return 0;
}

/* Give back the room of an array that will not grow any more, and count the rest. */
static int trim(struct s2m_index *index, struct s2m_vec *vec)
{
	index->bytes += (size_t)vec->count * vec->size;
	return s2m_vec_trim(vec);
}

static int build_parts(struct s2m_build *build, const struct s2m_device *devices, u32 n,
		       u32 page_size)
{
	struct s2m_index *index = build->index;
	int err;

	sum_up(build);
	err = s2m_regions_build(build, devices, n, page_size);
	if (!err)
		err = build_fixed_sets(build);
	if (!err)
		err = s2m_device_sets_build(build);
	if (!err)
		err = s2m_pieces_build(build);
	if (!err)
		err = build_intervals(build);
	if (!err)
		err = s2m_sets_link(build);
	if (!err)
		err = trim(index, &index->regions);
	if (!err)
		err = trim(index, &index->sets);
	if (!err)
		err = trim(index, &index->entries);
	return err;
}

int s2m_index_build(const struct s2m_table *table, const struct s2m_device *devices, u32 n,
		    u32 page_size, struct s2m_index **index, struct s2m_text_error *error)
{
	struct s2m_index *new = s2m_alloc(sizeof(*new));
	struct s2m_build build = {
		.index = new,
		.table = table,
		.limit = limit_of(table),
		.pieces = S2M_VEC(struct s2m_piece),
		.error = error,
	};
	int err = -ENOMEM;

	if (new) {
		*new = (struct s2m_index){
			.table = table,
			.regions = S2M_VEC(struct s2m_region),
			.sets = S2M_VEC(struct s2m_set),
			.entries = S2M_VEC(struct s2m_entry),
			.bytes = sizeof(*new),
		};
		err = build_parts(&build, devices, n, page_size);
	}
	s2m_vec_free(&build.pieces);
	if (err == -ENOMEM)
		s2m_text_complain(error, 0, "no memory for an index of %u rules and %u BARs",
				  table->count, n);
	if (err)
		s2m_index_free(new);
	else
		*index = new;
	return err;
}

void s2m_index_free(struct s2m_index *index)
{
	if (!index)
		return;
	s2m_free(index->places);
	s2m_free(index->starts);
	s2m_free(index->buckets);
	s2m_vec_free(&index->entries);
	s2m_vec_free(&index->sets);
	s2m_vec_free(&index->regions);
	s2m_free(index->names);
	s2m_free(index->devices);
	s2m_free(index);
}

void s2m_index_stats(const struct s2m_index *index, struct s2m_index_stats *stats)
{
	stats->regions = index->regions.count;
	stats->intervals = index->intervals;
	stats->entries = index->entries.count;
	stats->bytes = index->bytes;
}
