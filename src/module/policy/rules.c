// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table with its counters, and what it was compiled to. Only references and lifetimes
 * are kept here: the core parses, compiles and answers.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "policy/rules.h"

struct s2m_ruleset *s2m_ruleset_create(struct s2m_table *table)
{
	struct s2m_ruleset *set;

	set = kvzalloc(struct_size(set, hits, table->count), GFP_KERNEL);
	if (!set)
		return NULL;
	refcount_set(&set->refs, 1);
	set->table = table;
	return set;
}

void s2m_ruleset_put(struct s2m_ruleset *set)
{
	if (!set || !refcount_dec_and_test(&set->refs))
		return;
	s2m_table_free(set->table);
	kvfree(set);
}

struct s2m_rules *s2m_rules_build(struct s2m_ruleset *set, const struct s2m_devices *devices,
				  struct s2m_text_error *error)
{
	struct s2m_rules *rules;
	int err;

	rules = kzalloc(sizeof(*rules), GFP_KERNEL);
	if (!rules) {
		s2m_scnprintf(error->sentence, sizeof(error->sentence), "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	err = s2m_index_build(set->table, devices->bars, devices->count, PAGE_SIZE,
			      &rules->index, error);
	if (err) {
		kfree(rules);
		return ERR_PTR(err);
	}
	refcount_set(&rules->refs, 1);
	refcount_inc(&set->refs);
	rules->set = set;
	return rules;
}

struct s2m_rules *s2m_rules_get(struct s2m_rules *rules)
{
	refcount_inc(&rules->refs);
	return rules;
}

void s2m_rules_put(struct s2m_rules *rules)
{
	if (!rules || !refcount_dec_and_test(&rules->refs))
		return;
	s2m_index_free(rules->index);
	s2m_ruleset_put(rules->set);
	kfree(rules);
}

void s2m_rules_count(const struct s2m_rules *rules, u32 rule)
{
	struct s2m_ruleset *set = rules->set;

	atomic_long_inc(rule == S2M_NO_RULE ? &set->unmatched : &set->hits[rule]);
}

NOKPROBE_SYMBOL(s2m_rules_count);
