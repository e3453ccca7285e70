// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM can have KVM split blocks when it begins to log what a guest writes
 * (KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 6.5). Then stage2_split_walker() has
 * kvm_pgtable_stage2_create_unlinked() make a table of pages, and puts that where the
 * block was. The hook is not in the way, and the pages are not of the block's type: they
 * get that of RAM, since kvm_pgtable_stage2_pte_prot() does not say what a device's is.
 * KVM means RAM only, and refuses to log VM_PFNMAP memory. But it looks at what is
 * mapped when a memslot is made, and a BAR can take that place afterwards; in a memslot
 * that is read-only it gets blocks, too (tests/cases/split.sh).
 *
 * So that function returns -EAGAIN for what is no RAM. stage2_split_walker() returns the
 * same for a block that somebody else is just changing, and the walk leaves that block
 * alone and goes on. Nobody depends on it: "eager page splitting is best-effort"
 * (arch/arm64/kvm/mmu.c). The block keeps the type that it was given, and a write to a
 * page of it that is logged faults, and comes by the hook.
 *
 * All other ways to a leaf pass kvm_pgtable_stage2_map(), or change permissions and the
 * access flag of one that is there.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <asm/insn.h>

#include "compat/mm.h"
#include "hook/split.h"
#include "kernel/insn.h"
#include "kernel/leave.h"
#include "kernel/symbols.h"

static struct kprobe probe;
static bool forbidden;
static unsigned long missed_before;

/* At the entry of kvm_pgtable_stage2_create_unlinked(): the second argument is where to. */
static int at_entry(struct kprobe *p, struct pt_regs *regs)
{
	if (s2m_pfn_is_ram(PHYS_PFN(regs->regs[1])))
		return 0;
	s2m_leave(regs, -EAGAIN);
	return 1;
}

NOKPROBE_SYMBOL(at_entry);

/* Compilers may put a function into its caller: then its entry is passed by nobody. */
int s2m_split_find(void)
{
	const __le32 *at = s2m_symbols.split_walker;
	const __le32 *end = s2m_symbols.split_walker + s2m_symbol_size(at);

	if (!s2m_symbols.create_unlinked || !at)
		return 0;
	for (; at < end; at++)
		if (s2m_insn_called(at) == s2m_symbols.create_unlinked)
			return 0;
	pr_err("found no call of %ps in %ps: not loaded\n", s2m_symbols.create_unlinked,
	       s2m_symbols.split_walker);
	return -ENXIO;
}

static bool in_place(void)
{
	return aarch64_insn_is_brk(s2m_insn(s2m_symbols.create_unlinked));
}

static int put_in(void)
{
	int err;

	/* unregister_kprobe() leaves marks that register_kprobe() refuses. */
	missed_before += probe.nmissed;
	probe = (struct kprobe) {
		.addr = s2m_symbols.create_unlinked,
		.pre_handler = at_entry,
	};
	err = register_kprobe(&probe);
	if (err)
		return err;
	/* Until its next exception a CPU may run what it has fetched already. */
	kick_all_cpus_sync();
	forbidden = true;
	return 0;
}

int s2m_split_forbid(void)
{
	bool was = forbidden;
	int err = 0;

	if (!s2m_symbols.create_unlinked)
		return 0;
	if (!was)
		err = put_in();
	if (!err && !in_place())
		err = -EBUSY;
	if (err && !was)
		s2m_split_allow();
	return err;
}

void s2m_split_allow(void)
{
	if (!forbidden)
		return;
	/* First: s2m_split_lost() may be asked at any time. */
	WRITE_ONCE(forbidden, false);
	unregister_kprobe(&probe);
}

bool s2m_split_lost(void)
{
	return READ_ONCE(forbidden) && !in_place();
}

unsigned long s2m_split_missed(void)
{
	return missed_before + READ_ONCE(probe.nmissed);
}
