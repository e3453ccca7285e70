/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of its own: it takes all registers from the context, runs the one
 * instruction that has been put into step_slot, and leaves all registers in the
 * context. It runs at EL1 or EL0, and its only way out is SVC.
 */
#include "layout.h"

	.arch	armv8-a+simd
	.section .steps, "ax"
	.balign	4096
	.global	step_page
step_page:
	mrs	x0, tpidrro_el0
	ldr	x1, [x0, #STEP_SP]
	mov	sp, x1
	ldr	x1, [x0, #STEP_NZCV]
	msr	nzcv, x1
	.global	step_v2
step_v2:
	ldr	q2, [x0, #(STEP_V + 2 * 16)]
	.irp	n, 0, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	ldr	q\n, [x0, #(STEP_V + \n * 16)]
	.endr
	.irp	n, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
	ldr	q\n, [x0, #(STEP_V + \n * 16)]
	.endr
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [x0, #(\n * 8)]
	.endr
	ldr	x0, [x0]
	.global	step_slot
step_slot:
	nop
	msr	tpidr_el0, x0
	mrs	x0, tpidrro_el0
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [x0, #(\n * 8)]
	.endr
	mrs	x1, tpidr_el0
	str	x1, [x0]
	mov	x1, sp
	str	x1, [x0, #STEP_SP]
	mrs	x1, nzcv
	str	x1, [x0, #STEP_NZCV]
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x0, #(STEP_V + \n * 16)]
	.endr
	ldr	x1, [x0, #STEP_STACK]
	mov	sp, x1
	svc	#0
	.balign	4096

/* x0 = where the page is, x1 = PSTATE, x2 = where the payload's stack is to be kept. */
	.text
	.global	step_visit
step_visit:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x3, sp
	str	x3, [x2]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	eret
