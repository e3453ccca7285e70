/* SPDX-License-Identifier: GPL-2.0-only */
/* The control block of a vCPU, in guest RAM, seen by VMM and guest. */
#ifndef CTL_H
#define CTL_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"

struct ctl {
	/* Background loops: watched and updated on every round. */
	volatile uint64_t stop;
	volatile uint64_t iters;
	volatile uint64_t bad;

	/* VMM to guest: the operation. */
	volatile uint64_t op;
	volatile uint64_t probe;
	volatile uint64_t from;
	volatile uint64_t va;
	volatile uint64_t value;
	volatile uint64_t len;
	volatile uint64_t gic;		/* 0, 2 or 3 */

	/* Guest to VMM: what came of it. */
	volatile uint64_t result;
	volatile uint64_t el1_count;	/* exceptions that the guest took */
	volatile uint64_t el1_esr;	/* the last of them */
	volatile uint64_t el1_far;
	volatile uint64_t el1_elr;
	volatile uint64_t el1_spsr;
	volatile uint64_t access_pc;	/* where the instruction under test is */
};

_Static_assert(offsetof(struct ctl, stop) == CTL_STOP, "CTL_STOP");
_Static_assert(offsetof(struct ctl, iters) == CTL_ITERS, "CTL_ITERS");
_Static_assert(offsetof(struct ctl, bad) == CTL_BAD, "CTL_BAD");

#endif
