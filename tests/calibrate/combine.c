// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does this CPU model combine the two stages' memory types? All of it:
 * AT S12E1R at EL2 for each MAIR byte, each MemAttr, each shareability at both
 * stages, and HCR_EL2.FWB off and on. Says what it sees and judges nothing.
 *
 *	id fwb=N mte=N xs=N			from the ID registers
 *	fwb memattr sh1 sh2 ATTRSH...		for MAIR bytes 0 to 0xff
 *
 * where ATTRSH is PAR_EL1.{ATTR,SH}, or "fault".
 */
#include <stdbool.h>
#include <stdint.h>

#include "uart.h"

#define sysreg_write(name, v) \
	asm volatile("msr " #name ", %0; isb" : : "r"((uint64_t)(v)) : "memory")
#define sysreg_read(name) ({ uint64_t v_; asm volatile("mrs %0, " #name : "=r"(v_)); v_; })

#define PSCI_SYSTEM_OFF	0x84000008

#define RAM_BASE	0x40000000UL
#define BLOCK		1UL
#define AF		(1UL << 10)
#define S2_RW		(3UL << 6)
#define WRITE_BACK	0xfUL

/* 39 bits, 4K granule, non-cacheable walks, no TTBR1, 40-bit PA. */
#define TCR		(25UL | 1 << 23 | 2UL << 32)
/* 39 bits, start at level 1, 4K granule, non-cacheable walks, 40-bit PA, RES1. */
#define VTCR		(25UL | 1 << 6 | 2 << 16 | 1UL << 31)
#define SCTLR_EL1	(0x30d00800UL | 1)	/* RES1, M */
#define HCR_EL2		(1UL << 31 | 1)		/* RW, VM */
#define HCR_FWB		(1UL << 46)
#define ALL_WRITE_BACK	0xffUL			/* MAIR */

/*
 * Both stages use one level-1 table of 1 GiB blocks, all leading to RAM:
 *
 *	VA  = (stage-1 SH << 36) | IPA
 *	IPA = (MemAttr << 32) | (stage-2 SH << 30)
 *
 * The reserved SH of 0b01 makes room for RAM at its own address, where stage 1
 * is walked.
 */
#define SH_RESERVED	1
#define SH_VALUES	4
#define MEMATTRS	16

static uint64_t stage1[512] __attribute__((aligned(4096)));
static uint64_t stage2[512] __attribute__((aligned(4096)));

static uint64_t va_of(unsigned int sh1, unsigned int memattr, unsigned int sh2)
{
	return (uint64_t)sh1 << 36 | (uint64_t)memattr << 32 | (uint64_t)sh2 << 30;
}

static void tables_on(void)
{
	for (uint64_t i = 0; i < SH_VALUES * MEMATTRS * SH_VALUES; i++)
		stage1[i] = (i & 0x3f) << 30 | BLOCK | AF | (i >> 6) << 8;
	for (uint64_t i = 0; i < MEMATTRS * SH_VALUES; i++)
		stage2[i] = RAM_BASE | BLOCK | AF | S2_RW | (i & 3) << 8 | i >> 2 << 2;
	stage2[SH_RESERVED] = RAM_BASE | BLOCK | AF | S2_RW | WRITE_BACK << 2;

	sysreg_write(vttbr_el2, stage2);
	sysreg_write(vtcr_el2, VTCR);
	sysreg_write(mair_el1, ALL_WRITE_BACK);
	sysreg_write(tcr_el1, TCR);
	sysreg_write(ttbr0_el1, stage1);
	sysreg_write(sctlr_el1, SCTLR_EL1);
}

static void tlbi_all(void)
{
	asm volatile("dsb ishst; tlbi alle1; dsb ish; isb" : : : "memory");
}

static void line(unsigned int fwb, unsigned int memattr, unsigned int sh1, unsigned int sh2)
{
	puthex(fwb);
	puts_(" ");
	puthex(memattr);
	puts_(" ");
	puthex(sh1);
	puts_(" ");
	puthex(sh2);
	for (unsigned int mair = 0; mair < 0x100; mair++) {
		uint64_t par;

		sysreg_write(mair_el1, mair);
		tlbi_all();
		asm volatile("at s12e1r, %1; isb; mrs %0, par_el1" : "=r"(par) :
			     "r"(va_of(sh1, memattr, sh2)) : "memory");
		puts_(" ");
		if (par & 1)
			puts_("fault");
		else
			puthex((par >> 56 & 0xff) << 4 | (par >> 7 & 3));
	}
	puts_("\n");
}

static void all_lines(unsigned int fwb)
{
	sysreg_write(hcr_el2, HCR_EL2 | (fwb ? HCR_FWB : 0));
	for (unsigned int memattr = 0; memattr < MEMATTRS; memattr++)
		for (unsigned int sh1 = 0; sh1 < SH_VALUES; sh1++)
			for (unsigned int sh2 = 0; sh2 < SH_VALUES; sh2++)
				if (sh1 != SH_RESERVED && sh2 != SH_RESERVED)
					line(fwb, memattr, sh1, sh2);
}

static void off(void)
{
	register uint64_t x0 asm("x0") = PSCI_SYSTEM_OFF;

	asm volatile("smc #0" : "+r"(x0) : : "memory");
	for (;;)
		;
}

void el2_bug(uint64_t esr, uint64_t elr, uint64_t far)
{
	puts_("bug esr=");
	puthex(esr);
	puts_(" elr=");
	puthex(elr);
	puts_(" far=");
	puthex(far);
	puts_("\n");
	off();
}

void main(void)
{
	/* ID_AA64MMFR2_EL1.FWB, ID_AA64PFR1_EL1.MTE, ID_AA64ISAR1_EL1.XS */
	bool fwb = sysreg_read(s3_0_c0_c7_2) >> 40 & 0xf;

	puts_("id fwb=");
	puthex(fwb);
	puts_(" mte=");
	puthex(sysreg_read(id_aa64pfr1_el1) >> 8 & 0xf);
	puts_(" xs=");
	puthex(sysreg_read(id_aa64isar1_el1) >> 56 & 0xf);
	puts_("\n");

	tables_on();
	all_lines(0);
	if (fwb)
		all_lines(1);
	puts_("combine: done\n");
	off();
}
