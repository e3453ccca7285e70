// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores for a guest (src/module/survival/guest_memory.c), compiled here against
 * memslots and a VMM's memory of our own: pages that come late, devices that refuse, a VMM that
 * keeps its mmap lock, and a module that is just going.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/survival/guest_memory.c"

#define GFN		0x40000ULL
#define IPA		(GFN << PAGE_SHIFT)
#define DEVICE_BITS	((u64)MT_DEVICE_nGnRE << 2)
#define NC_BITS		((u64)MT_NORMAL_NC << 2)

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;

static struct mm_struct mm;
static struct vm_area_struct vma, *vma_there;
static struct kvm vm;
static struct s2m_guest_view view;
static struct s2m_host_leaf leaf;

/* The VMM's memory: two pages. */
static u64 memory[2 * PAGE_SIZE / sizeof(u64)];
static u8 *const bytes = (u8 *)memory;

/* The page of it that comes late, or is a device's that refuses, or both. */
static int late, refusing;
static bool refused, module_goes, killed;
static int held, faults_off, waits;
static unsigned int accesses;
static size_t sizes;

bool s2m_sea_has_refused(void)
{
	bool was = refused;

	refused = false;
	return was;
}

bool fake_module_get(void)
{
	held += !module_goes;
	return !module_goes;
}

void fake_module_put(void)
{
	held--;
}

void pagefault_disable(void)
{
	faults_off++;
}

void pagefault_enable(void)
{
	faults_off--;
}

/* Who waits holds the module, or it would be taken away from under it. */
static void wait(void)
{
	assert_int_equal(held, 1);
	waits++;
}

int fake_user_access(const void *at, size_t size)
{
	int page = (int)(((const u8 *)at - bytes) / (ptrdiff_t)PAGE_SIZE);

	assert_true((const u8 *)at >= bytes && (const u8 *)at + size <= bytes + sizeof(memory));
	assert_int_equal((uintptr_t)at % size, 0);
	accesses++;
	sizes += size;
	if (!faults_off)
		wait();
	if (page == late && faults_off)
		return -EFAULT;
	late = page == late ? -1 : late;
	refused |= page == refusing;
	return page == refusing ? -EFAULT : 0;
}

bool mmap_read_trylock(struct mm_struct *of)
{
	of->readers += !of->busy;
	return !of->busy;
}

int mmap_read_lock_killable(struct mm_struct *of)
{
	wait();
	of->readers += !killed;
	return killed ? -EINTR : 0;
}

void mmap_read_unlock(struct mm_struct *of)
{
	of->readers--;
}

struct vm_area_struct *vma_lookup(struct mm_struct *of, unsigned long address)
{
	assert_int_equal(of->readers, 1);
	return vma_there;
}

struct s2m_host_leaf s2m_host_look(struct mm_struct *of, unsigned long hva)
{
	return leaf;
}

bool s2m_host_phys(struct mm_struct *of, unsigned long hva, phys_addr_t *phys)
{
	*phys = leaf.phys;
	return leaf.present;
}

static void mark_dirty(struct kvm_vcpu *vcpu, gfn_t gfn)
{
}

/* Two memslots of a page each, whose memory is in the other order. */
static int two_memslots(void **state)
{
	unsigned int i;

	(void)state;
	s2m_symbols = (struct s2m_symbols) { .mark_dirty = mark_dirty };
	mm = (struct mm_struct) { };
	vma = (struct vm_area_struct) { .vm_flags = VM_PFNMAP, .vm_page_prot = DEVICE_BITS };
	vma_there = &vma;
	leaf = (struct s2m_host_leaf) { .present = true, .bits = DEVICE_BITS };
	vm = (struct kvm) {
		.mm = &mm,
		.memslots = {
			.slot = { GFN, 1, (unsigned long)bytes + PAGE_SIZE, 0, NULL },
			.second = { GFN + 1, 1, (unsigned long)bytes, 0, NULL },
		},
	};
	for (i = 0; i < sizeof(memory); i++)
		bytes[i] = i * 7;
	late = refusing = -1;
	refused = module_goes = killed = false;
	held = faults_off = waits = 0;
	accesses = 0;
	sizes = 0;
	s2m_guest_look(&vm, &view);
	assert_int_equal(faults_off, 1);
	return 0;
}

static int nothing_held(void **state)
{
	(void)state;
	s2m_guest_look_away();
	assert_int_equal(faults_off, 0);
	assert_int_equal(held, 0);
	assert_int_equal(mm.readers, 0);
	return 0;
}

