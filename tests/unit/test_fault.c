// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault path (src/module/fault), compiled here against a KVM of our own, to which it is
 * said what no machine of the lab does, or one kernel of many: arguments that are not as
 * KVM makes them, blocks that the host maps page by page, devices that are being learnt.
 *
 * Each test begins with a call as KVM makes it, for a page of a BAR, and changes one
 * thing. What the module puts into the leaf, what it counts and what it traces is compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

/* The module's files, in one piece: what they call is below. */
#include "../../src/module/fault/block.c"
#include "../../src/module/fault/fault.c"
#include "../../src/module/fault/proof_table.c"
#include "../../src/module/hook/proof.c"
#include "../../src/module/kernel/early.c"

#define BAR		0x8000000000ULL
#define BAR_SIZE	0x400000ULL
#define IPA		0x10000000ULL
#define HVA		0x7f0000000000UL
#define BLOCK		0x200000ULL

struct s2m_symbols s2m_symbols;
struct s2m_stats s2m_stats;
struct task_struct fake_current;

/* The thread's stack, with the end of one before it and the beginning of one behind. */
static u64 stacks[3 * THREAD_SIZE / sizeof(u64)];

/* What KVM has on it. */
struct frame {
	struct kvm_pgtable_walker walker;
	struct s2m_map_data data;
	struct s2m_walk walk;
};

static struct mm_struct mm;
static struct vm_area_struct vma;
static struct kvm vm, another_vm;
static struct kvm_vcpu vcpu, *running;
static struct kvm_pgtable pgt;
static struct frame *frame;
static u64 ipa, size;

/* What the rest of the module says. */
static enum s2m_mode mode;
static enum s2m_knowledge knowledge;
static struct s2m_ruleset set;
static struct s2m_rules rules;
static u32 errata, counted_rule, counted, asked_task;
static bool fuses, early_kernel, rt, with_fwb, tracing;
static unsigned long ram;

/* How the host maps the BAR: by leaves of this size, and one page otherwise. */
static u64 leaf_size;
static unsigned long odd_page;
static enum { MAPPED, A_HOLE, ELSEWHERE } odd;

static struct {
	enum s2m_type used;
	enum s2m_why why;
	u32 rule;
	const struct s2m_device *bar;
} traced;

void fake_log(const char *format, ...)
{
}

bool fake_is_enabled(const char *option)
{
	return rt && !strcmp(option, "CONFIG_PREEMPT_RT");
}

bool mmap_read_trylock(struct mm_struct *of)
{
	of->readers += !of->busy;
	return !of->busy;
}

void mmap_read_unlock(struct mm_struct *of)
{
	of->readers--;
}

struct vm_area_struct *vma_lookup(struct mm_struct *of, unsigned long address)
{
	assert_int_equal(of->readers, 1);
	if (!of->vma || address < of->vma->vm_start || address >= of->vma->vm_end)
		return NULL;
	return of->vma;
}

bool pfn_is_map_memory(unsigned long pfn)
{
	return ram && pfn == ram;
}

bool cpus_have_final_cap(int capability)
{
	return with_fwb;
}

struct s2m_host_leaf s2m_host_look(struct mm_struct *of, unsigned long hva)
{
	struct s2m_host_leaf leaf = {
		.present = true, .phys = BAR + (hva - HVA),
		.left = leaf_size - (hva & (leaf_size - 1)),
	};

	assert_ptr_equal(of, &mm);
	assert_true(IS_ALIGNED(hva, PAGE_SIZE));
	if (hva != odd_page || odd == MAPPED)
		return leaf;
	leaf.present = odd == ELSEWHERE;
	leaf.phys = leaf.present ? leaf.phys + BAR_SIZE : 0;
	return leaf;
}

static struct kvm_vcpu *running_vcpu(void)
{
	return running;
}

static int map_walker(void)
{
	return 0;
}

static int other_walker(void)
{
	return 0;
}

enum s2m_mode s2m_live_mode(void)
{
	return mode;
}

const struct s2m_rules *s2m_live_rules(void)
{
	return &rules;
}

enum s2m_knowledge s2m_live_knowledge(u64 phys, u64 bytes)
{
	assert_true(bytes);
	return phys >= BAR && phys < BAR + BAR_SIZE ? knowledge : S2M_KNOWN;
}

void s2m_rules_count(const struct s2m_rules *of, u32 rule)
{
	assert_ptr_equal(of, &rules);
	counted++;
	counted_rule = rule;
}

void s2m_vmm_current(struct s2m_vmm *vmm)
{
	asked_task++;
	*vmm = (struct s2m_vmm) { .task = { .comm = "qemu", .pid = 42, .uid = 107 } };
}

