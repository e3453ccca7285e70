// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores for a guest, through its memslots and the VMM's own mapping: with the
 * VMM's rights, and no others. Which accesses are made is decided in emulate.c.
 *
 * A VMM can have a page of its own never come, or keep its mmap_lock, for as long as it
 * likes (FUSE, userfaultfd). So page faults are off, and each step is tried without
 * waiting first. Who has to wait holds the module meanwhile: then nobody can begin to
 * unload it, who would have to wait for this thread, and nobody begins to wait while it
 * is unloaded.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <s2memattr/a64.h>

#include "compat/guest_memfd.h"
#include "compat/mm.h"
#include "kernel/host.h"
#include "kernel/symbols.h"
#include "survival/guest_memory.h"
#include "survival/sea.h"

/* What a device has refused is not tried again. */
static bool begin_waiting(void)
{
	if (s2m_sea_has_refused() || !try_module_get(THIS_MODULE))
		return false;
	pagefault_enable();
	return true;
}

static void end_waiting(void)
{
	pagefault_disable();
	s2m_sea_has_refused();
	module_put(THIS_MODULE);
}

/* Does get_user() or put_user() succeed, at once or after waiting? */
#define SUCCEEDS(access) ({						\
	int failed_ = (access);						\
									\
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

void s2m_guest_look(struct kvm *kvm, struct s2m_guest_view *view)
{
	pagefault_disable();
	*view = (struct s2m_guest_view) { .kvm = kvm, .slots = kvm_memslots(kvm) };
}

void s2m_guest_look_away(void)
{
	pagefault_enable();
}

static noinline struct kvm_memory_slot *look_up(struct s2m_guest_view *view, gfn_t gfn)
{
	struct kvm_memory_slot *slot = __gfn_to_memslot(view->slots, gfn);

	if (!slot || (slot->flags & KVM_MEMSLOT_INVALID))
		return NULL;
	if (!s2m_memslot_is_mapped(slot)) {
		view->has_memfd = true;
		return NULL;
	}
	view->last = slot;
	return slot;
}

/*
 * A guest's tables and code are mostly in one memslot, so the last one is tried first. A
 * memslot never changes while @view stands: KVM makes another one, and waits for kvm->srcu
 * before it frees the old one.
 */
static __always_inline struct kvm_memory_slot *find_slot(struct s2m_guest_view *view, gfn_t gfn)
{
	struct kvm_memory_slot *slot = view->last;

	if (likely(slot && gfn >= slot->base_gfn && gfn - slot->base_gfn < slot->npages))
		return slot;
	return look_up(view, gfn);
}

enum s2m_emulation s2m_guest_find(struct s2m_guest_view *view, u64 ipa, bool write,
				  struct s2m_guest_page *page)
{
	gfn_t gfn = ipa >> PAGE_SHIFT;
	struct kvm_memory_slot *slot = find_slot(view, gfn);

	if (!slot)
		return view->has_memfd ? S2M_EMU_MEMFD : S2M_EMU_NO_MEMSLOT;
	if (write && (slot->flags & KVM_MEM_READONLY))
		return S2M_EMU_READ_ONLY;
	page->gfn = gfn;
	page->hva = __gfn_to_hva_memslot(slot, gfn) + offset_in_page(ipa);
	page->logged = write && must_be_logged(view->kvm, slot);
	return page->logged && !s2m_symbols.mark_dirty ? S2M_EMU_LOG : S2M_EMU_DONE;
}

static bool is_device(enum s2m_pgprot pgprot)
{
	return pgprot == S2M_PGPROT_DEVICE_NGNRNE || pgprot == S2M_PGPROT_DEVICE_NGNRE;
}

static bool is_well_mapped(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & (VM_PFNMAP | VM_IO)) || is_device(s2m_pgprot_of(vma));
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

/* What is not Device, or not there yet: is it, or will it be, memory of a device? */
static enum s2m_emulation ask_vma(struct kvm *kvm, unsigned long hva)
{
	enum s2m_emulation result = S2M_EMU_AGAIN;
	const struct vm_area_struct *vma;

	if (!lock(kvm->mm))
		return result;
	vma = s2m_vma_lookup(kvm->mm, hva);
	if (vma)
		result = is_well_mapped(vma) ? S2M_EMU_DONE : S2M_EMU_VMM;
	mmap_read_unlock(kvm->mm);
	return result;
}

enum s2m_emulation s2m_guest_check_type(struct kvm *kvm, const struct s2m_guest_page *page)
{
	struct s2m_host_leaf leaf = s2m_host_look(kvm->mm, page->hva);

	/* The table that the access goes through says it itself, for a BAR nearly always. */
	if (leaf.present && is_device(s2m_pgprot_in(leaf.bits)))
		return S2M_EMU_DONE;
	return ask_vma(kvm, page->hva);
}

bool s2m_guest_is_mapped(struct kvm *kvm, const struct s2m_guest_page *page)
{
	phys_addr_t phys;

	return s2m_host_phys(kvm->mm, page->hva, &phys);
}

/* Where to read at @ipa, or NULL. */
static __always_inline const void __user *readable(struct s2m_guest_view *view, u64 ipa)
{
	gfn_t gfn = ipa >> PAGE_SHIFT;
	struct kvm_memory_slot *slot = find_slot(view, gfn);

	if (!slot)
		return NULL;
	return (const void __user *)(__gfn_to_hva_memslot(slot, gfn) + offset_in_page(ipa));
}

bool s2m_guest_read_word(void *view, u64 ipa, u64 *value)
{
	const __le64 __user *at = readable(view, ipa);
	__le64 word;

	if (!at || !SUCCEEDS(get_user(word, at)))
		return false;
	*value = le64_to_cpu(word);
	return true;
}

bool s2m_guest_read_insn(struct s2m_guest_view *view, u64 ipa, u32 *word)
{
	const __le32 __user *at = readable(view, ipa);
	__le32 insn;

	if (!at || !SUCCEEDS(get_user(insn, at)))
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

/* One load of the kernel, naturally aligned. */
static __always_inline bool load(unsigned long hva, unsigned int size, u8 *bytes)
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

#define STORE(width) ({							\
	width v_;							\
									\
	memcpy(&v_, bytes, sizeof(v_));					\
	SUCCEEDS(put_user(v_, (width __user *)hva));			\
})

static __always_inline bool store(unsigned long hva, unsigned int size, const u8 *bytes)
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

bool s2m_guest_load(unsigned long hva, unsigned int left, unsigned int log2_element, u8 *bytes)
{
	unsigned int size;

	for (; left; left -= size, hva += size, bytes += size) {
		size = s2m_a64_piece(hva, left, log2_element);
		if (!load(hva, size, bytes))
			return false;
	}
	return true;
}

bool s2m_guest_store(unsigned long hva, unsigned int left, unsigned int log2_element,
		     const u8 *bytes)
{
	unsigned int size;

	for (; left; left -= size, hva += size, bytes += size) {
		size = s2m_a64_piece(hva, left, log2_element);
		if (!store(hva, size, bytes))
			return false;
	}
	return true;
}

bool s2m_guest_clear(unsigned long hva, unsigned int left)
{
	static const u8 zeros[S2M_A64_MAX_PIECE];
	unsigned int size;

	for (; left; left -= size, hva += size) {
		size = s2m_a64_piece(hva, left, ilog2(S2M_A64_MAX_PIECE));
		if (!store(hva, size, zeros))
			return false;
	}
	return true;
}
