// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ftrace callback on the function that the site calls. No exception is
 * taken, so this costs a third of a kprobe; but every other walk of a stage-2
 * table (unmapping, aging, write protection) passes by as well.
 *
 * Beside others on the same function: callbacks do not disturb each other, and
 * this one neither asks for IPMODIFY nor changes the program counter, which is
 * what a livepatch needs for itself. A kretprobe has put its own return address
 * in place before the callback runs; see from_site().
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <asm/insn.h>

#include "compat/ftrace.h"
#include "fault/fault.h"
#include "hook/hook.h"
#include "hook/site.h"
#include "kernel/look_up.h"
#include "kernel/symbols.h"

/* Behind the call in kvm_pgtable_stage2_map(). */
static unsigned long return_to;

static __always_inline u32 instruction(unsigned long at)
{
	return le32_to_cpu(READ_ONCE(*(const __le32 *)at));
}

/*
 * Is this the walk that the hook is for? The return address tells, unless somebody (a
 * kretprobe) has replaced it. Then the walk's callback tells. Other walks with that
 * callback have the return address of a call: there is a BL in front of it.
 */
static __always_inline bool from_site(unsigned long parent_ip,
				      const struct kvm_pgtable_walker *walker)
{
	if (likely(parent_ip == return_to))
		return true;
	if (likely((void *)walker->cb != s2m_symbols.map_walker))
		return false;
	return !aarch64_insn_is_bl(instruction(parent_ip - AARCH64_INSN_SIZE));
}

/* Not inlined, so that walks that are none of ours do not pay for its frame. */
static noinline notrace void hand_over(const struct kvm_pgtable_walker *walker,
				       s2m_ftrace_regs *fregs)
{
	const struct kvm_pgtable *pgt =
		(const struct kvm_pgtable *)s2m_ftrace_argument(fregs, 0);
	u64 ipa = s2m_ftrace_argument(fregs, 1), size = s2m_ftrace_argument(fregs, 2);

	/* mmu_lock disables preemption as well, except where locks may sleep. */
	preempt_disable_notrace();
	if (s2m_fault(pgt, ipa, size, walker) == S2M_FAULT_AGAIN)
		s2m_ftrace_set_argument(fregs, 2, 0);
	preempt_enable_notrace();
}

/*
 * hand_over() says "fault again" with a size of 0. To return in place of the function
 * would be the other way, and would mean to set the program counter. That is reserved to
 * one callback for each function: with IPMODIFY this module and a livepatch would keep
 * each other out, and without it the last of them to run would win.
 *
 * Nothing here can be entered again on the same CPU: the callback is for one
 * function, which runs in task context only and which nothing below calls. So
 * there is no recursion to protect against, and no call that could be dropped
 * by such a protection.
 */
static void notrace at_walk(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, s2m_ftrace_regs *fregs)
{
	const struct kvm_pgtable_walker *walker =
		(const struct kvm_pgtable_walker *)s2m_ftrace_argument(fregs, 3);

	if (s2m_is_for_ram(walker))
		return;
	if (from_site(parent_ip, walker))
		hand_over(walker, fregs);
}

/*
 * The same for _kvm_pgtable_walk(), which has one argument, a structure. Beside a
 * kretprobe the walks of others get to s2m_fault_inlined() as well and count as refused:
 * what they pass is not read here, before it has been checked.
 */
static void notrace at_inlined_walk(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *op, s2m_ftrace_regs *fregs)
{
	if (parent_ip != return_to &&
	    aarch64_insn_is_bl(instruction(parent_ip - AARCH64_INSN_SIZE)))
		return;
	preempt_disable_notrace();
	s2m_fault_inlined((struct s2m_walk *)s2m_ftrace_argument(fregs, 0));
	preempt_enable_notrace();
}

static struct ftrace_ops ops, sentinel;
static s2m_sentinel_fn *sentinel_seen;
/* KVM's calls of the look-up return to between these two, if the calls are known. */
static unsigned long first_return, last_return;

static noinline notrace void call_sentinel(s2m_ftrace_regs *fregs)
{
	preempt_disable_notrace();
	sentinel_seen(s2m_ftrace_argument(fregs, 0), s2m_ftrace_argument(fregs, 1));
	preempt_enable_notrace();
}