bool s2m_fuses_any(void)
{
	return fuses;
}

u32 s2m_platform_errata(void)
{
	return errata;
}

bool trace_decision_enabled(void)
{
	return tracing;
}

void trace_decision(u64 at, u64 phys, u64 bytes, const struct s2m_device *bar,
		    enum s2m_type kvm, enum s2m_type used, enum s2m_why why, u32 rule)
{
	assert_int_equal(at, ipa & PAGE_MASK);
	assert_int_equal(bytes, size);
	traced.used = used;
	traced.why = why;
	traced.rule = rule;
	traced.bar = bar;
}

/* The table in force: compiled by the core, for the one BAR. */
static void table(const char *text, bool blown)
{
	const struct s2m_device bar = {
		.start = BAR, .end = BAR + BAR_SIZE - 1, .bar = 2, .driver = "vfio-pci",
		.blown = blown,
	};
	struct s2m_text_error error = { 0 };

	s2m_index_free(rules.index);
	s2m_table_free(set.table);
	assert_int_equal(s2m_table_parse(text, strlen(text), &set.table, &error), 0);
	assert_int_equal(s2m_index_build(set.table, &bar, 1, PAGE_SIZE, &rules.index, &error), 0);
	rules.set = &set;
}

#define LEAF_BITS	(S2M_LEAF_ATTR_MUST | BIT_ULL(6) | BIT_ULL(7) | BIT_ULL(55))

static u64 attr_of(enum s2m_type type)
{
	return s2m_leaf_set_type(LEAF_BITS, type);
}

/* Where KVM has what it calls with: in the middle of the stack, or as it is said. */
static void put_frame(void *at)
{
	frame = at;
	frame->walker = (struct kvm_pgtable_walker) { map_walker, &frame->data };
	frame->data = (struct s2m_map_data) {
		.head = { .phys = BAR, .attr = attr_of(S2M_DEVICE_NGNRE) },
		.mmu = &vm.arch.mmu, .memcache = &vcpu.arch.mmu_page_cache,
	};
}

static char *stack(void)
{
	return (char *)stacks + THREAD_SIZE;
}

static void nothing_happened(void)
{
	memset(&s2m_stats, 0, sizeof(s2m_stats));
	counted = 0;
	asked_task = 0;
	counted_rule = 12345;
	memset(&traced, 0xff, sizeof(traced));
}

/* A fault of a vCPU on the first page of a BAR that VFIO maps; KVM's answer is Device. */
static int as_kvm_does(void **state)
{
	(void)state;
	fake_current = (struct task_struct) { .mm = &mm, .stack = stack() };
	s2m_symbols = (struct s2m_symbols) {
		.map_walker = map_walker, .running_vcpu = running_vcpu,
	};
	vma = (struct vm_area_struct) {
		.vm_start = HVA, .vm_end = HVA + BAR_SIZE, .vm_flags = VM_PFNMAP | VM_IO,
		.vm_page_prot = MT_DEVICE_nGnRnE << 2, .vm_mm = &mm,
	};
	mm = (struct mm_struct) { .vma = &vma };
	vm = (struct kvm) {
		.mm = &mm, .arch.mmu.kvm = &vm,
		.memslots.slot = {
			.base_gfn = IPA >> PAGE_SHIFT, .npages = BAR_SIZE >> PAGE_SHIFT,
			.userspace_addr = HVA,
		},
	};
	another_vm = (struct kvm) { .mm = &mm, .arch.mmu.kvm = &another_vm };
	pgt = (struct kvm_pgtable) { .mmu = &vm.arch.mmu };
	vcpu = (struct kvm_vcpu) {
		.kvm = &vm, .arch.hw_mmu = &vm.arch.mmu,
		.arch.fault = {
			.esr_el2 = (u64)ESR_ELx_EC_DABT_LOW << 26 | 0x07, .hpfar_el2 = IPA >> 8,
		},
	};
	running = &vcpu;
	ipa = IPA;
	size = PAGE_SIZE;
	mode = S2M_MODE_NORMAL_NC;
	knowledge = S2M_KNOWN;
	errata = 0;
	ram = 0;
	fuses = rt = early_kernel = with_fwb = false;
	possible = false;
	tracing = true;
	leaf_size = PAGE_SIZE;
	odd = MAPPED;
	odd_page = 0;
	put_frame(stack() + THREAD_SIZE / 2);
	table("", false);
	nothing_happened();
	return 0;
}

static int forget(void **state)
{
	(void)state;
	s2m_index_free(rules.index);
	s2m_table_free(set.table);
	rules.index = NULL;
	set.table = NULL;
	return 0;
}

