// SPDX-License-Identifier: GPL-2.0-only
/* Stage 1 and stage 2, and the registers that turn them on. */
#include "tables.h"

#define sysreg_write(name, v) asm volatile("msr " #name ", %0" : : "r"((uint64_t)(v)) : "memory")

#define BLOCK		1UL
#define AF		(1UL << 10)
#define SH_INNER	(3UL << 8)
#define XN		(3UL << 53)
#define S2_RW		(3UL << 6)

/* Windows 0 to 3: write-back, NC, nGnRE, nGnRnE. */
#define MAIR		0x000444ffUL
/* 39 bits, 4K granule, cacheable walks, no TTBR1, 40-bit PA. */
#define TCR		(25UL | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2UL << 32)
/* 39 bits, start at level 1, 4K granule, cacheable walks, 40-bit PA, RES1. */
#define VTCR		(25UL | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16 | 1UL << 31)
#define SCTLR_EL1	(0x30d00800UL | 1 << 12 | 1 << 2 | 1)	/* RES1, I, C, M; A clear */
#define HCR_EL2		(1UL << 31 | 1 << 2 | 1)		/* RW, PTW, VM */

extern const char el1_vectors[];

static uint64_t stage1[512] __attribute__((aligned(4096)));
static uint64_t stage2[512] __attribute__((aligned(4096)));

static const uint64_t memattr[S2_WINDOWS] = {
	[S2_WB] = 0xf, [S2_NGNRE] = 0x1, [S2_GRE] = 0x3, [S2_NC] = 0x5,
};

void set_s2(enum s2_window window, enum s2_window type)
{
	stage2[window] = RAM_BASE | BLOCK | AF | SH_INNER | S2_RW | memattr[type] << 2;
	asm volatile("dsb sy" : : : "memory");
}

void set_ttbr(enum s2_window window)
{
	sysreg_write(ttbr0_el1, (uint64_t)stage1 - RAM_BASE + ((uint64_t)window << 30));
	asm volatile("isb" : : : "memory");
}

void tlbi_all(void)
{
	asm volatile("dsb ishst; tlbi alle1; dsb ish; isb" : : : "memory");
}

void tlbi_stage2_only(uint64_t ipa)
{
	asm volatile("dsb ishst; tlbi ipas2e1, %0; dsb ish; isb" : : "r"(ipa >> 12) : "memory");
}

void tlbi_stage1_too(void)
{
	asm volatile("tlbi vmalle1; dsb ish; isb" : : : "memory");
}

void tables_on(void)
{
	for (uint64_t s1 = 0; s1 < S1_WINDOWS; s1++)
		for (uint64_t gib = 0; gib < 64; gib++)
			stage1[s1 << 6 | gib] = gib << 30 | BLOCK | AF | SH_INNER | s1 << 2 |
						(s1 == S1_WB ? 0 : XN);
	for (int w = S2_WB; w < S2_WINDOWS; w++)
		set_s2(w, w);

	sysreg_write(vttbr_el2, stage2);
	sysreg_write(vtcr_el2, VTCR);
	sysreg_write(hcr_el2, HCR_EL2);
	sysreg_write(mair_el1, MAIR);
	sysreg_write(tcr_el1, TCR);
	set_ttbr(S2_WB);
	sysreg_write(vbar_el1, el1_vectors);
	sysreg_write(sctlr_el1, SCTLR_EL1);
	tlbi_all();
}
