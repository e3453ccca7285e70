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

#if S2M_FTRACE_HAS_FTRACE_REGS
typedef struct ftrace_regs s2m_ftrace_regs;
/* Callbacks are called directly, unless they ask for a protection. */
#define S2M_FTRACE_RECURSION	0
#else
typedef struct pt_regs s2m_ftrace_regs;
/* They had to say that they need none. */
#define S2M_FTRACE_RECURSION	FTRACE_OPS_FL_RECURSION_SAFE
#define ftrace_get_regs(fregs)	(fregs)
#endif

#if !S2M_FTRACE_SAVES_ARGUMENTS
#define S2M_FTRACE_OPS_FLAGS	(FTRACE_OPS_FL_SAVE_REGS | S2M_FTRACE_RECURSION)
#define s2m_ftrace_registers(fregs)	(ftrace_get_regs(fregs)->regs)
#elif S2M_FTRACE_REGS_IS_OPAQUE
#define S2M_FTRACE_OPS_FLAGS	0
#define s2m_ftrace_registers(fregs)	(arch_ftrace_regs(fregs)->regs)
#else
#define S2M_FTRACE_OPS_FLAGS	0
#define s2m_ftrace_registers(fregs)	((fregs)->regs)
#endif

/* Forget the filter of @ops, which is not registered. */
static inline void s2m_ftrace_free_filter(struct ftrace_ops *ops)
{
#if S2M_EXPORTS_FTRACE_FREE_FILTER
	ftrace_free_filter(ops);
#else
	/* Replaces it by an empty one that is not allocated. */
	ftrace_set_filter(ops, NULL, 0, 1);
#endif
}

/* Argument @n, 0 to 7. */
static __always_inline u64 s2m_ftrace_argument(s2m_ftrace_regs *fregs, unsigned int n)
{
	return s2m_ftrace_registers(fregs)[n];
}

static __always_inline void s2m_ftrace_set_argument(s2m_ftrace_regs *fregs, unsigned int n,
						    u64 value)
{
	s2m_ftrace_registers(fregs)[n] = value;
}

#endif
