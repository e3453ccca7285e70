// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries out an access that Device memory does not take, for the guest.
 *
 * What the CPU has found is not trusted, because the guest may have changed code,
 * tables and registers of other vCPUs since. So the instruction is read and the
 * address translated anew, with the rights of the exception level that the vCPU
 * is at: what is carried out is an access that the guest could make at this moment.
 * If that is another access than the one that faulted, it is not made.
 */
#include <linux/bitfield.h>
#include <linux/kvm_host.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/srcu.h>
#include <asm/cpufeature.h>
#include <asm/esr.h>
#include <asm/kvm_emulate.h>
#include <s2memattr/a64.h>
#include <s2memattr/s1walk.h>

#include "compat/guest.h"
#include "kernel/symbols.h"
#include "survival/emulate.h"
#include "survival/guest_memory.h"
#include "tell/trace.h"

#define FSC_ALIGNMENT	0x21
#define CHUNK		SZ_4K		/* the smallest page that a guest can have */

#define GUEST_SCTLR_SA	BIT_ULL(3)
#define GUEST_SCTLR_SA0	BIT_ULL(4)
#define GUEST_SCTLR_DZE	BIT_ULL(14)
#define GUEST_SCTLR_E0E	BIT_ULL(24)
#define GUEST_SCTLR_EE	BIT_ULL(25)
#define GUEST_CPACR_FPEN	GENMASK_ULL(21, 20)
#define FPEN_EL1_ONLY	1
#define FPEN_ALL	3
#define GUEST_DCZID_BS	GENMASK_ULL(3, 0)	/* log2 of the block, in words */

/*
 * HPFAR_EL2 means nothing after an alignment fault, unless KVM has put it there
 * and says so: see survival.c.
 */
#define HPFAR_VALID	BIT_ULL(63)
#define HPFAR_FIPA	GENMASK_ULL(47, 4)

/* A part of the access that lies within 4 KiB. */
struct part {
	unsigned int bytes;
	struct s2m_guest_page page;
};

struct emulation {
	struct kvm_vcpu *vcpu;
	struct s2m_guest_fault *fault;
	struct s2m_guest_view view;
	struct s2m_s1_regs regs;
	u64 cpacr;
	struct s2m_a64_insn insn;
	u32 word;
	bool user;
	bool big_endian;
	u64 base;			/* what the two registers of the address hold */
	u64 offset;
	u64 address;
	unsigned int bytes;
	struct part parts[2];		/* an access crosses one boundary at most */
	u8 *memory;			/* its S2M_A64_MAX_BYTES */
};

/* May this host's stage 1 be what the walk does not know? It does not change after boot. */
static bool stage1_may_differ;

static void read_registers(struct emulation *e)
{
	e->cpacr = s2m_get_el1(e->vcpu, &e->regs);
	e->user = !vcpu_mode_priv(e->vcpu);
	e->big_endian = e->regs.sctlr &
			(e->user ? GUEST_SCTLR_E0E : GUEST_SCTLR_EE);
}

/* What cannot be read: the vCPU's own try tells why, but not of what it can read itself. */
static enum s2m_emulation why_unreadable(const struct emulation *e)
{
	return e->view.has_memfd ? S2M_EMU_MEMFD : S2M_EMU_AGAIN;
}

static enum s2m_emulation translate(struct emulation *e, u64 va,
				    const struct s2m_s1_access *access, struct s2m_s1_walk *walk)
{
	const struct s2m_s1_memory memory = { .read = s2m_guest_read_word, .arg = &e->view };

	switch (s2m_s1_walk(&e->regs, va, access, &memory, walk)) {
	case S2M_S1_OK:
		return S2M_EMU_DONE;
	case S2M_S1_FAULT:
		return S2M_EMU_FAULT;
	case S2M_S1_NO_MEMORY:
		return why_unreadable(e);
	default:
		return S2M_EMU_STAGE1;
	}
}

static enum s2m_emulation fetch(struct emulation *e)
{
	const struct s2m_s1_access access = { .fetch = true, .user = e->user };
	struct s2m_s1_walk walk;
	enum s2m_emulation result;

