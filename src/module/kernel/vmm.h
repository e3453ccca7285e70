/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who the VMM is: what the process keys of a rule compare with.
 */
#ifndef S2MEMATTR_VMM_H
#define S2MEMATTR_VMM_H

#include <linux/sched.h>
#include <s2memattr/index.h>

/**
 * struct s2m_vmm - the facts of a VMM process, with room for what they point to
 * @task: the facts
 * @comm: its name
 * @groups: names of its cgroup and of that one's ancestors, from the root down
 */
struct s2m_vmm {
	struct s2m_task task;
	char comm[TASK_COMM_LEN];
	const char *groups[S2M_MAX_CGROUP_DEPTH];
};

/**
 * s2m_vmm_current() - the process that the current thread belongs to
 * @vmm: where its facts go
 *
 * Reads what may change at any time, and reads it once: a uid, a name or a
 * cgroup that changes while a fault is decided counts as changed before or
 * after it.
 *
 * Context: an RCU read-side critical section, and @vmm is valid only in it. Any
 * context otherwise, including a kprobe handler.
 */
void s2m_vmm_current(struct s2m_vmm *vmm);

/**
 * s2m_vmm_of() - some other process
 * @vmm: where its facts go
 * @task: a thread of it
 *
 * Context: as s2m_vmm_current(), which answers for the threads that matter.
 */
void s2m_vmm_of(struct s2m_vmm *vmm, struct task_struct *task);

#endif
