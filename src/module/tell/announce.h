/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who changed what: a line in the kernel's log and a trace event for each change
 * of mode or table that took effect.
 */
#ifndef S2MEMATTR_ANNOUNCE_H
#define S2MEMATTR_ANNOUNCE_H

#include <s2memattr/rule.h>

/**
 * struct s2m_announcement - a change that took effect
 * @from: the mode before
 * @to: the mode since
 * @rules_from: number of rules before
 * @table: the table since
 * @is_table: it was the table that was replaced, else the mode
 * @generation: the number of the change
 */
struct s2m_announcement {
	enum s2m_mode from;
	enum s2m_mode to;
	u32 rules_from;
	const struct s2m_table *table;
	bool is_table;
	u64 generation;
};

/**
 * s2m_announce() - tell of a change
 * @change: what the current process has changed
 *
 * Many changes in a row are not all in the log: how many are left out is, and the
 * last of them always is, some seconds later at most. All are traced.
 *
 * Context: process context of whoever made the change, may sleep.
 */
void s2m_announce(const struct s2m_announcement *change);

/**
 * s2m_announce_stop() - tell what is still to be told, at unload
 *
 * Context: process context, may sleep; no change is made any more.
 */
void s2m_announce_stop(void);

#endif
