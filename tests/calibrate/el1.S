/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What EL1 does: one access, then HVC #0. Its vectors answer any exception with
 * HVC #1, so EL2 sees the end of a probe in one of three ways. No stack.
 */
	.text

/* x0 = address, x1 = value to store, x2 = aligned word of the same page */
	.macro	probe name, form, insn:vararg
	.balign	64
	.global	\name
\name:	mov	x6, x0
	.ifc	\form, miss
	tlbi	vmalle1
	dsb	ish
	isb
	.else
	ldr	w4, [x2]
	.endif
	\insn
	hvc	#0
	b	.
	.endm

	probe	load_miss, miss, ldr w0, [x6]
	probe	load_hit, hit, ldr w0, [x6]
	probe	store_miss, miss, str w1, [x6]
	probe	store_hit, hit, str w1, [x6]
	probe	zva_miss, miss, dc zva, x6

	.balign	2048
	.global	el1_vectors
el1_vectors:
	.rept	16
	.balign	128
	hvc	#1
	b	.
	.endr
