/* SPDX-License-Identifier: GPL-2.0-only */
/* What the payload's files call in each other. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct ctl;

void guest_main(uint64_t cpu);
void on_sync(void);
void on_lower_sync(void);
void on_irq(void);
void on_other(void);

/* tick.c: one timer interrupt through the vGIC. 1 when it came. */
uint64_t tick(struct ctl *ctl, uint64_t cpu);
void tick_irq(struct ctl *ctl);

/* registers.c: an operation each. */
void take_over(uint64_t function);
void clean_by_way(void);
uint64_t psci(const struct ctl *ctl);
uint64_t switches(const struct ctl *ctl);

/* faults.c: how long a store to each page takes. */
void faults(const struct ctl *ctl, uint64_t cpu);

/* stream.c: ticks that so many stores or loads take. */
uint64_t stream(const struct ctl *ctl);

/* steps.c: instructions with all registers; is this where one of them stands? */
void steps(struct ctl *ctl);
bool is_step(uint64_t pc);
/* A single step of EL0's has ended. */
void on_single_step(void);

void flush_tlb(void);

#endif
