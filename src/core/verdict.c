// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an index answers: the type of a mapping, the device at an address, and whether
 * the answer depends on the process. Nothing here changes the index.
 */
#include "compile.h"

/* Does the next interval begin at @last or before, so that a mapping up to there spans it? */
static bool goes_on(const struct s2m_index *index, u32 interval, u64 last)
{
	return interval + 1 < index->intervals && index->starts[interval + 1] <= last;
}

static enum s2m_type type_of(const struct s2m_index *index, u32 rule)
{
	return rule == S2M_NO_RULE ? S2M_NATIVE : (enum s2m_type)index->table->rules[rule].type;
}

/* The set of the rules about any BAR, if the place is in a BAR. */
static u32 any_set(const struct s2m_place *place)
{
	return place->any_bar ? S2M_SET_BARS : S2M_SET_EMPTY;
}

/* The strictest answer that there is: too much would have to be looked at. */
static struct s2m_verdict too_much(void)
{
	return (struct s2m_verdict) { S2M_DEVICE_NGNRE, S2M_NO_RULE, false };
}

/* Field by field, because clearing the hashes as well would take time. */
static void begin(struct s2m_subject *subject, const struct s2m_index *index,
		  const struct s2m_mapping *mapping, const struct s2m_task *task)
{
	subject->index = index;
	subject->mapping = mapping;
	subject->task = task;
	subject->hashed = false;
	subject->work = S2M_MAX_WORK;
}

static u32 rule_at(struct s2m_subject *subject, const struct s2m_place *place, u32 rule)
{
	rule = s2m_set_first(subject, any_set(place), rule);
	rule = s2m_set_first(subject, place->device_set, rule);
	return s2m_set_first(subject, place->phys_set, rule);
}

static struct s2m_verdict decide(struct s2m_subject *subject)
{
	struct s2m_verdict verdict = { .type = S2M_NATIVE, .rule = S2M_NO_RULE };
	const struct s2m_mapping *mapping = subject->mapping;
	const struct s2m_index *index = subject->index;
	u64 last = mapping->phys + mapping->size - 1;
	u32 i = s2m_interval_at(index, mapping->phys);
	enum s2m_type strictest = S2M_NR_TYPES;
	u32 always, spanned = 0;

	always = s2m_set_first(subject, S2M_SET_ALWAYS, S2M_NO_RULE);
	for (;; i++) {
		const struct s2m_place *place = &index->places[i];
		enum s2m_type type, effect;
		u32 rule;

		if (++spanned > S2M_MAX_SPAN || !s2m_spend(subject, S2M_WORK_PART))
			return too_much();
		rule = place->blown ? S2M_NO_RULE : rule_at(subject, place, always);
		type = place->blown ? S2M_DEVICE_NGNRE : type_of(index, rule);
		effect = type == S2M_NATIVE ? mapping->kvm_type : type;
		if (effect < strictest) {
			strictest = effect;
			verdict.type = type;
			verdict.rule = rule;
			verdict.blown = place->blown;
		}
		if (!goes_on(index, i, last))
			break;
	}
	return subject->work ? verdict : too_much();
}

struct s2m_verdict s2m_index_decide(const struct s2m_index *index,
				    const struct s2m_mapping *mapping,
				    const struct s2m_task *task)
{
	struct s2m_subject subject;

	begin(&subject, index, mapping, task);
	return decide(&subject);
}

/* What a verdict means where KVM's own answer is @kvm_type. */
static enum s2m_type effect_of(const struct s2m_verdict *verdict, enum s2m_type kvm_type)
{
	return verdict->type == S2M_NATIVE ? kvm_type : verdict->type;
}

/* Of a mapping whose place is unknown: any rule may match. */
static struct s2m_verdict strictest_of_table(const struct s2m_index *index,
					     enum s2m_type kvm_type)
{
	enum s2m_type type = type_of(index, index->strictest);

	if (type == S2M_NATIVE || type >= kvm_type)
		return (struct s2m_verdict) { S2M_NATIVE, S2M_NO_RULE, false };
	return (struct s2m_verdict) { type, index->strictest, false };
}

static bool spans_more_than(const struct s2m_index *index, const struct s2m_mapping *mapping,
			    u32 parts)
{
	u32 i = s2m_interval_at(index, mapping->phys);

	return i + parts < index->intervals &&
	       index->starts[i + parts] <= mapping->phys + mapping->size - 1;
}

/* Each combination of what vma= and pgprot= can ask of a VMA has a number. */
#define VMA_FLAGS	4u
#define NR_VMAS		(VMA_FLAGS * (S2M_PGPROT_CACHEABLE + 1))

static bool is_asked_for(const struct s2m_index *index, u32 vma)
{
	return (index->vma_keys & S2M_HAS(VMA) || !(vma % VMA_FLAGS)) &&
	       (index->vma_keys & S2M_HAS(PGPROT) || !(vma / VMA_FLAGS));
}

