// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a call in a function to its returns: where a register holds what is returned.
 * Nothing is patched and nothing is called here; the module's use of it is abort_site.c.
 */
#include <s2memattr/way_out.h>

#include "a64_flow.h"

/* X19 to X28: what a call preserves (AAPCS64), less the frame pointer. */
#define PRESERVED	0x1ff80000U
#define FIRST_PRESERVED	19
#define LAST_PRESERVED	28

/* MOV Wd, #-EFAULT, which is MOVN Wd, #EFAULT - 1; without d. */
#define MOV_EFAULT	(0x12800000U | (EFAULT - 1) << 5)

/* Stands in walk.held for an instruction that no path has come to yet. No set has this bit. */
#define NOT_YET		0x80000000U

/*
 * All paths at once: for each instruction the set of registers that hold the value by
 * whatever path it is reached. Instructions still to be looked at are on a stack; one
 * gets there each time that its set shrinks.
 */
struct walk {
	const struct s2m_text *text;
	u64 noreturn;
	u32 *held;
	u32 *todo;
	u32 left;
	bool returns;
};

u64 s2m_call_target(const struct s2m_text *text, u32 at)
{
	s32 offset;

	if (s2m_a64_flow(text->insn[at], &offset) != S2M_CALL || !offset)
		return 0;
	return text->address + 4 * at + 4 * (s64)offset;
}

/* Have another look at @at, if fewer registers are sure to hold the value there. */
static bool lead_to(struct walk *walk, u64 at, u32 held)
{
	u32 *before;

	if (at >= walk->text->count)
		return false;
	before = &walk->held[at];
	if ((*before & held) == *before)
		return true;
	*before = *before == NOT_YET ? held : *before & held;
	/* A set of one value and its copies shrinks seldom. */
	if (walk->left == walk->text->count)
		return false;
	walk->todo[walk->left++] = (u32)at;
	return true;
}

/* The registers that hold the value after an instruction, if they are @held before it. */
static u32 after(u32 insn, u32 held)
{
	u32 from, rd = s2m_a64_bit(s2m_a64_rd(insn));

	if (s2m_a64_copy(insn, &from))
		return held & s2m_a64_bit(from) ? held | rd : held & ~rd;
	return held & ~s2m_a64_written(insn);
}

/* One instruction; false if a path is lost, or returns something else. */
static bool step(struct walk *walk, u32 at)
{
	u32 insn = walk->text->insn[at], held = walk->held[at];
	s32 offset;

	switch (s2m_a64_flow(insn, &offset)) {
	case S2M_JUMP:
		return lead_to(walk, at + (s64)offset, held);
	case S2M_FORK:
		return lead_to(walk, at + (s64)offset, held) && lead_to(walk, at + 1, held);
	case S2M_CALL:
		if (walk->noreturn && s2m_call_target(walk->text, at) == walk->noreturn)
			return true;
		return lead_to(walk, at + 1, held & PRESERVED);
	case S2M_RETURN:
		walk->returns = true;
		return held & 1;
	case S2M_END:
		return true;
	case S2M_ELSEWHERE:
		return false;
	default:
		return lead_to(walk, at + 1, after(insn, held));
	}
}

/* Is it the value of register @reg at @from that is returned, on all paths? */
static bool is_returned(struct walk *walk, u32 from, u32 reg)
{
	u32 i;

	for (i = 0; i < walk->text->count; i++)
		walk->held[i] = NOT_YET;
	walk->left = 0;
	walk->returns = false;
	if (!lead_to(walk, from, s2m_a64_bit(reg)))
		return false;
	while (walk->left)
		if (!step(walk, walk->todo[--walk->left]))
			return false;
	return walk->returns;
}

/* The value is there before the call, in the one register that ends up in W0. */
static bool find_waiting(struct walk *walk, u32 call, struct s2m_way_out *out)
{
	u32 reg, found = 0;

	for (reg = FIRST_PRESERVED; reg <= LAST_PRESERVED; reg++) {
		if (!is_returned(walk, call + 1, reg))
			continue;
		out->result = reg;
		found++;
	}
	out->waits = true;
	out->resume = walk->text->address + 4 * (call + 1);
	return found == 1;
}

static bool note_restore(struct s2m_way_out *out, u32 reg, u32 offset)
{
	if (!(s2m_a64_bit(reg) & PRESERVED) || out->restores == S2M_MAX_RESTORES)
		return false;
	out->restore[out->restores++] = (struct s2m_restore){ .reg = reg, .offset = offset };
	return true;
}

