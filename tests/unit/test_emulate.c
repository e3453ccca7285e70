// SPDX-License-Identifier: GPL-2.0-only
/*
 * An access that is carried out for a guest (src/module/survival/emulate.c), compiled here
 * against a vCPU and a guest's memory of our own: what a guest or its VMM has changed since the
 * fault, of which a machine shows only what can be timed there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/survival/emulate.c"

#define BLOCK		0x200000ULL
#define IPA		0x40000000ULL	/* where block 0 of the guest's addresses leads */
#define TABLE		0x50000000ULL
#define PC		0x1000ULL	/* in block 0 */
#define EDGE		(2 * BLOCK)	/* between blocks 1 and 2 */
#define EDGE_IPA	(IPA + EDGE)
#define AT		(EDGE - 3)

#define DESC_AF		BIT_ULL(10)
#define DESC_RO		BIT_ULL(7)
#define DESC_USER	BIT_ULL(6)
#define DESC_ATTR	BIT_ULL(2)	/* its index, times this */
#define NORMAL		0		/* the indices, of which 2 is Tagged */
#define DEVICE		1
#define TAGGED		2

#define STR		0xf9000022	/* str x2, [x1] */
#define LDR		0xf9400022	/* ldr x2, [x1] */
#define LDTR		0xf8400822	/* ldtr x2, [x1] */
#define STR_SP		0xf90003e2	/* str x2, [sp] */
#define LDR_POST	0xf8408422	/* ldr x2, [x1], #8 */
#define LDR_SP_PRE	0xf85fdfe2	/* ldr x2, [sp, #-3]! */
#define LDR_D		0xfd400022	/* ldr d2, [x1] */
#define STR_D		0xfd000022	/* str d2, [x1] */
#define LD1_LANE	0x4d408422	/* ld1 {v2.d}[1], [x1] */
#define DC_ZVA		0xd50b7421	/* dc zva, x1 */
#define NOP		0xd503201f

#define SCTLR		BIT_ULL(0)	/* the MMU is on */
#define FAR_TAG		0x5500000000000000ULL

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;

static struct mm_struct mm, other_mm;
static struct kvm vm;
static struct kvm_vcpu vcpu;
static struct s2m_s1_regs regs;
static struct s2m_guest_fault got;
static u64 cpacr, sp, table[4];
static u32 insn;
static bool table_unreadable, insn_unreadable, memfd, differs, no_simd;
static enum s2m_emulation found[2], type_of;

/* The bytes on both sides of the edge. */
static u8 bytes[256];
static const u64 window = EDGE_IPA - sizeof(bytes) / 2;
static unsigned int moves, fails_at;
static bool logged, mapped;

/* Registers of SIMD&FP, of 32 bytes each with SVE, and where they are. */
static u8 simd[32 * 32];
static bool sve, in_cpu;
static unsigned int looks, preempted, skips;
static char marks[16];
static enum s2m_emulation traced;

u64 s2m_get_el1(const struct kvm_vcpu *of, struct s2m_s1_regs *to)
{
	*to = regs;
	return cpacr;
}

void s2m_skip_insn(struct kvm_vcpu *of)
{
	of->arch.ctxt.pc += 4;
	skips++;
}

u64 s2m_get_sp(struct kvm_vcpu *of)
{
	assert_int_equal(preempted, 1);
	return sp;
}

void s2m_set_sp(struct kvm_vcpu *of, u64 value)
{
	assert_int_equal(preempted, 1);
	sp = value;
}

size_t s2m_sve_bytes(const struct kvm_vcpu *of)
{
	return sve ? 32 : 0;
}

void *s2m_simd_reg(struct kvm_vcpu *of, unsigned int n)
{
	assert_false(in_cpu);
	return simd + n * (sve ? 32 : 16);
}

static void put_fp(struct kvm_vcpu *of)
{
	assert_int_equal(preempted, 1);
	in_cpu = false;
}

static void load_fp(struct kvm_vcpu *of)
{
	assert_int_equal(preempted, 1);
	in_cpu = true;
}