static void kvm_says(enum s2m_type type)
{
	frame->data.head.attr = attr_of(type);
}

/*
 * Make the call. It has to go on with a leaf of this type and nothing else changed, counted
 * as @stat and for this reason.
 */
static void expect(enum s2m_type type, enum s2m_stat stat, enum s2m_why why)
{
	const struct s2m_map_data before = frame->data;
	const enum s2m_fate fate = stat == S2M_STAT_RETRIED ? S2M_FAULT_AGAIN : S2M_PROCEED;
	u64 want = s2m_leaf_set_type(before.head.attr, type);
	unsigned int i;

	nothing_happened();
	assert_int_equal(s2m_fault(&pgt, ipa, size, &frame->walker), fate);
	assert_int_equal(frame->data.head.attr, want);
	frame->data.head.attr = before.head.attr;
	assert_memory_equal(&frame->data, &before, sizeof(before));
	for (i = 0; i < S2M_NR_STATS; i++)
		assert_int_equal(s2m_stats.count[i], i == S2M_STAT_FAULTS || i == stat);
	if (tracing) {
		assert_int_equal(traced.why, why);
		assert_int_equal(traced.used, type);
	}
	assert_int_equal(mm.readers, 0);
}

static void rewritten(enum s2m_type type, enum s2m_why why)
{
	expect(type, S2M_STAT_REWRITTEN, why);
}

static void kept(enum s2m_why why)
{
	expect(s2m_leaf_type(frame->data.head.attr), S2M_STAT_KEPT, why);
}

static void refused(void)
{
	expect(s2m_leaf_type(frame->data.head.attr), S2M_STAT_REFUSED, S2M_WHY_REFUSED);
}

static void retried(void)
{
	expect(s2m_leaf_type(frame->data.head.attr), S2M_STAT_RETRIED, S2M_WHY_AGAIN);
}

static void what_a_mode_says(void **state)
{
	(void)state;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	assert_ptr_equal(traced.bar, s2m_index_bar(rules.index, 0));
	assert_int_equal(traced.rule, S2M_NO_RULE);
	/* Modes count no hits of the table. */
	assert_int_equal(counted, 0);
	kvm_says(S2M_NORMAL_NC);
	kept(S2M_WHY_MODE);
	mode = S2M_MODE_DEVICE_NGNRE;
	/* For that one nothing has to be looked up. */
	mm.busy = true;
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_MODE);
	mm.busy = false;
	kvm_says(S2M_DEVICE_NGNRE);
	kept(S2M_WHY_MODE);
	assert_int_equal(counted, 0);
	tracing = false;
	kept(S2M_WHY_MODE);
	assert_int_equal(traced.why, (enum s2m_why)-1);

	mode = S2M_MODE_NATIVE;
	nothing_happened();
	assert_int_equal(s2m_fault(&pgt, ipa, size, &frame->walker), S2M_PROCEED);
	assert_int_equal(s2m_stats.count[S2M_STAT_FAULTS], 0);
}

static void what_is_no_bar(void **state)
{
	(void)state;
	frame->data.head.phys = BAR + BAR_SIZE;
	vma.vm_end += BAR_SIZE;
	vm.memslots.slot.npages *= 2;
	ipa += BAR_SIZE;
	vcpu.arch.fault.hpfar_el2 = ipa >> 8;
	kept(S2M_WHY_NOT_PCI);
	mode = S2M_MODE_POLICY;
	table("normal-nc phys=0x8000400000-0x80007fffff", false);
	rewritten(S2M_NORMAL_NC, S2M_WHY_RULE);
}

static void a_fuse_that_has_blown(void **state)
{
	(void)state;
	fuses = true;
	table("", true);
	kvm_says(S2M_NORMAL_NC);
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_FUSE);
	kvm_says(S2M_DEVICE_NGNRE);
	kept(S2M_WHY_FUSE);
	mode = S2M_MODE_POLICY;
	table("normal-nc bar=2", true);
	kvm_says(S2M_NORMAL_NC);
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_FUSE);
	/* That was no rule's doing. */
	assert_int_equal(counted, 0);
	mode = S2M_MODE_NORMAL_NC;
	table("", false);
	kept(S2M_WHY_MODE);
}

static void what_a_table_says(void **state)
{
	(void)state;
	mode = S2M_MODE_POLICY;
	table("normal-nc bar=0\ndevice-GRE bar=2", false);
	rewritten(S2M_DEVICE_GRE, S2M_WHY_RULE);
	assert_int_equal(traced.rule, 1);
	assert_int_equal(counted, 1);
	assert_int_equal(counted_rule, 1);
	assert_int_equal(asked_task, 0);
	table("normal-nc bar=0", false);
	kept(S2M_WHY_NO_RULE);
	assert_int_equal(counted, 1);
	assert_int_equal(counted_rule, S2M_NO_RULE);
	table("native bar=2", false);
	kept(S2M_WHY_RULE);
}

