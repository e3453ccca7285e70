// SPDX-License-Identifier: GPL-2.0-only
/*
 * One interrupt of the EL1 virtual timer through the vGIC. With a GICv2 the
 * acknowledge goes through the CPU interface that KVM maps into the guest by
 * itself: the one Device mapping that must never change its type.
 */
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

#define TIMER_PPI	27
#define CTL_ENABLE	1

#define GICD_CTLR	0x000
#define GICD_ISENABLER0	0x100
#define GICD_PRIORITY	0x400
#define GICC_CTLR	0x00
#define GICC_PMR	0x04
#define GICC_IAR	0x0c
#define GICC_EOIR	0x10
#define GICR_STRIDE	0x20000
#define GICR_SGI	0x10000
#define GICR_IGROUPR0	0x080

#define ICC_PMR_EL1	s3_0_c4_c6_0
#define ICC_IAR1_EL1	s3_0_c12_c12_0
#define ICC_EOIR1_EL1	s3_0_c12_c12_1
#define ICC_SRE_EL1	s3_0_c12_c12_5
#define ICC_IGRPEN1_EL1	s3_0_c12_c12_7

/* sysreg names pass through a macro so that they expand. */
#define read_icc(reg)		read_sysreg_(reg)
#define read_sysreg_(reg)	read_sysreg(reg)
#define write_icc(reg, v)	write_sysreg_(reg, v)
#define write_sysreg_(reg, v)	write_sysreg(reg, v)

static void gic_setup(uint64_t version, uint64_t cpu)
{
	uint64_t banked = GICD_BASE;	/* where the PPI's registers are */

	if (version == 3) {
		banked = GICR_BASE + cpu * GICR_STRIDE + GICR_SGI;
		write32(GICD_BASE + GICD_CTLR, 0x12);	/* ARE, group 1 */
		write32(banked + GICR_IGROUPR0, ~0U);
	} else {
		write32(GICD_BASE + GICD_CTLR, 1);
	}
	write8(banked + GICD_PRIORITY + TIMER_PPI, 0x80);
	write32(banked + GICD_ISENABLER0, 1U << TIMER_PPI);

	if (version == 3) {
		write_icc(ICC_SRE_EL1, 7);
		isb();
		write_icc(ICC_PMR_EL1, 0xff);
		write_icc(ICC_IGRPEN1_EL1, 1);
		isb();
	} else {
		write32(GICC_BASE + GICC_PMR, 0xff);
		write32(GICC_BASE + GICC_CTLR, 1);
	}
}

static uint32_t acknowledge(uint64_t version)
{
	return version == 3 ? read_icc(ICC_IAR1_EL1) : read32(GICC_BASE + GICC_IAR);
}

static void end_of_interrupt(uint64_t version, uint32_t iar)
{
	if (version == 3)
		write_icc(ICC_EOIR1_EL1, iar);
	else
		write32(GICC_BASE + GICC_EOIR, iar);
}

void tick_irq(struct ctl *ctl)
{
	uint32_t iar = acknowledge(ctl->gic);

	if ((iar & 0x3ff) == TIMER_PPI) {
		/* The line is level: quiet it before the end of interrupt. */
		write_sysreg(cntv_ctl_el0, 0);
		isb();
		ctl->iters++;
	}
	end_of_interrupt(ctl->gic, iar);
}

uint64_t tick(struct ctl *ctl, uint64_t cpu)
{
	uint64_t hz = read_sysreg(cntfrq_el0);
	uint64_t end = read_sysreg(cntvct_el0) + 2 * hz;

	gic_setup(ctl->gic, cpu);
	write_sysreg(cntv_tval_el0, hz / 1000);
	write_sysreg(cntv_ctl_el0, CTL_ENABLE);
	asm volatile("msr daifclr, #2" : : : "memory");
	/* Polling, not WFI: a lost interrupt must not lose the vCPU too. */
	while (!ctl->iters && !ctl->stop && read_sysreg(cntvct_el0) < end)
		isb();
	asm volatile("msr daifset, #2" : : : "memory");
	write_sysreg(cntv_ctl_el0, 0);
	return ctl->iters != 0;
}
