// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk over all VMs: by address space, because that is how VMs can be found
 * without KVM's own list, whose lock is not to be had.
 */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "kernel/every_vm.h"
#include "kernel/mms.h"
#include "kernel/vms.h"

static int visit_vms_of(const struct mm_struct *mm, struct pid *pid, s2m_visit_vm_fn *visit,
			void *context)
{
	struct s2m_vms vms = { };
	unsigned int i;
	int err = 0;

	do {
		s2m_vms_next(&vms, mm);
		for (i = 0; i < vms.count && !err; i++)
			err = visit(vms.kvm[i], pid, context);
		s2m_vms_put(&vms);
	} while (vms.more && !err);
	return err;
}

int s2m_every_vm(s2m_visit_vm_fn *visit, void *context)
{
	struct s2m_mms mms = { };
	unsigned int i;
	int err = 0;

	do {
		s2m_mms_next(&mms);
		for (i = 0; i < mms.count && !err; i++) {
			err = visit_vms_of(mms.mm[i], mms.pid[i], visit, context);
			cond_resched();
		}
		s2m_mms_put(&mms);
	} while (mms.more && !err);
	return err;
}
