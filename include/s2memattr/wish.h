/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy wants for a mapping: the one answer that the fault path, a
 * change of policy and the command line tool all ask for.
 */
#ifndef S2MEMATTR_WISH_H
#define S2MEMATTR_WISH_H

#include <s2memattr/index.h>

/**
 * struct s2m_wish - what is wanted for a mapping, to be granted or not
 * @decision: the type and who wants it; for s2m_grant()
 * @rule: number of the rule that wants it, from 0, or %S2M_NO_RULE
 */
struct s2m_wish {
	struct s2m_decision decision;
	u32 rule;
};

/**
 * s2m_wish() - what a mode, or the table in mode policy, wants for a mapping
 * @mode: the position of the knob
 * @index: the table, compiled; mode normal-nc asks it for the BAR
 * @mapping: the mapping
 * @task: the VMM process; may be NULL unless s2m_wish_asks_task()
 *
 * Context: any, as s2m_index_decide().
 * Return: the wish.
 */
struct s2m_wish s2m_wish(enum s2m_mode mode, const struct s2m_index *index,
			 const struct s2m_mapping *mapping, const struct s2m_task *task);

/**
 * s2m_wish_unsure() - the strictest that may be wanted for a mapping
 * @mode: the position of the knob
 * @index: the table, compiled
 * @mapping: the mapping; of what is not known it may say anything
 * @task: the VMM process, as for s2m_wish()
 * @unknown: S2M_UNKNOWN_x
 *
 * With nothing unknown this is s2m_wish(); else see s2m_index_decide_unsure().
 *
 * Context: any, as s2m_index_decide().
 * Return: the wish.
 */
struct s2m_wish s2m_wish_unsure(enum s2m_mode mode, const struct s2m_index *index,
				const struct s2m_mapping *mapping, const struct s2m_task *task,
				u32 unknown);

/**
 * s2m_wish_asks_task() - does the wish depend on who maps?
 * @mode: the position of the knob
 * @index: the table, compiled
 * @phys: first physical address
 * @size: in bytes, not 0
 *
 * Context: any.
 * Return: whether a rule about processes could decide for this range.
 */
bool s2m_wish_asks_task(enum s2m_mode mode, const struct s2m_index *index, u64 phys, u64 size);

#endif
