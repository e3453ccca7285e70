/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A function that returns before it has begun.
 */
#ifndef S2MEMATTR_LEAVE_H
#define S2MEMATTR_LEAVE_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <asm/ptrace.h>

/**
 * s2m_leave() - have a function return to its caller
 * @regs: of a probe at its entry, whose handler then returns 1
 * @value: what it returns
 *
 * If it was called by its address, BTYPE says so, and is for its landing pad; where it
 * returns to there is none, and the CPU would fault (FEAT_BTI).
 *
 * Context: any, NOKPROBE.
 */
static nokprobe_inline void s2m_leave(struct pt_regs *regs, u64 value)
{
	regs->regs[0] = value;
	regs->pstate &= ~(u64)PSR_BTYPE_MASK;
	instruction_pointer_set(regs, regs->regs[30]);
}

#endif
