/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace events as tests read them. */
#ifndef FAKE_TRACE_H
#define FAKE_TRACE_H

#include <s2memattr/a64.h>
#include <s2memattr/emulation.h>
#include <s2memattr/fuse.h>
#include <s2memattr/index.h>

bool trace_decision_enabled(void);
void trace_decision(u64 ipa, u64 phys, u64 size, const struct s2m_device *bar,
		    enum s2m_type kvm, enum s2m_type used, enum s2m_why why, u32 rule);
void trace_fuse(const struct s2m_device *function, const struct s2m_bus_error *error, u32 rule);
void trace_emulation(u64 pc, u64 far, u32 word, enum s2m_a64_form form, u64 address,
		     unsigned int bytes, bool store, enum s2m_emulation result);

#endif
