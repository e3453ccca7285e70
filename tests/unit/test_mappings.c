// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of mappings (src/module/files/mappings.c), compiled here against VMs of our own:
 * a VMM that keeps its mmap lock, a reader that is killed, memory that runs out at any line,
 * and leaves, VMAs and memslots that do not end where others do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/files/mappings.c"

#define BAR		0x8000000000ULL
#define BAR_SIZE	0x400000ULL
#define IPA		0x10000000ULL
#define HVA		0x7f0000000000UL
#define BLOCK		0x200000ULL

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;
unsigned long jiffies;

static struct mm_struct mm;
static struct vm_area_struct vmas[2];
static struct kvm vm;
static struct pid leader = { .number = 42 };
static struct task_struct task, *task_there;
static struct s2m_rules rules;
static enum s2m_mode mode;
static bool killed, mm_gone, with_fwb;
static unsigned int async_puts, sync_puts, visits, waits, locks;
/* Who keeps the lock gives it back after so many ticks; never, for 0. */
static unsigned long busy_until;
static unsigned long ram;

/* What stage 2 has, and how much of it one look reads. */
static struct s2m_stage2_run leaves[8];
static unsigned int nr_leaves, patience;

static char text[4096];
static struct s2m_printout report;
static int no_room_from;

int s2m_printout_room(struct s2m_printout *to, size_t bytes)
{
	assert_true(to->used + bytes <= sizeof(text));
	return no_room_from && --no_room_from == 0 ? -ENOMEM : 0;
}

bool cpus_have_final_cap(int capability)
{
	return with_fwb;
}

bool pfn_is_map_memory(unsigned long pfn)
{
	return ram && pfn == ram;
}

bool mmap_read_trylock(struct mm_struct *of)
{
	/* A report comes to its end. */
	assert_true(++locks < 10000);
	of->readers += !of->busy;
	return !of->busy;
}

void mmap_read_unlock(struct mm_struct *of)
{
	of->readers--;
}

bool mmget_not_zero(struct mm_struct *of)
{
	of->users += !mm_gone;
	return !mm_gone;
}

void mmput(struct mm_struct *of)
{
	of->users--;
	sync_puts++;
}

static void mmput_async(struct mm_struct *of)
{
	of->users--;
	async_puts++;
}

struct vm_area_struct *find_vma(struct mm_struct *of, unsigned long address)
{
	struct vm_area_struct *vma = of->vma;

	assert_int_equal(of->readers, 1);
	while (vma && vma->vm_end <= address)
		vma = vma->vm_next;
	return vma;
}

void schedule_timeout_killable(long ticks)
{
	jiffies += (unsigned long)ticks;
	assert_true(++waits < 10 * HZ);
	if (busy_until && !time_before(jiffies, busy_until))
		mm.busy = false;
}

bool fatal_signal_pending(struct task_struct *of)
{
	return killed;
}

struct task_struct *pid_task(struct pid *of, int type)
{
	return task_there;
}

void s2m_vmm_of(struct s2m_vmm *vmm, struct task_struct *of)
{
	assert_ptr_equal(of, &task);
	*vmm = (struct s2m_vmm) { .task = { .comm = "qemu", .pid = 42, .uid = 107 } };
}

struct s2m_rules *s2m_live_rules_get(void)
{
	rules.refs.counter++;
	return &rules;
}

void s2m_rules_put(struct s2m_rules *of)
{
	of->refs.counter--;
}

enum s2m_mode s2m_live_mode(void)
{
	return mode;
}

int s2m_every_vm(s2m_visit_vm_fn *visit, void *context)
{
	visits++;
	return visit(&vm, &leader, context);
}

/* Leaves that begin in the part, in their order, so many at a time. */
bool s2m_stage2_look(struct kvm *kvm, struct s2m_stage2_look *look)
{
	unsigned int i;

	assert_int_equal(kvm->srcu.readers, 1);
	for (i = 0; i < nr_leaves; i++) {
		struct s2m_stage2_run run = leaves[i];

		if (run.ipa < look->ipa || run.ipa >= look->end)
			continue;
		if (look->count == patience) {
			look->ipa = run.ipa;
			return true;
		}
		if (!look->picks || look->picks(&run, look->context))
			look->runs[look->count++] = run;
	}
	look->ipa = look->end;
	return true;
}

static void table(const char *of)
{
	const struct s2m_device bar = { .start = BAR, .end = BAR + BAR_SIZE - 1, .bar = 2,
					.bus = 0x81, .devfn = 0x0a };
	struct s2m_text_error error = { 0 };
	struct s2m_table *new;

	if (rules.index) {
		new = (struct s2m_table *)rules.set;
		s2m_index_free(rules.index);
		s2m_table_free(new);
	}
	assert_int_equal(s2m_table_parse(of, strlen(of), &new, &error), 0);
	assert_int_equal(s2m_index_build(new, &bar, 1, PAGE_SIZE, &rules.index, &error), 0);
	rules.set = (void *)new;
}

