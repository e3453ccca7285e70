/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Binary search. Here and not in a .c, since it is inlined where each decision passes.
 */
#ifndef S2MEMATTR_SEARCH_H
#define S2MEMATTR_SEARCH_H

#include <s2memattr/base.h>

/**
 * s2m_first_from() - the first element of an array whose number is not below another
 * @array: the elements, sorted by that number
 * @count: how many
 * @size: bytes of one
 * @offset: where in it the number is, a u64
 * @from: the other number
 *
 * Context: any. Without a branch on what is found: the same steps for each @from.
 * Return: its index, or @count if all are below.
 */
static inline u32 s2m_first_from(const void *array, u32 count, size_t size, size_t offset,
				 u64 from)
{
	const char *at = array;
	u32 low = 0, n = count;

	while (n) {
		u32 half = (n + 1) / 2;

		low = *(const u64 *)(at + (low + half - 1) * size + offset) < from ?
		      low + half : low;
		n -= half;
	}
	return low;
}

#endif
