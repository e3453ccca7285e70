// SPDX-License-Identifier: GPL-2.0-only
/* What operating systems do to the registers that KVM traps until caches are on. */
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

#define SCTLR_C	(1UL << 2)

/*
 * As a kernel does that another one has started: MMU off, registers of its own, MMU
 * on. RAM is mapped where it is, and in between nothing touches it. A PSCI call may
 * come in between, of this function if it is not 0.
 */
void take_over(uint64_t function)
{
	register uint64_t x0 asm("x0") = function;

	asm volatile("mrs x9, sctlr_el1\n"
		     "bic x10, x9, #1\n"	/* M */
		     "bic x10, x10, #4\n"	/* C */
		     "msr sctlr_el1, x10\n"
		     "isb\n"
		     "msr mair_el1, %1\n"
		     "isb\n"
		     "tlbi vmalle1\n"
		     "dsb nsh\n"
		     "cbz x0, 1f\n"
		     "hvc #0\n"
		     "1: msr sctlr_el1, x9\n"
		     "isb" : "+r"(x0) : "r"(MAIR_VALUE)
		     : "x1", "x2", "x3", "x9", "x10", "memory");
}

/* One line of one cache: KVM traps it and then traps VM registers again. */
void clean_by_way(void)
{
	asm volatile("dsb sy; dc cisw, %0; dsb sy" : : "r"(0UL) : "memory");
}

uint64_t psci(const struct ctl *ctl)
{
	register uint64_t x0 asm("x0") = ctl->value;
	register uint64_t x1 asm("x1") = ctl->va;
	register uint64_t x2 asm("x2") = ctl->len;
	register uint64_t x3 asm("x3") = ctl->probe;

	asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	return x0;
}

/* Ticks of so many writes of TTBR0_EL1; with the caches off they are all trapped. */
uint64_t switches(const struct ctl *ctl)
{
	uint64_t ttbr0 = read_sysreg(ttbr0_el1), sctlr = read_sysreg(sctlr_el1);
	uint64_t count = ctl->len, begin, end;

	if (ctl->value) {
		clean_by_way();
		write_sysreg(sctlr_el1, sctlr & ~SCTLR_C);
		isb();
	}
	begin = read_sysreg(cntvct_el0);
	while (count--)
		write_sysreg(ttbr0_el1, ttbr0);
	isb();
	end = read_sysreg(cntvct_el0);
	write_sysreg(sctlr_el1, sctlr);
	isb();
	return end - begin;
}
