// SPDX-License-Identifier: GPL-2.0-only
/*
 * A64 instructions as far as control flow and written registers go. Loads and stores as
 * accesses to memory are in a64.c.
 */
#include "a64_flow.h"

/* Unconditional branches to a register: BR, BLR, RET and those with authentication. */
static enum s2m_flow flow_of_register(u32 insn)
{
	switch (insn >> 21 & 0x7) {
	case 1:
		return S2M_CALL;
	case 2:
		return S2M_RETURN;
	default:
		return S2M_ELSEWHERE;
	}
}

enum s2m_flow s2m_a64_flow(u32 insn, s32 *offset)
{
	*offset = 0;
	if ((insn & 0x7c000000) == 0x14000000) {		/* B, BL */
		*offset = (s32)s2m_a64_signed(insn, 0, 26);
		return insn >> 31 ? S2M_CALL : S2M_JUMP;
	}
	if ((insn & 0xff000000) == 0x54000000 ||		/* B.cond, BC.cond */
	    (insn & 0x7e000000) == 0x34000000) {		/* CBZ, CBNZ */
		*offset = (s32)s2m_a64_signed(insn, 5, 19);
		return S2M_FORK;
	}
	if ((insn & 0x7e000000) == 0x36000000) {		/* TBZ, TBNZ */
		*offset = (s32)s2m_a64_signed(insn, 5, 14);
		return S2M_FORK;
	}
	if ((insn & 0xfe000000) == 0xd6000000)
		return flow_of_register(insn);
	if ((insn & 0x7c000000) == 0x74000000)			/* CB<cc>, FEAT_CMPBR */
		return S2M_ELSEWHERE;
	if ((insn & 0xffe0001f) == 0xd4200000 || !(insn >> 16))	/* BRK, UDF */
		return S2M_END;
	return S2M_NEXT;
}

/* Loads and stores, C4.1.94. A base that is written back is written, too. */
static u32 written_by_memory(u32 insn)
{
	u32 rt = s2m_a64_bit(s2m_a64_rd(insn)), rn = s2m_a64_bit(s2m_a64_rn(insn));
	u32 rt2 = s2m_a64_bit(s2m_a64_rt2(insn)), rs = s2m_a64_bit(s2m_a64_rm(insn));
	bool vector = insn & 1U << 26, load = insn & 1U << 22;

	switch (insn >> 28 & 0x3) {
	case 2:							/* LDP, STP */
		return (load && !vector ? rt | rt2 : 0) | (insn & 1U << 23 ? rn : 0);
	case 3:
		if (insn & 1U << 24)				/* unsigned offset */
			return !vector && (insn >> 22 & 0x3) ? rt : 0;
		if (insn & 1U << 21)				/* register offset, atomics */
			return vector ? 0 : rt | (insn & 1U << 10 ? rn : 0);
		return (!vector && (insn >> 22 & 0x3) ? rt : 0) | rn;
	case 1:							/* LDR (literal), tags, copies */
		return vector ? 0 : rt | rn | rs;
	default:						/* exclusives, CAS, CASP */
		return vector ? rn : rt | rt2 | rs | s2m_a64_bit(s2m_a64_rm(insn) + 1);
	}
}

u32 s2m_a64_written(u32 insn)
{
	u32 rd = s2m_a64_bit(s2m_a64_rd(insn));

	if ((insn & 0x0a000000) == 0x08000000)			/* loads and stores */
		return written_by_memory(insn);
	if ((insn & 0xffc00000) == 0xd5000000)			/* MSR, hints; MRS, SYSL */
		return insn & 1U << 21 ? rd : 0;
	return rd;
}

bool s2m_a64_copy(u32 insn, u32 *from)
{
	/* ORR Rd, ZR, Rm: the low half is the same for both widths. */
	if ((insn & 0x7fe0ffe0) == 0x2a0003e0) {
		*from = s2m_a64_rm(insn);
		return *from < 31;
	}
	*from = s2m_a64_rn(insn);
	return (insn & 0xfffffc00) == 0x93407c00 && *from < 31;	/* SXTW */
}
