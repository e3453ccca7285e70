// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules with phys= cut the address space into pieces.
 *
 * A rule reaches over one range of addresses, or, if it has keys about devices
 * too, over a range for each BAR that it matches. Ranges are laid down in the
 * order of the table, each only on pieces that no earlier rule decides for all
 * mappings. A list of the undecided pieces skips the others, so laying down all
 * ranges takes about as many steps as there are ranges and entries, however they
 * overlap.
 */
#include "compile.h"

/* A range of addresses, @end included, over which a rule reaches. */
struct reach {
	u64 start;
	u64 end;
	u32 rule;
};

/* The pieces while rules are laid on them. */
struct floor {
	u64 *starts;		/* first address of each piece; the first is 0 */
	struct s2m_set *sets;
	u32 *next;		/* of a piece: its own number while undecided, else a higher */
	u32 count;
	u32 first_entry;	/* from here on, entries have the number of a piece as their set */
};

static int add_reach(struct s2m_build *build, struct s2m_vec *reaches, u64 start, u64 end, u32 rule)
{
	struct reach *reach;

	if (reaches->count == S2M_MAX_PAIRS)
		return s2m_too_many(build, rule);
	reach = s2m_vec_push(reaches);
	if (!reach)
		return -ENOMEM;
	reach->start = start;
	reach->end = end;
	reach->rule = rule;
	return 0;
}

static int add_device_reaches(struct s2m_build *build, struct s2m_vec *reaches, u32 number)
{
	const struct s2m_rule *rule = &build->table->rules[number];
	const struct s2m_vec *vec = &build->index->regions;
	const struct s2m_region *region = vec->data;
	u32 i;
	int err;

	for (i = s2m_region_from(vec, rule->phys_start); i < vec->count; i++) {
		if (region[i].start > rule->phys_end)
			break;
		if (!s2m_match_device(build->table, rule, &build->index->devices[region[i].device]))
			continue;
		err = add_reach(build, reaches,
				region[i].start > rule->phys_start ? region[i].start :
				rule->phys_start,
				region[i].end < rule->phys_end ? region[i].end : rule->phys_end,
				number);
		if (err)
			return err;
	}
	return 0;
}

static int collect(struct s2m_build *build, struct s2m_vec *reaches)
{
	u32 i;
	int err = 0;

	for (i = 0; i < build->limit && !err; i++) {
		const struct s2m_rule *rule = &build->table->rules[i];

		if (!(i & 0xff))
			s2m_breathe();
		if (!(rule->keys & S2M_HAS(PHYS)))
			continue;
		if (rule->keys & S2M_DEVICE_KEYS)
			err = add_device_reaches(build, reaches, i);
		else
			err = add_reach(build, reaches, rule->phys_start, rule->phys_end, i);
	}
	return err;
}

