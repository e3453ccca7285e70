// SPDX-License-Identifier: GPL-2.0-only
/* Decoding A64 loads and stores: the tables of the Arm ARM, C4.1, "Loads and Stores". */
#include <s2memattr/a64.h>

#define SCALE_16	4	/* log2 of the bytes of a Q register */

/* Bits @high to @low of @word. */
static u32 bits(u32 word, unsigned int high, unsigned int low)
{
	return word >> low & ((2U << (high - low)) - 1);
}

static bool bit(u32 word, unsigned int n)
{
	return word >> n & 1;
}

static s64 sign_extend(u64 value, unsigned int width)
{
	u64 sign = 1ULL << (width - 1);

	return (s64)((value ^ sign) - sign);
}

static bool refuse(struct s2m_a64_insn *insn, enum s2m_a64_form form)
{
	insn->form = form;
	return false;
}

/* The fields that most forms have, and the answer for a single register. */
static void begin(struct s2m_a64_insn *insn, u32 word, enum s2m_a64_form form)
{
	insn->form = form;
	insn->nr_regs = 1;
	insn->repeat = 1;
	insn->lanes = 1;
	insn->rt = bits(word, 4, 0);
	insn->rn = bits(word, 9, 5);
}

/* Does write-back go to a register that the instruction also loads or stores? */
static bool base_is_data(const struct s2m_a64_insn *insn)
{
	if (insn->simd || insn->index == S2M_A64_OFFSET || insn->rn == S2M_A64_SP)
		return false;
	return insn->rt == insn->rn || insn->rt2 == insn->rn;
}

static bool accept(struct s2m_a64_insn *insn)
{
	bool same = insn->rt2 != S2M_A64_NO_REG && insn->rt == insn->rt2 && !insn->store;

	if (same || base_is_data(insn))
		return refuse(insn, S2M_A64_UNPREDICTABLE);
	return true;
}

/* Size and opc of a single register, wherever its address comes from. */
static bool decode_access(u32 word, struct s2m_a64_insn *insn)
{
	unsigned int size = bits(word, 31, 30), opc = bits(word, 23, 22);

	insn->simd = bit(word, 26);
	insn->store = !opc;
	insn->log2_element = size;
	if (insn->simd) {
		insn->store = !(opc & 1);
		if (!(opc & 2))
			return true;
		insn->log2_element = SCALE_16;
		return size == 0;
	}
	insn->wide = size == 3;
	if (opc < 2)
		return true;
	insn->sign = true;
	insn->wide = opc == 2;
	return size < 2 || (size == 2 && opc == 2);
}

static bool is_prefetch(u32 word)
{
	return bits(word, 31, 30) == 3 && !bit(word, 26) && bits(word, 23, 22) == 2;
}

static bool decode_register_offset(u32 word, struct s2m_a64_insn *insn)
{
	insn->rm = bits(word, 20, 16);
	insn->extend = bits(word, 15, 13);
	insn->shift = bit(word, 12) ? insn->log2_element : 0;
	return insn->extend & 2;
}

/* The immediate forms of nine bits: unscaled, post-index, unprivileged, pre-index. */
static bool decode_imm9(u32 word, struct s2m_a64_insn *insn)
{
	static const enum s2m_a64_index index[] = {
		S2M_A64_OFFSET, S2M_A64_POST, S2M_A64_OFFSET, S2M_A64_PRE
	};

	insn->imm = sign_extend(bits(word, 20, 12), 9);
	insn->index = index[bits(word, 11, 10)];
	if (bits(word, 11, 10) != 2)
		return true;
	if (insn->simd)
		return false;
	insn->form = S2M_A64_UNPRIVILEGED;
	return true;
}

/* LDAPR has its place among the atomics. */
static enum s2m_a64_form atomic_form(u32 word)
{
	if (bit(word, 26))
		return S2M_A64_OTHER;
	return (word & 0x3fe0fc00) == 0x38a0c000 ? S2M_A64_ORDERED : S2M_A64_ATOMIC;
}

