// SPDX-License-Identifier: GPL-2.0-only
/* How long it takes to store pieces, or to load them. */
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

/* probes.S */
uint64_t stream_stores(uint64_t va, uint64_t piece, uint64_t count);
uint64_t stream_loads(uint64_t va, uint64_t piece, uint64_t count);

uint64_t stream(const struct ctl *ctl)
{
	uint64_t begin;

	isb();
	begin = read_sysreg(cntvct_el0);
	if (ctl->value)
		stream_stores(ctl->va, ctl->len, ctl->probe);
	else
		stream_loads(ctl->va, ctl->len, ctl->probe);
	isb();
	return read_sysreg(cntvct_el0) - begin;
}
