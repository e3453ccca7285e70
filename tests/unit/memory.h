/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that can be made to run out. Tests are linked with --wrap for malloc()
 * and free(), which the core uses through s2m_alloc() and s2m_free().
 */
#ifndef TESTS_UNIT_MEMORY_H
#define TESTS_UNIT_MEMORY_H

extern unsigned long memory_asked;	/* allocations since memory_reset() */
extern long memory_held;		/* of them, not yet freed */

/* From now on: let the @n-th allocation fail (0: none), and count from 0. */
void memory_reset(unsigned long n);

#endif
