/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of an index, and the steps that build one.
 *
 * The rules are sorted into three kinds by what they know of the place:
 *
 *   nothing                  -> one set of rules, for every mapping; one for
 *                               every BAR, of those that loosen; and one of its
 *                               own for rules about VMs
 *   keys about devices       -> one set for each BAR (equal ones are shared)
 *   phys=, and perhaps more  -> physical ranges, cut where one begins or ends:
 *                               one set for each piece
 *
 * BARs and pieces together cut the physical address space into intervals. Each
 * names its two sets; with the ones for all, a decision asks four sets at most
 * and takes the rule with the lowest number.
 *
 * A set is small whatever the number of its rules: the first rule that needs
 * nothing more (rules behind it can never decide), and a note of which kinds
 * of keys about processes occur before it. The rules that have such keys are
 * in one hash table, by set and values: a look-up for each kind, and there are
 * at most sixteen.
 */
#ifndef S2MEMATTR_COMPILE_H
#define S2MEMATTR_COMPILE_H

#include <s2memattr/index.h>

#include "search.h"
#include "text.h"
#include "vec.h"

/* Sets that every index has. */
#define S2M_SET_EMPTY		0u
#define S2M_SET_ALWAYS		1u
#define S2M_SET_BARS		2u
#define S2M_SET_VMS		3u
#define S2M_NR_FIXED_SETS	4u

#define S2M_NO_ENTRY		U32_MAX

/**
 * struct s2m_set - rules of which any may be the first to match somewhere
 * @fallback: the first that needs no more facts, or %S2M_NO_RULE
 * @late: the first that does, or %S2M_NO_RULE
 * @task: the first that needs facts about the process, or %S2M_NO_RULE
 * @kinds: bit k set if some rule has the keys k of s2m_rule_kind()
 */
struct s2m_set {
	u32 fallback;
	u32 late;
	u32 task;
	u32 kinds;
};

/**
 * s2m_set_is_empty() - has a set no rules?
 * @set: the set
 *
 * Return: whether it has none.
 */
static inline bool s2m_set_is_empty(const struct s2m_set *set)
{
	return set->fallback == S2M_NO_RULE && set->late == S2M_NO_RULE;
}

/**
 * struct s2m_entry - a rule of a set that needs facts about a process or VMA
 * @next: the next one in the same bucket, or %S2M_NO_ENTRY
 * @hash: of the set and the values about the process
 * @set: the set
 * @rule: the rule
 * @tail: hash of the last bytes of its first group with a pattern on, or 0 if that
 *	may end with anything
 */
struct s2m_entry {
	u32 next;
	u32 hash;
	u32 set;
	u32 rule;
	u32 tail;
};

/**
 * struct s2m_region - addresses that belong to a BAR
 * @start: first address
 * @end: last address, inclusive
 * @device: which BAR, an index into s2m_index.devices
 * @set: rules about the device
 */
struct s2m_region {
	u64 start;
	u64 end;
	u32 device;
	u32 set;
};

/**
 * s2m_region_from() - find the first region that does not end before an address
 * @regions: the regions, struct s2m_region
 * @address: the address
 *
 * Context: any.
 * Return: its index, or the number of regions if all end before.
 */
static inline u32 s2m_region_from(const struct s2m_vec *regions, u64 address)
{
	return s2m_first_from(regions->data, regions->count, sizeof(struct s2m_region),
			      offsetof(struct s2m_region, end), address);
}

/**
 * struct s2m_piece - addresses for which the same phys= rules matter
 * @start: first address; the last one is before the next piece
 * @set: those rules
 */
struct s2m_piece {
	u64 start;
	u32 set;
};

/**
 * struct s2m_place - what is known of an interval of addresses
 * @any_bar: this is a BAR, and %S2M_SET_BARS has rules
 * @blown: this is a BAR of a function whose fuse has blown
 * @device_set: rules about the device there
 * @phys_set: rules about the addresses themselves
 */
struct s2m_place {
	u32 any_bar : 1;
	u32 blown : 1;
	u32 device_set : 30;
	u32 phys_set;
};