static void who_maps_it(void **state)
{
	(void)state;
	mode = S2M_MODE_POLICY;
	table("normal-nc uid=107 bar=2", false);
	rewritten(S2M_NORMAL_NC, S2M_WHY_RULE);
	assert_int_equal(asked_task, 1);
	table("normal-nc uid=108 bar=2", false);
	kept(S2M_WHY_NO_RULE);
}

static void how_it_is_mapped(void **state)
{
	(void)state;
	mode = S2M_MODE_POLICY;
	table("normal-nc pgprot=device-nGnRnE vma=pfnmap+io bar=2", false);
	rewritten(S2M_NORMAL_NC, S2M_WHY_RULE);
	vma.vm_flags = VM_PFNMAP;
	kept(S2M_WHY_NO_RULE);
	vma.vm_flags = VM_IO;
	kept(S2M_WHY_NO_RULE);
	vma.vm_flags = VM_PFNMAP | VM_IO;
	vma.vm_page_prot = MT_DEVICE_nGnRE << 2;
	kept(S2M_WHY_NO_RULE);
	vma.vm_page_prot = MT_NORMAL_NC << 2;
	kept(S2M_WHY_NO_RULE);
	table("normal-nc", false);
	rewritten(S2M_NORMAL_NC, S2M_WHY_RULE);
	vma.vm_page_prot = MT_NORMAL << 2;
	kept(S2M_WHY_CACHEABLE);
}

static void memory_to_be_cacheable(void **state)
{
	(void)state;
	mode = S2M_MODE_POLICY;
	table("normal-wb phys=0x8000000000-0x80003fffff", false);
	kept(S2M_WHY_NOT_CACHEABLE);
	vma.vm_page_prot = MT_NORMAL << 2;
	kept(S2M_WHY_NOT_COHERENT);
	with_fwb = true;
	rewritten(S2M_NORMAL_WB, S2M_WHY_RULE);
	vm.arch.mte = true;
	kept(S2M_WHY_MTE);
}

static void what_vma_it_needs(void **state)
{
	(void)state;
	vma.vm_flags = 0;
	kept(S2M_WHY_NOT_IO);
	vma.vm_flags = VM_IO;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	vma.vm_flags = VM_PFNMAP;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	/* Somebody has the lock, or the VMA has gone: KVM is to look again. */
	mm.busy = true;
	retried();
	mm.busy = false;
	mm.vma = NULL;
	retried();
}

static void memory_of_the_kernel(void **state)
{
	(void)state;
	ram = PHYS_PFN(BAR);
	kept(S2M_WHY_RAM);
	ram = PHYS_PFN(BAR + PAGE_SIZE);
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	leaf_size = BLOCK;
	size = BLOCK;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	ram = PHYS_PFN(BAR + BLOCK - PAGE_SIZE);
	kept(S2M_WHY_RAM);
}

static void an_erratum(void **state)
{
	(void)state;
	errata = 1;
	kept(S2M_WHY_ERRATUM);
	kvm_says(S2M_NORMAL_NC);
	mode = S2M_MODE_POLICY;
	table("device-GRE", false);
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_ERRATUM);
}

static void memslots(void **state)
{
	(void)state;
	size = BLOCK;
	leaf_size = BLOCK;
	vm.memslots.slot.npages = BLOCK >> PAGE_SHIFT;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	vm.memslots.slot.npages--;
	kept(S2M_WHY_NO_MEMSLOT);
	vm.memslots.slot.npages = 0;
	kept(S2M_WHY_NO_MEMSLOT);
}

static void permission_fault(u32 class, u64 at)
{
	vcpu.arch.fault.esr_el2 = (u64)class << 26 | 0x0f;
	vcpu.arch.fault.hpfar_el2 = at >> 8;
}

