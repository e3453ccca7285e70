/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of an access that Device memory does not take.
 */
#ifndef S2MEMATTR_EMULATION_H
#define S2MEMATTR_EMULATION_H

/**
 * enum s2m_emulation - what became of an access
 * @S2M_EMU_DONE: it is carried out
 * @S2M_EMU_AGAIN: it is to be made again, since what it went through is gone: KVM
 *	makes of that what it makes of any access
 * @S2M_EMU_FAULT: the guest's stage 1 has a fault of its own for it
 * @S2M_EMU_FORM: the instruction is no load or store that is covered
 * @S2M_EMU_STATE: the vCPU is in AArch32
 * @S2M_EMU_STAGE1: its stage 1 is off, or of a kind that is not known here
 * @S2M_EMU_CHANGED: what is there now is not the access that faulted
 * @S2M_EMU_OFF: SIMD&FP, or DC ZVA, is not allowed at this exception level
 * @S2M_EMU_SIMD: KVM's bookkeeping of SIMD&FP registers was not found
 * @S2M_EMU_NO_MEMSLOT: no memslot is where it ends
 * @S2M_EMU_MEMFD: the memory of a memslot (of the access, the code or a table) is a
 *	guest_memfd, which no mapping of the VMM's has to lead to
 * @S2M_EMU_READ_ONLY: a store to a read-only memslot
 * @S2M_EMU_VMM: the VMM has mapped memory of a device as something else
 * @S2M_EMU_LOST: the VMM's mapping does not take the access
 * @S2M_EMU_LOG: the page cannot be marked dirty
 * @S2M_NR_EMULATIONS: how many there are
 */
enum s2m_emulation {
	S2M_EMU_DONE,
	S2M_EMU_AGAIN,
	S2M_EMU_FAULT,
	S2M_EMU_FORM,
	S2M_EMU_STATE,
	S2M_EMU_STAGE1,
	S2M_EMU_CHANGED,
	S2M_EMU_OFF,
	S2M_EMU_SIMD,
	S2M_EMU_NO_MEMSLOT,
	S2M_EMU_MEMFD,
	S2M_EMU_READ_ONLY,
	S2M_EMU_VMM,
	S2M_EMU_LOST,
	S2M_EMU_LOG,
	S2M_NR_EMULATIONS
};

#endif