static struct s2m_verdict strictest_of_vmas(const struct s2m_index *index,
					    const struct s2m_mapping *mapping,
					    const struct s2m_task *task)
{
	struct s2m_verdict strictest = { .type = S2M_NATIVE, .rule = S2M_NO_RULE };
	struct s2m_mapping maybe = *mapping;
	struct s2m_subject subject;
	bool first = true;
	u32 vma;

	begin(&subject, index, &maybe, task);
	for (vma = 0; vma < NR_VMAS; vma++) {
		struct s2m_verdict verdict;

		if (!is_asked_for(index, vma))
			continue;
		maybe.pfnmap = vma & S2M_VMA_PFNMAP;
		maybe.io = vma & S2M_VMA_IO;
		maybe.pgprot = (enum s2m_pgprot)(vma / VMA_FLAGS);
		verdict = decide(&subject);
		if (!subject.work)
			return too_much();
		if (first || effect_of(&verdict, mapping->kvm_type) <
			     effect_of(&strictest, mapping->kvm_type))
			strictest = verdict;
		first = false;
	}
	return strictest;
}

struct s2m_verdict s2m_index_decide_unsure(const struct s2m_index *index,
					   const struct s2m_mapping *mapping,
					   const struct s2m_task *task, u32 unknown)
{
	if (unknown & S2M_UNKNOWN_PLACE)
		return strictest_of_table(index, mapping->kvm_type);
	if (!(unknown & S2M_UNKNOWN_VMA) || !index->vma_keys)
		return s2m_index_decide(index, mapping, task);
	if (spans_more_than(index, mapping, S2M_MAX_UNSURE_SPAN))
		return too_much();
	return strictest_of_vmas(index, mapping, task);
}

u32 s2m_index_decide_vm(const struct s2m_index *index, const struct s2m_task *task)
{
	static const struct s2m_mapping nowhere;
	struct s2m_subject subject;
	u32 rule;

	begin(&subject, index, &nowhere, task);
	rule = s2m_set_first(&subject, S2M_SET_VMS, S2M_NO_RULE);
	return subject.work ? rule : S2M_NO_RULE;
}

/* All the sets that are asked at a place as if they were one. */
static struct s2m_set sum_of_sets(const struct s2m_index *index, const struct s2m_place *place)
{
	const struct s2m_set *sets = index->sets.data;
	const struct s2m_set *of[] = {
		&sets[S2M_SET_ALWAYS], &sets[any_set(place)], &sets[place->device_set],
		&sets[place->phys_set],
	};
	struct s2m_set sum = *of[0];
	u32 i;

	for (i = 1; i < ARRAY_SIZE(of); i++) {
		if (of[i]->task < sum.task)
			sum.task = of[i]->task;
		if (of[i]->fallback < sum.fallback)
			sum.fallback = of[i]->fallback;
	}
	return sum;
}

u32 s2m_place_fallback(const struct s2m_index *index, const struct s2m_place *place)
{
	return sum_of_sets(index, place).fallback;
}

static bool place_needs_task(const struct s2m_index *index, const struct s2m_place *place)
{
	const struct s2m_set sum = sum_of_sets(index, place);

	return !place->blown && sum.task < sum.fallback;
}

bool s2m_index_needs_task(const struct s2m_index *index, u64 phys, u64 size)
{
	u64 last = phys + size - 1;
	u32 i = s2m_interval_at(index, phys), spanned;

	for (spanned = 0; spanned < S2M_MAX_SPAN; spanned++, i++) {
		if (place_needs_task(index, &index->places[i]))
			return true;
		if (!goes_on(index, i, last))
			return false;
	}
	return false;
}

bool s2m_index_is_blown(const struct s2m_index *index, u64 phys, u64 size)
{
	u64 last = phys + size - 1;
	u32 i, spanned;

	if (!index->blown)
		return false;
	i = s2m_interval_at(index, phys);
	for (spanned = 0; spanned < S2M_MAX_SPAN; spanned++, i++) {
		if (index->places[i].blown)
			return true;
		if (!goes_on(index, i, last))
			return false;
	}
	return true;
}

/* The first region that does not end before an address, or NULL. */
static const struct s2m_region *region_from(const struct s2m_index *index, u64 address)
{
	u32 i = s2m_region_from(&index->regions, address);

	return i < index->regions.count ? (const struct s2m_region *)index->regions.data + i : NULL;
}

const struct s2m_device *s2m_index_device(const struct s2m_index *index, u64 phys, u64 size)
{
	const struct s2m_region *region = region_from(index, phys);

	if (!region || region->start > phys || region->end < phys + size - 1)
		return NULL;
	return &index->devices[region->device];
}

u64 s2m_index_uniform_end(const struct s2m_index *index, u64 phys)
{
	const struct s2m_region *region = region_from(index, phys);
	u32 i = s2m_interval_at(index, phys);
	u64 end = U64_MAX;

	if (i + 1 < index->intervals)
		end = index->starts[i + 1];
	if (!region)
		return end;
	if (region->start > phys)
		return region->start < end ? region->start : end;
	return region->end + 1 < end ? region->end + 1 : end;
}
