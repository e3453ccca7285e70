/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the kernel's instructions.
 */
#ifndef S2MEMATTR_INSN_H
#define S2MEMATTR_INSN_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/byteorder.h>

/**
 * s2m_insn() - read an instruction
 * @at: where it is
 *
 * Return: it, as it stands there at this moment.
 */
static inline u32 s2m_insn(const __le32 *at)
{
	return le32_to_cpu(READ_ONCE(*at));
}

/**
 * s2m_insn_replaced() - what a kprobe's breakpoint has replaced
 * @at: where the instruction is; not read
 * @insn: what stands there
 *
 * Context: process context, may sleep.
 * Return: @insn, if it is no such breakpoint.
 */
u32 s2m_insn_replaced(const void *at, u32 insn);

/**
 * s2m_insn_original() - read an instruction, whoever probes it
 * @at: where it is
 *
 * Context: process context, may sleep.
 * Return: it, or what the breakpoint has replaced if a kprobe stands there.
 */
u32 s2m_insn_original(const __le32 *at);

/**
 * s2m_insn_called() - what is called by a direct call, whoever probes it
 * @at: an instruction
 *
 * Context: process context, may sleep.
 * Return: the address, or NULL if it is no BL.
 */
const void *s2m_insn_called(const __le32 *at);

#endif
