// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does this emulator, with these options, show of memory types? Each line
 * is one measurement, name=value:
 *
 *	done		the access worked, and the data was right
 *	el1:0xNN	data abort taken at EL1, with this fault status
 *	el2:0xNN	data (or instruction) abort taken at EL2
 *
 * The last measurement, oracle, says whether a test that looks at unaligned
 * accesses can fail at all here.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tables.h"
#include "uart.h"

struct visit {
	uint64_t x[4];
	uint64_t pc;
	uint64_t esr_el2, far_el2;
	uint64_t esr_el1, far_el1;
};

void enter_el1(struct visit *v);
extern const char load_miss[], load_hit[], store_miss[], store_hit[], zva_miss[];

#define PSCI_SYSTEM_OFF	0x84000008

#define EC(esr)		((esr) >> 26)
#define FSC(esr)	((esr) & 0x3f)
#define EC_HVC		0x16
#define EC_IABT_LOWER	0x20
#define EC_DABT_LOWER	0x24
#define EC_DABT_SAME	0x25
#define ALIGNMENT	0x21

/* Offset in RAM of the words that the probes touch: past the image. */
#define SCRATCH		0x00800000UL
#define WORD		0x11223344u
#define UNALIGNED	0x88112233u	/* what a load at +1 must see */

/* Each outcome as one number: where, and the fault status there. */
enum { DONE = 0, AT_EL1 = 0x100, AT_EL2 = 0x200, ODD = 0x300 };

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

static unsigned int outcome(const struct visit *v, uint64_t va)
{
	switch (EC(v->esr_el2)) {
	case EC_HVC:
		if (!(v->esr_el2 & 0xffff))
			return DONE;
		if (EC(v->esr_el1) != EC_DABT_SAME || v->far_el1 != va)
			return ODD;
		return AT_EL1 | FSC(v->esr_el1);
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
		return AT_EL2 | FSC(v->esr_el2);
	default:
		return ODD;
	}
}

static volatile uint32_t *scratch(void)
{
	return (volatile uint32_t *)(RAM_BASE + SCRATCH);
}

/* One unaligned access, from the TLB state that the caller left. */
static unsigned int access(const char *probe, enum s1_window s1, enum s2_window s2)
{
	uint64_t base = probe_va(s1, s2, SCRATCH);
	bool store = probe == store_miss || probe == store_hit;
	struct visit v = {
		.x = { base + (probe == zva_miss ? 0 : 1), WORD, base },
		.pc = (uint64_t)probe,
	};
	unsigned int o;

	scratch()[0] = WORD;
	scratch()[1] = 0x55667788;
	enter_el1(&v);
	o = outcome(&v, base + 1);
	if (o != DONE || probe == zva_miss)
		return o;
	if (store)
		return scratch()[0] == (WORD << 8 | (WORD & 0xff)) ? DONE : ODD;
	return (uint32_t)v.x[0] == UNALIGNED ? DONE : ODD;
}

static void report(const char *name, unsigned int o)
{
	puts_(name);
	puts_("=");
	if (o == DONE) {
		puts_("done");
	} else if (o == ODD) {
		puts_("odd");
	} else {
		puts_((o & ODD) == AT_EL1 ? "el1:" : "el2:");
		puthex(o & 0xff);
	}
	puts_("\n");
}

static unsigned int measure(const char *name, const char *probe, enum s1_window s1,
			    enum s2_window s2)
{
	unsigned int o;

	tlbi_all();
	o = access(probe, s1, s2);
	report(name, o);
	return o;
}