static void whose_fault(void **state)
{
	static struct kvm_mmu_memory_cache nobodys;
	static struct mm_struct other;

	(void)state;
	running = NULL;
	kept(S2M_WHY_NOT_GUEST);
	running = &vcpu;
	vcpu.kvm = &another_vm;
	kept(S2M_WHY_NOT_GUEST);
	vcpu.kvm = &vm;
	vm.mm = &other;
	kept(S2M_WHY_NOT_GUEST);
	vm.mm = &mm;
	frame->data.memcache = &nobodys;
	kept(S2M_WHY_NOT_GUEST);
	/* No cache is needed for a permission fault, and none may be given. */
	permission_fault(ESR_ELx_EC_DABT_LOW, IPA);
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	permission_fault(ESR_ELx_EC_IABT_LOW, IPA);
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	permission_fault(0x16, IPA);
	kept(S2M_WHY_NOT_GUEST);
	permission_fault(ESR_ELx_EC_DABT_LOW, IPA + PAGE_SIZE);
	kept(S2M_WHY_NOT_GUEST);
	permission_fault(ESR_ELx_EC_DABT_LOW, IPA - PAGE_SIZE);
	kept(S2M_WHY_NOT_GUEST);
	permission_fault(ESR_ELx_EC_DABT_LOW, IPA);
	frame->data.memcache = stack() + 64;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	/* What KVM maps of the GIC is no fault of the guest's, and is in no BAR. */
	vm.arch.vgic.vgic_model = KVM_DEV_TYPE_ARM_VGIC_V2;
	vm.arch.vgic.vgic_cpu_base = IPA;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	frame->data.head.phys = BAR + BAR_SIZE;
	kept(S2M_WHY_NOT_GUEST);
}

static void guests_of_guests(void **state)
{
	struct kvm_s2_mmu shadow = { .kvm = &vm };

	(void)state;
	pgt.mmu = &shadow;
	frame->data.mmu = &shadow;
	vcpu.arch.hw_mmu = &shadow;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	shadow.nested_stage2_enabled = true;
	kept(S2M_WHY_NESTED);
	shadow.nested_stage2_enabled = false;
	vcpu.arch.hw_mmu = &vm.arch.mmu;
	kept(S2M_WHY_NESTED);
}

/* A call that is not as KVM makes it: nothing is loosened, and what restricts is done. */
static void unsound(void)
{
	const u64 attr = frame->data.head.attr;

	mode = S2M_MODE_NORMAL_NC;
	refused();
	mode = S2M_MODE_POLICY;
	table("normal-nc", false);
	refused();
	frame->data.head.attr = s2m_leaf_set_type(attr, S2M_NORMAL_NC);
	table("normal-nc\ndevice-nGnRE uid=0 pgprot=normal-nc bar=0", false);
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
	table("normal-nc", false);
	refused();
	fuses = true;
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
	mode = S2M_MODE_NORMAL_NC;
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
	as_kvm_does(NULL);
}

static void arguments_that_are_odd(void **state)
{
	static const u64 attr_changes[] = { BIT_ULL(0), BIT_ULL(10), BIT_ULL(54), BIT_ULL(11),
					    BIT_ULL(52), BIT_ULL(59) };
	static struct kvm_s2_mmu other;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(attr_changes); i++) {
		frame->data.head.attr ^= attr_changes[i];
		unsound();
	}
	frame->data.mmu = &other;
	unsound();
	size = 0;
	unsound();
	size = PAGE_SIZE + 8;
	unsound();
	frame->data.head.phys += 8;
	unsound();
	ipa += 8;
	unsound();
	/* HPFAR_EL2 has units of 4 KiB. */
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
}

/* Local variables of KVM's, elsewhere than on this thread's stack, or only in part there. */
static void arguments_that_are_elsewhere(void **state)
{
	struct s2m_map_data *data;
	char *const end = stack() + THREAD_SIZE;

	(void)state;
	put_frame(stack() - offsetof(struct frame, data));
	unsound();
	put_frame(end - offsetof(struct frame, data));
	unsound();
	put_frame(end - sizeof(struct frame) - sizeof(u64));
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	put_frame(stack());
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	put_frame(stack() - sizeof(u64));
	unsound();
	/* The walker is, what it leads to is not. */
	put_frame(stack() + THREAD_SIZE / 2);
	data = (void *)(end - sizeof(*data) + sizeof(u64));
	*data = frame->data;
	frame->walker.arg = data;
	nothing_happened();
	assert_int_equal(s2m_fault(&pgt, ipa, size, &frame->walker), S2M_PROCEED);
	assert_int_equal(s2m_leaf_type(data->head.attr), S2M_DEVICE_NGNRE);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 1);
}

static void another_walk(void **state)
{
	u64 attr;

	(void)state;
	frame->walker.cb = other_walker;
	attr = frame->data.head.attr;
	assert_int_equal(s2m_fault(&pgt, ipa, size, &frame->walker), S2M_PROCEED);
	assert_int_equal(frame->data.head.attr, attr);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 1);
	assert_int_equal(s2m_stats.count[S2M_STAT_FAULTS], 0);
	assert_false(s2m_is_for_ram(&frame->walker));
	/* Memory that is neither of KVM's two answers. */
	frame->walker.cb = map_walker;
	frame->data.head.attr = LEAF_BITS | 0xfULL << 2;
	attr = frame->data.head.attr;
	assert_int_equal(s2m_fault(&pgt, ipa, size, &frame->walker), S2M_PROCEED);
	assert_int_equal(frame->data.head.attr, attr);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 2);
	assert_true(s2m_is_for_ram(&frame->walker));
}

