/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the running kernel that it does not export.
 */
#ifndef S2MEMATTR_SYMBOLS_H
#define S2MEMATTR_SYMBOLS_H

#include <linux/kvm_types.h>
#include <linux/types.h>

#include "compat/fixup.h"
#include "compat/vcpu.h"

/* What is lost without a way to give alignment faults to the guest. */
#define S2M_LOST_SURVIVAL	"an alignment fault in device memory ends the VM, as without this module"

/* What is lost without a way to survive what devices refuse. */
#define S2M_LOST_EMULATION	"accesses are not carried out, guests get alignment faults"

struct kvm;
struct kvm_pgtable;
struct kvm_vcpu;
struct pt_regs;

/* What is lost without a way to a vCPU's registers. */
#define S2M_LOST_COHERENT	"a table with coherent-ram cannot be in force without FEAT_S2FWB"

/**
 * struct s2m_symbols - what this module needs to know the address of
 * @stage2_map: kvm_pgtable_stage2_map(), which makes every stage-2 mapping
 * @walk: kvm_pgtable_walk(), which it calls to do so
 * @inner_walk: _kvm_pgtable_walk(), which that is a wrapper of; or NULL
 * @map_walker: stage2_map_walker(), the callback that it gives to the walk
 * @guest_abort: kvm_handle_guest_abort(), in which KVM handles a fault at stage 2
 * @ipa_limit: get_kvm_ipa_limit(), zero unless KVM has initialised itself
 * @look_up_pfn: what KVM calls for VM_PFNMAP and VM_IO memory only, within a fault:
 *	follow_pfnmap_start(), or follow_pte() before there was that; or NULL
 * @look_up_entry: the function of virt/kvm/kvm_main.c by which KVM's fault path comes to
 *	that: __gfn_to_pfn_memslot(), or __kvm_faultin_pfn() from 6.13 on; or NULL
 * @stage2_unmap: kvm_pgtable_stage2_unmap(), which takes mappings away again
 * @vm_notifier: kvm_mmu_notifier_invalidate_range_start(), by which the MMU notifier
 *	of a VM is known
 * @create_unlinked: kvm_pgtable_stage2_create_unlinked(), or NULL
 * @split_walker: stage2_split_walker(), which calls it to split a block; or NULL
 * @mmput_async: mmput_async(), or NULL
 * @printk: the function that printk() calls (_printk(), or itself before there was that),
 *	or NULL
 * @running_vcpu: kvm_get_running_vcpu()
 * @inject_dabt: kvm_inject_dabt(), or NULL
 * @read_sys_reg: vcpu_read_sys_reg(), or NULL
 * @write_sys_reg: vcpu_write_sys_reg(), or NULL
 * @do_sea: do_sea(), where a synchronous external abort of the kernel ends; or NULL
 * @fixup_exception: fixup_exception(), or NULL
 * @put_fp: kvm_arch_vcpu_put_fp(), or NULL
 * @load_fp: kvm_arch_vcpu_load_fp(), or NULL
 * @mark_dirty: kvm_vcpu_mark_page_dirty(), or NULL
 * @flush_tlbs: kvm_flush_remote_tlbs(), or NULL
 * @destroy_vm: kvm_arch_destroy_vm(), or NULL
 * @psci_call: kvm_psci_call(), or NULL
 * @reset_vcpu: kvm_reset_vcpu(), or NULL
 * @toggle_cache: kvm_toggle_cache(), or NULL
 * @prepare_memslot: kvm_arch_prepare_memory_region(), or NULL
 * @move_bar: pci_update_resource(), or NULL
 * @assign_bar: pci_assign_resource(), or NULL
 * @reassign_bar: pci_reassign_resource(), or NULL
 * @recovery: pcie_do_recovery(), or NULL
 * @aer_available: pci_aer_available(), or NULL
 */
struct s2m_symbols {
	void *stage2_map;
	void *walk;
	void *inner_walk;
	void *map_walker;
	void *guest_abort;
	u32 (*ipa_limit)(void);
	void *look_up_pfn;
	void *look_up_entry;
	int (*stage2_unmap)(struct kvm_pgtable *pgt, u64 addr, u64 size);
	void *vm_notifier;
	void *create_unlinked;
	void *split_walker;
	void (*mmput_async)(struct mm_struct *mm);
	void *printk;
	struct kvm_vcpu *(*running_vcpu)(void);
	void (*inject_dabt)(struct kvm_vcpu *vcpu, unsigned long addr);
	s2m_read_sys_reg_fn *read_sys_reg;
	s2m_write_sys_reg_fn *write_sys_reg;
	void *do_sea;
	s2m_fixup_fn *fixup_exception;
	void (*put_fp)(struct kvm_vcpu *vcpu);
	void (*load_fp)(struct kvm_vcpu *vcpu);
	void (*mark_dirty)(struct kvm_vcpu *vcpu, gfn_t gfn);
	void (*flush_tlbs)(struct kvm *kvm);
	void *destroy_vm;
	void *psci_call;
	void *reset_vcpu;
	void *toggle_cache;
	void *prepare_memslot;
	void *move_bar;
	void *assign_bar;
	void *reassign_bar;
	void *recovery;
	bool (*aer_available)(void);
};

extern struct s2m_symbols s2m_symbols;

/**
 * s2m_symbols_resolve() - fill in &s2m_symbols
 *
 * What the module can do without is NULL if the kernel does not have it; a line
 * in the log says what is lost.
 *
 * Context: process context at load, before anything else uses the table.
 * Return: 0, or -ENOENT with a line in the log that names what is missing.
 */
int s2m_symbols_resolve(void);

/**
 * s2m_symbol_size() - the size of a function
 * @function: its first instruction
 *
 * Return: its size in bytes, or 0 if kallsyms does not know it.
 */
unsigned long s2m_symbol_size(const void *function);

/**
 * s2m_symbol_start() - the function that an instruction belongs to
 * @at: the instruction
 *
 * Return: its first instruction, or NULL if kallsyms does not know it.
 */
const void *s2m_symbol_start(const void *at);

#endif