/**
 * struct s2m_index - a compiled table
 * @table: the table
 * @devices: copies of the BARs
 * @names: names of their drivers
 * @regions: addresses of the BARs, in order, disjoint
 * @sets: the sets
 * @entries: the rules of the sets that need more facts
 * @buckets: heads of the chains of entries
 * @starts: first address of each interval, in order; the first is 0
 * @places: what is there
 * @bucket_mask: number of buckets - 1
 * @levels: bit d set if some rule has a cgroup= of depth d, not counted from the
 *	first group with a pattern on
 * @intervals: number of intervals
 * @strictest: the first rule about mappings with the strictest type of all, or
 *	%S2M_NO_RULE
 * @vma_keys: which of S2M_VMA_KEYS some rule has
 * @blown: some place is of a function whose fuse has blown
 * @fuses: some rule has a fuse
 * @bytes: memory of all this
 */
struct s2m_index {
	const struct s2m_table *table;
	struct s2m_device *devices;
	char *names;
	struct s2m_vec regions;
	struct s2m_vec sets;
	struct s2m_vec entries;
	u32 *buckets;
	u64 *starts;
	struct s2m_place *places;
	u32 bucket_mask;
	u64 levels;
	u32 intervals;
	u32 strictest;
	u32 vma_keys;
	bool blown;
	bool fuses;
	size_t bytes;
};

/**
 * s2m_interval_at() - find the interval that an address lies in
 * @index: the index
 * @address: the address
 *
 * It is the one before the first that begins behind the address. The very first begins at
 * 0 and is left out, so there is always one before.
 *
 * Context: any.
 * Return: its number.
 */
static inline u32 s2m_interval_at(const struct s2m_index *index, u64 address)
{
	return s2m_first_from(index->starts + 1, index->intervals - 1, sizeof(u64), 0, address + 1);
}

/**
 * s2m_place_fallback() - the last rule that can decide at a place
 * @index: the index
 * @place: the place
 *
 * Return: the number of the first that needs to know nothing more, or %S2M_NO_RULE.
 */
u32 s2m_place_fallback(const struct s2m_index *index, const struct s2m_place *place);

/**
 * struct s2m_build - an index that is being built
 * @index: the index
 * @table: its table
 * @limit: rules from here on can never decide
 * @pieces: of the phys= rules, struct s2m_piece
 * @error: where a complaint goes
 */
struct s2m_build {
	struct s2m_index *index;
	const struct s2m_table *table;
	u32 limit;
	struct s2m_vec pieces;
	struct s2m_text_error *error;
};

/**
 * s2m_rule_kind() - which keys about the process a rule has
 * @rule: the rule
 *
 * Return: 0 to 15; bit 0 is pid, 1 uid, 2 comm, 3 cgroup.
 */
static inline u32 s2m_rule_kind(const struct s2m_rule *rule)
{
	return (rule->keys & S2M_TASK_KEYS) >> S2M_KEY_PID;
}

#define S2M_KIND(key)		(1u << (S2M_KEY_##key - S2M_KEY_PID))

/* A set has a bit for each kind, and s2m_set_first() hashes for kinds from comm on. */
static_assert(S2M_TASK_KEYS == 0xfu << S2M_KEY_PID, "keys about processes are four in a row");
static_assert((S2M_KIND(COMM) | S2M_KIND(CGROUP)) == 0xc, "those with names are the last");

/**
 * s2m_match_address() - may a rule be about a function?
 * @rule: the rule
 * @device: any BAR of it; only domain, bus and devfn count
 *
 * Return: false if the rule names another address.
 */
bool s2m_match_address(const struct s2m_rule *rule, const struct s2m_device *device);

/**
 * s2m_match_device() - does a rule match a BAR?
 * @table: the rule's table
 * @rule: the rule; only its keys about devices count
 * @device: the BAR
 *
 * Return: whether it does.
 */
bool s2m_match_device(const struct s2m_table *table, const struct s2m_rule *rule,
		      const struct s2m_device *device);

/**
 * s2m_regions_build() - find out which addresses belong to which BAR
 * @build: the index; gets devices, names and regions
 * @devices: the BARs
 * @n: their number
 * @page_size: of the host
 *
 * Return: 0 or -ENOMEM.
 */
