// SPDX-License-Identifier: GPL-2.0-only
/* A store to each page of a range, and how long each of them took. */
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

static uint64_t now(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

void faults(const struct ctl *ctl, uint64_t cpu)
{
	uint32_t *times = (uint32_t *)(TIMES_BASE + cpu * TIMES_STRIDE);
	uint64_t offset, start;

	for (offset = 0; offset < ctl->len; offset += 4096) {
		start = now();
		*(volatile uint32_t *)(ctl->va + offset) = 0;
		dsb();
		*times++ = now() - start;
	}
}