bool system_supports_fpsimd(void)
{
	return !no_simd;
}

bool s2m_stage1_may_differ(void)
{
	return differs;
}

u64 fake_read_sysreg(const char *name)
{
	assert_string_equal(name, "dczid_el0");
	return 4;
}

void preempt_disable(void)
{
	preempted++;
}

void preempt_enable(void)
{
	preempted--;
}

void s2m_guest_look(struct kvm *kvm, struct s2m_guest_view *view)
{
	*view = (struct s2m_guest_view) { .kvm = kvm };
	assert_int_equal(kvm->srcu.readers, 1);
	looks++;
}

void s2m_guest_look_away(void)
{
	assert_int_equal(vm.srcu.readers, 1);
	looks--;
}

static bool is_readable(struct s2m_guest_view *view, bool unreadable)
{
	view->has_memfd = unreadable && memfd;
	return !unreadable;
}

bool s2m_guest_read_word(void *view, u64 ipa, u64 *value)
{
	assert_true(ipa >= TABLE && ipa < TABLE + sizeof(table));
	*value = table[(ipa - TABLE) / 8];
	return is_readable(view, table_unreadable);
}

bool s2m_guest_read_insn(struct s2m_guest_view *view, u64 ipa, u32 *word)
{
	assert_int_equal(ipa, IPA + PC);
	*word = insn;
	return is_readable(view, insn_unreadable);
}

enum s2m_emulation s2m_guest_find(struct s2m_guest_view *view, u64 ipa, bool write,
				  struct s2m_guest_page *page)
{
	page->hva = ipa;
	page->gfn = ipa >> PAGE_SHIFT;
	page->logged = write && logged;
	return found[ipa >= EDGE_IPA];
}

enum s2m_emulation s2m_guest_check_type(struct kvm *kvm, const struct s2m_guest_page *page)
{
	return type_of;
}

bool s2m_guest_is_mapped(struct kvm *kvm, const struct s2m_guest_page *page)
{
	return mapped;
}

static void mark(char what)
{
	size_t len = strlen(marks);

	assert_true(len + 1 < sizeof(marks));
	marks[len] = what;
}

static void mark_dirty(struct kvm_vcpu *of, gfn_t gfn)
{
	mark(gfn == EDGE_IPA >> PAGE_SHIFT ? 'B' : 'A');
}

static bool moves_at(unsigned long hva, unsigned int left)
{
	assert_true(hva >= window && hva + left <= window + sizeof(bytes));
	mark('.');
	return ++moves != fails_at;
}

bool s2m_guest_load(unsigned long hva, unsigned int left, unsigned int log2_element, u8 *to)
{
	memcpy(to, bytes + (hva - window), left);
	return moves_at(hva, left);
}

bool s2m_guest_store(unsigned long hva, unsigned int left, unsigned int log2_element,
		     const u8 *from)
{
	bool moved = moves_at(hva, left);

	if (moved)
		memcpy(bytes + (hva - window), from, left);
	return moved;
}

bool s2m_guest_clear(unsigned long hva, unsigned int left)
{
	memset(bytes + (hva - window), 0, left);
	return moves_at(hva, left);
}

void trace_emulation(u64 pc, u64 far, u32 word, enum s2m_a64_form form, u64 address,
		     unsigned int size, bool store, enum s2m_emulation result)
{
	assert_int_equal(pc, PC);
	assert_int_equal(far, vcpu.arch.fault.far_el2);
	traced = result;
}

static u64 block(unsigned int n, u64 bits)
{
	return (IPA + n * BLOCK) | DESC_AF | bits | 1;
}

static void at_el(int el)
{
	vcpu.arch.ctxt.pstate = el ? PSR_MODE_EL1h : PSR_MODE_EL0t;
}

