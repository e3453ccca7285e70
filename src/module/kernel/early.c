// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels before 5.14 map the VM_PFNMAP VMAs of a new memslot at once, page by
 * page, by kvm_phys_addr_ioremap(). The slot cannot be looked up at that time,
 * nor is the host's own mapping there yet. So these mappings are just not made
 * while a policy is in force: the guest's first access faults, and what follows
 * is as on any other kernel.
 *
 * Whether a kernel does that is read from its text. In doubt it does: then what would be
 * mapped in advance is not, and the hook stays in.
 */
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>

#include "compat/mutex.h"
#include "kernel/early.h"
#include "kernel/path.h"
#include "kernel/symbols.h"

static bool possible;

int s2m_early_find(void)
{
	struct s2m_path_to_map path;
	int err;

	possible = true;
	if (!s2m_symbols.prepare_memslot)
		return 0;
	err = s2m_path_find(s2m_symbols.prepare_memslot, &path);
	if (err)
		return err == -ENOMEM ? err : 0;
	if (path.copy) {
		pr_err("%ps has a copy of %ps in it, and new memslots may take that: not loaded\n",
		       path.copy, s2m_symbols.stage2_map);
		return -ENOTUNIQ;
	}
	possible = path.comes;
	return 0;
}

bool s2m_early_possible(void)
{
	return possible;
}

bool s2m_early_under_way(const struct kvm *kvm, bool pci_bar)
{
	if (!possible)
		return false;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return pci_bar;
	return s2m_mutex_is_ours(&kvm->slots_lock);
}

NOKPROBE_SYMBOL(s2m_early_under_way);
