/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device memory that is mapped before any guest asks for it.
 */
#ifndef S2MEMATTR_EARLY_H
#define S2MEMATTR_EARLY_H

#include <linux/kvm_host.h>

/**
 * s2m_early_find() - find out whether this kernel maps VM_PFNMAP memory when it
 * makes a memslot
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: 0; -ENOTUNIQ if it does so past the hook; -ENOMEM; both with a line in the log.
 */
int s2m_early_find(void);

/**
 * s2m_early_possible() - does this kernel map memory when it makes a memslot?
 *
 * Return: true also if that cannot be found out.
 */
bool s2m_early_possible(void);

/**
 * s2m_early_under_way() - is this mapping made for a new memslot?
 * @kvm: the VM, of the current process
 * @pci_bar: whether it is for memory of a PCI BAR
 *
 * It tells such a mapping from that of the GICv2 VCPU interface, which KVM makes
 * with the same function when the VM first runs, for no memslot: whoever makes a
 * memslot holds kvm->slots_lock. On PREEMPT_RT a mutex does not tell who holds
 * it, so only memory that is surely not the GIC's is answered for there.
 *
 * Context: any.
 * Return: never true on kernels that wait for faults.
 */
bool s2m_early_under_way(const struct kvm *kvm, bool pci_bar);

#endif