static void leaf(u64 at, u64 phys, u64 size, int level, u8 memattr)
{
	leaves[nr_leaves++] = (struct s2m_stage2_run) {
		IPA + at, phys, size, level == 2 ? BLOCK : PAGE_SIZE, (s8)level, memattr,
	};
}

static int one_vm(void **state)
{
	(void)state;
	fake_current = (struct task_struct) { .mm = &mm };
	s2m_symbols = (struct s2m_symbols) { .mmput_async = mmput_async };
	vmas[0] = (struct vm_area_struct) {
		.vm_start = HVA, .vm_end = HVA + BAR_SIZE, .vm_flags = VM_PFNMAP | VM_IO,
		.vm_page_prot = MT_DEVICE_nGnRnE << 2, .vm_mm = &mm,
	};
	mm = (struct mm_struct) { .vma = vmas };
	vm = (struct kvm) {
		.mm = &mm,
		.memslots.slot = {
			.base_gfn = IPA >> PAGE_SHIFT, .npages = BAR_SIZE >> PAGE_SHIFT,
			.userspace_addr = HVA,
		},
	};
	task_there = &task;
	mode = S2M_MODE_NORMAL_NC;
	killed = mm_gone = false;
	async_puts = sync_puts = visits = waits = locks = 0;
	busy_until = 0;
	ram = 0;
	nr_leaves = 0;
	patience = 32;
	no_room_from = 0;
	table("");
	memory_reset(0);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	s2m_index_free(rules.index);
	s2m_table_free((struct s2m_table *)rules.set);
	rules.index = NULL;
	return 0;
}

static int print(void)
{
	int err;

	report = (struct s2m_printout) { text, 0, sizeof(text) };
	memset(text, 0, sizeof(text));
	err = s2m_mappings_print(&report);
	assert_int_equal(mm.readers, 0);
	assert_int_equal(mm.users, 0);
	assert_int_equal(vm.srcu.readers, 0);
	assert_int_equal(rules.refs.counter, 0);
	return err;
}

static void prints(const char *want)
{
	assert_int_equal(print(), 0);
	assert_string_equal(text, want);
}

#define BAR_2	" type=normal-nc dev=0000:81:01.2 bar=2"

static void what_follows_is_one_line(void **state)
{
	(void)state;
	/* No rule decides in this mode. */
	table("normal-nc");
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	leaf(0x1000, BAR + 0x1000, 2 * PAGE_SIZE, 3, 5);
	prints("pid=42 ipa=0x10000000 size=0x3000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n");
	assert_int_equal(async_puts, 1);
	s2m_symbols.mmput_async = NULL;
	prints(text);
	assert_int_equal(sync_puts, 1);
}

static void what_does_not_is_not(void **state)
{
	(void)state;
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	leaf(0x2000, BAR + 0x1000, PAGE_SIZE, 3, 5);
	leaf(0x3000, BAR + 0x8000, PAGE_SIZE, 3, 5);
	leaf(0x4000, BAR + 0x9000, PAGE_SIZE, 3, 1);
	leaf(0x200000, BAR + 0x200000, BLOCK, 2, 5);
	prints("pid=42 ipa=0x10000000 size=0x1000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n"
	       "pid=42 ipa=0x10002000 size=0x1000 phys=0x8000001000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n"
	       "pid=42 ipa=0x10003000 size=0x1000 phys=0x8000008000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n"
	       "pid=42 ipa=0x10004000 size=0x1000 phys=0x8000009000 leaf=0x1000 level=3"
	       " type=device-nGnRE dev=0000:81:01.2 bar=2 rule=-\n"
	       "pid=42 ipa=0x10200000 size=0x200000 phys=0x8000200000 leaf=0x200000 level=2"
	       BAR_2 " rule=-\n");
}

static void the_rules_of_its_parts(void **state)
{
	(void)state;
	mode = S2M_MODE_POLICY;
	table("device-nGnRE phys=0x8000001000-0x8000001fff\nnormal-nc uid=107\n");
	leaf(0, BAR, 3 * PAGE_SIZE, 3, 5);
	leaf(0x400000 - PAGE_SIZE, BAR + BAR_SIZE, PAGE_SIZE, 3, 5);
	prints("pid=42 ipa=0x10000000 size=0x1000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=2\n"
	       "pid=42 ipa=0x10001000 size=0x1000 phys=0x8000001000 leaf=0x1000 level=3"
	       BAR_2 " rule=1\n"
	       "pid=42 ipa=0x10002000 size=0x1000 phys=0x8000002000 leaf=0x1000 level=3"
	       BAR_2 " rule=2\n"
	       "pid=42 ipa=0x103ff000 size=0x1000 phys=0x8000400000 leaf=0x1000 level=3"
	       " type=normal-nc dev=- bar=- rule=-\n");
	/* The process has ended meanwhile. */
	task_there = NULL;
	nr_leaves = 1;
	prints("pid=42 ipa=0x10000000 size=0x3000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n");
}

