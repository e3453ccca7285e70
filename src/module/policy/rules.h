/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule table in force: what it says, compiled for the devices that are there,
 * and how often each rule has decided. Never changed, only replaced.
 */
#ifndef S2MEMATTR_RULES_H
#define S2MEMATTR_RULES_H

#include <linux/atomic.h>
#include <linux/refcount.h>
#include <s2memattr/index.h>

#include "policy/devices.h"

/**
 * struct s2m_ruleset - a table and its counters
 * @refs: references: of each struct s2m_rules compiled from it, and of who reads it
 * @table: the table, owned by this
 * @unmatched: decisions that no rule made
 * @hits: decisions that each rule made, in the order of the table
 *
 * A change of the devices has the table compiled anew, into other struct s2m_rules; the
 * table and its counters stay.
 */
struct s2m_ruleset {
	refcount_t refs;
	struct s2m_table *table;
	atomic_long_t unmatched;
	atomic_long_t hits[];
};

/**
 * struct s2m_rules - a table, compiled
 * @refs: references; the last one frees
 * @set: the table and its counters
 * @index: the table for the devices that were there
 */
struct s2m_rules {
	refcount_t refs;
	struct s2m_ruleset *set;
	struct s2m_index *index;
};

/**
 * s2m_ruleset_create() - counters for a table
 * @table: the table; belongs to the set from now on, if there is one
 *
 * Context: process context, may sleep.
 * Return: a set with one reference, or NULL for lack of memory.
 */
struct s2m_ruleset *s2m_ruleset_create(struct s2m_table *table);

/**
 * s2m_ruleset_put() - drop a reference
 * @set: the set, or NULL
 *
 * Context: process context, may sleep.
 */
void s2m_ruleset_put(struct s2m_ruleset *set);

/**
 * s2m_rules_build() - compile a table for devices
 * @set: the table; the rules get a reference of their own
 * @devices: what is there; not needed afterwards
 * @error: why not, for people; set on failure only
 *
 * Context: process context, may sleep.
 * Return: rules with one reference, or an ERR_PTR().
 */
struct s2m_rules *s2m_rules_build(struct s2m_ruleset *set, const struct s2m_devices *devices,
				  struct s2m_text_error *error);

/**
 * s2m_rules_get() - take a reference
 * @rules: rules that the caller knows to have one
 *
 * Return: @rules.
 */
struct s2m_rules *s2m_rules_get(struct s2m_rules *rules);

/**
 * s2m_rules_put() - drop a reference
 * @rules: the rules, or NULL; no reader under RCU may have them if this is the
 *	last reference
 *
 * Context: process context, may sleep.
 */
void s2m_rules_put(struct s2m_rules *rules);

/**
 * s2m_rules_count() - count a decision
 * @rules: the rules
 * @rule: the rule that decided, or S2M_NO_RULE
 *
 * Context: any, including a kprobe handler.
 */
void s2m_rules_count(const struct s2m_rules *rules, u32 rule);

#endif
