/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy in force: published to the fault path under RCU, and made true
 * for running VMs before a change returns.
 */
#ifndef S2MEMATTR_POLICY_H
#define S2MEMATTR_POLICY_H

#include <s2memattr/memattr.h>

#include "rules.h"

/**
 * s2m_policy_start() - an empty table and a knob on native
 *
 * From here on the table follows the devices on the PCI bus.
 *
 * Context: process context at load.
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_policy_start(void);

/**
 * s2m_policy_stop() - turn the knob to native and forget the table
 *
 * Every guest has KVM's own types when it returns. Cannot fail.
 *
 * Context: process context; nobody else changes the policy any more.
 */
void s2m_policy_stop(void);

/**
 * s2m_policy_mode() - the position of the knob
 *
 * Context: any. In a handler, read it once: a change waits for handlers that
 * saw the old value.
 * Return: the mode that decides mappings from now on.
 */
enum s2m_mode s2m_policy_mode(void);

/**
 * s2m_policy_rules() - the table in force
 *
 * Context: any with preemption disabled, including a kprobe handler. The
 * answer is valid until preemption is enabled again.
 * Return: the rules, never NULL.
 */
const struct s2m_rules *s2m_policy_rules(void);

/**
 * s2m_policy_is_outdated() - is the table compiled for devices that are not there now?
 *
 * There was no memory to follow a change on the PCI bus; it is tried again soon, and
 * then what was mapped meanwhile is made anew.
 *
 * Context: any.
 * Return: whether it is.
 */
bool s2m_policy_is_outdated(void);

/**
 * s2m_policy_ruleset() - the table in force, to keep for a while
 *
 * Context: process context, may sleep.
 * Return: the table and its counters, to be dropped with s2m_ruleset_put().
 */
struct s2m_ruleset *s2m_policy_ruleset(void);

/**
 * s2m_policy_rules_get() - the table in force, compiled, to keep for a while
 *
 * Context: process context, may sleep.
 * Return: the rules, to be dropped with s2m_rules_put().
 */
struct s2m_rules *s2m_policy_rules_get(void);

/**
 * s2m_policy_set_mode() - turn the knob
 * @mode: the new position
 *
 * When it returns 0, every stage-2 mapping that was made under another answer
 * is gone, in every VM, and the next access faults in a new one. When it
 * returns an error nothing has changed.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if @mode is the current one: then nothing is done), or
 * -errno, with the reason in s2m_error.
 */
int s2m_policy_set_mode(enum s2m_mode mode);

/**
 * s2m_policy_set_table() - replace the rule table
 * @text: the new table
 * @len: its length in bytes
 *
 * Takes all of the text or nothing of it, and otherwise keeps what
 * s2m_policy_set_mode() promises.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if the table is the current one: then nothing is done), or
 * -errno, with the reason in s2m_error.
 */
int s2m_policy_set_table(const char *text, size_t len);

/**
 * s2m_policy_generation() - how often the policy has changed
 *
 * Return: the number of changes of mode or table that took effect since load.
 */
u64 s2m_policy_generation(void);

#endif
