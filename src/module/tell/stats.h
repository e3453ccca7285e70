/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters: one per CPU each, so that a fault never touches a shared line.
 */
#ifndef S2MEMATTR_STATS_H
#define S2MEMATTR_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/**
 * enum s2m_stat - what is counted
 * @S2M_STAT_FAULTS: stage-2 mappings of device memory that the hook saw
 * @S2M_STAT_REWRITTEN: of these, made with another type than KVM's
 * @S2M_STAT_KEPT: of these, made as KVM wanted
 * @S2M_STAT_RETRIED: of these, not made: the vCPU was sent to fault again
 * @S2M_STAT_REFUSED: requests that broke an assumption, where nothing stricter than
 *	KVM's answer was wanted; that stood
 * @S2M_STAT_RECONCILED: ranges of guest memory whose stage-2 mappings a change
 *	dropped, so that they fault again under the new answer
 * @S2M_STAT_ALIGNMENT: alignment faults that KVM would have ended a VM for and
 *	that its guest got instead
 * @S2M_STAT_COHERENT: times that a vCPU began to run with coherent RAM
 * @S2M_STAT_EMULATED: accesses that Device memory did not take and that were
 *	carried out for their guest
 * @S2M_STAT_BUS_ERRORS: times that the kernel told of an uncorrected error while there
 *	was a fuse
 * @S2M_STAT_BLOWN: fuses that have blown
 * @S2M_NR_STATS: how many counters there are
 */
enum s2m_stat {
	S2M_STAT_FAULTS,
	S2M_STAT_REWRITTEN,
	S2M_STAT_KEPT,
	S2M_STAT_RETRIED,
	S2M_STAT_REFUSED,
	S2M_STAT_RECONCILED,
	S2M_STAT_ALIGNMENT,
	S2M_STAT_COHERENT,
	S2M_STAT_EMULATED,
	S2M_STAT_BUS_ERRORS,
	S2M_STAT_BLOWN,
	S2M_NR_STATS
};

struct s2m_stats {
	u64 count[S2M_NR_STATS];
};

DECLARE_PER_CPU(struct s2m_stats, s2m_stats);

/**
 * s2m_count() - count one event
 * @stat: what happened
 *
 * Context: any, including a kprobe handler.
 */
static __always_inline void s2m_count(enum s2m_stat stat)
{
	this_cpu_inc(s2m_stats.count[stat]);
}

/**
 * s2m_stat_sum() - read a counter
 * @stat: which
 *
 * Return: events since load, over all CPUs.
 */
u64 s2m_stat_sum(enum s2m_stat stat);

#endif
