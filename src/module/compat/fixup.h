/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel goes on after a fault of its own that it is prepared for. Newer ones
 * look at the ESR there. Called by its address, so its type has to be the right one (CFI).
 */
#ifndef S2MEMATTR_COMPAT_FIXUP_H
#define S2MEMATTR_COMPAT_FIXUP_H

#include <linux/ptrace.h>
#include <asm/extable.h>

#include "probes.h"

/* fixup_exception(), by its address */
typedef typeof(fixup_exception) s2m_fixup_fn;

static __always_inline bool s2m_fixup(s2m_fixup_fn *fixup, struct pt_regs *regs, unsigned long esr)
{
#if S2M_FIXUP_EXCEPTION_TAKES_ESR
	return fixup(regs, esr);
#else
	return fixup(regs);
#endif
}

#endif