static int by_value(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* A piece begins where a range does, or behind the end of one. */
static int cut(struct floor *floor, const struct s2m_vec *reaches)
{
	const struct reach *reach = reaches->data;
	u32 i, n = 0, unique = 0;

	floor->starts = s2m_alloc_array(2 * (size_t)reaches->count + 1, sizeof(u64));
	if (!floor->starts)
		return -ENOMEM;
	floor->starts[n++] = 0;
	for (i = 0; i < reaches->count; i++) {
		floor->starts[n++] = reach[i].start;
		floor->starts[n++] = reach[i].end + 1;
	}
	s2m_sort(floor->starts, n, sizeof(u64), by_value);
	for (i = 0; i < n; i++)
		if (!i || floor->starts[i] != floor->starts[unique - 1])
			floor->starts[unique++] = floor->starts[i];
	floor->count = unique;
	return 0;
}

static int prepare(struct floor *floor)
{
	u32 i;

	floor->sets = s2m_alloc_array(floor->count, sizeof(*floor->sets));
	/* One more, so that the list has an end. */
	floor->next = s2m_alloc_array((size_t)floor->count + 1, sizeof(u32));
	if (!floor->sets || !floor->next)
		return -ENOMEM;
	for (i = 0; i < floor->count; i++) {
		floor->sets[i] = (struct s2m_set){
			.fallback = S2M_NO_RULE,
			.late = S2M_NO_RULE,
			.task = S2M_NO_RULE,
		};
		floor->next[i] = i;
	}
	floor->next[i] = i;
	return 0;
}

/* The piece that begins at an address. */
static u32 piece_at(const struct floor *floor, u64 address)
{
	return s2m_first_from(floor->starts, floor->count, sizeof(u64), 0, address);
}

/* The first undecided piece from @i on. Halves the way there for later calls. */
static u32 undecided(struct floor *floor, u32 i)
{
	while (floor->next[i] != i) {
		floor->next[i] = floor->next[floor->next[i]];
		i = floor->next[i];
	}
	return i;
}

static int lay(struct s2m_build *build, struct floor *floor, const struct reach *reach)
{
	const struct s2m_rule *rule = &build->table->rules[reach->rule];
	u32 end = piece_at(floor, reach->end + 1);
	u32 i;
	int err;

	for (i = undecided(floor, piece_at(floor, reach->start)); i < end;
	     i = undecided(floor, i + 1)) {
		if (!s2m_sets_note(&floor->sets[i], rule, reach->rule)) {
			floor->next[i] = i + 1;
			continue;
		}
		err = s2m_sets_enter(build, i, reach->rule);
		if (err)
			return err;
	}
	return 0;
}

/* Can two pieces share a set? Not if it has entries, which are for one piece only. */
static bool is_same(const struct s2m_set *a, const struct s2m_set *b)
{
	return a->late == S2M_NO_RULE && !memcmp(a, b, sizeof(*a));
}

static int add_piece(struct s2m_build *build, u64 start, u32 set)
{
	struct s2m_piece *piece = s2m_vec_push(&build->pieces);

	if (!piece)
		return -ENOMEM;
	piece->start = start;
	piece->set = set;
	return 0;
}

/* Give each piece a set of the index. From here on next[] has the number of that set. */
static int give_sets(struct s2m_build *build, struct floor *floor)
{
	struct s2m_vec *sets = &build->index->sets;
	u32 i, set = S2M_SET_EMPTY;
	int err;

	for (i = 0; i < floor->count; i++) {
		if (s2m_set_is_empty(&floor->sets[i])) {
			set = S2M_SET_EMPTY;
		} else if (!i || !is_same(&floor->sets[i], &floor->sets[i - 1])) {
			err = s2m_sets_new(build, &set);
			if (err)
				return err;
			((struct s2m_set *)sets->data)[set] = floor->sets[i];
		}
		floor->next[i] = set;
		err = add_piece(build, floor->starts[i], set);
		if (err)
			return err;
	}
	return 0;
}

static int lay_all(struct s2m_build *build, struct floor *floor, const struct s2m_vec *reaches)
{
	struct s2m_vec *entries = &build->index->entries;
	struct s2m_entry *entry;
	u32 i;
	int err;

	for (i = 0; i < reaches->count; i++) {
		err = lay(build, floor, (const struct reach *)reaches->data + i);
		if (err)
			return err;
		if (!(i & 0xff))
			s2m_breathe();
	}
	err = give_sets(build, floor);
	if (err)
		return err;
	for (i = floor->first_entry; i < entries->count; i++) {
		entry = (struct s2m_entry *)entries->data + i;
		entry->set = floor->next[entry->set];
	}
	return 0;
}

int s2m_pieces_build(struct s2m_build *build)
{
	struct s2m_vec reaches = S2M_VEC(struct reach);
	struct floor floor = { .first_entry = build->index->entries.count };
	int err;

	err = collect(build, &reaches);
	if (!err)
		err = cut(&floor, &reaches);
	if (!err)
		err = prepare(&floor);
	if (!err)
		err = lay_all(build, &floor, &reaches);
	s2m_free(floor.next);
	s2m_free(floor.sets);
	s2m_free(floor.starts);
	s2m_vec_free(&reaches);
	return err;
}