static void is_at(u64 ipa, unsigned long at)
{
	struct s2m_guest_page page;

	assert_int_equal(s2m_guest_find(&view, ipa, true, &page), S2M_EMU_DONE);
	assert_int_equal(page.hva - (unsigned long)bytes, at);
	assert_int_equal(page.gfn, ipa >> PAGE_SHIFT);
	assert_false(page.logged);
}

static enum s2m_emulation find(u64 ipa, bool write)
{
	struct s2m_guest_page page;

	return s2m_guest_find(&view, ipa, write, &page);
}

static void where_pages_are(void **state)
{
	(void)state;
	is_at(IPA + 0x123, PAGE_SIZE + 0x123);
	is_at(IPA + 0x124, PAGE_SIZE + 0x124);
	is_at(IPA + PAGE_SIZE + 8, 8);
	is_at(IPA, PAGE_SIZE);
	assert_int_equal(find(IPA - 1, false), S2M_EMU_NO_MEMSLOT);
	assert_int_equal(find(IPA + 2 * PAGE_SIZE, false), S2M_EMU_NO_MEMSLOT);
}

static void memslots_that_are_no_memory(void **state)
{
	u64 value;

	(void)state;
	/* It is being moved, or deleted. */
	vm.memslots.slot.flags = KVM_MEMSLOT_INVALID;
	assert_int_equal(find(IPA, false), S2M_EMU_NO_MEMSLOT);
	assert_false(s2m_guest_read_word(&view, IPA, &value));
	vm.memslots.slot.flags = KVM_MEM_READONLY;
	assert_int_equal(find(IPA, false), S2M_EMU_DONE);
	assert_int_equal(find(IPA, true), S2M_EMU_READ_ONLY);
	/* The one that was last found is no other one. */
	vm.memslots.second.flags = KVM_MEM_GUEST_MEMFD;
	assert_int_equal(find(IPA + PAGE_SIZE, false), S2M_EMU_MEMFD);
	assert_false(s2m_guest_read_word(&view, IPA + PAGE_SIZE, &value));
	assert_true(view.has_memfd);
	assert_int_equal(accesses, 0);
}

static void pages_that_are_logged(void **state)
{
	unsigned long bitmap;
	struct s2m_guest_page page;

	(void)state;
	vm.memslots.slot.dirty_bitmap = &bitmap;
	assert_int_equal(s2m_guest_find(&view, IPA, true, &page), S2M_EMU_DONE);
	assert_true(page.logged);
	assert_int_equal(s2m_guest_find(&view, IPA, false, &page), S2M_EMU_DONE);
	assert_false(page.logged);
	s2m_symbols.mark_dirty = NULL;
	assert_int_equal(find(IPA, true), S2M_EMU_LOG);
	assert_int_equal(find(IPA, false), S2M_EMU_DONE);
	assert_int_equal(find(IPA + PAGE_SIZE, true), S2M_EMU_DONE);
}

static enum s2m_emulation check_type(void)
{
	const struct s2m_guest_page page = { .hva = (unsigned long)bytes, .gfn = GFN };

	return s2m_guest_check_type(&vm, &page);
}

static void types_of_the_vmm(void **state)
{
	(void)state;
	/* What the table says needs no lock. */
	mm.busy = true;
	assert_int_equal(check_type(), S2M_EMU_DONE);
	leaf.bits = (u64)MT_DEVICE_nGnRnE << 2;
	assert_int_equal(check_type(), S2M_EMU_DONE);
	assert_int_equal(waits, 0);
	mm.busy = false;
	leaf.bits = NC_BITS;
	vma.vm_page_prot = NC_BITS;
	assert_int_equal(check_type(), S2M_EMU_VMM);
	vma.vm_flags = VM_IO;
	assert_int_equal(check_type(), S2M_EMU_VMM);
	vma.vm_flags = 0;
	assert_int_equal(check_type(), S2M_EMU_DONE);
	/* Not there yet, but it will be a device's. */
	leaf = (struct s2m_host_leaf) { .bits = DEVICE_BITS };
	vma.vm_flags = VM_PFNMAP;
	assert_int_equal(check_type(), S2M_EMU_VMM);
	vma.vm_page_prot = DEVICE_BITS;
	assert_int_equal(check_type(), S2M_EMU_DONE);
	vma_there = NULL;
	assert_int_equal(check_type(), S2M_EMU_AGAIN);
	assert_int_equal(waits, 0);
}

