/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM and the guest payload agree on: the guest's physical map, its
 * stage-1 windows and the control block through which operations pass.
 * Included by C and by assembly.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

/* Guest physical map. Everything else below 2^36 is free for memslots. */
#define IPA_BITS	36
#define GICD_BASE	0x08000000
#define GICC_BASE	0x08010000	/* GICv2 CPU interface */
#define GICR_BASE	0x080a0000	/* GICv3, 128 KiB a CPU */
#define MAILBOX_BASE	0x09000000	/* no memslot: a store here exits to the VMM */
#define RAM_BASE	0x40000000
#define RAM_SIZE	0x00200000
#define MAX_CPUS	8

#define STEPS_BASE	(RAM_BASE + 0x20000)	/* OP_STEPS: a table, and the steps */
#define STEPS_SIZE	0xe0000
#define CTL_BASE	(RAM_BASE + 0x100000)
#define CTL_STRIDE	0x1000
#define STACK_BASE	(RAM_BASE + 0x180000)
#define STACK_STRIDE	0x4000
#define TIMES_BASE	(RAM_BASE + 0x1a0000)	/* OP_FAULTS: ticks, 32 bits a page */
#define TIMES_STRIDE	0xc000

/* Stage-1 windows: VA = (window << IPA_BITS) | IPA, MAIR index = window. */
#define WIN_WB		0
#define WIN_NC		1
#define WIN_NGNRNE	2
#define WIN_NGNRE	3
#define WIN_NGRE	4
#define WIN_GRE		5
#define WIN_WT		6
#define WINDOWS		7
#define MAIR_VALUE	0x00bb0c08040044ff	/* one byte a window, window 0 last */

/*
 * A window with pages of its own, for OP_STEPS: the code that makes a step, the
 * registers that it takes and leaves, and pages of a BAR, Normal-NC, in another
 * order than they have in the BAR.
 */
#define WIN_STEPS	7
#define STEPS_VA	((uint64_t)WIN_STEPS << IPA_BITS)	/* for C */
#define STEPS_CODE	0
#define STEPS_CONTEXT	0x1000
#define STEPS_DATA	0x10000
#define STEPS_PAGES	16
#define STEPS_PAGE(n)	(((n) * 5 + 3) % STEPS_PAGES)	/* of the BAR, for the n-th */

/* What the guest stores to the mailbox. */
#define MAIL_READY	1	/* idle, or done with the operation */
#define MAIL_PANIC	2	/* an exception outside the probes */

/* Operations. */
#define OP_NONE		0
#define OP_ACCESS	1
#define OP_COUNT	2
#define OP_STORM	3
#define OP_TICK		4
#define OP_FAULTS	5
#define OP_MAIR		6
#define OP_TAKE_OVER	7
#define OP_WAY		8
#define OP_PSCI		9
#define OP_SWITCHES	10
#define OP_HYPERVISOR	11
#define OP_STEPS	12
#define OP_STREAM	13

/* OP_ACCESS: probe = (access * 4 + log2(size)) * 3 + form */
#define ACCESS_LOAD	0
#define ACCESS_STORE	1
#define ACCESS_ZVA	2
#define FORM_PLAIN	0	/* just the access */
#define FORM_MISS	1	/* the guest's TLB is flushed right before */
#define FORM_HIT	2	/* an aligned load of the same page right before */
#define FORMS		3

/* Who makes the access. */
#define FROM_EL1	0
#define FROM_EL0	1	/* AArch64 */
#define FROM_A32	2	/* EL0 in AArch32: loads and stores of 4 bytes, plain or miss */
#define FROM_T32	3
#define FROMS		4

/* A step's offsets; steps.h asserts them. */
#define STEP_X		0
#define STEP_SP		248
#define STEP_NZCV	256
#define STEP_V		272
#define STEP_STACK	784
#define STEP_SIZE	1088

/* Offsets of the fields that assembly uses; ctl.h asserts them. */
#define CTL_STOP	0
#define CTL_ITERS	8
#define CTL_BAD		16

/* The image begins with a branch, then the bounds of the probe code, and a step's place. */
#define IMAGE_PROBES_BEGIN	8
#define IMAGE_PROBES_END	16
#define IMAGE_STEP_SLOT		24

#endif
