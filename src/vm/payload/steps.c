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
#define DESC_TYPE(win)	((uint64_t)(win) << 2)

#define TABLE2		(STEPS_BASE)
#define TABLE3		(STEPS_BASE + 0x1000)
#define CONTEXT		(STEPS_BASE + 0x2000)
#define STEPS		((struct step *)(STEPS_BASE + STEPS_TABLES))

extern uint64_t stage1[];
extern char step_page[], step_slot[];
void step_visit(uint64_t page, uint64_t pstate, volatile uint64_t *stack);

static void build_tables(uint64_t bar)
{
	volatile uint64_t *two = (uint64_t *)TABLE2, *three = (uint64_t *)TABLE3;
	uint64_t n;

	for (n = 0; n < 512; n++)
		two[n] = three[n] = 0;
	two[0] = TABLE3 | DESC_TABLE;
	three[STEPS_CODE >> 12] = (uint64_t)step_page | DESC_PAGE | DESC_EL0 | DESC_RO |
				  DESC_TYPE(WIN_WB);
	three[STEPS_CONTEXT >> 12] = CONTEXT | DESC_PAGE | DESC_EL0 | DESC_XN |
				     DESC_TYPE(WIN_WB);
	for (n = 0; n < STEPS_PAGES; n++)
		three[(STEPS_DATA >> 12) + n] = (bar + (STEPS_PAGE(n) << 12)) | DESC_PAGE |
						DESC_EL0 | DESC_XN | DESC_TYPE(WIN_NC);
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

static void put_instruction(uint32_t word)
{
	*(volatile uint32_t *)step_slot = word;
	asm volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb"
		     : : "r"(step_slot) : "memory");
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
	uint64_t va = STEPS_VA, window, start;
	struct step *context = (struct step *)CONTEXT;

	put_instruction(step->word);
	copy((uint64_t *)context, (uint64_t *)step, STEP_STACK);
	write_sysreg(tpidrro_el0, va + STEPS_CONTEXT);
	ctl->el1_count = 0;
	flush_tlb();
	start = now();
	step_visit(va + STEPS_CODE, pstates[step->level], &context->stack);
	step->ticks = now() - start;
	copy((uint64_t *)step, (uint64_t *)context, STEP_STACK);
	step->faults = ctl->el1_count;
	step->esr = ctl->el1_esr;
	step->far = ctl->el1_far;
	window = step->target & ~7UL;
	copy((uint64_t *)step->window, (uint64_t *)window, STEP_WINDOW);
}

/* @ctl->va is the BAR's IPA, @ctl->len the number of steps. */
void steps(struct ctl *ctl)
{
	uint64_t n;

	write_sysreg(cpacr_el1, 3UL << 20);
	isb();
	build_tables(ctl->va);
	for (n = 0; n < ctl->len; n++)
		make(&STEPS[n], ctl);
}

bool is_step(uint64_t pc)
{
	return pc == STEPS_VA + (step_slot - step_page);
}
