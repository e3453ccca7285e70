/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address spaces of the probe. Both stages use one level-1 table of 1 GiB
 * blocks, and every stage-2 type is a window on the same RAM:
 *
 *	VA  = (stage-1 window << 36) | IPA
 *	IPA = (stage-2 window << 30) | offset in RAM
 *
 * The first stage-2 window is where RAM itself is and holds code and tables.
 */
#ifndef TABLES_H
#define TABLES_H

#include <stdint.h>

enum s1_window { S1_WB, S1_NC, S1_NGNRE, S1_NGNRNE, S1_WINDOWS };
enum s2_window { S2_WB = 1, S2_NGNRE, S2_GRE, S2_NC, S2_WINDOWS };

#define RAM_BASE	0x40000000UL

static inline uint64_t probe_va(enum s1_window s1, enum s2_window s2, uint64_t offset)
{
	return (uint64_t)s1 << 36 | (uint64_t)s2 << 30 | offset;
}

void tables_on(void);
/* Change what a stage-2 window is. Invalidates nothing: that is the point. */
void set_s2(enum s2_window window, enum s2_window type);
/* Where stage 1 is walked from: through which stage-2 window. */
void set_ttbr(enum s2_window window);

/* EL2's ways to invalidate. */
void tlbi_all(void);
void tlbi_stage2_only(uint64_t ipa);
void tlbi_stage1_too(void);

#endif
