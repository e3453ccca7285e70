/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables, BARs, mappings and processes by chance: small value ranges, so that
 * rules meet them often, and always the same for the same seed.
 */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <s2memattr/index.h>

/* Where everything is: 64 pages, with edges at multiples of 256 bytes. */
#define SPACE_START	0x8000000000ULL
#define SPACE_PAGES	64u
#define PAGE		4096u
#define CELL		256u
#define CELLS		(SPACE_PAGES * (PAGE / CELL))

#define RANDOM_RULE_SIZE 300

struct random_task {
	struct s2m_task task;
	const char *groups[8];
};

/* The seed: anything. */
extern u64 random_state;

/* 0 to @n - 1. */
u32 chance(u32 n);

/* The text of a table, at most RANDOM_RULE_SIZE bytes a rule. Return: its length. */
size_t random_table(char *to, u32 rules);

/* BARs that do not overlap, or (@overlap) that may. Return: how many. */
u32 random_devices(struct s2m_device *devices, u32 max, bool overlap);

void random_task(struct random_task *to);
void random_mapping(struct s2m_mapping *mapping);

#endif
