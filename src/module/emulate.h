/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that Device memory does not take, carried out for the guest.
 */
#ifndef S2MEMATTR_EMULATE_H
#define S2MEMATTR_EMULATE_H

#include <linux/kvm_host.h>
#include <linux/types.h>

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
	S2M_EMU_READ_ONLY,
	S2M_EMU_VMM,
	S2M_EMU_LOST,
	S2M_EMU_LOG,
	S2M_NR_EMULATIONS
};

/**
 * struct s2m_guest_fault - what the guest gets instead
 * @fsc: fault status code: DFSC of its ESR_EL1
 * @write: is it a store? WnR there
 * @far: its FAR_EL1
 */
struct s2m_guest_fault {
	u8 fsc;
	bool write;
	u64 far;
};

/**
 * s2m_emulate() - carry out the access for which a vCPU has an alignment fault
 * @vcpu: the vCPU, loaded, between two runs of the guest
 * @fault: what the guest gets if the result is S2M_EMU_FAULT
 *
 * The guest's registers, its PC and the state of a single step are as after the
 * instruction, or, if it is not carried out, as before. (Memory may have been
 * written in part then, as the Arm ARM allows for an access that faults.)
 *
 * All memory is reached through the VM's memslots and the VMM's mapping, with
 * the VMM's rights and kvm->srcu held, so that no access goes on in a memslot
 * that KVM has removed.
 *
 * Context: process context, in the vCPU's own thread; may sleep.
 * Return: what became of it.
 */
enum s2m_emulation s2m_emulate(struct kvm_vcpu *vcpu, struct s2m_guest_fault *fault);

/**
 * s2m_can_emulate() - has this kernel what s2m_emulate() needs?
 *
 * Context: any, after s2m_symbols_resolve().
 * Return: whether it has.
 */
bool s2m_can_emulate(void);

#endif
