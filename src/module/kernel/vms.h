/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMs of an address space, found through the MMU notifier that each has there.
 *
 * A VM registers its notifier before anybody can use it, and takes it back when it
 * ends or its address space does. So all VMs are found, also those whose files are
 * all closed while a vCPU runs, and nothing that a process can hold is waited for.
 */
#ifndef S2MEMATTR_VMS_H
#define S2MEMATTR_VMS_H

#include <linux/kvm_host.h>
#include <linux/mm_types.h>

#define S2M_VMS_BATCH	16

/**
 * struct s2m_vms - some VMs
 * @count: how many
 * @kvm: the VMs by ascending address, with a reference to each
 * @cursor: the VM up to which they have been collected; NULL to begin
 * @more: there may be more behind that
 */
struct s2m_vms {
	unsigned int count;
	struct kvm *kvm[S2M_VMS_BATCH];
	const struct kvm *cursor;
	bool more;
};

/**
 * s2m_vms_start() - prepare, at load
 *
 * Registers an MMU notifier of its own in the address space of the process that
 * loads the module, and compares what the kernel has made of it with what this
 * module takes for the layout of its private list.
 *
 * Context: process context, after s2m_symbols_resolve().
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_vms_start(void);

/**
 * s2m_vms_stop() - undo s2m_vms_start(), at unload
 *
 * Waits for VMs that ended while s2m_vms_next() had a reference to them.
 *
 * Context: process context; all batches have been put.
 */
void s2m_vms_stop(void);

/**
 * s2m_vms_next() - collect the next VMs of an address space
 * @batch: where they go, instead of those that it had; and where to go on
 * @mm: the address space, with a reference (mmgrab()) or more
 *
 * Needs no memory. Misses no VM that is there throughout and can have mappings;
 * one that appears behind the cursor is new.
 *
 * Context: process context.
 */
void s2m_vms_next(struct s2m_vms *batch, const struct mm_struct *mm);

/**
 * s2m_vms_put() - drop the references that s2m_vms_next() took
 * @batch: the VMs
 *
 * If one has ended meanwhile, a worker of this module takes it apart: that runs what
 * the VM's devices do when they are released, and is no business of the caller.
 *
 * Context: process context, may sleep for a little memory.
 */
void s2m_vms_put(struct s2m_vms *batch);

#endif
