/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an A64 instruction does to the flow of control and to the general-purpose
 * registers; no more of it than following a register through a function needs.
 * Encodings: Arm ARM, C4.1.
 */
#ifndef S2MEMATTR_A64_FLOW_H
#define S2MEMATTR_A64_FLOW_H

#include <s2memattr/base.h>

enum s2m_flow {
	S2M_NEXT,		/* the next instruction follows */
	S2M_JUMP,		/* another one does: B */
	S2M_FORK,		/* one of the two: B.cond, CBZ, TBZ */
	S2M_CALL,		/* the next one, when a function has returned: BL, BLR */
	S2M_RETURN,		/* RET, with or without authentication */
	S2M_END,		/* none: BRK, UDF */
	S2M_ELSEWHERE,		/* the text does not say where: BR, ERET */
};

/**
 * s2m_a64_flow() - what follows an instruction
 * @insn: the instruction
 * @offset: for S2M_JUMP, S2M_FORK and BL: how many instructions away that is; 0 for BLR
 *
 * Return: one of enum s2m_flow.
 */
enum s2m_flow s2m_a64_flow(u32 insn, s32 *offset);

/**
 * s2m_a64_written() - which general-purpose registers an instruction may write
 * @insn: the instruction, none that branches
 *
 * Return: a bit for each of X0 to X30; rather one too many than one too few.
 */
u32 s2m_a64_written(u32 insn);

/**
 * s2m_a64_copy() - is an instruction a copy of the low half of a register?
 * @insn: the instruction
 * @from: the register that is copied; the copy is in Rd, bits [4:0]
 *
 * Return: whether it is MOV (register), or SXTW.
 */
bool s2m_a64_copy(u32 insn, u32 *from);

static inline u32 s2m_a64_rd(u32 insn)
{
	return insn & 0x1f;
}

static inline u32 s2m_a64_rn(u32 insn)
{
	return insn >> 5 & 0x1f;
}

static inline u32 s2m_a64_rm(u32 insn)
{
	return insn >> 16 & 0x1f;
}

/* The second register of a pair. */
static inline u32 s2m_a64_rt2(u32 insn)
{
	return insn >> 10 & 0x1f;
}

/* A bit for a register; none for number 31, which is SP or nothing. */
static inline u32 s2m_a64_bit(u32 reg)
{
	return reg < 31 ? 1U << reg : 0;
}

/* A signed field of @bits bits, whose lowest is bit @low. */
static inline s64 s2m_a64_signed(u32 insn, u32 low, u32 bits)
{
	u64 sign = 1ULL << (bits - 1);

	return (s64)(((insn >> low) & ((1ULL << bits) - 1)) ^ sign) - (s64)sign;
}

/* How far away ADR leads, in bytes, or ADRP, in pages. */
static inline s64 s2m_a64_adr(u32 insn)
{
	return s2m_a64_signed(insn, 5, 19) * 4 + (insn >> 29 & 0x3);
}

#endif
