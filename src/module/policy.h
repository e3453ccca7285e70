/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy in force: published to the fault path under RCU, and made true
 * for running VMs before a change returns.
 */
#ifndef S2MEMATTR_POLICY_H
#define S2MEMATTR_POLICY_H

#include <s2memattr/memattr.h>

/**
 * s2m_policy_mode() - the position of the knob
 *
 * Context: any. In a handler, read it once: a change waits for handlers that
 * saw the old value.
 * Return: the mode that decides mappings from now on.
 */
enum s2m_mode s2m_policy_mode(void);

/**
 * s2m_policy_set_mode() - turn the knob
 * @mode: the new position
 *
 * When it returns 0, every stage-2 mapping that was made under the old answer
 * is gone, in every VM, and the next access faults in a new one. When it
 * returns an error nothing has changed.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: 0 (also if @mode is the current one: then nothing is done), or
 * -errno, with the reason in s2m_error.
 */
int s2m_policy_set_mode(enum s2m_mode mode);

/**
 * s2m_policy_generation() - how often the policy has changed
 *
 * Return: the number of changes that took effect since load.
 */
u64 s2m_policy_generation(void);

#endif
