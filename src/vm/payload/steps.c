// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions one by one, each with registers of its own, over pages of a BAR
 * that the TLB does not know.
 */
#include "../steps.h"
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

#define DESC_TABLE	3UL
#define DESC_PAGE	(3UL | 1UL << 10 | 3UL << 8)	/* access flag, inner shareable */
#define DESC_EL0	(1UL << 6)
#define DESC_RO		(1UL << 7)
#define DESC_XN		(3UL << 53)
#define PSTATE_PAN	(1UL << 22)
#define PSTATE_UAO	(1UL << 23)
#define PSTATE_SS	(1UL << 21)
#define MDSCR_SS	(1UL << 0)
#define SCTLR_E0E	(1UL << 24)
#define TCR_TBI0	(1UL << 37)
#define MAIR_TAGGED	(0xf0UL << 56)	/* index 7, which no window has */
#define CPACR_FPEN	(3UL << 20)
#define CPACR_ZEN	(3UL << 16)
#define ZCR_LONGEST	15UL
#define DESC_TYPE(win)	((uint64_t)(win) << 2)

#define TABLE2		(STEPS_BASE)
#define TABLE3		(STEPS_BASE + 0x1000)
#define CONTEXT		(STEPS_BASE + 0x2000)
#define STEPS		((struct step *)(STEPS_BASE + STEPS_TABLES))

extern uint64_t stage1[];
extern char step_page[], step_slot[];
extern uint32_t step_v2[];
void step_visit(uint64_t page, uint64_t pstate, volatile uint64_t *stack);

static void build_tables(uint64_t bar, uint32_t how)
{
	volatile uint64_t *two = (uint64_t *)TABLE2, *three = (uint64_t *)TABLE3;
	uint64_t context = how & STEP_PAN ? 0 : DESC_EL0, data = how & STEP_OWN ? 0 : DESC_EL0, n;

	for (n = 0; n < 512; n++)
		two[n] = three[n] = 0;
	two[0] = TABLE3 | DESC_TABLE;
	three[STEPS_CODE >> 12] = (uint64_t)step_page | DESC_PAGE | DESC_EL0 | DESC_RO |
				  DESC_TYPE(WIN_WB);
	three[STEPS_CONTEXT >> 12] = CONTEXT | DESC_PAGE | context | DESC_XN |
				     DESC_TYPE(WIN_WB);
	for (n = 0; n < STEPS_PAGES; n++)
		three[(STEPS_DATA >> 12) + n] = (bar + (STEPS_PAGE(n) << 12)) | DESC_PAGE |
						data | DESC_XN | DESC_TYPE(WIN_NC);
	*(volatile uint64_t *)&stage1[WIN_STEPS << (IPA_BITS - 30)] = TABLE2 | DESC_TABLE;
	dsb();
	flush_tlb();
}

static void copy(volatile uint64_t *to, const volatile uint64_t *from, uint64_t bytes)
{
	while (bytes) {
		*to++ = *from++;
		bytes -= 8;
	}
}

static void put_instruction(void *at, uint32_t word)
{
	*(volatile uint32_t *)at = word;
	asm volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb"
		     : : "r"(at) : "memory");
}

/* Z2 is none of the page's then. */
static uint32_t begin_sve(void)
{
	uint32_t load = *step_v2;

	put_instruction(step_v2, 0xd503201f);				/* nop */
	asm volatile(".inst 0x2538cb42" : : : "memory");		/* dup z2.b, #0x5a */
	return load;
}

/* The longest that one can be. */
static uint64_t z2[32];

static uint64_t end_sve(uint32_t load)
{
	register uint64_t *x0 asm("x0") = z2;

	asm volatile(".inst 0xe5804002" : : "r"(x0) : "memory");	/* str z2, [x0] */
	put_instruction(step_v2, load);
	return z2[2];
}

static uint64_t single_steps;

