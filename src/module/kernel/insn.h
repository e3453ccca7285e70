/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the kernel's instructions.
 */
#ifndef S2MEMATTR_INSN_H
#define S2MEMATTR_INSN_H

#include <linux/bitops.h>
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
 * s2m_insn_branch_target() - where a B or BL leads
 * @at: the instruction
 *
 * Return: the address of its target.
 */
static inline const void *s2m_insn_branch_target(const __le32 *at)
{
	return (const void *)at + ((s64)sign_extend32(s2m_insn(at), 25) << 2);
}

#endif
