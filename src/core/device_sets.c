// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules about each BAR.
 *
 * Not every rule is held against every BAR. A rule that names one function, or
 * one vendor:device, is in the bucket of that name, and only BARs of that function
 * or device look into the bucket. And BARs that differ in nothing that any rule asks
 * for (those of many equal functions, mostly) share what was found for the first.
 *
 * Rules with phys= are not for here but for pieces.c, keys about devices or not.
 */
#include "compile.h"

/* A rule and its bucket. Sorted by bucket, and in a bucket by rule. */
struct bucketed {
	u64 bucket;
	u32 rule;
};

#define BUCKET_ANY		0ULL
#define BUCKET_FUNCTION(domain, bus, devfn) \
	(1ULL << 48 | (u64)(domain) << 16 | (u64)(bus) << 8 | (devfn))
#define BUCKET_ID(vendor, device)	(2ULL << 48 | (u64)(vendor) << 16 | (device))

/* A set that some BAR has: the BAR, and the run of the set's entries. */
struct known {
	const struct s2m_device *device;
	u32 set;
	u32 first;
	u32 count;
};

#define NR_BUCKETS		3

static u64 bucket_of(const struct s2m_rule *rule)
{
	const u8 any_function = S2M_ANY_DOMAIN | S2M_ANY_BUS | S2M_ANY_SLOT | S2M_ANY_FUNCTION;
	const u8 any_id = S2M_ANY_VENDOR | S2M_ANY_DEVICE;

	if (rule->keys & S2M_HAS(PCI) && !(rule->any & any_function))
		return BUCKET_FUNCTION(rule->domain, rule->bus, rule->devfn);
	if (rule->keys & S2M_HAS(ID) && !(rule->any & any_id))
		return BUCKET_ID(rule->vendor, rule->device);
	return BUCKET_ANY;
}

