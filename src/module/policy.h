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
 * While a mode is on, the table follows the devices on the PCI bus.
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
 * enum s2m_knowledge - does the table know what is on the PCI bus?
 * @S2M_KNOWN: it was compiled for the devices that are there
 * @S2M_LEARNING: it was not, and is being compiled: who asks it asks again
 * @S2M_UNKNOWN: it was not, and could not be compiled: nothing is known of a device
 */
enum s2m_knowledge {
	S2M_KNOWN,
	S2M_LEARNING,
	S2M_UNKNOWN,
};

/**
 * s2m_policy_knowledge() - what the table in force knows of the devices
 *
 * Asked before s2m_policy_rules().
 *
 * Context: any, including a kprobe handler.
 * Return: the answer, for a while: a driver that is bound, or a BAR that gets its
 * place, afterwards has nothing mapped yet.
 */
enum s2m_knowledge s2m_policy_knowledge(void);

/**
 * s2m_policy_in_force() - is the mode that s2m_policy_mode() tells true of all guests?
 *
 * Asked after s2m_policy_mode().
 *
 * Context: process context, may sleep.
 * Return: false while a change is not settled, and while the hook is lost.
 */
bool s2m_policy_in_force(void);

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
 * In the mode native it is compiled for the devices of this moment first.
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
 * A writer that is killed after its change has been published leaves the rest to a
 * worker; s2m_policy_in_force() says so, and the next change waits for it.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if @mode is the current one: then nothing is done), or
 * -errno, with the reason in s2m_error.
 */
int s2m_policy_set_mode(enum s2m_mode mode);

/**
 * s2m_policy_set_unaligned() - what a guest gets for an access Device memory does not take
 * @text: "fault" or "emulate", perhaps with a newline
 * @len: its length
 *
 * Context: process context; may sleep.
 * Return: 0; -EINVAL for another word, -EOPNOTSUPP where this kernel does not allow
 * it: then nothing has changed and s2m_error_get() says why.
 */
int s2m_policy_set_unaligned(const char *text, size_t len);

/**
 * s2m_policy_emulates() - is it carried out?
 *
 * Context: any.
 * Return: whether it is.
 */
bool s2m_policy_emulates(void);

/**
 * s2m_policy_set_table() - replace the rule table
 * @text: the new table
 * @len: its length in bytes
 *
 * Takes all of the text or nothing of it, and otherwise keeps what
 * s2m_policy_set_mode() promises.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if the table is the current one: then no mapping is dropped, no
 * generation counted and no counter of hits reset; in mode policy the hook is put in
 * as for any other), or -errno, with the reason in s2m_error.
 */
int s2m_policy_set_table(const char *text, size_t len);

/**
 * s2m_policy_generation() - how often the policy has changed
 *
 * Return: the number of changes of mode or table that took effect since load.
 */
u64 s2m_policy_generation(void);

#endif
