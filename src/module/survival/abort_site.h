/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where KVM gives up on a fault, and how to have it go on.
 */
#ifndef S2MEMATTR_ABORT_SITE_H
#define S2MEMATTR_ABORT_SITE_H

#include <linux/types.h>
#include <s2memattr/way_out.h>

struct pt_regs;

/**
 * struct s2m_abort_site - the call that reports a fault KVM does not handle
 * @call: the BL to printk() in kvm_handle_guest_abort()
 * @insn: that instruction as it was at load
 * @format: its first argument, "... Unsupported FSC: ..."
 * @way: how kvm_handle_guest_abort() goes from there to its return of -EFAULT
 */
struct s2m_abort_site {
	void *call;
	u32 insn;
	const char *format;
	struct s2m_way_out way;
};

/**
 * s2m_abort_site_find() - find that call
 * @site: where it goes
 *
 * Context: process context at load, after s2m_symbols_resolve(); may sleep.
 * Return: whether there is exactly one, with all that struct s2m_abort_site says.
 */
bool s2m_abort_site_find(struct s2m_abort_site *site);

/**
 * s2m_abort_site_reached() - is this KVM about to report, and to return -EFAULT?
 * @site: what s2m_abort_site_find() found
 * @regs: of a probe at @site->call
 *
 * Context: any, NOKPROBE.
 * Return: whether the registers are what they must be there.
 */
bool s2m_abort_site_reached(const struct s2m_abort_site *site, const struct pt_regs *regs);

/**
 * s2m_abort_site_leave() - have kvm_handle_guest_abort() return another value
 * @site: what s2m_abort_site_find() found
 * @regs: of a probe at @site->call, whose handler then returns 1
 * @value: what it returns; 1 is "back to the guest"
 *
 * The report is left out, too.
 *
 * Context: any, NOKPROBE.
 */
void s2m_abort_site_leave(const struct s2m_abort_site *site, struct pt_regs *regs, int value);

/**
 * s2m_abort_site_call() - have a function called in place of the report
 * @site: what s2m_abort_site_find() found
 * @regs: of a probe at @site->call, whose handler then returns 1
 * @function: runs where the report would have run: on the vCPU's thread, in process
 *	context, with what kvm_handle_guest_abort() holds there; it has to return 1, which
 *	is then what kvm_handle_guest_abort() returns
 * @argument: its argument
 *
 * It is entered with BTYPE zero and returns as from a call by KVM, so pointer
 * authentication, BTI and shadow call stacks see nothing unusual.
 *
 * Context: any, NOKPROBE.
 */
void s2m_abort_site_call(const struct s2m_abort_site *site, struct pt_regs *regs,
			 int (*function)(void *argument), void *argument);

#endif
