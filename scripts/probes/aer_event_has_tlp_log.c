// SPDX-License-Identifier: GPL-2.0-only
/* Does the tracepoint aer_event give the log as struct pcie_tlp_log? */
#include <ras/ras_event.h>

static void at_event(void *data, const char *device, const u32 status, const u8 severity,
		     const u8 has_tlp, struct pcie_tlp_log *tlp)
{
}

void probe(void);
void probe(void)
{
	check_trace_callback_type_aer_event(at_event);
}