static void devices_that_are_being_learnt(void **state)
{
	(void)state;
	knowledge = S2M_LEARNING;
	retried();
	/* What is no guest's fault does not come again. */
	running = NULL;
	kept(S2M_WHY_NOT_GUEST);
	running = &vcpu;

	knowledge = S2M_UNKNOWN;
	kept(S2M_WHY_DOUBT);
	mode = S2M_MODE_POLICY;
	table("normal-nc\ndevice-nGnRE driver=another", false);
	kept(S2M_WHY_DOUBT);
	assert_int_equal(counted, 0);
	kvm_says(S2M_NORMAL_NC);
	table("device-GRE driver=another\nnormal-nc", false);
	rewritten(S2M_DEVICE_GRE, S2M_WHY_DOUBT);
	table("normal-nc", false);
	kept(S2M_WHY_DOUBT);
	fuses = true;
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
	mode = S2M_MODE_NORMAL_NC;
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
}

/* A block that the host maps in pieces, and one of them otherwise. */
static void odd_at(u64 offset, int how)
{
	odd_page = HVA + offset;
	odd = how;
}

static void blocks_of_one_bar(void **state)
{
	(void)state;
	size = BLOCK;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	/* KVM has asked for the first page just now. */
	odd_at(0, A_HOLE);
	refused();
	odd_at(0, ELSEWHERE);
	refused();
	/* Of the others only what is mapped says anything. */
	odd_at(BLOCK - PAGE_SIZE, A_HOLE);
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	odd_at(BLOCK - PAGE_SIZE, ELSEWHERE);
	refused();
	odd_at(5 * PAGE_SIZE, ELSEWHERE);
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	vcpu.arch.fault.hpfar_el2 = (IPA + 5 * PAGE_SIZE) >> 8;
	refused();
	odd_at(5 * PAGE_SIZE, A_HOLE);
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	odd = MAPPED;
	vma.vm_end = HVA + BLOCK;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	vma.vm_end -= PAGE_SIZE;
	refused();
	/* One leaf lies in one VMA. */
	leaf_size = BLOCK;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
	/* The fault of another page than those of the block says nothing. */
	vcpu.arch.fault.hpfar_el2 = (IPA + BLOCK) >> 8;
	rewritten(S2M_NORMAL_NC, S2M_WHY_MODE);
}

static void blocks_in_doubt(void **state)
{
	(void)state;
	mode = S2M_MODE_POLICY;
	kvm_says(S2M_NORMAL_NC);
	size = BLOCK;
	/* The place is known, the VMA is not. */
	vma.vm_end = HVA + PAGE_SIZE;
	table("device-nGnRE pgprot=normal-nc bar=2", false);
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
	table("device-nGnRE pgprot=normal-nc bar=0", false);
	refused();
	fuses = true;
	refused();
	/* Neither is. */
	odd_at(0, ELSEWHERE);
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
	fuses = false;
	rewritten(S2M_DEVICE_NGNRE, S2M_WHY_DOUBT);
}

/* Without one BAR for all of it, each page has to be seen, and not more of them than so many. */
static void blocks_page_by_page(void **state)
{
	struct s2m_block block = { &mm, HVA, BLOCK, BAR, HVA, false };

	(void)state;
	assert_int_equal(s2m_block_prove(&block, &vma), S2M_BLOCK_PROVEN);
	odd_at(BLOCK / 2, A_HOLE);
	assert_int_equal(s2m_block_prove(&block, &vma), S2M_BLOCK_UNPROVEN);
	odd_at(BLOCK - PAGE_SIZE, ELSEWHERE);
	assert_int_equal(s2m_block_prove(&block, &vma), S2M_BLOCK_UNPROVEN);
	odd_at(PAGE_SIZE, ELSEWHERE);
	assert_int_equal(s2m_block_prove(&block, &vma), S2M_BLOCK_UNPROVEN);
	odd = MAPPED;
	block.size = BLOCK + PAGE_SIZE;
	assert_int_equal(s2m_block_prove(&block, &vma), S2M_BLOCK_UNPROVEN);
	leaf_size = 2 * PAGE_SIZE;
	assert_int_equal(s2m_block_prove(&block, &vma), S2M_BLOCK_PROVEN);
}

static int owner_is(bool ours)
{
	vm.slots_lock.owner.counter = ours ? (long)current | 1 : (long)&vm;
	return 0;
}

