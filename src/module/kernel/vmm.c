// SPDX-License-Identifier: GPL-2.0-only
/* The facts of a process that rules can ask for, read where nothing may be waited for. */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/kernfs.h>
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>

#include "kernel/vmm.h"

/*
 * Groups of the v2 hierarchy cannot be renamed, and under RCU those of a task
 * cannot go away: their names may be compared without a lock.
 */
static u32 groups_of(struct task_struct *task, const char **groups)
{
	struct cgroup *group = task_dfl_cgroup(task);
	u32 depth = min_t(u32, group->level, S2M_MAX_CGROUP_DEPTH);
	u32 i;

	/* READ_ONCE() is what rcu_dereference() does; not all kernels call the name __rcu. */
	for (i = 0; i < depth; i++) {
		const struct kernfs_node *node = cgroup_ancestor(group, i + 1)->kn;

		groups[i] = (__force const char *)READ_ONCE(node->name);
	}
	return depth;
}

NOKPROBE_SYMBOL(groups_of);

static void describe(struct s2m_vmm *vmm, struct task_struct *task, kuid_t user)
{
	/* The name of the process, not that of its vCPU thread. */
	memcpy(vmm->comm, READ_ONCE(task->group_leader)->comm, TASK_COMM_LEN);
	vmm->comm[TASK_COMM_LEN - 1] = '\0';

	vmm->task = (struct s2m_task) {
		.pid = task_tgid_nr(task),
		.uid = from_kuid(&init_user_ns, user),
		.comm = vmm->comm,
		.cgroup = vmm->groups,
		.cgroup_depth = groups_of(task, vmm->groups),
	};
}

NOKPROBE_SYMBOL(describe);

void s2m_vmm_current(struct s2m_vmm *vmm)
{
	describe(vmm, current, current_euid());
}

NOKPROBE_SYMBOL(s2m_vmm_current);

void s2m_vmm_of(struct s2m_vmm *vmm, struct task_struct *task)
{
	describe(vmm, task, task_cred_xxx(task, euid));
}
