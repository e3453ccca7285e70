/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VMs have coherent RAM. All of this is called with interrupts masked, from
 * kprobe handlers too.
 */
#ifndef S2MEMATTR_COHERENT_VMS_H
#define S2MEMATTR_COHERENT_VMS_H

#include <linux/types.h>

struct kvm;

/**
 * s2m_coherent_vms_lock() - begin to look or change
 *
 * Held over a look at the vCPUs of a VM and what follows from it, so that of two
 * vCPUs which turn their caches on only one is the first.
 */
void s2m_coherent_vms_lock(void);

/**
 * s2m_coherent_vms_unlock() - the end of it
 */
void s2m_coherent_vms_unlock(void);

/**
 * s2m_coherent_vms_set() - a VM has it, or has it not
 * @kvm: the VM
 * @coherent: what its vCPUs get from now on
 *
 * Context: the lock is held.
 */
void s2m_coherent_vms_set(const struct kvm *kvm, bool coherent);

/**
 * s2m_coherent_vms_have() - what has been said about a VM
 * @kvm: the VM
 *
 * Context: the lock is held.
 * Return: true if it has coherent RAM; false also of a VM that is not known.
 */
bool s2m_coherent_vms_have(const struct kvm *kvm);

/**
 * s2m_coherent_vms_forget() - a VM is about to go
 * @kvm: the VM
 *
 * Context: the lock is held.
 */
void s2m_coherent_vms_forget(const struct kvm *kvm);

/**
 * s2m_coherent_vms_forget_all() - nobody would tell when they go
 *
 * Context: the lock is held.
 */
void s2m_coherent_vms_forget_all(void);

/**
 * s2m_coherent_vms_count() - VMs that have it
 *
 * Context: the lock is held.
 * Return: how many there are at this moment.
 */
unsigned int s2m_coherent_vms_count(void);

#endif