static bool decode_single(u32 word, struct s2m_a64_insn *insn)
{
	bool scaled = bit(word, 24), other = !scaled && bit(word, 21), known;
	unsigned int op = bits(word, 11, 10);

	if (other && op == 0)
		return refuse(insn, atomic_form(word));
	if (other && op != 2)
		return refuse(insn, !bit(word, 26) && bits(word, 31, 30) == 3 ?
			      S2M_A64_AUTHENTICATED : S2M_A64_OTHER);
	/* A prefetch has neither write-back nor an unprivileged form. */
	if (is_prefetch(word))
		return refuse(insn, scaled || (other ? bit(word, 14) : op == 0) ?
			      S2M_A64_PREFETCH : S2M_A64_OTHER);

	begin(insn, word, bit(word, 26) ? S2M_A64_SIMD_SINGLE : S2M_A64_SINGLE);
	known = decode_access(word, insn);
	if (scaled)
		insn->imm = (s64)bits(word, 21, 10) << insn->log2_element;
	else if (other)
		known &= decode_register_offset(word, insn);
	else
		known &= decode_imm9(word, insn);
	return known ? accept(insn) : refuse(insn, S2M_A64_OTHER);
}

static bool decode_literal(u32 word, struct s2m_a64_insn *insn)
{
	unsigned int opc = bits(word, 31, 30);
	bool simd = bit(word, 26);

	if (opc == 3)
		return refuse(insn, simd ? S2M_A64_OTHER : S2M_A64_PREFETCH);
	begin(insn, word, simd ? S2M_A64_SIMD_LITERAL : S2M_A64_LITERAL);
	insn->simd = simd;
	insn->rn = S2M_A64_BASE_PC;
	insn->imm = sign_extend(bits(word, 23, 5), 19) * 4;
	insn->sign = !simd && opc == 2;
	insn->wide = opc != 0;
	insn->log2_element = simd || !insn->sign ? 2 + opc : 2;
	return true;
}

static bool decode_pair(u32 word, struct s2m_a64_insn *insn)
{
	static const enum s2m_a64_index index[] = {
		S2M_A64_OFFSET, S2M_A64_POST, S2M_A64_OFFSET, S2M_A64_PRE
	};
	unsigned int opc = bits(word, 31, 30), mode = bits(word, 24, 23);
	bool simd = bit(word, 26), load = bit(word, 22);

	if (!simd && opc == 1 && !load && mode)
		return refuse(insn, S2M_A64_TAGS);	/* STGP */
	if (opc == 3 || (!simd && opc == 1 && !mode))
		return refuse(insn, S2M_A64_OTHER);

	begin(insn, word, simd ? S2M_A64_SIMD_PAIR : S2M_A64_PAIR);
	insn->simd = simd;
	insn->store = !load;
	insn->nr_regs = 2;
	insn->rt2 = bits(word, 14, 10);
	insn->sign = !simd && opc == 1;
	insn->wide = opc != 0;
	insn->log2_element = simd ? 2 + opc : opc == 2 ? 3 : 2;
	insn->index = index[mode];
	insn->imm = sign_extend(bits(word, 21, 15), 7) * (1 << insn->log2_element);
	return accept(insn);
}

/* Offset of structures: none, or a register's, or the size of all that is accessed. */
static void decode_post(u32 word, struct s2m_a64_insn *insn)
{
	if (!bit(word, 23))
		return;
	insn->index = S2M_A64_POST;
	if (bits(word, 20, 16) == 31) {
		insn->imm = s2m_a64_size(insn);
		return;
	}
	insn->rm = bits(word, 20, 16);
	insn->extend = 3;
}

static bool decode_multiple(u32 word, struct s2m_a64_insn *insn)
{
	/* Registers by opcode; those with nothing else are LD1 and ST1. */
	static const struct {
		u8 regs, interleaved;
	} kinds[16] = {
		[0x0] = { 4, 1 }, [0x2] = { 4, 0 }, [0x4] = { 3, 1 }, [0x6] = { 3, 0 },
		[0x7] = { 1, 0 }, [0x8] = { 2, 1 }, [0xa] = { 2, 0 },
	};
	unsigned int opcode = bits(word, 15, 12);
	bool quad = bit(word, 30);

	begin(insn, word, S2M_A64_MULTIPLE);
	insn->simd = true;
	insn->store = !bit(word, 22);
	insn->log2_element = bits(word, 11, 10);
	insn->nr_regs = kinds[opcode].regs;
	insn->repeat = kinds[opcode].interleaved ? 1 : insn->nr_regs;
	insn->lanes = (quad ? 16 : 8) >> insn->log2_element;
	if (!insn->nr_regs || (insn->lanes == 1 && kinds[opcode].interleaved))
		return refuse(insn, S2M_A64_OTHER);
	decode_post(word, insn);
	return true;
}