/* LDR and LDP of X registers from SP plus an offset. */
static bool is_restore(struct s2m_way_out *out, u32 insn)
{
	s64 imm7 = s2m_a64_signed(insn, 15, 7);

	if (s2m_a64_rn(insn) != 31)
		return false;
	if ((insn & 0xffc00000) == 0xf9400000)
		return note_restore(out, s2m_a64_rd(insn), (insn >> 10 & 0xfff) * 8);
	return (insn & 0xffc00000) == 0xa9400000 && imm7 >= 0 &&
	       note_restore(out, s2m_a64_rd(insn), (u32)imm7 * 8) &&
	       note_restore(out, s2m_a64_rt2(insn), (u32)imm7 * 8 + 8);
}

/* HINT instructions, NOP among them, change no register but X30 (AUTIASP), which none here is. */
static bool is_hint(u32 insn)
{
	return (insn & 0xfffff01f) == 0xd503201f;
}

/* The value is made after the call, behind nothing but jumps, hints and restores. */
static bool find_made(struct walk *walk, u32 call, struct s2m_way_out *out)
{
	const struct s2m_text *text = walk->text;
	u32 steps, reg;
	u64 at = call + 1;
	s32 offset;

	out->waits = false;
	for (steps = 0; steps < text->count && at < text->count; steps++) {
		u32 insn = text->insn[at];
		enum s2m_flow flow = s2m_a64_flow(insn, &offset);

		if (flow == S2M_JUMP) {
			at += (s64)offset;
			continue;
		}
		at++;
		if ((insn & ~0x1fU) == MOV_EFAULT) {
			reg = s2m_a64_rd(insn);
			out->result = reg;
			out->resume = text->address + 4 * at;
			return (!reg || s2m_a64_bit(reg) & PRESERVED) &&
			       at < text->count && is_returned(walk, (u32)at, reg);
		}
		if (flow != S2M_NEXT || (!is_hint(insn) && !is_restore(out, insn)))
			return false;
	}
	return false;
}

int s2m_way_out_find(const struct s2m_text *text, u32 call, u64 noreturn,
		     struct s2m_way_out *out)
{
	struct walk walk = { .text = text, .noreturn = noreturn };
	bool found;

	*out = (struct s2m_way_out){ 0 };
	walk.held = s2m_alloc_array(text->count, sizeof(*walk.held));
	walk.todo = s2m_alloc_array(text->count, sizeof(*walk.todo));
	if (!walk.held || !walk.todo) {
		s2m_free(walk.held);
		s2m_free(walk.todo);
		return -ENOMEM;
	}
	found = find_waiting(&walk, call, out) || find_made(&walk, call, out);
	s2m_free(walk.held);
	s2m_free(walk.todo);
	return found ? 0 : -ENOENT;
}

/* Follow ADRP, ADR, ADD (immediate) and MOV: registers in @known hold constants, @value. */
static u32 constants_after(u32 insn, u64 address, u32 known, u64 value[])
{
	u32 rd = s2m_a64_rd(insn), rn = s2m_a64_rn(insn);
	u64 away = (u64)s2m_a64_adr(insn);

	if (rd == 31)
		return known & ~s2m_a64_written(insn);
	if ((insn & 0x9f000000) == 0x90000000)
		value[rd] = (address & ~0xfffULL) + (away << 12);
	else if ((insn & 0x9f000000) == 0x10000000)
		value[rd] = address + away;
	else if ((insn & 0xff800000) == 0x91000000 && known & s2m_a64_bit(rn))
		value[rd] = value[rn] + ((insn >> 10 & 0xfff) << (insn & 1U << 22 ? 12 : 0));
	else if ((insn & 0xffe0ffe0) == 0xaa0003e0 && known & s2m_a64_bit(s2m_a64_rm(insn)))
		value[rd] = value[s2m_a64_rm(insn)];
	else
		return known & ~s2m_a64_written(insn);
	return known | s2m_a64_bit(rd);
}

u64 s2m_call_argument(const struct s2m_text *text, u32 call)
{
	u64 value[31] = { 0 };
	u32 at = call, known = 0;
	s32 offset;

	while (at && s2m_a64_flow(text->insn[at - 1], &offset) == S2M_NEXT)
		at--;
	for (; at < call; at++)
		known = constants_after(text->insn[at], text->address + 4 * at, known, value);
	return known & 1 ? value[0] : 0;
}
