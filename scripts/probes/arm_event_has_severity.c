// SPDX-License-Identifier: GPL-2.0-only
/* Does the tracepoint arm_event tell how severe an error of a CPU is? */
#include <ras/ras_event.h>

static void at_event(void *data, const struct cper_sec_proc_arm *record, const u8 *info,
		     const u32 info_len, const u8 *context, const u32 context_len, const u8 *oem,
		     const u32 oem_len, u8 severity, int cpu)
{
}

void probe(void);
void probe(void)
{
	check_trace_callback_type_arm_event(at_event);
}
