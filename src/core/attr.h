/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a memory type in its Attr encoding, for the arithmetic of
 * combine.c and the words of combine_text.c.
 */
#ifndef S2MEMATTR_CORE_ATTR_H
#define S2MEMATTR_CORE_ATTR_H

#include <s2memattr/base.h>

/* Attr encodings that are more than an outer and an inner half. */
#define S2M_ATTR_NC_XS0		0x40
#define S2M_ATTR_WT_XS0		0xa0
#define S2M_ATTR_TAGGED		0xf0

/* One half of a Normal type: 0bXXRW, allocation hints in RW. */
#define S2M_HALF_NC		0x4
#define S2M_HALF_WT		0xb
#define S2M_HALF_WB		0xf
#define S2M_HALF_WRITE_BACK	0x4	/* set: Write-Back, clear: Write-Through */

#define S2M_ATTR_NC		(S2M_HALF_NC << 4 | S2M_HALF_NC)
#define S2M_ATTR_WB		(S2M_HALF_WB << 4 | S2M_HALF_WB)

/* From strict to lax. */
enum s2m_cache {
	S2M_NON_CACHEABLE,
	S2M_WRITE_THROUGH,
	S2M_WRITE_BACK,
};

static inline u8 s2m_attr_outer(u8 attr)
{
	return attr >> 4;
}

static inline u8 s2m_attr_inner(u8 attr)
{
	return attr & 0xf;
}

static inline bool s2m_attr_is_device(u8 attr)
{
	return !s2m_attr_outer(attr);
}

/* The same type without XS, and without tags. */
static inline u8 s2m_attr_plain(u8 attr)
{
	if (s2m_attr_is_device(attr))
		return attr & 0xc;
	if (attr == S2M_ATTR_NC_XS0)
		return S2M_ATTR_NC;
	/* Write-Through, read allocate. */
	if (attr == S2M_ATTR_WT_XS0)
		return 0xaa;
	if (attr == S2M_ATTR_TAGGED)
		return S2M_ATTR_WB;
	return attr;
}

static inline enum s2m_cache s2m_cache_of(u8 half)
{
	if (half == S2M_HALF_NC)
		return S2M_NON_CACHEABLE;
	return half & S2M_HALF_WRITE_BACK ? S2M_WRITE_BACK : S2M_WRITE_THROUGH;
}

/* MemAttr[3:2] and [1:0] without FEAT_S2FWB: 1, 2, 3 for what a cache may do. */
static inline enum s2m_cache s2m_cache_of_memattr(u8 bits)
{
	return (enum s2m_cache)(bits - 1);
}

#endif
