// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kprobe on the BL itself. arm64 simulates branches, so a hit costs one
 * exception and no single-step, and the handler finds the arguments of the
 * call in x0 to x3.
 */
#include <linux/kconfig.h>
#include <linux/kprobes.h>
#include <asm/insn.h>

#include "fault.h"
#include "hook.h"
#include "site.h"

static struct kprobe probe;
static unsigned long missed_before;

/* Not inlined, so that a fault for RAM does not pay for its frame. */
static noinline int decide(struct pt_regs *regs)
{
	const struct kvm_pgtable *pgt = (const struct kvm_pgtable *)regs->regs[0];
	u64 ipa = regs->regs[1], size = regs->regs[2];
	const struct kvm_pgtable_walker *walker =
		(const struct kvm_pgtable_walker *)regs->regs[3];

	if (s2m_fault(pgt, ipa, size, walker) == S2M_FAULT_AGAIN)
		regs->regs[2] = 0;
	return 0;
}

NOKPROBE_SYMBOL(decide);

static int at_call(struct kprobe *p, struct pt_regs *regs)
{
	if (s2m_is_for_ram((const struct kvm_pgtable_walker *)regs->regs[3]))
		return 0;
	return decide(regs);
}

NOKPROBE_SYMBOL(at_call);

static int at_inlined_call(struct kprobe *p, struct pt_regs *regs)
{
	s2m_fault_inlined((void *)regs->regs[0], (void *)regs->regs[1]);
	return 0;
}

NOKPROBE_SYMBOL(at_inlined_call);

/*
 * s2m_symbols_resolve() would not have got this far without kprobes. But the fault path
 * gives mmap_lock back, and on PREEMPT_RT that enables interrupts, which the handler of
 * a BRK must leave masked.
 */
static bool offered(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT);
}

static int arm(void *site)
{
	/* unregister_kprobe() leaves marks that register_kprobe() refuses. */
	missed_before += probe.nmissed;
	probe = (struct kprobe) {
		.addr = site,
		.pre_handler = s2m_site_is_inlined() ? at_inlined_call : at_call,
	};
	return register_kprobe(&probe);
}

static void disarm(void)
{
	unregister_kprobe(&probe);
}

static struct kprobe sentinel;
static void (*sentinel_seen)(void);

static int at_entry(struct kprobe *p, struct pt_regs *regs)
{
	sentinel_seen();
	return 0;
}

NOKPROBE_SYMBOL(at_entry);

static int watch(void *function, void (*seen)(void))
{
	sentinel_seen = seen;
	missed_before += sentinel.nmissed;
	sentinel = (struct kprobe) {
		.addr = function,
		.pre_handler = at_entry,
	};
	return register_kprobe(&sentinel);
}

static void unwatch(void)
{
	unregister_kprobe(&sentinel);
}

static bool watching(void)
{
	return aarch64_insn_is_brk(le32_to_cpu(READ_ONCE(*(const __le32 *)sentinel.addr)));
}

static unsigned long missed(void)
{
	return missed_before + READ_ONCE(probe.nmissed) + READ_ONCE(sentinel.nmissed);
}

const struct s2m_transport s2m_transport_kprobe = {
	.name = "kprobe",
	.offered = offered,
	.arm = arm,
	.disarm = disarm,
	.in_place = s2m_site_patched,
	.watch = watch,
	.unwatch = unwatch,
	.watching = watching,
	.missed = missed,
};
