/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints of the kernel's error reporting, whose arguments have grown. A kernel
 * whose are others is one that says nothing here.
 */
#ifndef S2MEMATTR_COMPAT_RAS_H
#define S2MEMATTR_COMPAT_RAS_H

#include <linux/aer.h>
#include <linux/cper.h>
#include <linux/types.h>

#include "probes.h"

#define S2M_AER_EVENT		"aer_event"
#define S2M_ARM_EVENT		"arm_event"
#define S2M_KNOWS_AER_EVENT	(S2M_AER_EVENT_HAS_HEADER_LOG || S2M_AER_EVENT_HAS_TLP_LOG || \
				 S2M_AER_EVENT_NAMES_BUS)
#define S2M_KNOWS_ARM_EVENT	(S2M_ARM_EVENT_IS_A_SECTION || S2M_ARM_EVENT_HAS_SEVERITY)

#if S2M_AER_EVENT_NAMES_BUS
#define S2M_AER_EVENT_LOG	struct pcie_tlp_log *log, const char *bus
#elif S2M_AER_EVENT_HAS_TLP_LOG
#define S2M_AER_EVENT_LOG	struct pcie_tlp_log *log
#else
#define S2M_AER_EVENT_LOG	struct aer_header_log_regs *log
#endif

#if S2M_ARM_EVENT_HAS_SEVERITY
#define S2M_ARM_EVENT_ARGS	const struct cper_sec_proc_arm *record, const u8 *info_bytes, \
				const u32 info_len, const u8 *context, \
				const u32 context_len, const u8 *oem, const u32 oem_len, \
				u8 severity, int cpu
/* GHES_SEV_CORRECTED, whose header is for ACPI only. */
#define s2m_arm_event_is_corrected	(severity <= 1)
#else
/* Which errors were corrected is not said. That they name a device's memory is enough. */
#define S2M_ARM_EVENT_ARGS	const struct cper_sec_proc_arm *record
#define s2m_arm_event_is_corrected	false
#endif

#endif
