// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest: takes one operation at a time from its control block, does it,
 * reports by a store to the mailbox. Idle means stopped in that store, so an
 * idle vCPU costs nothing.
 */
#include "ctl.h"
#include "payload.h"
#include "sysreg.h"

/* A probe, and the instruction in it that everything is about. */
struct probe {
	uint64_t entry;
	uint64_t access;
};

extern const struct probe probe_table[], probe_table_a32[], probe_table_t32[];
extern const char probes_begin[], probes_end[];
extern const char visit_over[], el0_return[];

/* visit.S: run a probe at the exception level and in the state that @pstate says. */
uint64_t visit(uint64_t va, uint64_t value, uint64_t first, uint64_t last,
	       uint64_t entry, uint64_t pstate, const void *link);

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

static void record(struct ctl *ctl)
{
	ctl->el1_esr = read_sysreg(esr_el1);
	ctl->el1_far = read_sysreg(far_el1);
	ctl->el1_elr = read_sysreg(elr_el1);
	ctl->el1_spsr = read_sysreg(spsr_el1);
}

static void panic(void)
{
	record(this_ctl());
	for (;;)
		mail(MAIL_PANIC);
}

void on_other(void)
{
	panic();
}

/* Whoever has been visited has called. */
static void leave_visit(void)
{
	write_sysreg(elr_el1, (uint64_t)visit_over);
	write_sysreg(spsr_el1, PSTATE_EL1);
}

void on_sync(void)
{
	struct ctl *ctl = this_ctl();
	uint64_t elr = read_sysreg(elr_el1);

	if (read_sysreg(esr_el1) >> 26 == EC_SVC64) {
		leave_visit();
		return;
	}
	if ((elr < (uint64_t)probes_begin || elr >= (uint64_t)probes_end) && !is_step(elr))
		panic();
	record(ctl);
	ctl->el1_count++;
	write_sysreg(elr_el1, elr + ((ctl->el1_spsr & PSTATE_T32) == PSTATE_T32 ? 2 : 4));
}

/* From EL0: a single step, the SVC with which a probe ends, or what on_sync() is for. */
void on_lower_sync(void)
{
	uint64_t class = read_sysreg(esr_el1) >> 26;

	if (class == EC_STEP_LOW) {
		on_single_step();
		return;
	}
	if (class != EC_SVC32 && class != EC_SVC64) {
		on_sync();
		return;
	}
	leave_visit();
}

void on_irq(void)
{
	tick_irq(this_ctl());
}

void flush_tlb(void)
{
	asm volatile("tlbi vmalle1; dsb ish; isb" : : : "memory");
}

/* EL2 loads a word from an IPA, its own address: see start.S. */
static uint64_t ask_hypervisor(uint64_t ipa)
{
	register uint64_t x0 asm("x0") = ipa;

	asm volatile("hvc #0" : "+r"(x0) : : "memory");
	return x0;
}

static uint64_t access(struct ctl *ctl)
{
	static const uint64_t pstate[FROMS] = {
		[FROM_EL1] = PSTATE_EL1, [FROM_EL0] = PSTATE_EL0,
		[FROM_A32] = PSTATE_A32, [FROM_T32] = PSTATE_T32,
	};
	uint64_t size = 1UL << (ctl->probe / FORMS % 4), index = ctl->probe;
	const struct probe *probe = &probe_table[index];
	uint64_t va = ctl->va, from = ctl->from;

	/* EL0 may not flush, so what flushes there is this, right before it. */
	if (from != FROM_EL1 && index % FORMS == FORM_MISS) {
		flush_tlb();
		probe -= FORM_MISS - FORM_PLAIN;
	}
	if (from == FROM_A32)
		probe = &probe_table_a32[index / FORMS / 4];
	if (from == FROM_T32)
		probe = &probe_table_t32[index / FORMS / 4];

	ctl->access_pc = probe->access;
	/* Flags that show up in SPSR; then the words that a "hit" loads first. */
	return visit(va, ctl->value, va & ~3UL, (va + size - 1) & ~3UL, probe->entry,
		     pstate[from] | PSTATE_FLAGS, from == FROM_EL1 ? visit_over : el0_return);
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
		case OP_FAULTS:
			faults(ctl, cpu);
			break;
		case OP_MAIR:
			ctl->result = read_sysreg(mair_el1);
			break;
		case OP_TAKE_OVER:
			take_over(ctl->value);
			break;
		case OP_WAY:
			clean_by_way();
			break;
		case OP_PSCI:
			ctl->result = psci(ctl);
			break;
		case OP_SWITCHES:
			ctl->result = switches(ctl);
			break;
		case OP_HYPERVISOR:
			ctl->result = ask_hypervisor(ctl->va);
			break;
		case OP_STEPS:
			steps(ctl);
			break;
		case OP_STREAM:
			ctl->result = stream(ctl);
			break;
		}
	}
}
