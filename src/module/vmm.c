// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/kernfs.h>
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>

#include "vmm.h"

/*
 * Groups of the v2 hierarchy cannot be renamed, and those of a running task
 * cannot go away: their names may be compared without a lock.
 */
static u32 groups_of_current(const char **groups)
{
	struct cgroup *group = task_dfl_cgroup(current);
	u32 depth = min_t(u32, group->level, S2M_MAX_CGROUP_DEPTH);
	u32 i;

	/* READ_ONCE() is what rcu_dereference() does; not all kernels call the name __rcu. */
	for (i = 0; i < depth; i++) {
		const struct kernfs_node *node = cgroup_ancestor(group, i + 1)->kn;

		groups[i] = (__force const char *)READ_ONCE(node->name);
	}
	return depth;
}

NOKPROBE_SYMBOL(groups_of_current);

void s2m_vmm_current(struct s2m_vmm *vmm)
{
	/* The name of the process, not that of its vCPU thread. */
	memcpy(vmm->comm, READ_ONCE(current->group_leader)->comm, TASK_COMM_LEN);
	vmm->comm[TASK_COMM_LEN - 1] = '\0';

	vmm->task = (struct s2m_task) {
		.pid = task_tgid_nr(current),
		.uid = from_kuid(&init_user_ns, current_euid()),
		.comm = vmm->comm,
		.cgroup = vmm->groups,
		.cgroup_depth = groups_of_current(vmm->groups),
	};
}

NOKPROBE_SYMBOL(s2m_vmm_current);
