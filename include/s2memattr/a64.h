/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A64 loads and stores that can be carried out by somebody else than the CPU:
 * which of them an instruction is, where it reaches, and how the bytes there and
 * the registers become each other. Nothing here touches memory or a register.
 *
 * All forms have one thing in common that makes this small: the bytes that one
 * of them reaches are contiguous. So an access is a range, and elements in it.
 */
#ifndef S2MEMATTR_A64_H
#define S2MEMATTR_A64_H

#include <s2memattr/base.h>

/**
 * enum s2m_a64_form - kinds of instructions
 * @S2M_A64_SINGLE: LDR, STR and their narrow and sign-extending kin, LDUR, STUR
 * @S2M_A64_UNPRIVILEGED: LDTR, STTR and their kin
 * @S2M_A64_LITERAL: LDR and LDRSW (literal)
 * @S2M_A64_PAIR: LDP, STP, LDPSW, LDNP, STNP
 * @S2M_A64_SIMD_SINGLE: LDR, STR, LDUR, STUR (SIMD&FP)
 * @S2M_A64_SIMD_LITERAL: LDR (literal, SIMD&FP)
 * @S2M_A64_SIMD_PAIR: LDP, STP, LDNP, STNP (SIMD&FP)
 * @S2M_A64_MULTIPLE: LD1 to LD4, ST1 to ST4 (multiple structures)
 * @S2M_A64_LANE: LD1 to LD4, ST1 to ST4 (single structure)
 * @S2M_A64_REPLICATE: LD1R to LD4R
 * @S2M_A64_ZERO: DC ZVA
 * @S2M_A64_NR_COVERED: those before this one are carried out, all others are not
 * @S2M_A64_OTHER: no load or store of the general registers or of SIMD&FP
 * @S2M_A64_EXCLUSIVE: load and store exclusive
 * @S2M_A64_ORDERED: load-acquire and store-release of any kind
 * @S2M_A64_ATOMIC: compare and swap, and other LSE atomics; also LD64B and ST64B
 * @S2M_A64_TAGS: loads and stores of allocation tags, and DC GVA, DC GZVA
 * @S2M_A64_AUTHENTICATED: LDRAA, LDRAB
 * @S2M_A64_PREFETCH: PRFM and its kin, which never fault
 * @S2M_A64_COPY: memory copy and set (FEAT_MOPS)
 * @S2M_A64_SVE: SVE and SME
 * @S2M_A64_UNPREDICTABLE: CONSTRAINED UNPREDICTABLE by its choice of registers
 * @S2M_A64_NR_FORMS: how many there are
 */
enum s2m_a64_form {
	S2M_A64_SINGLE,
	S2M_A64_UNPRIVILEGED,
	S2M_A64_LITERAL,
	S2M_A64_PAIR,
	S2M_A64_SIMD_SINGLE,
	S2M_A64_SIMD_LITERAL,
	S2M_A64_SIMD_PAIR,
	S2M_A64_MULTIPLE,
	S2M_A64_LANE,
	S2M_A64_REPLICATE,
	S2M_A64_ZERO,
	S2M_A64_NR_COVERED,
	S2M_A64_OTHER = S2M_A64_NR_COVERED,
	S2M_A64_EXCLUSIVE,
	S2M_A64_ORDERED,
	S2M_A64_ATOMIC,
	S2M_A64_TAGS,
	S2M_A64_AUTHENTICATED,
	S2M_A64_PREFETCH,
	S2M_A64_COPY,
	S2M_A64_SVE,
	S2M_A64_UNPREDICTABLE,
	S2M_A64_NR_FORMS
};

/**
 * enum s2m_a64_index - how an address comes from the base register
 * @S2M_A64_OFFSET: base plus offset; the base stays
 * @S2M_A64_PRE: base plus offset, which becomes the base
 * @S2M_A64_POST: the base; base plus offset becomes the base
 */
enum s2m_a64_index {
	S2M_A64_OFFSET,
	S2M_A64_PRE,
	S2M_A64_POST,
};

#define S2M_A64_NO_REG		0xff	/* no such register in this form */
#define S2M_A64_BASE_PC		0xfe	/* the base is the instruction's own address */
#define S2M_A64_SP		31	/* as a base */
#define S2M_A64_ZR		31	/* as data or offset */
#define S2M_A64_MAX_REGS	4
#define S2M_A64_MAX_BYTES	64	/* of a form with registers */
#define S2M_A64_MAX_PIECE	8	/* what one load or store of the kernel takes */

/**
 * struct s2m_a64_insn - one load or store
 * @form: which kind
 * @store: does it write memory?
 * @simd: are its data registers SIMD&FP registers?
 * @sign: is the element sign-extended?
 * @wide: is an integer result 64 bits wide? (A narrow one clears bits 63 to 32.)
 * @log2_element: bytes of an element, 0 (one) to 4 (sixteen)
 * @nr_regs: data registers, 1 to 4; 0 for DC ZVA
 * @repeat: multiple structures: registers one after the other that each take all
 *	of their elements from consecutive memory; 1 for interleaved ones
 * @lanes: elements of one register: 1 but for multiple structures
 * @lane: single structure: which element of the register
 * @rt: the first data register; those of structures are consecutive modulo 32
 * @rt2: the second one of a pair, or S2M_A64_NO_REG
 * @rn: the base register, S2M_A64_SP for the stack pointer, or S2M_A64_BASE_PC
 * @rm: the offset register, or S2M_A64_NO_REG
 * @index: what becomes of the base
 * @extend: what is made of @rm: the three bits of the option field
 * @shift: and how far that is shifted left
 * @imm: the offset in bytes if @rm is S2M_A64_NO_REG
 */
