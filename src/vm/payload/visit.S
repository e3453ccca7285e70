/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To a probe and back, at EL1 or EL0. Neither probes nor vectors touch the stack
 * of who is away; AArch32 may leave anything in the upper half of any register.
 */
	.text

/*
 * x0 to x3 = arguments of the probe, x4 = its entry, x5 = its PSTATE, x6 = where
 * it returns to; result in x0.
 */
	.global	visit
visit:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	msr	elr_el1, x4
	msr	spsr_el1, x5
	mov	x30, x6
	eret

	.global	visit_over
visit_over:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

/* Where a probe at EL0 returns to. */
	.global	el0_return
el0_return:
	svc	#0
