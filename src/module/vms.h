/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMs of an address space, found through the open files of its processes.
 *
 * KVM's own list of VMs is data, which kallsyms does not show everywhere. A
 * file of a VM is known by its ioctl function, whose address can be had.
 */
#ifndef S2MEMATTR_VMS_H
#define S2MEMATTR_VMS_H

#include <linux/kvm_host.h>
#include <linux/pid.h>

#define S2M_VMS_BATCH	16

/**
 * struct s2m_vm - a VM that is kept alive
 * @kvm: the VM
 * @file: its file or one of its vCPUs': a reference to it holds the VM
 * @pid: the process that has the file open, with a reference
 */
struct s2m_vm {
	struct kvm *kvm;
	struct file *file;
	struct pid *pid;
};

/**
 * struct s2m_vms - some VMs
 * @count: how many
 * @vm: the VMs by ascending address of @kvm
 */
struct s2m_vms {
	unsigned int count;
	struct s2m_vm vm[S2M_VMS_BATCH];
};

/**
 * s2m_vms_known() - can VMs be found on this kernel?
 *
 * Return: whether they can.
 */
bool s2m_vms_known(void);

/**
 * s2m_vms_next() - collect the next VMs of an address space
 * @batch: where they go; S2M_VMS_BATCH of them if there may be more
 * @mm: the address space
 * @cursor: only VMs with a higher address; NULL to begin
 *
 * Context: process context.
 */
void s2m_vms_next(struct s2m_vms *batch, const struct mm_struct *mm, const struct kvm *cursor);

/**
 * s2m_vms_put() - drop what s2m_vms_next() has collected
 * @batch: the VMs
 *
 * Context: process context. The last user of a VM ends it.
 */
void s2m_vms_put(struct s2m_vms *batch);

#endif
