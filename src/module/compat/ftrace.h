/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an ftrace callback gets at the arguments of the function it is called
 * for. Either the trampoline saves them for everybody, or a callback asks for
 * a full pt_regs. Both ways it loads x0 to x8 back before the function runs,
 * so that an argument can be replaced.
 */
#ifndef S2MEMATTR_COMPAT_FTRACE_H
#define S2MEMATTR_COMPAT_FTRACE_H

#include <linux/ftrace.h>

#include "probes.h"

#if !S2M_FTRACE_SAVES_ARGUMENTS
#define S2M_FTRACE_OPS_FLAGS	FTRACE_OPS_FL_SAVE_REGS
#define s2m_ftrace_registers(fregs)	(ftrace_get_regs(fregs)->regs)
#elif S2M_FTRACE_REGS_IS_OPAQUE
#define S2M_FTRACE_OPS_FLAGS	0
#define s2m_ftrace_registers(fregs)	(arch_ftrace_regs(fregs)->regs)
#else
#define S2M_FTRACE_OPS_FLAGS	0
#define s2m_ftrace_registers(fregs)	((fregs)->regs)
#endif

/* Argument @n, 0 to 7. */
static __always_inline u64 s2m_ftrace_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return s2m_ftrace_registers(fregs)[n];
}

static __always_inline void s2m_ftrace_set_argument(struct ftrace_regs *fregs, unsigned int n,
						    u64 value)
{
	s2m_ftrace_registers(fregs)[n] = value;
}

#endif