/* Kernels that map a new memslot at once. */
static void mappings_in_advance(void **state)
{
	static const struct kvm_mmu_memory_cache *cache_on_stack;
	static struct mm_struct other;

	(void)state;
	running = NULL;
	cache_on_stack = (void *)(stack() + 64);
	frame->data.memcache = (void *)cache_on_stack;
	owner_is(true);
	kept(S2M_WHY_NOT_GUEST);
	possible = true;
	retried();
	mode = S2M_MODE_DEVICE_NGNRE;
	retried();
	owner_is(false);
	mode = S2M_MODE_NORMAL_NC;
	kept(S2M_WHY_NOT_GUEST);
	owner_is(true);
	vm.mm = &other;
	kept(S2M_WHY_NOT_GUEST);
	vm.mm = &mm;
	frame->data.memcache = &vcpu.arch.mmu_page_cache;
	kept(S2M_WHY_NOT_GUEST);
	frame->data.memcache = (void *)cache_on_stack;
	size = PAGE_SIZE + 8;
	refused();
	size = PAGE_SIZE;
	frame->data.head.phys = BAR + 8;
	refused();
	frame->data.head.phys = BAR;
	/* There a mutex does not tell whose it is; a BAR is not the GIC's. */
	rt = true;
	owner_is(false);
	retried();
	frame->data.head.phys = BAR + BAR_SIZE;
	kept(S2M_WHY_NOT_GUEST);
	possible = false;
	assert_false(s2m_early_under_way(&vm, true));
}

/* What is found in the kernel's text, and who it is asked of. */
static struct s2m_path_to_map way;
static int way_error;
static const void *way_from;

int s2m_path_find(const void *from, struct s2m_path_to_map *path)
{
	way_from = from;
	*path = way;
	return way_error;
}

static void maps_in_advance(int err, bool expected)
{
	assert_int_equal(s2m_early_find(), err);
	assert_int_equal(s2m_early_possible(), expected);
}

static void whether_a_kernel_maps_in_advance(void **state)
{
	static char prepare, other;

	(void)state;
	maps_in_advance(0, true);
	assert_null(way_from);
	s2m_symbols.prepare_memslot = &prepare;
	maps_in_advance(0, false);
	assert_ptr_equal(way_from, &prepare);
	way.comes = &other;
	maps_in_advance(0, true);
	/* In doubt it does. */
	way = (struct s2m_path_to_map) { };
	way_error = -ENOENT;
	maps_in_advance(0, true);
	way_error = -ENOMEM;
	maps_in_advance(-ENOMEM, true);
	way_error = 0;
	way = (struct s2m_path_to_map) { .comes = &other, .copy = &other };
	maps_in_advance(-ENOTUNIQ, true);
	way = (struct s2m_path_to_map) { };
	s2m_symbols.prepare_memslot = NULL;
}

static void walks_that_are_inlined(void **state)
{
	static struct s2m_walk elsewhere;

	(void)state;
	frame->walk = (struct s2m_walk) { &pgt, &frame->walker, IPA, IPA + PAGE_SIZE };
	s2m_fault_inlined(&frame->walk);
	assert_int_equal(s2m_leaf_type(frame->data.head.attr), S2M_NORMAL_NC);
	assert_int_equal(frame->walk.end, IPA + PAGE_SIZE);
	mm.busy = true;
	kvm_says(S2M_DEVICE_NGNRE);
	s2m_fault_inlined(&frame->walk);
	assert_int_equal(frame->walk.end, IPA);
	assert_int_equal(s2m_leaf_type(frame->data.head.attr), S2M_DEVICE_NGNRE);
	/* RAM: nothing is even counted. */
	nothing_happened();
	frame->data.head.attr = LEAF_BITS | 0xfULL << 2;
	s2m_fault_inlined(&frame->walk);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 0);
	/* What is not on the stack is not looked into. */
	s2m_fault_inlined(&elsewhere);
	assert_int_equal(s2m_stats.count[S2M_STAT_REFUSED], 1);
}

/* A KVM that has something elsewhere than this module knows. */
static enum quirk {
	AS_KNOWN, NOT_MET, OTHER_SIZE, OTHER_IPA, OTHER_WALK, WALKER_ELSEWHERE, DATA_ELSEWHERE,
	OTHER_PHYS, OTHER_MMU, OTHER_CACHE, OTHER_TYPE, OTHER_ATTR, AN_ERROR,
} quirk;

int kvm_pgtable_stage2_map(struct kvm_pgtable *table, u64 addr, u64 bytes, u64 phys,
			   enum kvm_pgtable_prot prot, void *mc, int flags)
{
	static struct kvm_pgtable_walker far_walker;
	static struct s2m_map_data far_data;
	const struct kvm_pgtable_walker *walker = &frame->walker;

