/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's own stage 1 of the EL1&0 translation regime, walked in software: the
 * VMSAv8-64 tables of the Arm ARM, D8. What is not known here is said, not guessed.
 */
#ifndef S2MEMATTR_S1WALK_H
#define S2MEMATTR_S1WALK_H

#include <s2memattr/base.h>

/**
 * struct s2m_s1_regs - the registers that say how to translate
 * @sctlr: SCTLR_EL1
 * @tcr: TCR_EL1
 * @ttbr: TTBR0_EL1 and TTBR1_EL1
 * @mair: MAIR_EL1
 */
struct s2m_s1_regs {
	u64 sctlr;
	u64 tcr;
	u64 ttbr[2];
	u64 mair;
};

/**
 * struct s2m_s1_access - what somebody wants to do there
 * @fetch: read an instruction; execute permissions are not looked at
 * @write: does it write?
 * @user: with the rights of EL0?
 * @pan: is PSTATE.PAN set, and does it apply?
 */
struct s2m_s1_access {
	bool fetch;
	bool write;
	bool user;
	bool pan;
};

/**
 * struct s2m_s1_memory - where tables are read
 * @read: read the descriptor at @ipa, which is a multiple of eight, as it is in
 *	memory; returns false if there is no memory to read
 * @arg: for @read
 */
struct s2m_s1_memory {
	bool (*read)(void *arg, u64 ipa, u64 *desc);
	void *arg;
};

/**
 * enum s2m_s1_result - how a walk ended
 * @S2M_S1_OK: with a translation
 * @S2M_S1_FAULT: with a fault that the guest is to have
 * @S2M_S1_NO_MEMORY: at a table that cannot be read
 * @S2M_S1_UNKNOWN: not begun, for registers that mean something not known here
 */
enum s2m_s1_result {
	S2M_S1_OK,
	S2M_S1_FAULT,
	S2M_S1_NO_MEMORY,
	S2M_S1_UNKNOWN,
};

/**
 * struct s2m_s1_walk - what a walk found
 * @ipa: where the address leads, if the result is S2M_S1_OK
 * @attr: the Attr field of MAIR_EL1 for it, then
 * @fsc: the fault status code, if it is S2M_S1_FAULT
 */
struct s2m_s1_walk {
	u64 ipa;
	u8 attr;
	u8 fsc;
};

/**
 * s2m_s1_walk() - translate an address as the guest has it
 * @regs: its registers; stage 1 is on
 * @va: the address, perhaps with a tag
 * @access: what for
 * @memory: where the tables are
 * @walk: what came of it
 *
 * All granules, block and page descriptors, 48 and 52 bits of address (FEAT_LVA,
 * FEAT_LPA, FEAT_LPA2), TBI, hierarchical permissions, E0PD, PAN and EPAN.
 * Nothing is written: where FEAT_HAFDBS would set the access flag or make a page
 * writable, the guest gets the fault that it would get without.
 *
 * Context: that of @memory->read.
 * Return: how it ended.
 */
enum s2m_s1_result s2m_s1_walk(const struct s2m_s1_regs *regs, u64 va,
			       const struct s2m_s1_access *access,
			       const struct s2m_s1_memory *memory, struct s2m_s1_walk *walk);

/**
 * s2m_s1_attr_is_device() - is this a Device type?
 * @attr: an Attr field of MAIR_EL1
 *
 * Return: whether it is, or is none that is known.
 */
bool s2m_s1_attr_is_device(u8 attr);

/**
 * s2m_s1_attr_is_tagged() - is this Tagged Normal memory?
 * @attr: an Attr field of MAIR_EL1
 *
 * Return: whether it is, on a CPU with FEAT_MTE.
 */
bool s2m_s1_attr_is_tagged(u8 attr);

#endif
