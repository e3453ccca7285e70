/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuses blow for what has been noted of the bus.
 */
#ifndef S2MEMATTR_BLOW_H
#define S2MEMATTR_BLOW_H

#include "policy/live.h"

/**
 * s2m_blow_mode() - have the mode normal-nc a fuse for each device, or not
 * @fuse: whether it has
 *
 * Context: process context at load.
 */
void s2m_blow_mode(bool fuse);

/**
 * s2m_blow_wants() - may anything blow under a policy?
 * @mode: the mode
 * @table: the table
 *
 * Context: process context.
 * Return: whether there is a fuse that is in force.
 */
bool s2m_blow_wants(enum s2m_mode mode, const struct s2m_table *table);

/**
 * s2m_blow() - let the fuses blow of functions whose errors have been noted
 * @before: the policy that mappings were made under
 * @now: the policy that is published; may be the same
 *
 * A function has a fuse if it has one under either. No table knows of these fuses yet.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: whether any has blown.
 */
bool s2m_blow(const struct s2m_policy *before, const struct s2m_policy *now);

#endif
