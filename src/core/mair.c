// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's MAIR_EL1 without weaker Normal types, for coherent-ram. When it is written to
 * a vCPU is for the module.
 */
#include <s2memattr/mair.h>

#include "attr.h"

static bool is_weaker_normal(u8 attr)
{
	u8 outer = s2m_attr_outer(attr), inner = s2m_attr_inner(attr);

	if (!outer || !inner)
		return false;
	return s2m_cache_of(outer) != S2M_WRITE_BACK || s2m_cache_of(inner) != S2M_WRITE_BACK;
}

u64 s2m_mair_coherent(u64 mair)
{
	unsigned int shift;

	for (shift = 0; shift < 64; shift += 8)
		if (is_weaker_normal((u8)(mair >> shift)))
			mair |= (u64)S2M_ATTR_WB << shift;
	return mair;
}
