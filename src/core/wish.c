// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a mode, or the table in mode policy, wants for a mapping. Whether the mapping gets
 * it is decided in s2memattr/decide.h.
 */
#include <s2memattr/wish.h>

static struct s2m_wish of_table(const struct s2m_index *index, const struct s2m_mapping *mapping,
				const struct s2m_task *task, u32 unknown)
{
	struct s2m_verdict verdict = s2m_index_decide_unsure(index, mapping, task, unknown);
	struct s2m_wish wish = { .decision.type = verdict.type, .rule = verdict.rule };

	/* A type without a rule: too much would have to be looked at. */
	if (unknown || (verdict.rule == S2M_NO_RULE && verdict.type != S2M_NATIVE))
		wish.decision.why = S2M_WHY_DOUBT;
	else
		wish.decision.why = verdict.rule == S2M_NO_RULE ? S2M_WHY_NO_RULE : S2M_WHY_RULE;
	return wish;
}

struct s2m_wish s2m_wish_unsure(enum s2m_mode mode, const struct s2m_index *index,
				const struct s2m_mapping *mapping, const struct s2m_task *task,
				u32 unknown)
{
	struct s2m_wish wish = {
		.decision = { S2M_NATIVE, S2M_WHY_MODE },
		.rule = S2M_NO_RULE,
	};

	if (mode == S2M_MODE_POLICY)
		return of_table(index, mapping, task, unknown);
	/* A mode that loosens is for PCIe: the line that KVM's reviewers drew. */
	if (s2m_type_loosens(s2m_mode_type(mode)) &&
	    !s2m_index_device(index, mapping->phys, mapping->size))
		wish.decision.why = S2M_WHY_NOT_PCI;
	else
		wish.decision.type = s2m_mode_type(mode);
	return wish;
}

struct s2m_wish s2m_wish(enum s2m_mode mode, const struct s2m_index *index,
			 const struct s2m_mapping *mapping, const struct s2m_task *task)
{
	return s2m_wish_unsure(mode, index, mapping, task, 0);
}

bool s2m_wish_asks_task(enum s2m_mode mode, const struct s2m_index *index, u64 phys, u64 size)
{
	return mode == S2M_MODE_POLICY && s2m_index_needs_task(index, phys, size);
}