static void a_lock_that_is_kept(void **state)
{
	(void)state;
	leaf.bits = vma.vm_page_prot = NC_BITS;
	mm.busy = true;
	assert_int_equal(check_type(), S2M_EMU_VMM);
	assert_int_equal(waits, 1);
	killed = true;
	assert_int_equal(check_type(), S2M_EMU_AGAIN);
	assert_int_equal(waits, 2);
	/* Who unloads the module waits for this thread, so this thread must not. */
	killed = false;
	module_goes = true;
	assert_int_equal(check_type(), S2M_EMU_AGAIN);
	assert_int_equal(waits, 2);
	mm.busy = false;
	assert_int_equal(check_type(), S2M_EMU_VMM);
}

static void pages_that_come_late(void **state)
{
	u64 value = 0;
	u32 word = 0;

	(void)state;
	assert_true(s2m_guest_read_word(&view, IPA + 8, &value));
	assert_int_equal(value, memory[PAGE_SIZE / 8 + 1]);
	assert_true(s2m_guest_read_insn(&view, IPA + PAGE_SIZE + 4, &word));
	assert_int_equal(word, (u32)(memory[0] >> 32));
	assert_int_equal(waits, 0);
	late = 1;
	assert_true(s2m_guest_read_word(&view, IPA, &value));
	assert_int_equal(value, memory[PAGE_SIZE / 8]);
	assert_int_equal(waits, 1);
	/* Not while the module goes. */
	late = 0;
	module_goes = true;
	assert_false(s2m_guest_read_insn(&view, IPA + PAGE_SIZE, &word));
	assert_int_equal(waits, 1);
	assert_int_equal(late, 0);
}

static void devices_that_refuse(void **state)
{
	u64 value;

	(void)state;
	/* It has had the access: what it has refused is not tried again. */
	refusing = 0;
	assert_false(s2m_guest_read_word(&view, IPA + PAGE_SIZE, &value));
	assert_int_equal(accesses, 1);
	assert_int_equal(waits, 0);
	assert_false(refused);
	/* It refuses when it is there at last: that is not the next access's. */
	late = 0;
	assert_false(s2m_guest_read_word(&view, IPA + PAGE_SIZE, &value));
	assert_int_equal(accesses, 3);
	assert_int_equal(waits, 1);
	assert_false(refused);
}

static void in_pieces(void **state)
{
	u8 copy[16], zeros[16] = { 0 };
	unsigned long hva = (unsigned long)bytes + PAGE_SIZE - 3;

	(void)state;
	assert_true(s2m_guest_load(hva, 8, 3, copy));
	assert_memory_equal(copy, bytes + PAGE_SIZE - 3, 8);
	assert_int_equal(sizes, 8);
	/* 1, 2, 4 and 1: each is aligned. */
	assert_int_equal(accesses, 4);
	assert_true(s2m_guest_store(hva + 16, 8, 0, copy));
	assert_memory_equal(copy, bytes + PAGE_SIZE + 13, 8);
	assert_int_equal(accesses, 12);
	assert_true(s2m_guest_store(hva + 19, 16, 3, copy));
	assert_int_equal(accesses, 14);
	assert_true(s2m_guest_clear(hva, 16));
	assert_memory_equal(zeros, bytes + PAGE_SIZE - 3, 16);
	assert_int_equal(bytes[PAGE_SIZE - 4], (u8)((PAGE_SIZE - 4) * 7));
	/* The first that fails is the last. */
	refusing = 1;
	accesses = 0;
	assert_false(s2m_guest_load(hva, 8, 3, copy));
	assert_int_equal(accesses, 3);
	assert_false(s2m_guest_store(hva, 8, 3, copy));
	assert_int_equal(accesses, 6);
	assert_false(s2m_guest_clear(hva, 8));
	assert_int_equal(accesses, 9);
}

static void what_is_mapped(void **state)
{
	const struct s2m_guest_page page = { .hva = (unsigned long)bytes, .gfn = GFN };

	(void)state;
	assert_true(s2m_guest_is_mapped(&vm, &page));
	leaf.present = false;
	assert_false(s2m_guest_is_mapped(&vm, &page));
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, two_memslots, nothing_held)
	const struct CMUnitTest tests[] = {
		TEST(where_pages_are),
		TEST(memslots_that_are_no_memory),
		TEST(pages_that_are_logged),
		TEST(types_of_the_vmm),
		TEST(a_lock_that_is_kept),
		TEST(pages_that_come_late),
		TEST(devices_that_refuse),
		TEST(in_pieces),
		TEST(what_is_mapped),
	};

	return cmocka_run_group_tests_name("guest_memory", tests, NULL, NULL);
}