static int by_bucket(const void *a, const void *b)
{
	const struct bucketed *x = a, *y = b;

	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Put each rule into its bucket; @keys: all keys about devices that these rules have. */
static int fill_buckets(const struct s2m_build *build, struct s2m_vec *sorted, u32 *keys)
{
	struct bucketed *bucketed;
	u32 i;

	for (i = 0; i < build->limit; i++) {
		const struct s2m_rule *rule = &build->table->rules[i];

		if (!(rule->keys & S2M_DEVICE_KEYS) || rule->keys & S2M_HAS(PHYS))
			continue;
		bucketed = s2m_vec_push(sorted);
		if (!bucketed)
			return -ENOMEM;
		bucketed->bucket = bucket_of(rule);
		bucketed->rule = i;
		*keys |= rule->keys & S2M_DEVICE_KEYS;
	}
	s2m_sort(sorted->data, sorted->count, sizeof(*bucketed), by_bucket);
	return 0;
}

/* Index of the first rule in @bucket, or of where it would be. */
static u32 first_of_bucket(const struct s2m_vec *sorted, u64 bucket)
{
	return s2m_first_from(sorted->data, sorted->count, sizeof(struct bucketed),
			      offsetof(struct bucketed, bucket), bucket);
}

/* Where a merge stands in the buckets that may have rules about one BAR, and their ends. */
struct cursors {
	const struct bucketed *at[NR_BUCKETS];
	const struct bucketed *end[NR_BUCKETS];
};

static void start_cursors(struct cursors *cursors, const struct s2m_vec *sorted,
			  const struct s2m_device *device)
{
	const u64 names[NR_BUCKETS] = {
		BUCKET_ANY,
		BUCKET_FUNCTION(device->domain, device->bus, device->devfn),
		BUCKET_ID(device->vendor, device->device),
	};
	const struct bucketed *bucketed = sorted->data;
	u32 i;

	for (i = 0; i < NR_BUCKETS; i++) {
		cursors->at[i] = bucketed + first_of_bucket(sorted, names[i]);
		cursors->end[i] = bucketed + first_of_bucket(sorted, names[i] + 1);
	}
}

/* Take the next rule, in the order of the table, from whichever bucket has it. */
static u32 next_rule(struct cursors *cursors)
{
	u32 i, from = 0, rule = S2M_NO_RULE;

	for (i = 0; i < NR_BUCKETS; i++) {
		if (cursors->at[i] < cursors->end[i] && cursors->at[i]->rule < rule) {
			rule = cursors->at[i]->rule;
			from = i;
		}
	}
	if (rule != S2M_NO_RULE)
		cursors->at[from]++;
	return rule;
}

static int fill_set(struct s2m_build *build, u32 set, const struct s2m_device *device,
		    const struct s2m_vec *sorted)
{
	struct s2m_set *sets = build->index->sets.data;
	struct cursors cursors;
	u32 number;
	int err;

	start_cursors(&cursors, sorted, device);
	while ((number = next_rule(&cursors)) != S2M_NO_RULE) {
		const struct s2m_rule *rule = &build->table->rules[number];

		if (!s2m_match_device(build->table, rule, device))
			continue;
		if (!s2m_sets_note(&sets[set], rule, number))
			break;
		err = s2m_sets_enter(build, set, number);
		if (err)
			return err;
	}
	return 0;
}

static bool same_set(const struct s2m_index *index, const struct known *a, const struct known *b)
{
	const struct s2m_entry *entries = index->entries.data;
	const struct s2m_set *sets = index->sets.data;
	u32 i;

	if (a->count != b->count || memcmp(&sets[a->set], &sets[b->set], sizeof(*sets)))
		return false;
	for (i = 0; i < a->count; i++)
		if (entries[a->first + i].rule != entries[b->first + i].rule)
			return false;
	return true;
}

/*
 * Remember a BAR with its new set. If a set with the same rules is known, the new one is
 * dropped and the BAR gets the known one.
 */
static int share_set(struct s2m_index *index, struct s2m_vec *vec, struct known new, u32 *set)
{
	const struct known *old = vec->data;
	struct known *added;
	u32 i;

	for (i = 0; i < vec->count; i++) {
		if (!same_set(index, &old[i], &new))
			continue;
		index->entries.count = new.first;
		index->sets.count = new.set;
		new.set = old[i].set;
		new.first = old[i].first;
		break;
	}
	added = s2m_vec_push(vec);
	if (!added)
		return -ENOMEM;
	*added = new;
	*set = new.set;
	return 0;
}

static bool same_driver(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/*
 * Do two BARs have the same value for a key? Without a default, so that the compiler
 * names a key that is not thought of: BARs that differ in it would share a set.
 */
static bool same_value(enum s2m_key key, const struct s2m_device *a, const struct s2m_device *b)
{
	switch (key) {
	case S2M_KEY_PCI:
		return s2m_same_function(a, b);
	case S2M_KEY_ID:
		return a->vendor == b->vendor && a->device == b->device &&
		       a->subvendor == b->subvendor && a->subdevice == b->subdevice;
	case S2M_KEY_CLASS:
		return a->class_code == b->class_code;
	case S2M_KEY_BAR:
		return a->bar == b->bar;
	case S2M_KEY_PREFETCH:
		return a->prefetch == b->prefetch;
	case S2M_KEY_DRIVER:
		return same_driver(a->driver, b->driver);
	case S2M_KEY_PHYS:
	case S2M_KEY_VMA:
	case S2M_KEY_PGPROT:
	case S2M_KEY_PID:
	case S2M_KEY_UID:
	case S2M_KEY_COMM:
	case S2M_KEY_CGROUP:
	case S2M_NR_KEYS:
		break;
	}
	return false;
}

/* Do two BARs look the same to all rules with these keys? */
static bool look_the_same(u32 keys, const struct s2m_device *a, const struct s2m_device *b)
{
	u32 key;

	for (key = 0; keys >> key; key++)
		if (keys >> key & 1 && !same_value((enum s2m_key)key, a, b))
			return false;
	return true;
}

/* Find the set of a BAR that looks the same as @device. */
static bool find_known(const struct s2m_vec *vec, u32 keys, const struct s2m_device *device,
		       u32 *set)
{
	const struct known *known = vec->data;
	u32 i;

	/* BARs of one function come in a row, so the last one known is the likeliest. */
	for (i = vec->count; i--; ) {
		if (look_the_same(keys, known[i].device, device)) {
			*set = known[i].set;
			return true;
		}
	}
	return false;
}

static int build_set(struct s2m_build *build, const struct s2m_vec *sorted, struct s2m_vec *known,
		     const struct s2m_device *device, u32 *set)
{
	struct s2m_index *index = build->index;
	struct known new = { .device = device, .first = index->entries.count };
	int err;

	err = s2m_sets_new(build, &new.set);
	if (!err)
		err = fill_set(build, new.set, device, sorted);
	if (err)
		return err;
	new.count = index->entries.count - new.first;
	return share_set(index, known, new, set);
}

static int build_sets(struct s2m_build *build, const struct s2m_vec *sorted, u32 keys,
		      struct s2m_vec *known)
{
	struct s2m_index *index = build->index;
	struct s2m_region *region = index->regions.data;
	u32 i;
	int err = 0;

	for (i = 0; i < index->regions.count && !err; i++, region++) {
		const struct s2m_device *device = &index->devices[region->device];

		if (!find_known(known, keys, device, &region->set))
			err = build_set(build, sorted, known, device, &region->set);
		s2m_breathe();
	}
	return err;
}

int s2m_device_sets_build(struct s2m_build *build)
{
	struct s2m_vec sorted = S2M_VEC(struct bucketed), known = S2M_VEC(struct known);
	u32 keys = 0;
	int err;

	err = fill_buckets(build, &sorted, &keys);
	if (!err && sorted.count)
		err = build_sets(build, &sorted, keys, &known);
	s2m_vec_free(&known);
	s2m_vec_free(&sorted);
	return err;
}