/* At EL1, with an instruction that gets at both sides of the edge. */
static int a_guest(void **state)
{
	unsigned int i;

	(void)state;
	fake_current.mm = &mm;
	vm = (struct kvm) { .mm = &mm };
	vcpu = (struct kvm_vcpu) { .kvm = &vm };
	vcpu.arch.ctxt.pc = PC;
	vcpu.arch.ctxt.regs[1] = AT;
	vcpu.arch.ctxt.regs[2] = 0x1122334455667788;
	vcpu.arch.fault.far_el2 = AT;
	at_el(1);
	regs = (struct s2m_s1_regs) {
		.sctlr = SCTLR, .tcr = 2ULL << 32 | 34, .ttbr = { TABLE },
		.mair = 0xf004ff,
	};
	for (i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = block(i, 0);
	s2m_symbols = (struct s2m_symbols) {
		.put_fp = put_fp, .load_fp = load_fp, .mark_dirty = mark_dirty,
	};
	cpacr = 3ULL << 20;
	sp = EDGE;
	table_unreadable = insn_unreadable = memfd = differs = no_simd = false;
	s2m_emulate_init();
	found[0] = found[1] = type_of = S2M_EMU_DONE;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	memset(simd, 0xa5, sizeof(simd));
	moves = fails_at = 0;
	logged = sve = false;
	mapped = in_cpu = true;
	looks = preempted = skips = 0;
	memset(marks, 0, sizeof(marks));
	return 0;
}

static enum s2m_emulation emulates(u32 word)
{
	enum s2m_emulation result;

	insn = word;
	memset(&got, 0, sizeof(got));
	vcpu.arch.ctxt.pc = PC;
	vcpu.arch.fault.esr_el2 = word == STR || word == STR_SP || word == STR_D ||
				  word == DC_ZVA ? ESR_ELx_WNR : 0;
	skips = 0;
	result = s2m_emulate(&vcpu, &got);
	assert_int_equal(vm.srcu.readers, 0);
	assert_int_equal(looks, 0);
	assert_int_equal(preempted, 0);
	assert_true(in_cpu);
	assert_int_equal(traced, result);
	assert_int_equal(skips, result == S2M_EMU_DONE);
	return result;
}

static bool is_untouched(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != i)
			return false;
	return vcpu.arch.ctxt.regs[1] == AT && !moves;
}

/* It is not carried out: not a byte has moved. */
static void leaves(u32 word, enum s2m_emulation result)
{
	assert_int_equal(emulates(word), result);
	assert_true(is_untouched());
}

/* It is a fault of the guest's own. */
static void faults(u32 word, u8 fsc, u64 far)
{
	leaves(word, S2M_EMU_FAULT);
	assert_int_equal(got.fsc, fsc);
	assert_int_equal(got.far, far);
	assert_int_equal(got.write, word == STR);
}

#define FSC_TRANSLATION	0x06
#define FSC_PERMISSION	0x0e

static void across_the_edge(void **state)
{
	static const u8 stored[8] = { 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
	static const u8 swapped[8] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 };

	(void)state;
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	assert_memory_equal(bytes + 125, stored, 8);
	assert_int_equal(bytes[124], 124);
	assert_int_equal(bytes[133], 133);
	assert_int_equal(moves, 2);
	vcpu.arch.ctxt.regs[2] = 0;
	assert_int_equal(emulates(LDR), S2M_EMU_DONE);
	assert_int_equal(vcpu.arch.ctxt.regs[2], 0x1122334455667788);
	assert_int_equal(vcpu.arch.ctxt.regs[1], AT);
	/* The bit of EL0 counts at EL0. */
	regs.sctlr |= GUEST_SCTLR_E0E;
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	assert_memory_equal(bytes + 125, stored, 8);
	at_el(0);
	table[1] = block(1, DESC_USER);
	table[2] = block(2, DESC_USER);
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	assert_memory_equal(bytes + 125, swapped, 8);
}

static void a_base_that_is_written(void **state)
{
	(void)state;
	assert_int_equal(emulates(LDR_POST), S2M_EMU_DONE);
	assert_int_equal(vcpu.arch.ctxt.regs[1], AT + 8);
	assert_int_equal(vcpu.arch.ctxt.regs[2], 0x84838281807f7e7d);
	vcpu.arch.ctxt.regs[2] = 0;
	assert_int_equal(emulates(LDR_SP_PRE), S2M_EMU_DONE);
	assert_int_equal(vcpu.arch.ctxt.regs[2], 0x84838281807f7e7d);
	assert_int_equal(sp, AT);
}

