// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/spinlock.h>

#include "coherent/coherent_vms.h"
#include "tell/stats.h"

/* More VMs at a time go without. */
#define MAX_VMS		512

/*
 * A VM that has ended unseen leaves its record to another one at the same address.
 * Such a record says nothing, unless the same process has made both; and then the
 * first of the new VM's vCPUs writes it anew.
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