struct s2m_a64_insn {
	enum s2m_a64_form form;
	bool store;
	bool simd;
	bool sign;
	bool wide;
	u8 log2_element;
	u8 nr_regs;
	u8 repeat;
	u8 lanes;
	u8 lane;
	u8 rt;
	u8 rt2;
	u8 rn;
	u8 rm;
	enum s2m_a64_index index;
	u8 extend;
	u8 shift;
	s64 imm;
};

/**
 * struct s2m_a64_data - what is in the data registers
 * @reg: one register each, least significant byte first; integers use eight
 */
struct s2m_a64_data {
	u8 reg[S2M_A64_MAX_REGS][16];
};

/**
 * s2m_a64_decode() - what is this instruction?
 * @word: the instruction
 * @insn: all about it, if it is a form that is covered; else @form only
 *
 * Follows the encoding index of the Arm ARM, C4.1, "Loads and Stores". What is
 * not allocated there is S2M_A64_OTHER.
 *
 * Context: any.
 * Return: whether @insn is a load or store that this can carry out.
 */
bool s2m_a64_decode(u32 word, struct s2m_a64_insn *insn);

/**
 * s2m_a64_form_word() - a word for a form
 * @form: the form
 *
 * Return: a constant.
 */
const char *s2m_a64_form_word(enum s2m_a64_form form);

/**
 * s2m_a64_form_text() - which instructions a form is, for people
 * @form: the form
 *
 * Return: a constant.
 */
const char *s2m_a64_form_text(enum s2m_a64_form form);

/**
 * s2m_a64_size() - how many bytes the instruction reaches
 * @insn: any covered form but DC ZVA
 *
 * Return: 1 to S2M_A64_MAX_BYTES.
 */
unsigned int s2m_a64_size(const struct s2m_a64_insn *insn);

/**
 * s2m_a64_address() - where the first byte is
 * @insn: the instruction
 * @base: what is in its base register, or its own address for a literal
 * @offset: what is in its offset register, if it has one
 *
 * Return: the virtual address, with whatever tag the base has.
 */
u64 s2m_a64_address(const struct s2m_a64_insn *insn, u64 base, u64 offset);

/**
 * s2m_a64_new_base() - what becomes of the base
 * @insn: an instruction whose @index is not S2M_A64_OFFSET
 * @base: what is in its base register
 * @offset: what is in its offset register, if it has one
 *
 * Return: the new value.
 */
u64 s2m_a64_new_base(const struct s2m_a64_insn *insn, u64 base, u64 offset);

/**
 * s2m_a64_data_reg() - number of a data register
 * @insn: the instruction
 * @i: which of them, below @insn->nr_regs
 *
 * Return: 0 to 31.
 */
unsigned int s2m_a64_data_reg(const struct s2m_a64_insn *insn, unsigned int i);

/**
 * s2m_a64_needs_old() - does a load leave part of its registers as it was?
 * @insn: a load
 *
 * Return: whether s2m_a64_loaded() needs to know what is in them.
 */
bool s2m_a64_needs_old(const struct s2m_a64_insn *insn);

/**
 * s2m_a64_stored() - what a store writes
 * @insn: a store, not DC ZVA
 * @data: its registers
 * @big_endian: is data big-endian where it runs?
 * @bytes: s2m_a64_size() bytes, in the order of memory
 */
void s2m_a64_stored(const struct s2m_a64_insn *insn, const struct s2m_a64_data *data,
		    bool big_endian, u8 *bytes);

/**
 * s2m_a64_loaded() - what a load makes of its registers
 * @insn: a load
 * @bytes: s2m_a64_size() bytes, in the order of memory
 * @big_endian: is data big-endian where it runs?
 * @data: its registers: before, if s2m_a64_needs_old(), and after
 */
void s2m_a64_loaded(const struct s2m_a64_insn *insn, const u8 *bytes,
		    bool big_endian, struct s2m_a64_data *data);

/**
 * s2m_a64_piece() - the next access that Device memory takes
 * @address: where it begins
 * @left: bytes from there to the end, at least 1
 * @log2_element: of the instruction
 *
 * A piece is naturally aligned and at most eight bytes. Elements are split where
 * they must be, and are never merged: an element that is aligned is one access,
 * if it is no larger than eight bytes.
 *
 * Return: 1, 2, 4 or 8.
 */
static inline unsigned int s2m_a64_piece(u64 address, unsigned int left,
					 unsigned int log2_element)
{
	unsigned int size = log2_element < 3 ? 1U << log2_element : S2M_A64_MAX_PIECE;

	/* The lowest bit that is set. */
	if (address & (size - 1))
		size = address & -address;
	while (size > left)
		size /= 2;
	return size;
}

#endif
