// SPDX-License-Identifier: GPL-2.0-only
/* Does the tracepoint arm_event give a CPU's error record, and nothing else? */
#include <ras/ras_event.h>

static void at_event(void *data, const struct cper_sec_proc_arm *record)
{
}

void probe(void);
void probe(void)
{
	check_trace_callback_type_arm_event(at_event);
}