static void not_what_the_cpu_has_reported(void **state)
{
	(void)state;
	vcpu.arch.fault.far_el2 = AT - 1;
	leaves(STR, S2M_EMU_CHANGED);
	vcpu.arch.fault.far_el2 = AT + 8;
	leaves(STR, S2M_EMU_CHANGED);
	/* A tag is no part of it. */
	vcpu.arch.fault.far_el2 = FAR_TAG | (AT + 7);
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	a_guest(state);
	vcpu.arch.fault.far_el2 = AT;
	insn = STR;
	vcpu.arch.fault.esr_el2 = 0;
	assert_int_equal(s2m_emulate(&vcpu, &got), S2M_EMU_CHANGED);
	assert_true(is_untouched());
	/* KVM has found another page. */
	vcpu.arch.fault.hpfar_el2 = HPFAR_VALID | (IPA >> 12) << 4;
	leaves(STR, S2M_EMU_CHANGED);
	vcpu.arch.fault.hpfar_el2 = (IPA >> 12) << 4;
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	vcpu.arch.fault.hpfar_el2 = HPFAR_VALID | ((EDGE_IPA - 1) >> 12) << 4;
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
}

static void a_stack_pointer(void **state)
{
	(void)state;
	regs.sctlr |= GUEST_SCTLR_SA;
	sp = AT;
	leaves(STR_SP, S2M_EMU_CHANGED);
	/* That of EL0 is for EL0. */
	regs.sctlr ^= GUEST_SCTLR_SA | GUEST_SCTLR_SA0;
	assert_int_equal(emulates(STR_SP), S2M_EMU_DONE);
	a_guest(state);
	regs.sctlr |= GUEST_SCTLR_SA0;
	sp = AT;
	at_el(0);
	leaves(STR_SP, S2M_EMU_CHANGED);
	regs.sctlr |= GUEST_SCTLR_SA;
	leaves(STR, S2M_EMU_FAULT);
}

/* Code that is there now, and who may run it. */
static void instructions(void **state)
{
	(void)state;
	leaves(NOP, S2M_EMU_FORM);
	insn_unreadable = true;
	leaves(STR, S2M_EMU_AGAIN);
	memfd = true;
	leaves(STR, S2M_EMU_MEMFD);
	insn_unreadable = false;
	table_unreadable = true;
	leaves(STR, S2M_EMU_MEMFD);
	memfd = false;
	leaves(STR, S2M_EMU_AGAIN);
	table_unreadable = false;
	/* The vCPU has that fault by itself. */
	table[0] = 0;
	leaves(STR, S2M_EMU_AGAIN);
}

static void vcpus(void **state)
{
	(void)state;
	vcpu.arch.ctxt.pstate = PSR_MODE32_BIT;
	leaves(STR, S2M_EMU_STATE);
	at_el(1);
	fake_current.mm = &other_mm;
	leaves(STR, S2M_EMU_VMM);
	fake_current.mm = &mm;
	differs = true;
	s2m_emulate_init();
	leaves(STR, S2M_EMU_STAGE1);
	differs = false;
	s2m_emulate_init();
	regs.sctlr = 0;
	leaves(STR, S2M_EMU_STAGE1);
}

