/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where KVM gives up on a fault.
 */
#ifndef S2MEMATTR_ABORT_SITE_H
#define S2MEMATTR_ABORT_SITE_H

#include <linux/types.h>

/**
 * struct s2m_abort_site - the call that reports a fault KVM does not handle
 * @call: the BL to printk() in kvm_handle_guest_abort()
 * @insn: that instruction as it was at load
 * @format: its first argument, "... Unsupported FSC: ..."
 * @result: number of the register that holds what kvm_handle_guest_abort() is
 *	about to return: -EFAULT at @call
 */
struct s2m_abort_site {
	void *call;
	u32 insn;
	const char *format;
	unsigned int result;
};

/**
 * s2m_abort_site_find() - find that call
 * @site: where it goes
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: whether there is exactly one, with all that struct s2m_abort_site says.
 */
bool s2m_abort_site_find(struct s2m_abort_site *site);

#endif
