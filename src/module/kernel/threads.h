/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef S2M_THREADS_H
#define S2M_THREADS_H

#include <linux/rculist.h>
#include <linux/sched/signal.h>

/**
 * s2m_for_each_thread() - Visit all threads of the system
 * @process: struct task_struct pointer, the process of the present thread
 * @thread: struct task_struct pointer, the present thread
 *
 * Under rcu_read_lock(). As for_each_process_thread(), which with
 * CONFIG_PROVE_RCU_LIST refers to tasklist_lock, and that is not exported.
 */
#define s2m_for_each_thread(process, thread)						\
	for_each_process(process)							\
		list_for_each_entry_rcu(thread, &(process)->signal->thread_head, thread_node)

#endif
