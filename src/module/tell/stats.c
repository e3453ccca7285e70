// SPDX-License-Identifier: GPL-2.0-only
/* Counters of each CPU, so that counting costs handlers no shared cache line. */
#include <linux/cpumask.h>

#include "tell/stats.h"

DEFINE_PER_CPU(struct s2m_stats, s2m_stats);

u64 s2m_stat_sum(enum s2m_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(s2m_stats, cpu).count[stat]);
	return sum;
}
