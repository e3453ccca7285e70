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
	if (verdict.blown)
		wish.decision.why = S2M_WHY_FUSE;
	else if (unknown || (verdict.rule == S2M_NO_RULE && verdict.type != S2M_NATIVE))
		wish.decision.why = S2M_WHY_DOUBT;
	else
		wish.decision.why = verdict.rule == S2M_NO_RULE ? S2M_WHY_NO_RULE : S2M_WHY_RULE;
	return wish;
}

/* A mode other than policy: one type for all, but where a fuse has blown. */
static struct s2m_decision of_mode(enum s2m_mode mode, const struct s2m_index *index,
				   const struct s2m_mapping *mapping)
{
	enum s2m_type type = s2m_mode_type(mode);

	if (!s2m_type_loosens(type))
		return (struct s2m_decision) { type, S2M_WHY_MODE };
	if (s2m_index_is_blown(index, mapping->phys, mapping->size))
		return (struct s2m_decision) { S2M_DEVICE_NGNRE, S2M_WHY_FUSE };
	/* A mode that loosens is for PCIe: the line that KVM's reviewers drew. */
	if (!s2m_index_device(index, mapping->phys, mapping->size))
		return s2m_kept(S2M_WHY_NOT_PCI);
	return (struct s2m_decision) { type, S2M_WHY_MODE };
}

struct s2m_wish s2m_wish_unsure(enum s2m_mode mode, const struct s2m_index *index,
				const struct s2m_mapping *mapping, const struct s2m_task *task,
				u32 unknown)
{
	struct s2m_wish wish = { .rule = S2M_NO_RULE };

	if (unknown & S2M_UNKNOWN_FUSE && mode != S2M_MODE_NATIVE)
		wish.decision = (struct s2m_decision) { S2M_DEVICE_NGNRE, S2M_WHY_DOUBT };
	else if (mode == S2M_MODE_POLICY)
		wish = of_table(index, mapping, task, unknown);
	else
		wish.decision = of_mode(mode, index, mapping);
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