	result = translate(e, *vcpu_pc(e->vcpu), &access, &walk);
	/* The vCPU gets that fault, complete, from its own next fetch. */
	if (result == S2M_EMU_FAULT)
		return S2M_EMU_AGAIN;
	if (result)
		return result;
	if (!s2m_guest_read_insn(&e->view, walk.ipa, &e->word))
		return why_unreadable(e);
	return s2m_a64_decode(e->word, &e->insn) ? S2M_EMU_DONE : S2M_EMU_FORM;
}

/* May the guest use this instruction? The CPU has let one pass, but perhaps another. */
static bool is_allowed(const struct emulation *e)
{
	unsigned int fpen;

	if (e->insn.form == S2M_A64_ZERO)
		return !e->user || (e->regs.sctlr & GUEST_SCTLR_DZE);
	if (!e->insn.simd)
		return true;
	fpen = FIELD_GET(GUEST_CPACR_FPEN, e->cpacr);
	return fpen == FPEN_ALL || (fpen == FPEN_EL1_ONLY && !e->user);
}

/* A stack pointer that the CPU would not take for this: the code has changed. */
static bool is_bad_stack(const struct emulation *e)
{
	u64 check = e->user ? GUEST_SCTLR_SA0 : GUEST_SCTLR_SA;

	return e->insn.rn == S2M_A64_SP && (e->regs.sctlr & check) && (e->base & 15);
}

static u64 base_of(struct emulation *e)
{
	u64 sp;

	switch (e->insn.rn) {
	case S2M_A64_BASE_PC:
		return *vcpu_pc(e->vcpu);
	case S2M_A64_NO_REG:
		return 0;
	case S2M_A64_SP:
		preempt_disable();
		sp = s2m_get_sp(e->vcpu);
		preempt_enable();
		return sp;
	default:
		return vcpu_get_reg(e->vcpu, e->insn.rn);
	}
}

static void write_base(struct emulation *e)
{
	u64 value = s2m_a64_new_base(&e->insn, e->base, e->offset);

	if (e->insn.rn != S2M_A64_SP) {
		vcpu_set_reg(e->vcpu, e->insn.rn, value);
		return;
	}
	preempt_disable();
	s2m_set_sp(e->vcpu, value);
	preempt_enable();
}

static void find_range(struct emulation *e)
{
	e->base = base_of(e);
	if (e->insn.rm != S2M_A64_NO_REG)
		e->offset = vcpu_get_reg(e->vcpu, e->insn.rm);
	e->address = s2m_a64_address(&e->insn, e->base, e->offset);
	if (e->insn.form != S2M_A64_ZERO) {
		e->bytes = s2m_a64_size(&e->insn);
		return;
	}
	e->bytes = 4U << FIELD_GET(GUEST_DCZID_BS, read_sysreg(dczid_el0));
	e->address = ALIGN_DOWN(e->address, e->bytes);
}

/* Is it this access that the CPU has reported? */
static bool is_reported(const struct emulation *e)
{
	u64 far = kvm_vcpu_get_hfar(e->vcpu);
	bool write = kvm_vcpu_get_esr(e->vcpu) & ESR_ELx_WNR;

	/* The upper byte may be a tag, which FAR_EL2 need not hold. */
	return ((far - e->address) & GENMASK_ULL(55, 0)) < e->bytes && write == e->insn.store;
}

/* Has KVM found another IPA for the page of @va? */
static bool leads_elsewhere(const struct emulation *e, u64 va, u64 ipa)
{
	u64 hpfar = e->vcpu->arch.fault.hpfar_el2;

	if (!(hpfar & HPFAR_VALID) || (va ^ kvm_vcpu_get_hfar(e->vcpu)) >> 12 & GENMASK(43, 0))
		return false;
	return FIELD_GET(HPFAR_FIPA, hpfar) != ipa >> 12;
}

static enum s2m_emulation guest_fault(struct emulation *e, u8 fsc, u64 va)
{
	*e->fault = (struct s2m_guest_fault) {
		.fsc = fsc, .write = e->insn.store, .far = va,
	};
	return S2M_EMU_FAULT;
}

static enum s2m_emulation find_part(struct emulation *e, struct part *part, u64 va)
{
	u64 pstate = *vcpu_cpsr(e->vcpu);
	bool unprivileged = e->insn.form == S2M_A64_UNPRIVILEGED && !(pstate & PSR_UAO_BIT);
	const struct s2m_s1_access access = {
		.write = e->insn.store,
		.user = e->user || unprivileged,
		.pan = pstate & PSR_PAN_BIT,
	};
	struct s2m_s1_walk walk;
	enum s2m_emulation result;

