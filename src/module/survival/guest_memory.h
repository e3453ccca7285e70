/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's memory, reached as its VMM would: through memslots and the VMM's own
 * mapping. All of it is for the vCPU's own thread, under kvm->srcu; it may sleep.
 */
#ifndef S2MEMATTR_GUEST_MEMORY_H
#define S2MEMATTR_GUEST_MEMORY_H

#include <linux/kvm_host.h>
#include <s2memattr/emulation.h>

/**
 * struct s2m_guest_page - where a few bytes of a guest's memory are
 * @hva: the VMM's address of the first of them
 * @gfn: the guest's page
 * @logged: must the page be marked dirty after a store?
 */
struct s2m_guest_page {
	unsigned long hva;
	gfn_t gfn;
	bool logged;
};

/**
 * s2m_guest_find() - find memory of a guest
 * @kvm: the VM
 * @slots: its memslots, the same for all parts of an access
 * @ipa: an address; what follows within its 4 KiB is found with it
 * @write: will it be written?
 * @page: where it is
 *
 * Return: S2M_EMU_DONE, or why it cannot be reached.
 */
enum s2m_emulation s2m_guest_find(struct kvm *kvm, struct kvm_memslots *slots, u64 ipa,
				  bool write, struct s2m_guest_page *page);

/**
 * s2m_guest_check_type() - does the VMM map memory of devices as such?
 * @kvm: the VM
 * @page: where it is
 *
 * Memory of devices must be Device in the VMM as well: an access through the
 * VMM's mapping would be what the guest's own may not be. What is RAM for the VMM
 * is left to it.
 *
 * Return: S2M_EMU_DONE; S2M_EMU_VMM; or S2M_EMU_AGAIN if it maps nothing there, and
 * so stage 2 does not either.
 */
enum s2m_emulation s2m_guest_check_type(struct kvm *kvm, const struct s2m_guest_page *page);

/**
 * s2m_guest_is_mapped() - is there anything at this moment?
 * @kvm: the VM
 * @page: where
 *
 * Return: whether the VMM's page table leads anywhere. If not, stage 2 does not
 * either, by KVM's MMU notifier.
 */
bool s2m_guest_is_mapped(struct kvm *kvm, const struct s2m_guest_page *page);

/**
 * s2m_guest_read_word() - read eight bytes that are aligned
 * @kvm: the VM
 * @ipa: their address
 * @value: what is there
 *
 * Return: whether there was anything to read.
 */
bool s2m_guest_read_word(struct kvm *kvm, u64 ipa, u64 *value);

/**
 * s2m_guest_read_insn() - read four bytes that are aligned, as an instruction
 * @kvm: the VM
 * @ipa: their address
 * @word: what is there
 *
 * Return: whether there was anything to read.
 */
bool s2m_guest_read_insn(struct kvm *kvm, u64 ipa, u32 *word);

/**
 * s2m_guest_load() - one load of the kernel through the VMM's mapping
 * @hva: the address, naturally aligned
 * @size: 1, 2, 4 or 8
 * @bytes: what was there
 *
 * Return: whether the VMM's mapping took it.
 */
bool s2m_guest_load(unsigned long hva, unsigned int size, u8 *bytes);

/**
 * s2m_guest_store() - one store of the kernel through the VMM's mapping
 * @hva: the address, naturally aligned
 * @size: 1, 2, 4 or 8
 * @bytes: what to write
 *
 * Return: whether the VMM's mapping took it.
 */
bool s2m_guest_store(unsigned long hva, unsigned int size, const u8 *bytes);

#endif
