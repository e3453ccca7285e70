// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers, tables that are searched, and instructions: for all values.
 *
 * BOUNDS mair: none
 * BOUNDS search: up to 6 elements, of any values
 * BOUNDS decode: all words of 32 bits
 * SEED mair src/core/mair.c: s/S2M_WRITE_BACK || s2m_cache_of/S2M_WRITE_BACK \&\& s2m_cache_of/
 * SEED search src/core/search.h: s/offset) < from/offset) <= from/
 * SEED decode src/core/a64_data.c: s/(insn->rt + i) % 32/insn->rt + i/
 * SEED decode src/core/a64.c: s/log2_element = SCALE_16;/log2_element = 7;/
 * SEED search src/core/search.h: s/(low + half - 1)/(low + half)/
 */
#include <s2memattr/a64.h>
#include <s2memattr/mair.h>

#include "../../src/core/search.h"
#include "proofs.h"

static bool is_normal(u8 attr)
{
	return (attr & 0xf0) && (attr & 0x0f);
}

void mair(void)
{
	u64 was = any_u64(), made = s2m_mair_coherent(was);
	unsigned int shift = any_u8();
	u8 before, after;

	assume(shift < 64 && shift % 8 == 0);
	before = (u8)(was >> shift);
	after = (u8)(made >> shift);
	if (!is_normal(before))
		prove(after == before);
	else	/* Write-back, not transient or so, both ways. */
		prove((after & 0xcc) == 0xcc || (after == before && (after & 0x44) == 0x44));
	prove(s2m_mair_coherent(made) == made);
}

void search(void)
{
	struct { u64 other, number; } array[6];
	u32 count = any_u8(), i, want;
	u64 from = any_u64();

	assume(count <= 6);
	for (i = 0; i < 6; i++) {
		array[i].number = any_u64();
		assume(!i || array[i - 1].number <= array[i].number);
	}
	for (want = 0; want < count && array[want].number < from; want++)
		;
	prove(s2m_first_from(array, count, sizeof(array[0]), sizeof(u64), from) == want);
}

void decode(void)
{
	struct s2m_a64_insn insn;
	u32 word = any_u32();
	unsigned int i;

	if (!s2m_a64_decode(word, &insn))
		return;
	prove(insn.form < S2M_A64_NR_FORMS);
	if (insn.form >= S2M_A64_NR_COVERED || insn.form == S2M_A64_ZERO)
		return;
	prove(insn.nr_regs >= 1 && insn.nr_regs <= S2M_A64_MAX_REGS);
	prove(s2m_a64_size(&insn) >= 1 && s2m_a64_size(&insn) <= S2M_A64_MAX_BYTES);
	prove(insn.rn < 32 || insn.rn == S2M_A64_BASE_PC);
	for (i = 0; i < insn.nr_regs; i++)
		prove(s2m_a64_data_reg(&insn, i) < 32);
}
