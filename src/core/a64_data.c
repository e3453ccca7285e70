// SPDX-License-Identifier: GPL-2.0-only
/* Carrying out A64 loads and stores: addresses, and bytes to and from registers. */
#include <s2memattr/a64.h>

unsigned int s2m_a64_size(const struct s2m_a64_insn *insn)
{
	unsigned int lanes = insn->form == S2M_A64_REPLICATE ? 1 : insn->lanes;

	return (insn->nr_regs * lanes) << insn->log2_element;
}

/* ExtendReg() of the Arm ARM, for the options that addresses have. */
static u64 extended(u64 value, unsigned int option, unsigned int shift)
{
	switch (option) {
	case 2:
		value = (u32)value;
		break;
	case 6:
		value = (u64)(s64)(s32)value;
		break;
	}
	return value << shift;
}

static u64 moved(const struct s2m_a64_insn *insn, u64 base, u64 offset)
{
	if (insn->rm == S2M_A64_NO_REG)
		return base + (u64)insn->imm;
	return base + extended(offset, insn->extend, insn->shift);
}

u64 s2m_a64_address(const struct s2m_a64_insn *insn, u64 base, u64 offset)
{
	return insn->index == S2M_A64_POST ? base : moved(insn, base, offset);
}

u64 s2m_a64_new_base(const struct s2m_a64_insn *insn, u64 base, u64 offset)
{
	return moved(insn, base, offset);
}

unsigned int s2m_a64_data_reg(const struct s2m_a64_insn *insn, unsigned int i)
{
	if (i && insn->rt2 != S2M_A64_NO_REG)
		return insn->rt2;
	return (insn->rt + i) % 32;
}

bool s2m_a64_needs_old(const struct s2m_a64_insn *insn)
{
	return insn->form == S2M_A64_LANE;
}

/* Sizes that the compiler knows are one load and one store. */
static void copy_plain(u8 *to, const u8 *from, unsigned int size)
{
	switch (size) {
	case 1:
		*to = *from;
		break;
	case 2:
		memcpy(to, from, 2);
		break;
	case 4:
		memcpy(to, from, 4);
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	default:
		memcpy(to, from, 16);
	}
}

/* An element between memory and register, which is little-endian. */
static void copy_element(u8 *to, const u8 *from, unsigned int size, bool swap)
{
	unsigned int i;

	if (!swap) {
		copy_plain(to, from, size);
		return;
	}
	for (i = 0; i < size; i++)
		to[i] = from[size - 1 - i];
}

/*
 * Where in memory an element is, counted in elements. Registers are filled one
 * after the other by LD1, LDP and single registers, and by turns by LD2 to LD4.
 */
static unsigned int place(const struct s2m_a64_insn *insn, unsigned int reg, unsigned int lane)
{
	if (insn->repeat == insn->nr_regs)
		return reg * insn->lanes + lane;
	return lane * insn->nr_regs + reg;
}

/* Where in its register an element is, in bytes. */
static unsigned int offset_in_reg(const struct s2m_a64_insn *insn, unsigned int lane)
{
	return (insn->form == S2M_A64_LANE ? insn->lane : lane) << insn->log2_element;
}

void s2m_a64_stored(const struct s2m_a64_insn *insn, const struct s2m_a64_data *data,
		    bool big_endian, u8 *bytes)
{
	unsigned int size = 1U << insn->log2_element, reg, lane;

	for (reg = 0; reg < insn->nr_regs; reg++)
		for (lane = 0; lane < insn->lanes; lane++)
			copy_element(bytes + place(insn, reg, lane) * size,
				     data->reg[reg] + offset_in_reg(insn, lane),
				     size, big_endian);
}

static void extend_integer(const struct s2m_a64_insn *insn, u8 *reg)
{
	unsigned int size = 1U << insn->log2_element;
	u8 fill = insn->sign && (reg[size - 1] & 0x80) ? 0xff : 0;

	if (size < 8)
		memset(reg + size, fill, 8 - size);
	if (!insn->wide)
		memset(reg + 4, 0, 4);
}

void s2m_a64_loaded(const struct s2m_a64_insn *insn, const u8 *bytes,
		    bool big_endian, struct s2m_a64_data *data)
{
	unsigned int size = 1U << insn->log2_element, reg, lane;
	bool replicate = insn->form == S2M_A64_REPLICATE;

	for (reg = 0; reg < insn->nr_regs; reg++) {
		u8 *to = data->reg[reg];

		if (!s2m_a64_needs_old(insn))
			memset(to, 0, sizeof(data->reg[reg]));
		for (lane = 0; lane < insn->lanes; lane++)
			copy_element(to + offset_in_reg(insn, lane),
				     bytes + (replicate ? reg : place(insn, reg, lane)) * size,
				     size, big_endian);
		if (!insn->simd)
			extend_integer(insn, to);
	}
}

static const struct {
	const char *word, *text;
} forms[] = {
	[S2M_A64_SINGLE] = { "single", "LDR, STR, LDUR, STUR and their B, H, SB, SH, SW" },
	[S2M_A64_UNPRIVILEGED] = { "unprivileged", "LDTR, STTR and their B, H, SB, SH, SW" },
	[S2M_A64_LITERAL] = { "literal", "LDR, LDRSW (literal)" },
	[S2M_A64_PAIR] = { "pair", "LDP, STP, LDPSW, LDNP, STNP" },
	[S2M_A64_SIMD_SINGLE] = { "simd-single", "LDR, STR, LDUR, STUR of B, H, S, D, Q" },
	[S2M_A64_SIMD_LITERAL] = { "simd-literal", "LDR (literal) of S, D, Q" },
	[S2M_A64_SIMD_PAIR] = { "simd-pair", "LDP, STP, LDNP, STNP of S, D, Q" },
	[S2M_A64_MULTIPLE] = { "multiple", "LD1 to LD4, ST1 to ST4 (multiple structures)" },
	[S2M_A64_LANE] = { "lane", "LD1 to LD4, ST1 to ST4 (single structure)" },
	[S2M_A64_REPLICATE] = { "replicate", "LD1R to LD4R" },
	[S2M_A64_ZERO] = { "zero", "DC ZVA" },
	[S2M_A64_OTHER] = { "other", "everything else" },
	[S2M_A64_EXCLUSIVE] = { "exclusive", "LDXR, LDAXR, STXR, STLXR and their pairs" },
	[S2M_A64_ORDERED] = { "ordered",
		"LDAR, LDLAR, LDAPR, LDAPUR, LDIAPP, STLR, STLLR, STLUR, STILP, LDAP1, STL1" },
	[S2M_A64_ATOMIC] = { "atomic", "CAS, CASP, SWP, LDADD and all of LSE, LD64B, ST64B" },
	[S2M_A64_TAGS] = { "tags", "STG, LDG, STGP and all of MTE, DC GVA, DC GZVA" },
	[S2M_A64_AUTHENTICATED] = { "authenticated", "LDRAA, LDRAB" },
	[S2M_A64_PREFETCH] = { "prefetch", "PRFM, PRFUM, RPRFM" },
	[S2M_A64_COPY] = { "copy", "CPY and SET (FEAT_MOPS)" },
	[S2M_A64_SVE] = { "sve", "SVE and SME" },
	[S2M_A64_UNPREDICTABLE] = { "unpredictable",
		"loads to one register twice, write-back to a data register" },
};

const char *s2m_a64_form_word(enum s2m_a64_form form)
{
	return forms[form].word;
}

const char *s2m_a64_form_text(enum s2m_a64_form form)
{
	return forms[form].text;
}
