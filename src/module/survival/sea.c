// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest whose own access is refused by a device gets a synchronous external
 * abort of its own. If the kernel makes the access, do_sea() ends in die(), and a
 * guest must not be able to do that to the host. So while this module may touch
 * devices, a probe on do_sea() looks whether it was this module that did, and
 * then does what the kernel does for a page fault in the same place: it goes on at
 * the fixup that get_user() and put_user() have. The probe is off the path of all
 * faults but those that would be the kernel's end.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/esr.h>

#include "compat/fixup.h"
#include "kernel/insn.h"
#include "kernel/leave.h"
#include "kernel/symbols.h"
#include "survival/sea.h"

static struct kprobe probe;
static u32 entry;		/* the first instruction of do_sea() without the probe */
static bool armed;

/* The thread whose access was refused last, until it has asked. */
static struct task_struct *refused;

/* do_sea(far, esr, regs): is that what the registers hold? */
static struct pt_regs *our_access(const struct pt_regs *regs)
{
	struct pt_regs *of_access = (struct pt_regs *)regs->regs[2];

	if (ESR_ELx_EC(regs->regs[1]) != ESR_ELx_EC_DABT_CUR ||
	    !object_is_on_stack(of_access) || user_mode(of_access))
		return NULL;
	return within_module(instruction_pointer(of_access), THIS_MODULE) ? of_access : NULL;
}

NOKPROBE_SYMBOL(our_access);

static int at_do_sea(struct kprobe *p, struct pt_regs *regs)
{
	struct pt_regs *of_access = our_access(regs);

	if (!of_access || !s2m_fixup(s2m_symbols.fixup_exception, of_access, regs->regs[1]))
		return 0;
	WRITE_ONCE(refused, current);
	/* do_sea() has returned 0: the exception has been dealt with. */
	s2m_leave(regs, 0);
	return 1;
}

NOKPROBE_SYMBOL(at_do_sea);

bool s2m_sea_known(void)
{
	return s2m_symbols.do_sea && s2m_symbols.fixup_exception;
}

int s2m_sea_arm(void)
{
	int err;

	if (armed)
		return 0;
	entry = s2m_insn_original(s2m_symbols.do_sea);
	/* unregister_kprobe() leaves marks that register_kprobe() refuses. */
	probe = (struct kprobe) {
		.addr = s2m_symbols.do_sea,
		.pre_handler = at_do_sea,
	};
	err = register_kprobe(&probe);
	if (!err)
		WRITE_ONCE(armed, true);
	return err;
}

void s2m_sea_disarm(void)
{
	if (!armed)
		return;
	WRITE_ONCE(armed, false);
	unregister_kprobe(&probe);
}

bool s2m_sea_has_refused(void)
{
	return cmpxchg(&refused, current, NULL) == current;
}

bool s2m_sea_is_armed(void)
{
	return READ_ONCE(armed) && s2m_insn(s2m_symbols.do_sea) != entry;
}

NOKPROBE_SYMBOL(s2m_sea_is_armed);