/* Which lane, and how large: both are in Q, S and size. */
static bool decode_lane(u32 word, struct s2m_a64_insn *insn)
{
	unsigned int size = bits(word, 11, 10), q = bit(word, 30), s = bit(word, 12);
	unsigned int lane = q << 3 | s << 2 | size;

	insn->log2_element = bits(word, 15, 14);
	switch (insn->log2_element) {
	case 0:
		insn->lane = lane;
		return true;
	case 1:
		insn->lane = lane >> 1;
		return !(size & 1);
	case 2:
		insn->lane = lane >> 2;
		if (size == 0)
			return true;
		insn->log2_element = 3;
		insn->lane = q;
		return size == 1 && !s;
	default:
		insn->form = S2M_A64_REPLICATE;
		insn->log2_element = size;
		insn->lanes = (q ? 16 : 8) >> size;
		return !insn->store && !s;
	}
}

static bool decode_structure(u32 word, struct s2m_a64_insn *insn)
{
	begin(insn, word, S2M_A64_LANE);
	insn->simd = true;
	insn->store = !bit(word, 22);
	insn->nr_regs = (bit(word, 13) << 1 | bit(word, 21)) + 1;
	if (!decode_lane(word, insn))
		return refuse(insn, S2M_A64_OTHER);
	decode_post(word, insn);
	return true;
}

/* Structures without write-back have zeros where those with it have Rm. */
static bool is_structure(u32 word)
{
	return bit(word, 23) || !bits(word, 20, 16);
}

/* The encodings that are about order, exclusiveness or atomicity, and odd ones beside. */
static enum s2m_a64_form ordered_form(u32 word)
{
	if (bits(word, 29, 24) == 0x08) {
		/* Pairs with a size below 2 are CASP; o1 with o2 is CAS. */
		if (bit(word, 21) && (bit(word, 23) || !bit(word, 31)))
			return S2M_A64_ATOMIC;
		return bit(word, 23) ? S2M_A64_ORDERED : S2M_A64_EXCLUSIVE;
	}
	if (bits(word, 29, 24) != 0x19 && bits(word, 29, 24) != 0x1d)
		return S2M_A64_OTHER;
	if (bits(word, 31, 24) == 0xd9 && bit(word, 21))
		return S2M_A64_TAGS;
	if (bit(word, 21))
		return S2M_A64_ATOMIC;
	return bits(word, 11, 10) == 1 ? S2M_A64_COPY : S2M_A64_ORDERED;
}

static bool decode_loads_and_stores(u32 word, struct s2m_a64_insn *insn)
{
	if ((word & 0xbf200000) == 0x0c000000)
		return is_structure(word) ? decode_multiple(word, insn) :
			refuse(insn, S2M_A64_OTHER);
	if ((word & 0xbf000000) == 0x0d000000)
		return is_structure(word) ? decode_structure(word, insn) :
			refuse(insn, bits(word, 20, 16) == 1 ? S2M_A64_ORDERED : S2M_A64_OTHER);
	switch (word & 0x3b000000) {
	case 0x18000000:
		return decode_literal(word, insn);
	case 0x28000000:
	case 0x29000000:
		return decode_pair(word, insn);
	case 0x38000000:
	case 0x39000000:
		return decode_single(word, insn);
	default:
		return refuse(insn, ordered_form(word));
	}
}

/* DC op, Xt, for the three that write memory: SYS with op1 3, C7, C4. */
static bool decode_zero(u32 word, struct s2m_a64_insn *insn)
{
	switch (word & ~0x1fU) {
	case 0xd50b7420:
		insn->form = S2M_A64_ZERO;
		insn->store = true;
		insn->log2_element = 3;
		insn->rn = S2M_A64_NO_REG;
		insn->rm = bits(word, 4, 0);
		insn->extend = 3;
		return true;
	case 0xd50b7460:
	case 0xd50b7480:
		return refuse(insn, S2M_A64_TAGS);
	default:
		return refuse(insn, S2M_A64_OTHER);
	}
}

bool s2m_a64_decode(u32 word, struct s2m_a64_insn *insn)
{
	*insn = (struct s2m_a64_insn) {
		.rt = S2M_A64_NO_REG, .rt2 = S2M_A64_NO_REG, .rm = S2M_A64_NO_REG,
	};
	if ((word & 0x0a000000) == 0x08000000)
		return decode_loads_and_stores(word, insn);
	if (bits(word, 28, 25) == 2 || (bits(word, 28, 25) == 0 && bit(word, 31)))
		return refuse(insn, S2M_A64_SVE);
	return decode_zero(word, insn);
}
