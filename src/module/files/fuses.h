/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which fuses have blown, as text.
 */
#ifndef S2MEMATTR_FILES_FUSES_H
#define S2MEMATTR_FILES_FUSES_H

#include "tell/printout.h"

/**
 * s2m_fuses_print() - print the fuses that have blown
 * @report: the report; one line for each function, see S2M_FUSE_BEGIN
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int s2m_fuses_print(struct s2m_printout *report);

/**
 * s2m_fuses_state() - does anybody watch the bus?
 *
 * Context: process context.
 * Return: a word of hook/fuse.
 */
const char *s2m_fuses_state(void);

#endif
