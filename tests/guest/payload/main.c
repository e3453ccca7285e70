// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest: takes one operation at a time from its control block, does it,
 * reports by a store to the mailbox. Idle means stopped in that store, so an
 * idle vCPU costs nothing.
 */
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

typedef uint64_t (*probe_fn)(uint64_t va, uint64_t value, uint64_t first, uint64_t last);

extern const probe_fn probe_table[];
extern const char probes_begin[], probes_end[];

void work_count(uint64_t va, struct ctl *ctl);
void work_storm(uint64_t va, struct ctl *ctl, uint64_t len, uint64_t write);

static struct ctl *this_ctl(void)
{
	return (struct ctl *)read_sysreg(tpidr_el1);
}

static void mail(uint32_t what)
{
	dsb();
	write32(MAILBOX_BASE, what);
}

static void panic(void)
{
	struct ctl *ctl = this_ctl();

	ctl->el1_esr = read_sysreg(esr_el1);
	ctl->el1_far = read_sysreg(far_el1);
	ctl->el1_elr = read_sysreg(elr_el1);
	for (;;)
		mail(MAIL_PANIC);
}

void on_other(void)
{
	panic();
}

void on_sync(void)
{
	struct ctl *ctl = this_ctl();
	uint64_t elr = read_sysreg(elr_el1);

	if (elr < (uint64_t)probes_begin || elr >= (uint64_t)probes_end)
		panic();
	ctl->el1_esr = read_sysreg(esr_el1);
	ctl->el1_far = read_sysreg(far_el1);
	ctl->el1_elr = elr;
	ctl->el1_count++;
	write_sysreg(elr_el1, elr + 4);
}

void on_irq(void)
{
	tick_irq(this_ctl());
}

/* The words that a "hit" loads first: every page that the access touches. */
static uint64_t access(struct ctl *ctl)
{
	unsigned int size = 1U << (ctl->probe / FORMS % 4);
	uint64_t va = ctl->va;

	return probe_table[ctl->probe](va, ctl->value, va & ~3UL, (va + size - 1) & ~3UL);
}

void guest_main(uint64_t cpu)
{
	struct ctl *ctl = this_ctl();

	for (;;) {
		mail(MAIL_READY);
		switch (ctl->op) {
		case OP_ACCESS:
			ctl->result = access(ctl);
			break;
		case OP_COUNT:
			work_count(ctl->va, ctl);
			break;
		case OP_STORM:
			work_storm(ctl->va, ctl, ctl->len, ctl->value);
			break;
		case OP_TICK:
			ctl->result = tick(ctl, cpu);
			break;
		}
	}
}
