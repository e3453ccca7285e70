// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of VMs that have coherent-ram, in an array that handlers can search
 * without memory or locks that sleep. When a VM gets a record and when it loses it is
 * coherent.c's business.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/spinlock.h>

#include "coherent/coherent_vms.h"
#include "tell/stats.h"

/* More VMs at a time go without. */
#define MAX_VMS		512

/*
 * One VM's record. The end of a VM may have been missed, and its address may be another
 * VM's now. The record of the VM before is not taken for that of the new one: the
 * process that made them is compared, and if both VMs are of one process, the first vCPU
 * of the new VM that starts writes the record anew.
 */
struct vm {
	const struct kvm *kvm;
	pid_t pid;
	bool coherent;
};

static DEFINE_RAW_SPINLOCK(lock);
static struct vm vms[MAX_VMS];
static unsigned int nr_vms;

void s2m_coherent_vms_lock(void)
	__acquires(&lock)
{
	raw_spin_lock(&lock);
}

NOKPROBE_SYMBOL(s2m_coherent_vms_lock);

void s2m_coherent_vms_unlock(void)
	__releases(&lock)
{
	raw_spin_unlock(&lock);
}

NOKPROBE_SYMBOL(s2m_coherent_vms_unlock);

static struct vm *find_vm(const struct kvm *kvm)
{
	unsigned int i;

	for (i = 0; i < nr_vms; i++)
		if (vms[i].kvm == kvm)
			return &vms[i];
	return NULL;
}

NOKPROBE_SYMBOL(find_vm);

void s2m_coherent_vms_set(const struct kvm *kvm, bool coherent)
{
	struct vm *vm = find_vm(kvm);

	if (!vm && !coherent)
		return;
	if (!vm && nr_vms == MAX_VMS) {
		s2m_count(S2M_STAT_REFUSED);
		return;
	}
	if (!vm)
		vm = &vms[nr_vms++];
	*vm = (struct vm) { .kvm = kvm, .pid = kvm->userspace_pid, .coherent = coherent };
}

NOKPROBE_SYMBOL(s2m_coherent_vms_set);

bool s2m_coherent_vms_have(const struct kvm *kvm)
{
	const struct vm *vm = find_vm(kvm);

	return vm && vm->coherent && vm->pid == kvm->userspace_pid;
}

NOKPROBE_SYMBOL(s2m_coherent_vms_have);

void s2m_coherent_vms_forget(const struct kvm *kvm)
{
	struct vm *vm = find_vm(kvm);

	if (vm)
		*vm = vms[--nr_vms];
}

NOKPROBE_SYMBOL(s2m_coherent_vms_forget);

void s2m_coherent_vms_forget_all(void)
{
	nr_vms = 0;
}

unsigned int s2m_coherent_vms_count(void)
{
	unsigned int i, count = 0;

	for (i = 0; i < nr_vms; i++)
		count += vms[i].coherent;
	return count;
}
