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
 * struct s2m_guest_view - a guest's memory, the same from the first table to the last byte
 * @kvm: the VM
 * @slots: its memslots, as they were when it was looked at
 * @last: the memslot that was found last, or NULL
 * @has_memfd: was a memslot asked for whose memory the VMM does not map? Nothing can be
 *	read or written there, now or later.
 *
 * It is worth nothing without the kvm->srcu under which it was made.
 */
struct s2m_guest_view {
	struct kvm *kvm;
	struct kvm_memslots *slots;
	struct kvm_memory_slot *last;
	bool has_memfd;
};

/**
 * s2m_guest_look() - begin to look at a guest's memory
 * @kvm: the VM
 * @view: what all others here take
 *
 * Page faults are off until s2m_guest_look_away(), but where something here waits.
 */
void s2m_guest_look(struct kvm *kvm, struct s2m_guest_view *view);

/**
 * s2m_guest_look_away() - what s2m_guest_look() has begun is over
 */
void s2m_guest_look_away(void);

/**
 * s2m_guest_find() - find memory of a guest
 * @view: its memory
 * @ipa: an address; what follows within its 4 KiB is found with it
 * @write: will it be written?
 * @page: where it is
 *
 * Return: S2M_EMU_DONE, or why it cannot be reached.
 */
enum s2m_emulation s2m_guest_find(struct s2m_guest_view *view, u64 ipa, bool write,
				  struct s2m_guest_page *page);

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
 * s2m_guest_read_word() - read eight bytes that are aligned, for struct s2m_s1_memory
 * @view: the guest's memory, a struct s2m_guest_view
 * @ipa: their address
 * @value: what is there
 *
 * Return: whether there was anything to read.
 */
bool s2m_guest_read_word(void *view, u64 ipa, u64 *value);

/**
 * s2m_guest_read_insn() - read four bytes that are aligned, as an instruction
 * @view: the guest's memory
 * @ipa: their address
 * @word: what is there
 *
 * Return: whether there was anything to read.
 */
bool s2m_guest_read_insn(struct s2m_guest_view *view, u64 ipa, u32 *word);

/**
 * s2m_guest_load() - load through the VMM's mapping
 * @hva: the address
 * @left: how many bytes
 * @log2_element: of the instruction, see s2m_a64_piece()
 * @bytes: what was there
 *
 * One load of the kernel for each piece, in order.
 *
 * Return: whether the VMM's mapping took all of them.
 */
bool s2m_guest_load(unsigned long hva, unsigned int left, unsigned int log2_element, u8 *bytes);

/**
 * s2m_guest_store() - store through the VMM's mapping
 * @hva: the address
 * @left: how many bytes
 * @log2_element: of the instruction, see s2m_a64_piece()
 * @bytes: what to write
 *
 * One store of the kernel for each piece, in order.
 *
 * Return: whether the VMM's mapping took all of them.
 */
bool s2m_guest_store(unsigned long hva, unsigned int left, unsigned int log2_element,
		     const u8 *bytes);

/**
 * s2m_guest_clear() - store zeros through the VMM's mapping
 * @hva: the address
 * @left: how many bytes
 *
 * Return: whether the VMM's mapping took all of them.
 */
bool s2m_guest_clear(unsigned long hva, unsigned int left);

#endif
