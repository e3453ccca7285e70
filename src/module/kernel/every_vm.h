/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All VMs of this host, one after the other.
 */
#ifndef S2MEMATTR_EVERY_VM_H
#define S2MEMATTR_EVERY_VM_H

struct kvm;
struct pid;

/**
 * typedef s2m_visit_vm_fn - what is done with each VM
 * @kvm: the VM; the caller has a reference to it, and to the structure of its mm
 * @pid: a process that has this mm
 * @context: what s2m_every_vm() was called with
 *
 * Return: 0 to go on, or what s2m_every_vm() returns.
 */
typedef int s2m_visit_vm_fn(struct kvm *kvm, struct pid *pid, void *context);

/**
 * s2m_every_vm() - visit all VMs that are there throughout
 * @visit: what is done with each
 * @context: handed through to it
 *
 * Holds no lock while it visits, needs no memory, and waits for no process (mms.h,
 * vms.h). A VM that appears meanwhile need not be visited.
 *
 * Context: process context, may sleep.
 * Return: 0, or what @visit returned that was not.
 */
int s2m_every_vm(s2m_visit_vm_fn *visit, void *context);

#endif