/*
 * The function is called by VFIO and others as well, which return to other places than
 * KVM's calls do. Where a kretprobe has replaced the return address, there is no call in
 * front of that address, and the caller may be KVM. As for at_walk(), nothing that this
 * calls can enter it again on the same CPU.
 */
static void notrace at_look_up(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *op, s2m_ftrace_regs *fregs)
{
	if (likely(parent_ip < first_return || parent_ip > last_return) &&
	    aarch64_insn_is_bl(instruction(parent_ip - AARCH64_INSN_SIZE)))
		return;
	call_sentinel(fregs);
}

static void set_returns(void)
{
	unsigned int calls = s2m_look_up_calls();

	first_return = 0;
	last_return = ULONG_MAX;
	if (!calls)
		return;
	first_return = (unsigned long)s2m_look_up_call(0) + AARCH64_INSN_SIZE;
	last_return = (unsigned long)s2m_look_up_call(calls - 1) + AARCH64_INSN_SIZE;
}

/*
 * Old kernels want to be told the place of the call into ftrace, newer ones are
 * content with the function. It is in one of the first instructions.
 */
static int filter_function(struct ftrace_ops *which, unsigned long function)
{
	unsigned int i;
	int err = -EINVAL;

	for (i = 0; err == -EINVAL && i < 3; i++)
		err = ftrace_set_filter_ip(which, function + i * AARCH64_INSN_SIZE, 0, 1);
	return err;
}

/* Fill @which anew each time: s2m_ftrace_free_filter() may leave pointers to freed memory. */
static int set_up(struct ftrace_ops *which, ftrace_func_t func, unsigned long flags,
		  const void *function)
{
	*which = (struct ftrace_ops) {
		.func = func,
		/* PERMANENT: kernel.ftrace_enabled=0 is refused while it is there. */
		.flags = FTRACE_OPS_FL_PERMANENT | flags,
	};
	return filter_function(which, (unsigned long)function);
}

static int enable(struct ftrace_ops *which)
{
	int err = register_ftrace_function(which);

	if (err)
		s2m_ftrace_free_filter(which);
	return err;
}

static void disable(struct ftrace_ops *which)
{
	unregister_ftrace_function(which);
	s2m_ftrace_free_filter(which);
}

/*
 * The call into ftrace is the second instruction, or the third if the function
 * begins with a landing pad (BTI). A BL there cannot be the function's own: the
 * function has not saved its return address yet.
 */
static bool enabled(const struct ftrace_ops *which, const void *function)
{
	unsigned long second = (unsigned long)function + AARCH64_INSN_SIZE;

	return (READ_ONCE(which->flags) & FTRACE_OPS_FL_ENABLED) &&
	       (aarch64_insn_is_bl(instruction(second)) ||
		aarch64_insn_is_bl(instruction(second + AARCH64_INSN_SIZE)));
}

static int set_up_hook(void)
{
	return set_up(&ops, s2m_site_is_inlined() ? at_inlined_walk : at_walk,
		      S2M_FTRACE_OPS_FLAGS, s2m_site_callee());
}

static const char *offered(void)
{
	int err = set_up_hook();

	s2m_ftrace_free_filter(&ops);
	return err ? "the walk cannot be traced" : NULL;
}

static int arm(void *site)
{
	int err;

	return_to = (unsigned long)site + AARCH64_INSN_SIZE;
	err = set_up_hook();
	return err ?: enable(&ops);
}

static void disarm(void)
{
	disable(&ops);
}

static bool in_place(void)
{
	return enabled(&ops, s2m_site_callee());
}

static int watch(s2m_sentinel_fn *seen)
{
	int err;

	sentinel_seen = seen;
	set_returns();
	err = set_up(&sentinel, at_look_up, S2M_FTRACE_OPS_FLAGS, s2m_look_up_function());
	return err ?: enable(&sentinel);
}

static void unwatch(void)
{
	disable(&sentinel);
}

static bool watching(void)
{
	return enabled(&sentinel, s2m_look_up_function());
}

static unsigned long missed(void)
{
	return 0;
}

const struct s2m_transport s2m_transport_ftrace = {
	.name = "ftrace",
	.offered = offered,
	.arm = arm,
	.disarm = disarm,
	.in_place = in_place,
	.watch = watch,
	.unwatch = unwatch,
	.watching = watching,
	.missed = missed,
};