	result = translate(e, va, &access, &walk);
	if (result == S2M_EMU_FAULT)
		return guest_fault(e, walk.fsc, va);
	if (result)
		return result;
	/* Stage 1 itself makes it Device: the CPU faults, whatever stage 2 says. */
	if (s2m_s1_attr_is_device(walk.attr))
		return guest_fault(e, FSC_ALIGNMENT, va);
	/* Allocation tags (FEAT_MTE) would have to be checked. */
	if (s2m_s1_attr_is_tagged(walk.attr))
		return S2M_EMU_STAGE1;
	if (leads_elsewhere(e, va, walk.ipa))
		return S2M_EMU_CHANGED;
	result = s2m_guest_find(&e->view, walk.ipa, e->insn.store, &part->page);
	return result ? result : s2m_guest_check_type(e->vcpu->kvm, &part->page);
}

/* Is the address that the CPU has reported in this part? */
static bool is_in_part(const struct emulation *e, unsigned int i)
{
	u64 offset = (kvm_vcpu_get_hfar(e->vcpu) - e->address) & GENMASK_ULL(55, 0);

	return (offset < e->parts[0].bytes) == !i;
}

/* All that can fail for good reasons fails before the first byte moves. */
static enum s2m_emulation find_parts(struct emulation *e)
{
	unsigned int first = min_t(u64, e->bytes, CHUNK - (e->address & (CHUNK - 1)));
	enum s2m_emulation result, second = S2M_EMU_DONE;

	e->parts[0].bytes = first;
	e->parts[1].bytes = e->bytes - first;
	result = find_part(e, &e->parts[0], e->address);
	if ((!result || result == S2M_EMU_NO_MEMSLOT) && e->parts[1].bytes)
		second = find_part(e, &e->parts[1], e->address + first);
	/* The part that faulted has no memslot now: if tried again, it faults otherwise. */
	if ((result == S2M_EMU_NO_MEMSLOT && is_in_part(e, 0)) ||
	    (second == S2M_EMU_NO_MEMSLOT && is_in_part(e, 1)))
		return S2M_EMU_AGAIN;
	return result ? result : second;
}

/* The bytes of one part; @at is where in memory[] they are. */
static bool move_part(struct emulation *e, const struct part *part, unsigned int at)
{
	unsigned long hva = part->page.hva;

	if (e->insn.form == S2M_A64_ZERO)
		return s2m_guest_clear(hva, part->bytes);
	if (e->insn.store)
		return s2m_guest_store(hva, part->bytes, e->insn.log2_element, e->memory + at);
	return s2m_guest_load(hva, part->bytes, e->insn.log2_element, e->memory + at);
}

static enum s2m_emulation move(struct emulation *e)
{
	unsigned int i, at = 0;

	for (i = 0; i < ARRAY_SIZE(e->parts) && e->parts[i].bytes; i++) {
		/* Before the store as well: one that fails half way is made in part. */
		if (e->parts[i].page.logged)
			s2m_symbols.mark_dirty(e->vcpu, e->parts[i].page.gfn);
		if (!move_part(e, &e->parts[i], at))
			return s2m_guest_is_mapped(e->vcpu->kvm, &e->parts[i].page) ?
			       S2M_EMU_LOST : S2M_EMU_AGAIN;
		if (e->parts[i].page.logged)
			s2m_symbols.mark_dirty(e->vcpu, e->parts[i].page.gfn);
		at += e->parts[i].bytes;
	}
	return S2M_EMU_DONE;
}

static void get_data(struct emulation *e, struct s2m_a64_data *data)
{
	struct kvm_vcpu *vcpu = e->vcpu;
	unsigned int i;

	if (!e->insn.simd) {
		for (i = 0; i < e->insn.nr_regs; i++) {
			u64 value = vcpu_get_reg(vcpu, s2m_a64_data_reg(&e->insn, i));

			memcpy(data->reg[i], &value, sizeof(value));
		}
		return;
	}
	for (i = 0; i < e->insn.nr_regs; i++)
		memcpy(data->reg[i], s2m_simd_reg(vcpu, s2m_a64_data_reg(&e->insn, i)), 16);
}

