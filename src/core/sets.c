// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of rules, and the hash table that finds the rules of a set about a process.
 * Which rules a set has is decided elsewhere: index.c, device_sets.c, pieces.c.
 *
 * An entry is found by its set, its kind (which keys about processes it has)
 * and the values of those keys. Entries that differ only in vma= or pgprot=
 * are in one chain: sixteen at most, since of equal entries only the first is
 * kept. Of a cgroup= with a pattern only the groups before the pattern are hashed,
 * so all rules that share those are in one chain: %S2M_MAX_PATTERNS at most. Most of
 * these are skipped: the last bytes of the group with the pattern are others (@tail of
 * struct s2m_entry).
 */
#include "compile.h"

static u32 mix(u32 hash, u32 value)
{
	hash = (hash ^ value) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

/* Hash a name up to its terminator or to @end, by which a path goes on. */
static u32 hash_name(u32 hash, const char *name, char end)
{
	for (; *name && *name != end; name++)
		hash = (hash ^ (u8)*name) * 0x01000193u;
	return mix(hash, '/');
}

/* How many groups at the beginning of a rule's cgroup= have no pattern. */
static u32 plain_depth(const struct s2m_table *table, const struct s2m_rule *rule)
{
	const char *path = table->strings + rule->cgroup;
	u32 groups = 0;

	for (; *path; path++) {
		if (*path == S2M_ANY_BYTES)
			return groups - 1;
		groups += *path == '/';
	}
	return rule->cgroup_depth;
}

static u32 hash_path(const char *path, u32 depth)
{
	u32 hash = 0;

	for (; depth; depth--) {
		hash = hash_name(hash, ++path, '/');
		while (*path && *path != '/')
			path++;
	}
	return hash;
}

/* By so many bytes behind the last "*" of a group its entry may be skipped. */
#define TAIL	8

/* Hash the last bytes before @end. Never 0, which stands for a tail of any bytes. */
static u32 hash_tail(const char *end)
{
	u32 hash = 0;
	int i;

	for (i = TAIL; i; i--)
		hash = (hash ^ (u8)end[-i]) * 0x01000193u;
	return mix(hash, '/') | 1;
}

/* See struct s2m_entry. */
static u32 tail_of_rule(const struct s2m_table *table, const struct s2m_rule *rule)
{
	const char *path = table->strings + rule->cgroup;
	u32 depth = plain_depth(table, rule), literal = 0;

	if (depth == rule->cgroup_depth)
		return 0;
	for (depth++; depth; path++)
		depth -= *path == '/';
	for (; *path && *path != '/'; path++)
		literal = *path == S2M_ANY_BYTES ? 0 : literal + 1;
	return literal < TAIL ? 0 : hash_tail(path);
}

/* Hash all values but cgroup=, which may name any of the groups above a process. */
static u32 hash_key(u32 set, u32 kind, u32 pid, u32 uid, u32 comm)
{
	u32 hash = mix(0, set << 4 | kind);

	if (kind & S2M_KIND(PID))
		hash = mix(hash, pid);
	if (kind & S2M_KIND(UID))
		hash = mix(hash, uid);
	if (kind & S2M_KIND(COMM))
		hash = mix(hash, comm);
	return hash;
}

static u32 hash_rule(const struct s2m_table *table, const struct s2m_rule *rule, u32 set)
{
	u32 kind = s2m_rule_kind(rule), comm = 0, hash;

	if (kind & S2M_KIND(COMM))
		comm = hash_name(0, table->strings + rule->comm, '\0');
	hash = hash_key(set, kind, rule->pid, rule->uid, comm);
	if (kind & S2M_KIND(CGROUP))
		hash = mix(hash, hash_path(table->strings + rule->cgroup,
					   plain_depth(table, rule)));
	return hash;
}

int s2m_sets_new(struct s2m_build *build, u32 *set)
{
	struct s2m_set *new = s2m_vec_push(&build->index->sets);

	if (!new)
		return -ENOMEM;
	new->fallback = S2M_NO_RULE;
	new->late = S2M_NO_RULE;
	new->task = S2M_NO_RULE;
	new->kinds = 0;
	*set = build->index->sets.count - 1;
	return 0;
}

bool s2m_sets_note(struct s2m_set *set, const struct s2m_rule *rule, u32 number)
{
	if (!(rule->keys & S2M_LATE_KEYS)) {
		set->fallback = number;
		return false;
	}
	set->kinds |= 1u << s2m_rule_kind(rule);
	if (set->late == S2M_NO_RULE)
		set->late = number;
	if (set->task == S2M_NO_RULE && rule->keys & S2M_TASK_KEYS)
		set->task = number;
	return true;
}

int s2m_too_many(struct s2m_build *build, u32 rule)
{
	s2m_text_complain(build->error, 0,
			  "rule %u: rules overlap too much: more than %u pairs of a rule and a device or range",
			  rule + 1, S2M_MAX_PAIRS);
	return -E2BIG;
}

int s2m_sets_enter(struct s2m_build *build, u32 set, u32 rule)
{
	struct s2m_entry *entry;

	if (build->index->entries.count == S2M_MAX_PAIRS)
		return s2m_too_many(build, rule);
	entry = s2m_vec_push(&build->index->entries);
	if (!entry)
		return -ENOMEM;
	entry->set = set;
	entry->rule = rule;
	return 0;
}

/* Of two rules that differ in a key that is missing below, the second would be lost. */
static_assert(S2M_LATE_KEYS == (S2M_HAS(VMA) | S2M_HAS(PGPROT) | S2M_HAS(PID) | S2M_HAS(UID) |
				S2M_HAS(COMM) | S2M_HAS(CGROUP)),
	      "same_late_keys() knows each key about VMAs and processes");

static bool same_late_keys(const struct s2m_table *table, const struct s2m_rule *a,
			   const struct s2m_rule *b)
{
	return ((a->keys ^ b->keys) & S2M_LATE_KEYS) == 0 &&
	       a->vma == b->vma && a->pgprot == b->pgprot &&
	       a->pid == b->pid && a->uid == b->uid &&
	       (!(a->keys & S2M_HAS(COMM)) ||
		!strcmp(table->strings + a->comm, table->strings + b->comm)) &&
	       (!(a->keys & S2M_HAS(CGROUP)) ||
		!strcmp(table->strings + a->cgroup, table->strings + b->cgroup));
}

/* Is there an earlier rule that decides whenever this one matches? */
static bool is_hidden(const struct s2m_index *index, const struct s2m_entry *entry)
{
	const struct s2m_entry *entries = index->entries.data;
	const struct s2m_rule *rules = index->table->rules;
	u32 i;

	for (i = index->buckets[entry->hash & index->bucket_mask]; i != S2M_NO_ENTRY;
	     i = entries[i].next) {
		if (entries[i].hash == entry->hash && entries[i].set == entry->set &&
		    same_late_keys(index->table, &rules[entries[i].rule], &rules[entry->rule]))
			return true;
	}
	return false;
}

static int alloc_buckets(struct s2m_index *index)
{
	u32 n = 1;

	while (n < index->entries.count)
		n *= 2;
	index->buckets = s2m_alloc_array(n, sizeof(u32));
	if (!index->buckets)
		return -ENOMEM;
	memset(index->buckets, 0xff, n * sizeof(u32));
	index->bucket_mask = n - 1;
	index->bytes += n * sizeof(u32);
	return 0;
}

int s2m_sets_link(struct s2m_build *build)
{
	struct s2m_index *index = build->index;
	struct s2m_entry *entries = index->entries.data;
	u32 i, kept = 0;
	int err;

	err = alloc_buckets(index);
	if (err)
		return err;
	for (i = 0; i < index->entries.count; i++) {
		struct s2m_entry entry = entries[i];
		const struct s2m_rule *rule = &index->table->rules[entry.rule];
		u32 *head;

		if (!(i & 0xfff))
			s2m_breathe();
		entry.hash = hash_rule(index->table, rule, entry.set);
		entry.tail = rule->keys & S2M_HAS(CGROUP) ? tail_of_rule(index->table, rule) : 0;
		if (is_hidden(index, &entry))
			continue;
		head = &index->buckets[entry.hash & index->bucket_mask];
		entry.next = *head;
		*head = kept;
		entries[kept++] = entry;
		if (rule->keys & S2M_HAS(CGROUP))
			index->levels |= 1ULL << plain_depth(index->table, rule);
	}
	index->entries.count = kept;
	return 0;
}

/* Hash the groups that matter to any rule, and one below them for its tail. */
static void hash_groups(struct s2m_subject *subject)
{
	const struct s2m_task *task = subject->task;
	u64 levels = subject->index->levels;
	const char *name;
	size_t len;
	u32 i;

	subject->group[0] = 0;
	for (i = 0; i < task->cgroup_depth; i++) {
		name = task->cgroup[i];
		len = strlen(name);
		subject->tail[i] = len < TAIL ? 0 : hash_tail(name + len);
		if (!(levels >> (i + 1)) || !s2m_spend(subject, S2M_WORK_BYTE * (u32)len))
			break;
		subject->group[i + 1] = hash_name(subject->group[i], name, '\0');
	}
	subject->depth = i;
	if (i == task->cgroup_depth)
		subject->tail[i] = 0;
}

/* Hash the names of a process. Once for a decision, whatever the number of sets. */
static void hash_task(struct s2m_subject *subject)
{
	subject->hashed = true;
	subject->comm = hash_name(0, subject->task->comm, '\0');
	hash_groups(subject);
}

/*
 * The first rule in the chain of a hash that matches, or @below. The hash is of some
 * groups of the process; @tail is of the group that follows these.
 */
static u32 first_of_chain(struct s2m_subject *subject, u32 set, u32 hash, u32 tail, u32 below)
{
	const struct s2m_index *index = subject->index;
	const struct s2m_entry *entries = index->entries.data;
	const struct s2m_entry *entry;
	u32 i;

	if (!s2m_spend(subject, S2M_WORK_KIND))
		return below;
	for (i = index->buckets[hash & index->bucket_mask]; i != S2M_NO_ENTRY; i = entry->next) {
		entry = &entries[i];
		if (!s2m_spend(subject, S2M_WORK_ENTRY))
			break;
		if (entry->hash != hash || entry->set != set || entry->rule >= below ||
		    (entry->tail && entry->tail != tail))
			continue;
		if (!s2m_spend(subject, S2M_WORK_MATCH))
			break;
		if (s2m_match_late(&index->table->rules[entry->rule], subject))
			below = entry->rule;
	}
	return below;
}

static u32 first_of_kind(struct s2m_subject *subject, u32 set, u32 kind, u32 below)
{
	const struct s2m_task *task = subject->task;
	u32 hash, depth;

	if (!kind)
		return first_of_chain(subject, set, hash_key(set, 0, 0, 0, 0), 0, below);

	hash = hash_key(set, kind, task->pid, task->uid, subject->comm);
	if (!(kind & S2M_KIND(CGROUP)))
		return first_of_chain(subject, set, hash, 0, below);

	for (depth = 0; depth <= subject->depth; depth++)
		if (subject->index->levels >> depth & 1)
			below = first_of_chain(subject, set, mix(hash, subject->group[depth]),
					       subject->tail[depth], below);
	return below;
}

u32 s2m_set_first(struct s2m_subject *subject, u32 number, u32 below)
{
	const struct s2m_set *set = (const struct s2m_set *)subject->index->sets.data + number;
	u32 kind, kinds = set->kinds;

	if (set->fallback < below)
		below = set->fallback;
	if (set->late >= below)
		return below;

	if (!subject->task)
		kinds &= 1;
	else if (kinds >> S2M_KIND(COMM) && !subject->hashed)
		hash_task(subject);
	for (kind = 0; kinds; kind++, kinds >>= 1)
		if (kinds & 1)
			below = first_of_kind(subject, number, kind, below);
	return below;
}