static void simd_registers(void **state)
{
	static const u8 loaded[8] = { 125, 126, 127, 128, 129, 130, 131, 132 };
	static const u8 zeros[24];

	(void)state;
	assert_int_equal(emulates(LDR_D), S2M_EMU_DONE);
	assert_memory_equal(simd + 2 * 16, loaded, 8);
	assert_memory_equal(simd + 2 * 16 + 8, zeros, 8);
	/* V3 is no part of V2. */
	assert_int_equal(simd[3 * 16], 0xa5);
	assert_int_equal(simd[2 * 16 - 1], 0xa5);
	/* One lane; the other is as it was. */
	assert_int_equal(emulates(LD1_LANE), S2M_EMU_DONE);
	assert_memory_equal(simd + 2 * 16, loaded, 8);
	assert_memory_equal(simd + 2 * 16 + 8, loaded, 8);
	sve = true;
	memset(simd, 0xa5, sizeof(simd));
	assert_int_equal(emulates(LDR_D), S2M_EMU_DONE);
	assert_memory_equal(simd + 2 * 32, loaded, 8);
	assert_memory_equal(simd + 2 * 32 + 8, zeros, 24);
	assert_int_equal(simd[3 * 32], 0xa5);
	memset(simd + 2 * 32, 7, 8);
	assert_int_equal(emulates(STR_D), S2M_EMU_DONE);
	assert_int_equal(bytes[125], 7);
	assert_int_equal(bytes[132], 7);
}

static void simd_that_is_off(void **state)
{
	(void)state;
	cpacr = 0;
	leaves(STR_D, S2M_EMU_OFF);
	cpacr = 2ULL << 20;
	leaves(STR_D, S2M_EMU_OFF);
	at_el(0);
	table[1] = block(1, DESC_USER);
	table[2] = block(2, DESC_USER);
	cpacr = 1ULL << 20;
	leaves(STR_D, S2M_EMU_OFF);
	no_simd = true;
	cpacr = 3ULL << 20;
	leaves(STR_D, S2M_EMU_SIMD);
	no_simd = false;
	s2m_symbols.put_fp = NULL;
	leaves(STR_D, S2M_EMU_SIMD);
	/* Whoever needs none of it. */
	cpacr = 0;
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	s2m_symbols.put_fp = put_fp;
	cpacr = 3ULL << 20;
	assert_int_equal(emulates(STR_D), S2M_EMU_DONE);
	at_el(1);
	cpacr = 1ULL << 20;
	assert_int_equal(emulates(STR_D), S2M_EMU_DONE);
}

static void rights(void **state)
{
	(void)state;
	at_el(0);
	faults(STR, FSC_PERMISSION, AT);
	at_el(1);
	faults(LDTR, FSC_PERMISSION, AT);
	table[1] = block(1, DESC_RO);
	faults(STR, FSC_PERMISSION, AT);
	table[1] = 0;
	faults(STR, FSC_TRANSLATION, AT);
	faults(LDR, FSC_TRANSLATION, AT);
	/* Of the second half, where that begins. */
	table[1] = block(1, 0);
	table[2] = 0;
	faults(STR, FSC_TRANSLATION, EDGE);
	table[2] = block(2, 0);
	/* PAN keeps EL1 from what is EL0's, and UAO makes LDTR one of EL1's own. */
	vcpu.arch.ctxt.pstate |= PSR_UAO_BIT;
	assert_int_equal(emulates(LDTR), S2M_EMU_DONE);
	moves = 0;
	vcpu.arch.ctxt.pstate ^= PSR_UAO_BIT | PSR_PAN_BIT;
	assert_int_equal(emulates(LDR), S2M_EMU_DONE);
	moves = 0;
	table[1] = block(1, DESC_USER);
	table[2] = block(2, DESC_USER);
	faults(STR, FSC_PERMISSION, AT);
	assert_int_equal(emulates(LDTR), S2M_EMU_DONE);
	moves = 0;
	vcpu.arch.ctxt.pstate |= PSR_UAO_BIT;
	faults(LDTR, FSC_PERMISSION, AT);
}

static void types_of_stage_1(void **state)
{
	(void)state;
	table[1] = block(1, DEVICE * DESC_ATTR);
	faults(STR, FSC_ALIGNMENT, AT);
	table[1] = block(1, TAGGED * DESC_ATTR);
	leaves(STR, S2M_EMU_STAGE1);
	table[1] = block(1, NORMAL * DESC_ATTR);
	table[2] = block(2, DEVICE * DESC_ATTR);
	faults(LDR, FSC_ALIGNMENT, EDGE);
}

