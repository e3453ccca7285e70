/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What proofs speak in. Whatever is declared and not set has any value.
 */
#ifndef S2MEMATTR_TESTS_PROOFS_H
#define S2MEMATTR_TESTS_PROOFS_H

#include <s2memattr/base.h>

void __CPROVER_assume(_Bool condition);
void __CPROVER_assert(_Bool condition, const char *what);

#define assume(condition)	__CPROVER_assume(condition)
#define prove(condition)	__CPROVER_assert(condition, #condition)

u64 any_u64(void);
u32 any_u32(void);
u8 any_u8(void);
_Bool any_bool(void);

/* A text of its exact length: a read behind it is a bad one. */
static inline char *any_text(size_t len)
{
	char *text = malloc(len);

	assume(text);
	return text;
}

#endif
