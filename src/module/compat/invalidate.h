/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * __mmu_notifier_invalidate_range_end() lost its second argument when the
 * separate invalidate_range() callback went away.
 */
#ifndef S2MEMATTR_COMPAT_INVALIDATE_H
#define S2MEMATTR_COMPAT_INVALIDATE_H

#include <linux/build_bug.h>
#include <linux/mmu_notifier.h>

#include "probes.h"

typedef int s2m_invalidate_start_fn(struct mmu_notifier_range *range);

static_assert(__same_type(s2m_invalidate_start_fn, __mmu_notifier_invalidate_range_start));

#if S2M_INVALIDATE_END_HAS_ONLY_END
typedef void s2m_invalidate_end_fn(struct mmu_notifier_range *range, bool only_end);

static inline void s2m_call_invalidate_end(s2m_invalidate_end_fn *end,
					   struct mmu_notifier_range *range)
{
	end(range, false);
}
#else
typedef void s2m_invalidate_end_fn(struct mmu_notifier_range *range);

static inline void s2m_call_invalidate_end(s2m_invalidate_end_fn *end,
					   struct mmu_notifier_range *range)
{
	end(range);
}
#endif

static_assert(__same_type(s2m_invalidate_end_fn, __mmu_notifier_invalidate_range_end));

#endif