int s2m_regions_build(struct s2m_build *build, const struct s2m_device *devices, u32 n,
		      u32 page_size);

/**
 * s2m_device_sets_build() - find the rules about each BAR
 * @build: the index, with regions; they get their sets
 *
 * Return: 0, -ENOMEM or -E2BIG.
 */
int s2m_device_sets_build(struct s2m_build *build);

/**
 * s2m_pieces_build() - cut the address space by the phys= rules
 * @build: the index, with regions; gets pieces
 *
 * Return: 0, -ENOMEM or -E2BIG.
 */
int s2m_pieces_build(struct s2m_build *build);

/**
 * s2m_sets_new() - add an empty set
 * @build: the index
 * @set: where its number goes
 *
 * Return: 0 or -ENOMEM.
 */
int s2m_sets_new(struct s2m_build *build, u32 *set);

/**
 * s2m_sets_note() - note in a set that it has a rule
 * @set: the set
 * @rule: the rule
 * @number: its number, higher than that of any rule noted before
 *
 * Return: whether the rule needs an entry, since it needs more facts.
 */
bool s2m_sets_note(struct s2m_set *set, const struct s2m_rule *rule, u32 number);

/**
 * s2m_sets_enter() - make an entry for a rule
 * @build: the index
 * @set: number of the set
 * @rule: number of the rule
 *
 * Return: 0, -ENOMEM, or -E2BIG with a complaint.
 */
int s2m_sets_enter(struct s2m_build *build, u32 set, u32 rule);

/**
 * s2m_sets_link() - put all entries into the hash table
 * @build: the index, with all entries, by set in the order of the rules
 *
 * Return: 0 or -ENOMEM.
 */
int s2m_sets_link(struct s2m_build *build);

/**
 * s2m_too_many() - complain about rules that overlap too much
 * @build: the index
 * @rule: number of the rule that was too many
 *
 * Return: -E2BIG.
 */
int s2m_too_many(struct s2m_build *build, u32 rule);

/**
 * struct s2m_subject - a mapping and its process, ready to be looked up
 * @index: the index
 * @mapping: the mapping
 * @task: the process, or NULL
 * @hashed: @comm, @depth and @group are filled in
 * @comm: hash of the process's name
 * @depth: number of groups that matter to any rule
 * @group: hash of the path down to each group; the root is the first
 * @tail: hash of the last bytes of the name of the group below each of these
 * @work: what this decision may still take; 0 if it has taken too much
 */
struct s2m_subject {
	const struct s2m_index *index;
	const struct s2m_mapping *mapping;
	const struct s2m_task *task;
	bool hashed;
	u32 comm;
	u32 depth;
	u32 group[S2M_MAX_CGROUP_DEPTH + 1];
	u32 tail[S2M_MAX_CGROUP_DEPTH + 1];
	u32 work;
};

/* What the parts of a decision take, in instructions. */
#define S2M_WORK_PART		150u
#define S2M_WORK_KIND		60u
#define S2M_WORK_ENTRY		20u
#define S2M_WORK_MATCH		40u
#define S2M_WORK_BYTE		10u

/**
 * s2m_spend() - go on with a decision, if it has not taken too much
 * @subject: what is decided
 * @work: what comes now
 *
 * Return: whether to go on.
 */
static inline bool s2m_spend(struct s2m_subject *subject, u32 work)
{
	if (subject->work <= work) {
		subject->work = 0;
		return false;
	}
	subject->work -= work;
	return true;
}

/**
 * s2m_match_late() - does a rule match a VMA and a process?
 * @rule: the rule; only its keys about VMAs and processes count
 * @subject: the mapping with the facts about the VMA, and the process. Without one it
 *	matches no key about processes
 *
 * Context: any.
 * Return: whether it does; not if the decision has taken too much.
 */
bool s2m_match_late(const struct s2m_rule *rule, struct s2m_subject *subject);

/**
 * s2m_set_first() - the first rule of a set that matches
 * @subject: what is to be matched
 * @set: number of the set
 * @below: only rules with a lower number are of interest
 *
 * Context: any.
 * Return: number of the rule, or @below if there is none of interest.
 */
u32 s2m_set_first(struct s2m_subject *subject, u32 set, u32 below);

#endif
