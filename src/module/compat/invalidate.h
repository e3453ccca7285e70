/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * __mmu_notifier_invalidate_range_end() lost its second argument when the
 * separate invalidate_range() callback went away.
 */
#ifndef S2MEMATTR_COMPAT_INVALIDATE_H
#define S2MEMATTR_COMPAT_INVALIDATE_H

#include <linux/mmu_notifier.h>

#include "../symbols.h"
#include "probes.h"

static inline void s2m_invalidate_start(struct mmu_notifier_range *range)
{
	s2m_symbols.invalidate_start(range);
}

static inline void s2m_invalidate_end(struct mmu_notifier_range *range)
{
#if S2M_INVALIDATE_END_HAS_ONLY_END
	s2m_symbols.invalidate_end(range, false);
#else
	s2m_symbols.invalidate_end(range);
#endif
}

#endif
