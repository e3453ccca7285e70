/* SPDX-License-Identifier: GPL-2.0-only */
/* EL1 vectors: save what C may clobber, ask C, go back. */

	.macro	entry handler
	.balign	128
	stp	x29, x30, [sp, #-176]!
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	stp	x8, x9, [sp, #80]
	stp	x10, x11, [sp, #96]
	stp	x12, x13, [sp, #112]
	stp	x14, x15, [sp, #128]
	stp	x16, x17, [sp, #144]
	str	x18, [sp, #160]
	bl	\handler
	b	leave
	.endm

	.text
	.balign	2048
	.global	vectors
vectors:
	entry	on_sync		/* current EL with SP_EL0: for OP_STEPS only */
	.rept	3
	entry	on_other
	.endr
	entry	on_sync
	entry	on_irq
	entry	on_other
	entry	on_other
	.rept	2		/* EL0, AArch64 and AArch32; its interrupts are masked */
	entry	on_lower_sync
	entry	on_other
	entry	on_other
	entry	on_other
	.endr

leave:
	ldp	x0, x1, [sp, #16]
	ldp	x2, x3, [sp, #32]
	ldp	x4, x5, [sp, #48]
	ldp	x6, x7, [sp, #64]
	ldp	x8, x9, [sp, #80]
	ldp	x10, x11, [sp, #96]
	ldp	x12, x13, [sp, #112]
	ldp	x14, x15, [sp, #128]
	ldp	x16, x17, [sp, #144]
	ldr	x18, [sp, #160]
	ldp	x29, x30, [sp], #176
	eret
