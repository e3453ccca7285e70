/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2: entry, vectors, and the one way into EL1 and back. EL2 keeps its own MMU
 * off throughout, so nothing here depends on what is being measured.
 */
	.section .head, "ax"
	.global	_start
_start:
	adrp	x0, stack_top
	add	sp, x0, :lo12:stack_top
	adrp	x0, el2_vectors
	add	x0, x0, :lo12:el2_vectors
	msr	vbar_el2, x0
	isb
	bl	main
	b	.

/*
 * void enter_el1(struct visit *v): x0-x3 of EL1 from v->x, runs at v->pc until
 * any exception reaches EL2; x0 of EL1 and the syndrome are then in *v.
 */
	.text
	.global	enter_el1
enter_el1:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	ldr	x4, [x0, #32]
	msr	elr_el2, x4
	mov	x4, #0x3c5		/* EL1h, all masked */
	msr	spsr_el2, x4
	ldp	x2, x3, [x0, #16]
	ldp	x0, x1, [x0]
	eret

from_el1:
	ldr	x4, [sp, #96]
	str	x0, [x4]
	mrs	x5, esr_el2
	mrs	x6, far_el2
	stp	x5, x6, [x4, #40]
	mrs	x5, esr_el1
	mrs	x6, far_el1
	stp	x5, x6, [x4, #56]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret

	.balign	2048
el2_vectors:
	.rept	8		/* from EL2 itself: a bug in here */
	.balign	128
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	b	el2_bug
	.endr
	.balign	128		/* synchronous, from EL1 */
	b	from_el1
	.rept	7
	.balign	128
	mov	x0, xzr
	mov	x1, xzr
	mov	x2, xzr
	b	el2_bug
	.endr

	.bss
	.balign	16
	.skip	8192
stack_top:
