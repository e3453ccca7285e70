/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that Device memory does not take, carried out for the guest.
 */
#ifndef S2MEMATTR_EMULATE_H
#define S2MEMATTR_EMULATE_H

#include <linux/kvm_host.h>
#include <linux/types.h>
#include <s2memattr/emulation.h>

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
 * s2m_emulate_init() - find out what the host's stage 1 can be
 *
 * Context: at load.
 */
void s2m_emulate_init(void);

#endif
