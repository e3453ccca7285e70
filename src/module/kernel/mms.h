/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address spaces that VMs may belong to.
 *
 * A VM belongs to the mm that created it and only threads of that mm can run
 * its vCPUs, so the mms of all threads are all the mms that matter. They are
 * visited in the order of their addresses, a batch at a time. That needs no
 * memory, and misses no mm that is there throughout; one that appears behind
 * the cursor is new, and so are all stage-2 mappings of its VMs.
 */
#ifndef S2MEMATTR_MMS_H
#define S2MEMATTR_MMS_H

#include <linux/mm_types.h>
#include <linux/pid.h>

#define S2M_MMS_BATCH	32

/**
 * struct s2m_mms - some address spaces with MMU notifiers
 * @count: how many
 * @mm: the mms by ascending address, with a reference (mmgrab()) to each
 * @pid: of each, a process that has it, with a reference
 * @cursor: the mm up to which they have been collected; NULL to begin
 * @more: there may be more behind that
 */
struct s2m_mms {
	unsigned int count;
	struct mm_struct *mm[S2M_MMS_BATCH];
	struct pid *pid[S2M_MMS_BATCH];
	const struct mm_struct *cursor;
	bool more;
};

/**
 * s2m_mms_next() - collect the next address spaces with MMU notifiers
 * @batch: where they go, instead of those that it had; and where to go on
 *
 * A reference of this kind keeps the structure, not what is mapped: it makes no exit
 * of a process wait, and who drops it runs none.
 *
 * Context: process context.
 */
void s2m_mms_next(struct s2m_mms *batch);

/**
 * s2m_mms_put() - drop the references that s2m_mms_next() took
 * @batch: the mms
 *
 * Context: process context.
 */
void s2m_mms_put(struct s2m_mms *batch);

#endif