	frame->data.head = (struct s2m_map_head) { phys, attr_of(S2M_DEVICE_NGNRE) };
	frame->data.mmu = table->mmu;
	frame->data.memcache = mc;
	frame->walker = (struct kvm_pgtable_walker) { map_walker, &frame->data };
	frame->data.head.phys += quirk == OTHER_PHYS ? PAGE_SIZE : 0;
	if (quirk == OTHER_MMU)
		frame->data.mmu = NULL;
	if (quirk == OTHER_CACHE)
		frame->data.memcache = NULL;
	if (quirk == OTHER_TYPE)
		frame->data.head.attr = attr_of(S2M_NORMAL_NC);
	if (quirk == OTHER_ATTR)
		frame->data.head.attr &= ~BIT_ULL(54);
	if (quirk == OTHER_WALK)
		frame->walker.cb = other_walker;
	far_data = frame->data;
	if (quirk == DATA_ELSEWHERE)
		frame->walker.arg = &far_data;
	far_walker = frame->walker;
	if (quirk == WALKER_ELSEWHERE)
		walker = &far_walker;
	if (quirk == NOT_MET)
		return -ERANGE;
	assert_int_equal(s2m_fault(table, addr + (quirk == OTHER_IPA ? PAGE_SIZE : 0),
				   bytes * (quirk == OTHER_SIZE ? 2 : 1), walker), S2M_FAULT_AGAIN);
	return quirk == AN_ERROR ? -ERANGE : 0;
}

static int cannot_arm;
static bool armed;

int s2m_hook_arm(void)
{
	armed = !cannot_arm;
	return cannot_arm;
}

void s2m_hook_disarm(void)
{
	armed = false;
}

const char *s2m_hook_transport(void)
{
	return "test";
}

void *s2m_site(void)
{
	return NULL;
}

static void a_kvm_that_is_not_known(void **state)
{
	static const struct {
		enum quirk quirk;
		int err;
		const char *differs;
	} cases[] = {
		{ AS_KNOWN, 0, NULL },
		{ NOT_MET, -ENXIO, NULL },
		{ OTHER_SIZE, -EILSEQ, "what to map" },
		{ OTHER_IPA, -EILSEQ, "what to map" },
		{ OTHER_WALK, -EILSEQ, "how to walk" },
		{ WALKER_ELSEWHERE, -EILSEQ, "how to walk" },
		{ DATA_ELSEWHERE, -EILSEQ, "the physical address" },
		{ OTHER_PHYS, -EILSEQ, "the physical address" },
		{ OTHER_MMU, -EILSEQ, "the VM" },
		{ OTHER_CACHE, -EILSEQ, "the page-table cache" },
		{ OTHER_TYPE, -EILSEQ, "the memory attributes" },
		{ OTHER_ATTR, -EILSEQ, "the memory attributes" },
		{ AN_ERROR, -EILSEQ, NULL },
	};
	const char *differs;
	unsigned int i;

	(void)state;
	s2m_symbols.stage2_map = kvm_pgtable_stage2_map;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		quirk = cases[i].quirk;
		assert_int_equal(s2m_proof_run(), cases[i].err);
		assert_false(armed);
		assert_int_equal(s2m_proof_hook_is_met(), !cases[i].err);
		differs = s2m_proof_table_call().differs;
		assert_string_equal(differs ?: "", cases[i].differs ?: "");
	}
	cannot_arm = -EBUSY;
	assert_int_equal(s2m_proof_run(), -EBUSY);
	cannot_arm = 0;
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, as_kvm_does, forget)
	const struct CMUnitTest tests[] = {
		TEST(what_a_mode_says),
		TEST(what_is_no_bar),
		TEST(a_fuse_that_has_blown),
		TEST(what_a_table_says),
		TEST(who_maps_it),
		TEST(how_it_is_mapped),
		TEST(memory_to_be_cacheable),
		TEST(what_vma_it_needs),
		TEST(memory_of_the_kernel),
		TEST(an_erratum),
		TEST(memslots),
		TEST(whose_fault),
		TEST(guests_of_guests),
		TEST(arguments_that_are_odd),
		TEST(arguments_that_are_elsewhere),
		TEST(another_walk),
		TEST(devices_that_are_being_learnt),
		TEST(blocks_of_one_bar),
		TEST(blocks_in_doubt),
		TEST(blocks_page_by_page),
		TEST(mappings_in_advance),
		TEST(whether_a_kernel_maps_in_advance),
		TEST(walks_that_are_inlined),
		TEST(a_kvm_that_is_not_known),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
