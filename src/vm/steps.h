/* SPDX-License-Identifier: GPL-2.0-only */
/* One instruction with all that goes in and comes out, for OP_STEPS. */
#ifndef STEPS_H
#define STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"

#define STEP_WINDOW	256	/* bytes of the BAR around the access */

/* Where an instruction runs. */
#define STEP_EL0	0
#define STEP_EL1T	1	/* with SP_EL0 */
#define STEP_EL1H	2
#define STEP_LEVEL(level)	((level) & 3)
/* And how, in the bits above. */
#define STEP_PAN	4	/* PSTATE.PAN at EL1; then the context is for EL1 alone */
#define STEP_UAO	8	/* PSTATE.UAO at EL1 */
#define STEP_OWN	16	/* the BAR's pages are for EL1 alone */
#define STEP_BIG	32	/* EL0's data are big-endian */
#define STEP_TRACED	128	/* EL0 is single-stepped: @high is STEPPED_BEHIND + 1 for each */
#define STEP_SVE	64	/* all of Z2 is set before, and its bytes 16 to 23 kept in @high */

/* A single step ended right behind the instruction. */
#define STEPPED_BEHIND	(1ULL << 32)

struct step {
	uint64_t x[31];
	uint64_t sp;
	uint64_t nzcv;
	uint64_t high;		/* STEP_SVE, STEP_TRACED */
	uint8_t v[32][16];
	uint64_t stack;		/* the payload's own, while the step is made */
	uint32_t word;		/* the instruction */
	uint32_t level;		/* STEP_EL0, ... */
	uint64_t target;	/* the address that it reaches; multiple of 8 here */
	uint32_t faults;	/* exceptions that it had */
	uint32_t esr;		/* the last of them */
	uint64_t far;
	uint8_t window[STEP_WINDOW];	/* what is there afterwards */
	uint64_t ticks;		/* of the virtual counter, with the way there and back */
};

_Static_assert(offsetof(struct step, sp) == STEP_SP, "STEP_SP");
_Static_assert(offsetof(struct step, nzcv) == STEP_NZCV, "STEP_NZCV");
_Static_assert(offsetof(struct step, v) == STEP_V, "STEP_V");
_Static_assert(offsetof(struct step, stack) == STEP_STACK, "STEP_STACK");
_Static_assert(sizeof(struct step) == STEP_SIZE, "STEP_SIZE");

#define STEPS_TABLES	(3 * 0x1000)	/* at STEPS_BASE: levels 2 and 3, the context */
#define STEPS_MAX	((STEPS_SIZE - STEPS_TABLES) / STEP_SIZE)

#endif
