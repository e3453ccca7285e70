// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores for a guest, through its memslots and the VMM's own mapping: with the
 * VMM's rights, and no others. Which accesses are made is decided in emulate.c.
 *
 * A VMM can have a page of its own never come, or keep its mmap_lock, for as long as it
 * likes (FUSE, userfaultfd). So each step is tried without waiting first. Who has to wait
 * holds the module meanwhile: then nobody can begin to unload it, who would have to wait
 * for this thread, and nobody begins to wait while it is unloaded.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "compat/mm.h"
#include "kernel/host.h"
#include "kernel/symbols.h"
#include "survival/guest_memory.h"
#include "survival/sea.h"

/* What a device has refused is not tried again. */
static bool begin_waiting(void)
{
	return !s2m_sea_has_refused() && try_module_get(THIS_MODULE);
}

static void end_waiting(void)
{
	s2m_sea_has_refused();
	module_put(THIS_MODULE);
}

/* Does get_user() or put_user() succeed, at once or after waiting? */
#define SUCCEEDS(access) ({						\
	int failed_;							\
									\
	pagefault_disable();						\
	failed_ = (access);						\
	pagefault_enable();						\
	if (failed_ && begin_waiting()) {				\
		failed_ = (access);					\
		end_waiting();						\
	}								\
	!failed_;							\
})

static bool must_be_logged(const struct kvm *kvm, const struct kvm_memory_slot *slot)
{
#ifdef CONFIG_HAVE_KVM_DIRTY_RING
	if (kvm->dirty_ring_size)
		return slot->flags & KVM_MEM_LOG_DIRTY_PAGES;
#endif
	return slot->dirty_bitmap;
}

enum s2m_emulation s2m_guest_find(struct kvm *kvm, struct kvm_memslots *slots, u64 ipa,
				  bool write, struct s2m_guest_page *page)
{
	gfn_t gfn = ipa >> PAGE_SHIFT;
	struct kvm_memory_slot *slot = __gfn_to_memslot(slots, gfn);

	if (!slot || (slot->flags & KVM_MEMSLOT_INVALID))
		return S2M_EMU_NO_MEMSLOT;
	if (write && (slot->flags & KVM_MEM_READONLY))
		return S2M_EMU_READ_ONLY;
	page->gfn = gfn;
	page->hva = __gfn_to_hva_memslot(slot, gfn) + offset_in_page(ipa);
	page->logged = write && must_be_logged(kvm, slot);
	return page->logged && !s2m_symbols.mark_dirty ? S2M_EMU_LOG : S2M_EMU_DONE;
}

static bool is_well_mapped(const struct vm_area_struct *vma)
{
	enum s2m_pgprot pgprot;

	if (!(vma->vm_flags & (VM_PFNMAP | VM_IO)))
		return true;
	pgprot = s2m_pgprot_of(vma);
	return pgprot == S2M_PGPROT_DEVICE_NGNRNE || pgprot == S2M_PGPROT_DEVICE_NGNRE;
}

static bool lock(struct mm_struct *mm)
{
	bool locked = mmap_read_trylock(mm);

	if (!locked && try_module_get(THIS_MODULE)) {
		locked = !mmap_read_lock_killable(mm);
		module_put(THIS_MODULE);
	}
	return locked;
}

enum s2m_emulation s2m_guest_check_type(struct kvm *kvm, const struct s2m_guest_page *page)
{
	enum s2m_emulation result = S2M_EMU_AGAIN;
	const struct vm_area_struct *vma;

	if (!lock(kvm->mm))
		return result;
	vma = s2m_vma_lookup(kvm->mm, page->hva);
	if (vma)
		result = is_well_mapped(vma) ? S2M_EMU_DONE : S2M_EMU_VMM;
	mmap_read_unlock(kvm->mm);
	return result;
}

bool s2m_guest_is_mapped(struct kvm *kvm, const struct s2m_guest_page *page)
{
	phys_addr_t phys;

	return s2m_host_phys(kvm->mm, page->hva, &phys);
}

bool s2m_guest_read_word(struct kvm *kvm, u64 ipa, u64 *value)
{
	struct s2m_guest_page page;
	__le64 word;

	if (s2m_guest_find(kvm, kvm_memslots(kvm), ipa, false, &page) ||
	    !SUCCEEDS(get_user(word, (__le64 __user *)page.hva)))
		return false;
	*value = le64_to_cpu(word);
	return true;
}

bool s2m_guest_read_insn(struct kvm *kvm, u64 ipa, u32 *word)
{
	struct s2m_guest_page page;
	__le32 insn;

	if (s2m_guest_find(kvm, kvm_memslots(kvm), ipa, false, &page) ||
	    !SUCCEEDS(get_user(insn, (__le32 __user *)page.hva)))
		return false;
	*word = le32_to_cpu(insn);
	return true;
}

#define LOAD(type) ({							\
	type v_;							\
	bool done_ = SUCCEEDS(get_user(v_, (type __user *)hva));	\
									\
	memcpy(bytes, &v_, sizeof(v_));					\
	done_;								\
})

bool s2m_guest_load(unsigned long hva, unsigned int size, u8 *bytes)
{
	switch (size) {
	case 1:
		return LOAD(u8);
	case 2:
		return LOAD(u16);
	case 4:
		return LOAD(u32);
	default:
		return LOAD(u64);
	}
}

#define STORE(type)							\
({									\
	type v_;							\
									\
	memcpy(&v_, bytes, sizeof(v_));					\
	SUCCEEDS(put_user(v_, (type __user *)hva));			\
})

bool s2m_guest_store(unsigned long hva, unsigned int size, const u8 *bytes)
{
	switch (size) {
	case 1:
		return STORE(u8);
	case 2:
		return STORE(u16);
	case 4:
		return STORE(u32);
	default:
		return STORE(u64);
	}
}