static void begin_tracing(void)
{
	single_steps = 0;
	write_sysreg(oslar_el1, 0);
	write_sysreg(mdscr_el1, read_sysreg(mdscr_el1) | MDSCR_SS);
	isb();
}

static void end_tracing(void)
{
	write_sysreg(mdscr_el1, read_sysreg(mdscr_el1) & ~MDSCR_SS);
	isb();
}

void on_single_step(void)
{
	single_steps++;
	if (read_sysreg(elr_el1) == STEPS_VA + (step_slot - step_page) + 4)
		single_steps += STEPPED_BEHIND;
	write_sysreg(spsr_el1, read_sysreg(spsr_el1) | PSTATE_SS);
}

static uint64_t now(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

static void make(struct step *step, struct ctl *ctl)
{
	static const uint64_t pstates[] = {
		[STEP_EL0] = PSTATE_EL0, [STEP_EL1T] = PSTATE_EL1 & ~1UL, [STEP_EL1H] = PSTATE_EL1,
	};
	uint64_t va = STEPS_VA, window, start, sctlr = read_sysreg(sctlr_el1);
	uint64_t pstate = pstates[STEP_LEVEL(step->level)] |
			  (step->level & STEP_PAN ? PSTATE_PAN : 0) |
			  (step->level & STEP_UAO ? PSTATE_UAO : 0) |
			  (step->level & STEP_TRACED ? PSTATE_SS : 0);
	struct step *context = (struct step *)CONTEXT;
	uint32_t load = 0;

	put_instruction(step_slot, step->word);
	copy((uint64_t *)context, (uint64_t *)step, STEP_STACK);
	write_sysreg(tpidrro_el0, va + STEPS_CONTEXT);
	ctl->el1_count = 0;
	if (step->level & STEP_BIG)
		write_sysreg(sctlr_el1, sctlr | SCTLR_E0E);
	if (step->level & STEP_SVE)
		load = begin_sve();
	if (step->level & STEP_TRACED)
		begin_tracing();
	flush_tlb();
	start = now();
	step_visit(va + STEPS_CODE, pstate, &context->stack);
	step->ticks = now() - start;
	if (step->level & STEP_TRACED)
		end_tracing();
	write_sysreg(sctlr_el1, sctlr);
	copy((uint64_t *)step, (uint64_t *)context, STEP_STACK);
	if (step->level & STEP_SVE)
		step->high = end_sve(load);
	if (step->level & STEP_TRACED)
		step->high = single_steps;
	step->faults = ctl->el1_count;
	step->esr = ctl->el1_esr;
	step->far = ctl->el1_far;
	window = step->target & ~7UL;
	copy((uint64_t *)step->window, (uint64_t *)window, STEP_WINDOW);
}

/*
 * @ctl->va is the BAR's IPA, @ctl->len the number of steps. What is in the tables goes by
 * the first of them. Addresses may have tags meanwhile.
 */
void steps(struct ctl *ctl)
{
	uint64_t tcr = read_sysreg(tcr_el1), mair = read_sysreg(mair_el1), n;
	uint32_t how = STEPS[0].level;

	write_sysreg(cpacr_el1, CPACR_FPEN | (how & STEP_SVE ? CPACR_ZEN : 0));
	write_sysreg(tcr_el1, tcr | TCR_TBI0);
	write_sysreg(mair_el1, mair | MAIR_TAGGED);
	isb();
	if (how & STEP_SVE) {
		write_sysreg(s3_0_c1_c2_0, ZCR_LONGEST);	/* ZCR_EL1 */
		isb();
	}
	build_tables(ctl->va, how);
	for (n = 0; n < ctl->len; n++) {
		make(&STEPS[n], ctl);
		ctl->iters = n + 1;
	}
	write_sysreg(mair_el1, mair);
	write_sysreg(tcr_el1, tcr);
	flush_tlb();
}

bool is_step(uint64_t pc)
{
	return pc == STEPS_VA + (step_slot - step_page);
}
