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
 * @change: the policy that mappings were made under, and the one that is published; may
 *	be the same
 *
 * A function has a fuse if it has one under either; it need not be on the bus any more.
 * Where mappings may be of policies in between (@change->skipped), it has one if a rule
 * that may name its address has. No table knows of these fuses yet.
 *
 * What has been noted since there is another table, or one is due, waits for who settles
 * that one.
 *
 * Context: process context, may sleep; callers are serialised.
 * Return: whether any has blown.
 */
bool s2m_blow(const struct s2m_change *change);

#endif
