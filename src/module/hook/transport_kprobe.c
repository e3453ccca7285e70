// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kprobe on the BL itself. arm64 simulates branches, so a hit costs one
 * exception and no single-step, and the handler finds the arguments of the
 * call in x0 to x3.
 */
#include <linux/kconfig.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <asm/insn.h>

#include "fault/fault.h"
#include "hook/hook.h"
#include "hook/site.h"
#include "kernel/insn.h"
#include "kernel/look_up.h"

static struct kprobe probe;
static unsigned long missed_before;

/* Not inlined, so that a fault for RAM does not pay for its frame. */
static noinline int hand_over(struct pt_regs *regs)
{
	const struct kvm_pgtable *pgt = (const struct kvm_pgtable *)regs->regs[0];
	u64 ipa = regs->regs[1], size = regs->regs[2];
	const struct kvm_pgtable_walker *walker =
		(const struct kvm_pgtable_walker *)regs->regs[3];

	if (s2m_fault(pgt, ipa, size, walker) == S2M_FAULT_AGAIN)
		regs->regs[2] = 0;
	return 0;
}

NOKPROBE_SYMBOL(hand_over);

static int at_call(struct kprobe *p, struct pt_regs *regs)
{
	if (s2m_is_for_ram((const struct kvm_pgtable_walker *)regs->regs[3]))
		return 0;
	return hand_over(regs);
}

NOKPROBE_SYMBOL(at_call);

static int at_inlined_call(struct kprobe *p, struct pt_regs *regs)
{
	s2m_fault_inlined((struct s2m_walk *)regs->regs[0]);
	return 0;
}

NOKPROBE_SYMBOL(at_inlined_call);

static const char *offered(void)
{
	/*
	 * A handler runs with all interrupts masked, and gives mmap_lock back. What does
	 * that there, rwbase_read_unlock(), unmasks them if a writer waits.
	 */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return "a handler of a kprobe must not give back a lock that sleeps (PREEMPT_RT)";
	/* s2m_symbols_resolve() would not have got this far without. */
	return NULL;
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

/* On the calls themselves, which cost others nothing; or else on the entry. */
static struct kprobe sentinels[S2M_LOOK_UPS_MAX];
static struct kprobe *registered[S2M_LOOK_UPS_MAX];
static unsigned int sentinel_count;
static s2m_sentinel_fn *sentinel_seen;

static int at_look_up(struct kprobe *p, struct pt_regs *regs)
{
	sentinel_seen(regs->regs[0], regs->regs[1]);
	return 0;
}

NOKPROBE_SYMBOL(at_look_up);

static int watch(s2m_sentinel_fn *seen)
{
	unsigned int calls = s2m_look_up_calls(), i;

	sentinel_seen = seen;
	sentinel_count = max(calls, 1U);
	for (i = 0; i < sentinel_count; i++) {
		missed_before += sentinels[i].nmissed;
		sentinels[i] = (struct kprobe) {
			.addr = calls ? s2m_look_up_call(i) : s2m_look_up_function(),
			.pre_handler = at_look_up,
		};
		registered[i] = &sentinels[i];
	}
	/* All of them or none. */
	return register_kprobes(registered, sentinel_count);
}

static void unwatch(void)
{
	unregister_kprobes(registered, sentinel_count);
}

static bool watching(void)
{
	unsigned int i;

	for (i = 0; i < sentinel_count; i++)
		if (!aarch64_insn_is_brk(s2m_insn((const __le32 *)sentinels[i].addr)))
			return false;
	return true;
}

static unsigned long missed(void)
{
	unsigned long sum = missed_before + READ_ONCE(probe.nmissed);
	unsigned int i;

	for (i = 0; i < S2M_LOOK_UPS_MAX; i++)
		sum += READ_ONCE(sentinels[i].nmissed);
	return sum;
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
