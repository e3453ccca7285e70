/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the last write failed, as a sentence for people. An errno alone does not
 * say which word of a write was wrong.
 */
#ifndef S2MEMATTR_ERROR_H
#define S2MEMATTR_ERROR_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

#define S2M_ERROR_MAX	256

/**
 * s2m_error_set() - remember why a write failed
 * @format: the sentence, without full stop and newline
 *
 * Context: process context, may sleep.
 */
__printf(1, 2) void s2m_error_set(const char *format, ...);

/**
 * s2m_error_clear() - the last write went well
 *
 * Context: process context, may sleep.
 */
void s2m_error_clear(void);

/**
 * s2m_error_get() - read the sentence
 * @to: where it goes; "ok" if the last write went well
 *
 * Context: process context, may sleep.
 */
void s2m_error_get(char to[S2M_ERROR_MAX]);

#endif