/* A write of a V register clears the rest of its Z register. */
static void set_data(struct emulation *e, const struct s2m_a64_data *data)
{
	struct kvm_vcpu *vcpu = e->vcpu;
	size_t sve = s2m_sve_bytes(vcpu);
	unsigned int i;

	for (i = 0; i < e->insn.nr_regs; i++) {
		unsigned int reg = s2m_a64_data_reg(&e->insn, i);
		u64 value;

		if (e->insn.simd) {
			memcpy(s2m_simd_reg(vcpu, reg), data->reg[i], 16);
			if (sve)
				memset(s2m_simd_reg(vcpu, reg) + 16, 0, sve - 16);
			continue;
		}
		memcpy(&value, data->reg[i], sizeof(value));
		vcpu_set_reg(vcpu, reg, value);
	}
}

/*
 * A vCPU's SIMD&FP registers may be in the CPU. put_fp(), which KVM calls when a vCPU
 * leaves a CPU, has them in memory; after load_fp(), which KVM calls when one comes,
 * they are taken from there.
 */
static bool has_simd(void)
{
	return s2m_symbols.put_fp && s2m_symbols.load_fp && system_supports_fpsimd();
}

static void begin_data(const struct emulation *e)
{
	if (e->insn.simd) {
		preempt_disable();
		s2m_symbols.put_fp(e->vcpu);
	}
}

static void end_data(const struct emulation *e)
{
	if (e->insn.simd) {
		s2m_symbols.load_fp(e->vcpu);
		preempt_enable();
	}
}

static void take_stored(struct emulation *e)
{
	struct s2m_a64_data data;

	begin_data(e);
	get_data(e, &data);
	end_data(e);
	s2m_a64_stored(&e->insn, &data, e->big_endian, e->memory);
}

static void give_loaded(struct emulation *e)
{
	struct s2m_a64_data data;

	begin_data(e);
	if (s2m_a64_needs_old(&e->insn))
		get_data(e, &data);
	s2m_a64_loaded(&e->insn, e->memory, e->big_endian, &data);
	set_data(e, &data);
	end_data(e);
}

static enum s2m_emulation prepare(struct emulation *e)
{
	enum s2m_emulation result;

	if (vcpu_mode_is_32bit(e->vcpu))
		return S2M_EMU_STATE;
	if (e->vcpu->kvm->mm != current->mm)
		return S2M_EMU_VMM;
	if (stage1_may_differ)
		return S2M_EMU_STAGE1;
	read_registers(e);
	result = fetch(e);
	if (result)
		return result;
	if (!is_allowed(e))
		return S2M_EMU_OFF;
	if (e->insn.simd && !has_simd())
		return S2M_EMU_SIMD;
	find_range(e);
	return is_reported(e) && !is_bad_stack(e) ? S2M_EMU_DONE : S2M_EMU_CHANGED;
}

static enum s2m_emulation carry_out(struct emulation *e)
{
	bool registers = e->insn.form != S2M_A64_ZERO;
	u8 memory[S2M_A64_MAX_BYTES];
	enum s2m_emulation result;

	e->memory = memory;
	result = find_parts(e);
	if (result)
		return result;
	if (registers && e->insn.store)
		take_stored(e);
	result = move(e);
	if (result)
		return result;
	if (registers && !e->insn.store)
		give_loaded(e);
	if (e->insn.index != S2M_A64_OFFSET)
		write_base(e);
	s2m_skip_insn(e->vcpu);
	return S2M_EMU_DONE;
}

enum s2m_emulation s2m_emulate(struct kvm_vcpu *vcpu, struct s2m_guest_fault *fault)
{
	struct emulation e = { .vcpu = vcpu, .fault = fault };
	u64 pc = *vcpu_pc(vcpu);
	enum s2m_emulation result;
	int idx;

	e.insn.form = S2M_A64_OTHER;
	idx = srcu_read_lock(&vcpu->kvm->srcu);
	s2m_guest_look(vcpu->kvm, &e.view);
	result = prepare(&e);
	if (!result)
		result = carry_out(&e);
	s2m_guest_look_away();
	srcu_read_unlock(&vcpu->kvm->srcu, idx);
	trace_emulation(pc, kvm_vcpu_get_hfar(vcpu), e.word, e.insn.form, e.address, e.bytes,
			e.insn.store, result);
	return result;
}

void s2m_emulate_init(void)
{
	stage1_may_differ = s2m_stage1_may_differ();
}
