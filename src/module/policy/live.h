/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What decides: the mode, and the table compiled for the devices that are there.
 *
 * Everybody may ask this file; only change.c replaces what it holds. What becomes of
 * mappings that were made under the policy before is no business of it, but it knows
 * which policy that was (settled) and whether it was the only one (in doubt).
 */
#ifndef S2MEMATTR_LIVE_H
#define S2MEMATTR_LIVE_H

#include <linux/types.h>
#include <s2memattr/memattr.h>

#include "policy/rules.h"

/**
 * struct s2m_policy - everything that decides
 * @mode: the position of the knob
 * @rules: the table
 */
struct s2m_policy {
	enum s2m_mode mode;
	const struct s2m_rules *rules;
};

/**
 * struct s2m_change - from what to what
 * @from: the policy under which present mappings were made
 * @to: the policy that is published
 * @everything: @from is not the whole story, so every mapping is to go
 * @skipped: that is because there was another policy in between
 */
struct s2m_change {
	struct s2m_policy from;
	struct s2m_policy to;
	bool everything;
	bool skipped;
};

/**
 * s2m_live_mode() - the position of the knob
 *
 * Context: any. In a handler, read it once: a change waits for handlers that
 * saw the old value.
 * Return: the mode that decides mappings from now on.
 */
enum s2m_mode s2m_live_mode(void);

/**
 * s2m_live_rules() - the table in force
 *
 * Context: any with preemption disabled, including a kprobe handler. The
 * answer is valid until preemption is enabled again.
 * Return: the rules, never NULL.
 */
const struct s2m_rules *s2m_live_rules(void);

/**
 * enum s2m_knowledge - does the table know which device some memory is?
 * @S2M_KNOWN: it does, or that it is none
 * @S2M_LEARNING: something has happened to that device, and the table is being compiled:
 *	who asks it asks again
 * @S2M_UNKNOWN: something has, and the table could not be compiled
 */
enum s2m_knowledge {
	S2M_KNOWN,
	S2M_LEARNING,
	S2M_UNKNOWN,
};

/**
 * s2m_live_knowledge() - does the table in force know which device some memory is?
 * @phys: its first physical address
 * @size: in bytes, not 0
 *
 * Asked before s2m_live_rules().
 *
 * Context: any with preemption disabled, including a kprobe handler.
 * Return: the answer, for a while: a driver that is bound, or a BAR that gets its
 * place, afterwards has nothing mapped yet.
 */
enum s2m_knowledge s2m_live_knowledge(u64 phys, u64 size);

/**
 * s2m_live_is_up_to_date() - was the table in force compiled for what is on the PCI bus?
 *
 * Context: any.
 * Return: whether it was, for a while.
 */
bool s2m_live_is_up_to_date(void);

/**
 * s2m_live_knows_bar() - does the table in force know a BAR to be where it is?
 * @bar: the BAR; its ids and its driver do not matter
 *
 * Context: any with preemption disabled, including a kprobe handler.
 * Return: whether it does, and nothing has happened to that function since.
 */
bool s2m_live_knows_bar(const struct s2m_device *bar);

/**
 * s2m_live_ruleset() - the table in force, to keep for a while
 *
 * Context: process context, may sleep.
 * Return: the table and its counters, to be dropped with s2m_ruleset_put().
 */
struct s2m_ruleset *s2m_live_ruleset(void);

/**
 * s2m_live_rules_get() - the table in force, compiled, to keep for a while
 *
 * In the mode native it is compiled for the devices of this moment first.
 *
 * Context: process context, may sleep.
 * Return: the rules, to be dropped with s2m_rules_put().
 */
struct s2m_rules *s2m_live_rules_get(void);

/**
 * s2m_live_start() - an empty table, and the mode native
 *
 * The table knows no devices yet: whoever asks first has it compiled.
 *
 * Context: process context at load.
 * Return: 0 or -ENOMEM.
 */
int s2m_live_start(void);

/**
 * s2m_live_stop() - forget the table
 *
 * Context: process context; nobody asks any more.
 */
void s2m_live_stop(void);

/**
 * s2m_live_set_mode() - from now on, this mode decides
 * @mode: the mode
 *
 * Context: process context, may sleep; callers are serialised.
 */
void s2m_live_set_mode(enum s2m_mode mode);

/**
 * s2m_live_set_table() - from now on, this table decides
 * @set: the table
 * @error: why not, for people; set on failure only
 *
 * Context: process context, may sleep.
 * Return: 0, or -errno: then the table before goes on.
 */
int s2m_live_set_table(struct s2m_ruleset *set, struct s2m_text_error *error);

/**
 * s2m_live_learn() - let the table know the devices that there are
 * @error: why not, for people; set on failure only
 *
 * Nothing is done if it does.
 *
 * Context: process context, may sleep.
 * Return: 0 or -errno.
 */
int s2m_live_learn(struct s2m_text_error *error);

/**
 * s2m_live_doubt() - there may be mappings that no policy known here has made
 *
 * The next s2m_live_settle() says so.
 *
 * Context: process context, may sleep.
 */
void s2m_live_doubt(void);

/**
 * s2m_live_is_settled() - were present mappings made under the table in force?
 *
 * Context: process context, may sleep.
 * Return: whether they were, as far as this file knows.
 */
bool s2m_live_is_settled(void);

/**
 * s2m_live_is_current() - are these the rules in force, compiled for what is on the bus?
 * @rules: the rules
 *
 * Context: process context, may sleep.
 * Return: whether they are, for a while.
 */
bool s2m_live_is_current(const struct s2m_rules *rules);

/**
 * s2m_live_both() - the tables of present mappings, to keep for a while
 * @from: where the one goes that is settled; to be dropped with s2m_rules_put()
 * @to: where the one in force goes, which may be the same; likewise
 *
 * Context: process context, may sleep.
 * Return: whether there was another table in between, which present mappings may be of.
 */
bool s2m_live_both(struct s2m_rules **from, struct s2m_rules **to);

/**
 * s2m_live_settle() - begin to make true what is published
 * @was: the mode that present mappings know
 * @change: from what to what; @change->to is taken for settled from now on
 *
 * Who cannot bring it to an end calls s2m_live_unsettle().
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: the table of @change->from, which the caller drops with s2m_rules_put()
 * when it is done with it; that of @change->to stays until the next call.
 */
struct s2m_rules *s2m_live_settle(enum s2m_mode was, struct s2m_change *change);

/**
 * s2m_live_unsettle() - what s2m_live_settle() began has not come to its end
 * @change: what it said
 * @from: what it returned
 *
 * Present mappings may be of @from yet; the next s2m_live_settle() begins there, and has
 * all dropped. Nobody has called it since.
 *
 * Context: process context, may sleep; callers are serialised.
 */
void s2m_live_unsettle(const struct s2m_change *change, struct s2m_rules *from);

#endif
