/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The accesses under test, as straight-line code, and nothing else in this
 * section: whoever handles a fault here (the guest's vector, or the VMM when
 * KVM_RUN fails) may skip the instruction and go on.
 *
 * Straight-line matters. A TLB hit exists only if nothing flushes between the
 * aligned load and the access; in one run of instructions an emulator takes no
 * interrupt. The loads come twice: the first of them may fault and go through the
 * host, which may flush. Each probe lies in one 64-byte line, so never across two
 * pages.
 */
#include "layout.h"

	.section .probes, "ax"
	.global	probes_begin
probes_begin:

/* x0 = address, x1 = value, x2 and x3 = aligned words at both its ends; result in x0. */
	.macro	probe form, insn:vararg
	.balign	64
	.pushsection .rodata
	.quad	1f, 2f
	.popsection
1:	mov	x6, x0
	mov	x0, xzr
	.if	\form == FORM_MISS
	tlbi	vmalle1
	dsb	ish
	isb
	.elseif	\form == FORM_HIT
	.rept	2
	ldr	w4, [x2]
	ldr	w5, [x3]
	.endr
	.endif
2:	\insn
	dsb	sy
	ret
	.endm

	.macro	forms insn:vararg
	probe	FORM_PLAIN, \insn
	probe	FORM_MISS, \insn
	probe	FORM_HIT, \insn
	.endm

	.pushsection .rodata
	.balign	8
	.global	probe_table
probe_table:
	.popsection

	forms	ldrb w0, [x6]
	forms	ldrh w0, [x6]
	forms	ldr w0, [x6]
	forms	ldr x0, [x6]
	forms	strb w1, [x6]
	forms	strh w1, [x6]
	forms	str w1, [x6]
	forms	str x1, [x6]
	forms	dc zva, x6

/* The same in AArch32, which this assembler does not speak. */
	.macro	probe32 insn, dsb, svc
	.balign	64
	.pushsection .rodata
	.quad	1f, 1f
	.popsection
1:	\insn
	\dsb
	\svc
	.endm

	.pushsection .rodata
	.global	probe_table_a32
probe_table_a32:
	.popsection
	probe32	".inst 0xe5900000", ".inst 0xf57ff04f", ".inst 0xef000000"	/* ldr r0, [r0] */
	probe32	".inst 0xe5801000", ".inst 0xf57ff04f", ".inst 0xef000000"	/* str r1, [r0] */

	.pushsection .rodata
	.global	probe_table_t32
probe_table_t32:
	.popsection
	probe32	".hword 0x6800", ".hword 0xf3bf, 0x8f4f", ".hword 0xdf00"	/* ldr r0, [r0] */
	probe32	".hword 0x6001", ".hword 0xf3bf, 0x8f4f", ".hword 0xdf00"	/* str r1, [r0] */
	.balign	4

/*
 * x0 = address, x1 = control block. Write a counter, read it back, compare. A
 * load that was skipped leaves zero and so counts as a mismatch.
 */
	.balign	64
	.global	work_count
work_count:
	mov	x2, #0
	mov	x3, #0
1:	add	x2, x2, #1
	mov	x4, #0
	str	x2, [x0]
	ldr	x4, [x0]
	cmp	x4, x2
	cinc	x3, x3, ne
	str	x3, [x1, #CTL_BAD]
	str	x2, [x1, #CTL_ITERS]
	ldr	x5, [x1, #CTL_STOP]
	cbz	x5, 1b
	ret

/*
 * x0 = address, x1 = control block, x2 = length, x3 = also write. Visit a word
 * in every 4 KiB of the range, round and round, so that every page that goes
 * away is asked for again at once. What is written depends on the IPA alone:
 * several CPUs may storm the same range.
 */
	.balign	64
	.global	work_storm
work_storm:
	mov	x7, #0
	mov	x8, #0
1:	mov	x4, #0
2:	add	x5, x0, x4
	ldr	w6, [x5]
	cbz	x3, 3f
	add	x5, x5, #8
	ubfx	x9, x5, #0, #IPA_BITS
	mov	x6, #0
	str	x9, [x5]
	ldr	x6, [x5]
	cmp	x6, x9
	cinc	x8, x8, ne
	str	x8, [x1, #CTL_BAD]
3:	add	x7, x7, #1
	str	x7, [x1, #CTL_ITERS]
	ldr	x6, [x1, #CTL_STOP]
	cbnz	x6, 4f
	add	x4, x4, #0x1000
	cmp	x4, x2
	b.lo	2b
	b	1b
4:	ret

/*
 * Pieces of a range of 4 KiB, round and round, each in 8-byte accesses and ending with
 * a barrier, as a driver ends what it hands to a device, or has read from it. x0 =
 * address, x1 = bytes a piece, x2 = how many pieces; what is stored is what is left
 * of x2. In x0 whatever was loaded.
 */
	.macro	stream name, access, barrier
	.balign	64
	.global	\name
\name:	mov	x3, #0
1:	add	x4, x0, x3
	add	x5, x4, x1
2:	\access
	cmp	x4, x5
	b.lo	2b
	dmb	\barrier
	add	x3, x3, x1
	and	x3, x3, #0xfff
	subs	x2, x2, #1
	b.ne	1b
	dsb	sy
	mov	x0, x6
	ret
	.endm

	stream	stream_stores, "str x2, [x4], #8", oshst
	stream	stream_loads, "ldr x6, [x4], #8", oshld

	.global	probes_end
probes_end:
