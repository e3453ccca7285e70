/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace event "decision" as the test reads it. */
#ifndef FAKE_TRACE_H
#define FAKE_TRACE_H

#include <s2memattr/index.h>

bool trace_decision_enabled(void);
void trace_decision(u64 ipa, u64 phys, u64 size, const struct s2m_device *bar,
		    enum s2m_type kvm, enum s2m_type used, enum s2m_why why, u32 rule);

#endif