/* All that can fail does before the first byte moves. */
static void the_second_part(void **state)
{
	(void)state;
	found[1] = S2M_EMU_READ_ONLY;
	leaves(STR, S2M_EMU_READ_ONLY);
	found[1] = S2M_EMU_NO_MEMSLOT;
	leaves(STR, S2M_EMU_NO_MEMSLOT);
	/* It is the part that has faulted: tried again, it faults otherwise. */
	vcpu.arch.fault.far_el2 = EDGE;
	leaves(STR, S2M_EMU_AGAIN);
	found[0] = S2M_EMU_NO_MEMSLOT;
	found[1] = S2M_EMU_DONE;
	leaves(STR, S2M_EMU_NO_MEMSLOT);
	vcpu.arch.fault.far_el2 = AT;
	leaves(STR, S2M_EMU_AGAIN);
	vcpu.arch.fault.far_el2 = EDGE;
	found[1] = S2M_EMU_NO_MEMSLOT;
	leaves(STR, S2M_EMU_AGAIN);
	found[0] = S2M_EMU_LOG;
	leaves(STR, S2M_EMU_LOG);
	found[0] = found[1] = S2M_EMU_DONE;
	type_of = S2M_EMU_VMM;
	leaves(STR, S2M_EMU_VMM);
	/* One that ends at the edge has none. */
	type_of = S2M_EMU_DONE;
	found[1] = S2M_EMU_READ_ONLY;
	vcpu.arch.ctxt.regs[1] = vcpu.arch.fault.far_el2 = EDGE - 8;
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	assert_int_equal(moves, 1);
}

/* A page is in the log before a byte of it changes, and again afterwards. */
static void pages_that_are_logged(void **state)
{
	(void)state;
	logged = true;
	assert_int_equal(emulates(LDR), S2M_EMU_DONE);
	assert_string_equal(marks, "..");
	memset(marks, 0, sizeof(marks));
	assert_int_equal(emulates(STR), S2M_EMU_DONE);
	assert_string_equal(marks, "A.AB.B");
	memset(marks, 0, sizeof(marks));
	moves = 0;
	fails_at = 2;
	assert_int_equal(emulates(STR), S2M_EMU_LOST);
	assert_string_equal(marks, "A.AB.");
}

static void what_is_not_taken(void **state)
{
	(void)state;
	fails_at = 1;
	assert_int_equal(emulates(LDR_POST), S2M_EMU_LOST);
	assert_int_equal(vcpu.arch.ctxt.regs[1], AT);
	assert_int_equal(vcpu.arch.ctxt.regs[2], 0x1122334455667788);
	mapped = false;
	moves = 0;
	assert_int_equal(emulates(STR), S2M_EMU_AGAIN);
	assert_int_equal(bytes[125], 125);
}

static void a_block_of_zeros(void **state)
{
	unsigned int i;

	(void)state;
	at_el(0);
	table[1] = block(1, DESC_USER);
	leaves(DC_ZVA, S2M_EMU_OFF);
	regs.sctlr |= GUEST_SCTLR_DZE;
	/* All of the block that it is in, whatever V1 holds. */
	assert_int_equal(emulates(DC_ZVA), S2M_EMU_DONE);
	for (i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], i < 64 || i >= 128 ? i : 0);
	regs.sctlr = SCTLR;
	at_el(1);
	assert_int_equal(emulates(DC_ZVA), S2M_EMU_DONE);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, a_guest)
	const struct CMUnitTest tests[] = {
		TEST(across_the_edge),
		TEST(a_base_that_is_written),
		TEST(not_what_the_cpu_has_reported),
		TEST(a_stack_pointer),
		TEST(instructions),
		TEST(vcpus),
		TEST(simd_registers),
		TEST(simd_that_is_off),
		TEST(rights),
		TEST(types_of_stage_1),
		TEST(the_second_part),
		TEST(pages_that_are_logged),
		TEST(what_is_not_taken),
		TEST(a_block_of_zeros),
	};

	return cmocka_run_group_tests_name("emulate", tests, NULL, NULL);
}
