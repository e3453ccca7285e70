// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels before 5.14 map the VM_PFNMAP VMAs of a new memslot at once, page by
 * page, by kvm_phys_addr_ioremap(). The slot cannot be looked up at that time,
 * nor is the host's own mapping there yet. So these mappings are just not made
 * while a policy is in force: the guest's first access faults, and what follows
 * is as on any other kernel.
 *
 * Whether a kernel does that is read from its text.
 */
#include <linux/kconfig.h>
#include <linux/kprobes.h>
#include <asm/insn.h>

#include "compat/mutex.h"
#include "kernel/early.h"
#include "kernel/insn.h"
#include "kernel/symbols.h"

static bool possible;

void s2m_early_find(void)
{
	const __le32 *at = s2m_symbols.prepare_memslot;
	const __le32 *end = s2m_symbols.prepare_memslot + s2m_symbol_size(at);

	possible = !at || !s2m_symbols.ioremap;
	for (; at < end && !possible; at++)
		possible = aarch64_insn_is_bl(s2m_insn(at)) &&
			   s2m_insn_branch_target(at) == s2m_symbols.ioremap;
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