/* A changed stage-2 entry: which invalidation makes the change seen? */
static bool staleness(void)
{
	unsigned int none, half, full;

	tlbi_all();
	access(load_hit, S1_NC, S2_NGNRE);
	set_s2(S2_NGNRE, S2_NC);
	none = access(load_hit, S1_NC, S2_NGNRE);
	report("stale_no_tlbi", none);
	tlbi_stage2_only((uint64_t)S2_NGNRE << 30 | SCRATCH);
	half = access(load_hit, S1_NC, S2_NGNRE);
	report("stale_ipas2e1", half);
	tlbi_stage1_too();
	full = access(load_hit, S1_NC, S2_NGNRE);
	report("stale_ipas2e1_vmalle1", full);
	set_s2(S2_NGNRE, S2_NGNRE);
	tlbi_all();
	return none == (AT_EL1 | ALIGNMENT) && full == DONE;
}

/* HCR_EL2.PTW: a stage-1 walk through Device memory is refused by stage 2. */
static void table_walks(void)
{
	set_ttbr(S2_NC);
	measure("ptw_s2nc", load_hit, S1_NC, S2_NC);
	set_ttbr(S2_NGNRE);
	measure("ptw_s2dev", load_hit, S1_NC, S2_NC);
	set_ttbr(S2_WB);
	tlbi_all();
}

/* The combined type, as PAR_EL1.ATTR. */
static void combined(void)
{
	static const char * const s1_name[] = { "wb", "nc", "nGnRE", "nGnRnE" };
	static const char * const s2_name[] = { "", "wb", "nGnRE", "GRE", "nc" };
	uint64_t par;

	for (int s1 = 0; s1 < S1_WINDOWS; s1++) {
		for (int s2 = S2_WB; s2 < S2_WINDOWS; s2++) {
			asm volatile("at s12e1r, %1; isb; mrs %0, par_el1" : "=r"(par) :
				     "r"(probe_va(s1, s2, SCRATCH)) : "memory");
			puts_("par_");
			puts_(s1_name[s1]);
			puts_("_over_");
			puts_(s2_name[s2]);
			puts_("=");
			if (par & 1)
				puts_("fault");
			else
				puthex(par >> 56);
			puts_("\n");
		}
	}
}

void main(void)
{
	bool live = true;

	tables_on();

	live &= measure("s2dev_load_miss", load_miss, S1_NC, S2_NGNRE) == (AT_EL2 | ALIGNMENT);
	live &= measure("s2dev_load_hit", load_hit, S1_NC, S2_NGNRE) == (AT_EL1 | ALIGNMENT);
	live &= measure("s2dev_store_miss", store_miss, S1_NC, S2_NGNRE) == (AT_EL2 | ALIGNMENT);
	live &= measure("s2dev_store_hit", store_hit, S1_NC, S2_NGNRE) == (AT_EL1 | ALIGNMENT);
	measure("s2gre_load_miss", load_miss, S1_NC, S2_GRE);
	measure("s2gre_load_hit", load_hit, S1_NC, S2_GRE);

	live &= measure("s2nc_load_miss", load_miss, S1_NC, S2_NC) == DONE;
	live &= measure("s2nc_load_hit", load_hit, S1_NC, S2_NC) == DONE;
	live &= measure("s2nc_store_miss", store_miss, S1_NC, S2_NC) == DONE;
	live &= measure("s2nc_store_hit", store_hit, S1_NC, S2_NC) == DONE;
	measure("s2wb_load_miss", load_miss, S1_WB, S2_WB);

	live &= measure("s1dev_s2nc_load_miss", load_miss, S1_NGNRE, S2_NC) == (AT_EL1 | ALIGNMENT);
	measure("s1dev_s2nc_load_hit", load_hit, S1_NGNRE, S2_NC);
	measure("s1dev_s2dev_load_miss", load_miss, S1_NGNRE, S2_NGNRE);
	measure("s1dev_s2dev_load_hit", load_hit, S1_NGNRE, S2_NGNRE);
	measure("s2dev_zva_miss", zva_miss, S1_NC, S2_NGNRE);

	live &= staleness();
	table_walks();
	combined();

	puts_(live ? "oracle=live\n" : "oracle=dead\n");
	puts_("calibrate: done\n");
	off();
}
