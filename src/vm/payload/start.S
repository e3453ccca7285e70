/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of every vCPU, at EL1 or EL2 with the MMU off, x0 = CPU number and x1 = 1 if
 * what is at EL1 shall have a stage 2 of EL2's: stage 1 on, a stack, then C. The
 * tables are constants, but for one entry of stage 1, that of OP_STEPS.
 */
#include "layout.h"

/* 39-bit VA, 4K granule, walks inner-shareable write-back, no TTBR1, 36-bit PA. */
#define TCR_VALUE	((64 - 39) | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23) | (1 << 32))
/*
 * M, C, I; DZE, so that EL0 may use DC ZVA; SPAN, since the handlers of exceptions
 * use windows that EL0 can use as well. A stays clear: only the memory type may
 * make an access fault.
 */
#define SCTLR_SET	((1 << 0) | (1 << 2) | (1 << 12) | (1 << 14) | (1 << 23))
#define SCTLR_A		(1 << 1)

	.section .head, "ax"
	.global _start
_start:
	b	boot
	.balign	8
	.quad	probes_begin
	.quad	probes_end
	.quad	step_slot

/*
 * A hypervisor that does nothing but run this payload at EL1, which it maps to the
 * same addresses if it maps it at all. HCR_EL2.E2H is as it must be for KVM.
 */
#define HCR_VALUE	((1 << 31) | (1 << 34))
#define HCR_VM		(1 << 0)
/* 36-bit IPA from level 1 on, 4K granule, walks inner-shareable write-back, 36-bit PA. */
#define VTCR_VALUE	((64 - 36) | (1 << 6) | (1 << 8) | (1 << 10) | (3 << 12) | \
			 (1 << 16) | (1 << 31))
#define PSTATE_EL1H	0x3c5
#define EL2		(2 << 2)

boot:
	mrs	x2, CurrentEL
	cmp	x2, #EL2
	b.ne	at_el1
	ldr	x2, =HCR_VALUE
	cbz	x1, 1f
	ldr	x3, =VTCR_VALUE
	msr	vtcr_el2, x3
	adrp	x3, stage2
	orr	x3, x3, #(1 << 48)
	msr	vttbr_el2, x3
	orr	x2, x2, #HCR_VM
1:
	adrp	x3, el2_vectors
	add	x3, x3, :lo12:el2_vectors
	msr	vbar_el2, x3
	msr	hcr_el2, x2
	mov	x2, #PSTATE_EL1H
	msr	spsr_el2, x2
	adr	x2, at_el1
	msr	elr_el2, x2
	isb
	eret

at_el1:
	ldr	x1, =MAIR_VALUE
	msr	mair_el1, x1
	ldr	x1, =TCR_VALUE
	msr	tcr_el1, x1
	adrp	x1, stage1
	msr	ttbr0_el1, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	tlbi	vmalle1
	dsb	nsh
	mrs	x1, sctlr_el1
	ldr	x2, =SCTLR_SET
	orr	x1, x1, x2
	bic	x1, x1, #SCTLR_A
	msr	sctlr_el1, x1
	isb

	ldr	x1, =CTL_BASE
	ldr	x2, =CTL_STRIDE
	madd	x1, x0, x2, x1
	msr	tpidr_el1, x1
	ldr	x2, =STACK_BASE + STACK_STRIDE
	ldr	x3, =STACK_STRIDE
	madd	x2, x0, x3, x2
	mov	sp, x2
	b	guest_main
	.ltorg

/* All that EL1 can ask of EL2: to load the word at x0, with EL2's stage 1 off. */
	.balign	2048
el2_vectors:
	.org	el2_vectors + 0x400
	ldr	w0, [x0]
	eret

/*
 * One table of 512 one-GiB blocks: 64 for each window. Access flag, inner
 * shareable, and execute-never everywhere but in RAM, so that no core fetches
 * speculatively from a BAR. EL0 may load and store everywhere but in RAM, where it
 * may execute (what EL0 can write, EL1 cannot execute).
 */
#define BLOCK		(1 | (1 << 10) | (3 << 8))
#define EL0		(1 << 6)
#define XN		(3 << 53)

	.data
	.balign	4096
	.global	stage1
stage1:
	.set	win, 0
	.rept	8
	.set	gib, 0
	.rept	64
	.if	win >= WINDOWS
	.quad	0
	.elseif	win == WIN_WB && gib == RAM_BASE >> 30
	.quad	BLOCK | (win << 2) | (gib << 30)
	.else
	.quad	BLOCK | XN | EL0 | (win << 2) | (gib << 30)
	.endif
	.set	gib, gib + 1
	.endr
	.set	win, win + 1
	.endr

/* Stage 2 of the hypervisor: 64 GiB in blocks of one, Normal, readable and writable. */
#define S2_BLOCK	(1 | (0xf << 2) | (3 << 6) | (3 << 8) | (1 << 10))

	.balign	4096
stage2:
	.set	gib, 0
	.rept	512
	.if	gib < 64
	.quad	S2_BLOCK | (gib << 30)
	.else
	.quad	0
	.endif
	.set	gib, gib + 1
	.endr
