// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stage-1 and a stage-2 type combined, as the CPU does it. For explanations and tests:
 * no decision of the module depends on it. Words for the result are in combine_text.c.
 */
#include <s2memattr/combine.h>

#include "attr.h"

bool s2m_attr_is_legal(u8 attr)
{
	/* 0b0000dd0x; the last bit is XS, inverted. */
	if (s2m_attr_is_device(attr))
		return !(attr & 0x2);
	return s2m_attr_inner(attr) ||
	       attr == S2M_ATTR_NC_XS0 || attr == S2M_ATTR_WT_XS0 || attr == S2M_ATTR_TAGGED;
}

static u8 combine_halves(u8 s1, enum s2m_cache s2)
{
	if (s2m_cache_of(s1) == S2M_NON_CACHEABLE || s2 == S2M_NON_CACHEABLE)
		return S2M_HALF_NC;
	return s2 == S2M_WRITE_THROUGH ? s1 & ~S2M_HALF_WRITE_BACK : s1;
}

static u8 strictest_device(u8 s1, u8 s2)
{
	if (!s2m_attr_is_device(s1))
		return s2;
	return s1 < s2 ? s1 : s2;
}

/* R_HMNDG, R_TNHFM, R_GQFSF, I_MCQKW */
static u8 combine_without_fwb(u8 s1, u8 memattr)
{
	if (!(memattr >> 2))
		return strictest_device(s1, memattr << 2);
	if (s2m_attr_is_device(s1))
		return s1;
	return combine_halves(s2m_attr_outer(s1), s2m_cache_of_memattr(memattr >> 2)) << 4 |
	       combine_halves(s2m_attr_inner(s1), s2m_cache_of_memattr(memattr & 3));
}

static u8 force_write_back(u8 half)
{
	return s2m_cache_of(half) == S2M_NON_CACHEABLE ? S2M_HALF_WB : half | S2M_HALF_WRITE_BACK;
}

/* R_VRJSW, R_RHWZM */
static u8 combine_with_fwb(u8 s1, u8 memattr)
{
	switch (memattr & 7) {
	case 7:
		return s1;
	case 6:
		if (s2m_attr_is_device(s1))
			return S2M_ATTR_WB;
		return force_write_back(s2m_attr_outer(s1)) << 4 |
		       force_write_back(s2m_attr_inner(s1));
	case 5:
		return s2m_attr_is_device(s1) ? s1 : S2M_ATTR_NC;
	default:
		return strictest_device(s1, (memattr & 3) << 2);
	}
}

static bool sh_is_legal(u8 sh)
{
	return sh <= S2M_SH_INNER && sh != 1;
}

static u8 effective_sh(u8 attr, u8 sh)
{
	return s2m_attr_is_device(attr) || attr == S2M_ATTR_NC ? S2M_SH_OUTER : sh;
}

static u8 combine_sh(u8 s1, u8 s2)
{
	if (s1 == S2M_SH_OUTER || s2 == S2M_SH_OUTER)
		return S2M_SH_OUTER;
	return s1 > s2 ? s1 : s2;
}

bool s2m_memattr_is_legal(u8 memattr, bool fwb)
{
	if (memattr > 0xf)
		return false;
	if (fwb)
		return (memattr & 7) != 4;
	return memattr < 4 || memattr & 3;
}

bool s2m_combine(const struct s2m_memory *s1, const struct s2m_stage2 *s2,
		 struct s2m_memory *effect)
{
	u8 asked, attr;

	if (!s2m_attr_is_legal(s1->attr) || !s2m_memattr_is_legal(s2->memattr, s2->fwb) ||
	    !sh_is_legal(s1->sh) || !sh_is_legal(s2->sh))
		return false;

	asked = s2m_attr_plain(s1->attr);
	attr = s2->fwb ? combine_with_fwb(asked, s2->memattr) :
			 combine_without_fwb(asked, s2->memattr);
	effect->sh = effective_sh(attr, combine_sh(effective_sh(asked, s1->sh), s2->sh));
	effect->attr = s1->attr == S2M_ATTR_TAGGED && attr == S2M_ATTR_WB ? S2M_ATTR_TAGGED : attr;
	return true;
}

unsigned int s2m_attr_permits(u8 attr)
{
	unsigned int permits = 0;

	attr = s2m_attr_plain(attr);
	if (!s2m_attr_is_device(attr)) {
		permits = S2M_PERMITS_EARLY_ACK | S2M_PERMITS_REORDERING |
			  S2M_PERMITS_GATHERING | S2M_PERMITS_SPECULATION |
			  S2M_PERMITS_UNALIGNED;
		return attr == S2M_ATTR_NC ? permits : permits | S2M_PERMITS_CACHING;
	}
	/* nGnRnE, nGnRE, nGRE, GRE: each lets go of one more. */
	if (attr >= 1 << 2)
		permits |= S2M_PERMITS_EARLY_ACK;
	if (attr >= 2 << 2)
		permits |= S2M_PERMITS_REORDERING;
	if (attr >= 3 << 2)
		permits |= S2M_PERMITS_GATHERING;
	return permits;
}
