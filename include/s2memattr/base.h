/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few names that the pure core needs from its surroundings. It compiles
 * into the module, the unit tests and the command line tool, so this is the
 * one header that asks where it is.
 */
#ifndef S2MEMATTR_BASE_H
#define S2MEMATTR_BASE_H

#include <linux/types.h>

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#define s2m_scnprintf		scnprintf
#define s2m_vscnprintf		vscnprintf

static inline void *s2m_alloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

static inline void s2m_free(void *memory)
{
	kvfree(memory);
}

static inline void s2m_sort(void *base, size_t n, size_t size,
			    int (*cmp)(const void *a, const void *b))
{
	sort(base, n, size, cmp, NULL);
}

/* Long loops call this now and then; the core has no other way to wait. */
static inline void s2m_breathe(void)
{
	cond_resched();
}

#else /* !__KERNEL__ */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define __printf(a, b)		__attribute__((__format__(__printf__, a, b)))

static inline void *s2m_alloc(size_t size)
{
	return malloc(size);
}

static inline void s2m_free(void *memory)
{
	free(memory);
}

static inline void s2m_sort(void *base, size_t n, size_t size,
			    int (*cmp)(const void *a, const void *b))
{
	if (n)
		qsort(base, n, size, cmp);
}

static inline void s2m_breathe(void)
{
}

/* As the kernel's: what was written, without the terminator. */
static inline int s2m_vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int len = vsnprintf(buf, size, fmt, args);

	if (len < 0 || !size)
		return 0;
	return (size_t)len < size ? len : (int)size - 1;
}

static inline __printf(3, 4)
int s2m_scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = s2m_vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

#endif

/**
 * s2m_alloc_array() - memory for an array
 * @n: number of elements; 0 gives memory as well
 * @size: bytes of one
 *
 * Context: may sleep.
 * Return: memory that s2m_free() takes back, not initialised, or NULL.
 */
static inline void *s2m_alloc_array(size_t n, size_t size)
{
	if (n > SIZE_MAX / size)
		return NULL;
	return s2m_alloc(n ? n * size : size);
}

#endif