/* A block that a VMA cuts is one leaf up to its end. */
static void a_leaf_that_is_cut(void **state)
{
	(void)state;
	leaf(0x1000, BAR + 0x1000, 2 * BLOCK - PAGE_SIZE, 2, 5);
	mode = S2M_MODE_POLICY;
	table("device-nGnRE phys=0x8000300000-0x80003fffff\nnormal-nc\n");
	prints("pid=42 ipa=0x10001000 size=0x1ff000 phys=0x8000001000 leaf=0x200000 level=2"
	       BAR_2 " rule=2\n"
	       "pid=42 ipa=0x10200000 size=0x200000 phys=0x8000200000 leaf=0x200000 level=2"
	       BAR_2 " rule=1\n");
}

static void memslots_and_vmas(void **state)
{
	(void)state;
	/* A hole, VMAs with a gap, one of them of RAM; what is in none is not said. */
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	leaf(0x3000, BAR + 0x3000, PAGE_SIZE, 3, 5);
	leaf(0x5000, BAR + 0x5000, PAGE_SIZE, 3, 5);
	vmas[0].vm_start = HVA + 0x1000;
	vmas[0].vm_end = HVA + 0x4000;
	vmas[0].vm_next = &vmas[1];
	vmas[1] = vmas[0];
	vmas[1].vm_start = HVA + 0x4000;
	vmas[1].vm_end = HVA + 0x6000;
	vmas[1].vm_next = NULL;
	vmas[1].vm_flags = 0;
	vm.memslots.second = vm.memslots.slot;
	vm.memslots.second.base_gfn += BAR_SIZE >> PAGE_SHIFT;
	vm.memslots.second.userspace_addr += BAR_SIZE;
	prints("pid=42 ipa=0x10003000 size=0x1000 phys=0x8000003000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n");
	vmas[1].vm_flags = VM_IO;
	prints("pid=42 ipa=0x10003000 size=0x1000 phys=0x8000003000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n"
	       "pid=42 ipa=0x10005000 size=0x1000 phys=0x8000005000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n");
	/* The next VMA begins behind the memslot. */
	vm.memslots.slot.npages = 1;
	vm.memslots.second.npages = 0;
	prints("");
	vm.memslots.slot.npages = 0;
	prints("");
}

static void many_looks(void **state)
{
	(void)state;
	patience = 1;
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	leaf(0x1000, BAR + 0x1000, PAGE_SIZE, 3, 5);
	leaf(0x2000, BAR + 0x2000, PAGE_SIZE, 3, 5);
	prints("pid=42 ipa=0x10000000 size=0x3000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=-\n");
}

static void a_vmm_that_keeps_its_lock(void **state)
{
	unsigned long begin = jiffies;

	(void)state;
	mode = S2M_MODE_POLICY;
	table("normal-nc");
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	leaf(0x1000, 0x40000000, PAGE_SIZE, 3, 0xf);
	ram = PHYS_PFN(0x40000000);
	mm.busy = true;
	prints("pid=42 ipa=0x10000000 size=0x1000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=?\n");
	/* For two seconds in all, however often the lock is asked for. */
	assert_int_equal(jiffies - begin, 2 * HZ);
	/* It gives the lock back in time. */
	busy_until = jiffies + HZ;
	ram = 0;
	nr_leaves = 1;
	prints("pid=42 ipa=0x10000000 size=0x1000 phys=0x8000000000 leaf=0x1000 level=3"
	       BAR_2 " rule=1\n");
	assert_int_equal(jiffies - begin, 3 * HZ);
}

static void a_reader_that_is_killed(void **state)
{
	unsigned int before = waits;

	(void)state;
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	mm.busy = true;
	killed = true;
	assert_int_equal(print(), -EINTR);
	assert_int_equal(waits, before);
	assert_string_equal(text, "");
}

static void no_memory(void **state)
{
	(void)state;
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	leaf(0x2000, BAR + 0x2000, PAGE_SIZE, 3, 5);
	memory_reset(1);
	assert_int_equal(print(), -ENOMEM);
	assert_int_equal(visits, 0);
	memory_reset(0);
	no_room_from = 1;
	assert_int_equal(print(), -ENOMEM);
	no_room_from = 2;
	assert_int_equal(print(), -ENOMEM);
	no_room_from = 0;
	assert_int_equal(print(), 0);
	assert_int_equal(memory_held, 0);
}

static void a_vm_whose_memory_is_gone(void **state)
{
	(void)state;
	leaf(0, BAR, PAGE_SIZE, 3, 5);
	mm_gone = true;
	prints("");
	assert_int_equal(async_puts + sync_puts, 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, one_vm, forget)
	const struct CMUnitTest tests[] = {
		TEST(what_follows_is_one_line),
		TEST(what_does_not_is_not),
		TEST(the_rules_of_its_parts),
		TEST(a_leaf_that_is_cut),
		TEST(memslots_and_vmas),
		TEST(many_looks),
		TEST(a_vmm_that_keeps_its_lock),
		TEST(a_reader_that_is_killed),
		TEST(no_memory),
		TEST(a_vm_whose_memory_is_gone),
	};

	return cmocka_run_group_tests_name("mappings", tests, NULL, NULL);
}
