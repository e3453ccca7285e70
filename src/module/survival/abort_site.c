// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm_handle_guest_abort() tells the log about a fault that it does not handle
 * and returns -EFAULT, which ends the VM:
 *
 *	kvm_err("Unsupported FSC: EC=%#x xFSC=%#lx ESR_EL2=%#lx\n", ...);
 *	return -EFAULT;
 *
 * which compilers lay out as straight-line code away from the path of all other
 * faults. What of the return is done before the call of printk() and what after
 * it differs between them; s2m_way_out_find() reads it from the text.
 */
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kernel/insn.h"
#include "kernel/symbols.h"
#include "survival/abort_site.h"

#define REPORT		"Unsupported FSC: "

/* What a check of the stack ends in, and never comes back from. */
#define NORETURN	"__stack_chk_fail+0x0/"

static bool is_report(const char *format)
{
	char text[64] = "";

	/* Not strncpy_from_kernel_nofault(), which modules cannot have. */
	return !copy_from_kernel_nofault(text, format, sizeof(text) - 1) &&
	       strstr(text, REPORT);
}

static bool is_noreturn(u64 function)
{
	char name[KSYM_SYMBOL_LEN];

	/* It cannot be probed, so no register_kprobe() tells where it is. */
	sprint_symbol(name, function);
	return !strncmp(name, NORETURN, strlen(NORETURN));
}

static u64 find_noreturn(const struct s2m_text *text)
{
	u64 target, last = 0;
	u32 at;

	for (at = 0; at < text->count; at++) {
		target = s2m_call_target(text, at);
		if (!target || target == last)
			continue;
		if (is_noreturn(target))
			return target;
		last = target;
	}
	return 0;
}

/* The one call of printk() with the report; its index, or -1. */
static int find_report(const struct s2m_text *text, struct s2m_abort_site *site)
{
	int found = -1;
	u32 at;

	for (at = 0; at < text->count; at++) {
		const char *format;

		if (s2m_call_target(text, at) != (u64)s2m_symbols.printk)
			continue;
		format = (const char *)s2m_call_argument(text, at);
		if (!is_report(format))
			continue;
		if (found >= 0)
			return -1;
		found = at;
		site->format = format;
	}
	return found;
}

static bool find_in(const struct s2m_text *text, struct s2m_abort_site *site)
{
	int call = find_report(text, site);

	if (call < 0 || s2m_way_out_find(text, call, find_noreturn(text), &site->way))
		return false;
	site->call = (void *)text->address + call * sizeof(u32);
	site->insn = text->insn[call];
	return true;
}

bool s2m_abort_site_find(struct s2m_abort_site *site)
{
	const __le32 *start = s2m_symbols.guest_abort;
	u32 count = s2m_symbol_size(start) / sizeof(u32), i;
	u32 *insn = kvmalloc_array(count, sizeof(u32), GFP_KERNEL);
	const struct s2m_text text = { .insn = insn, .count = count, .address = (u64)start };
	bool found;

	if (!insn)
		return false;
	for (i = 0; i < count; i++)
		insn[i] = s2m_insn_original(start + i);
	found = find_in(&text, site);
	kvfree(insn);
	return found;
}

bool s2m_abort_site_reached(const struct s2m_abort_site *site, const struct pt_regs *regs)
{
	return regs->regs[0] == (u64)site->format &&
	       (!site->way.waits || (s32)regs->regs[site->way.result] == -EFAULT);
}

NOKPROBE_SYMBOL(s2m_abort_site_reached);

void s2m_abort_site_leave(const struct s2m_abort_site *site, struct pt_regs *regs, int value)
{
	const struct s2m_way_out *way = &site->way;
	u32 i;

	for (i = 0; i < way->restores; i++)
		regs->regs[way->restore[i].reg] = *(u64 *)(regs->sp + way->restore[i].offset);
	regs->regs[way->result] = value;
	instruction_pointer_set(regs, way->resume);
}

NOKPROBE_SYMBOL(s2m_abort_site_leave);

void s2m_abort_site_call(const struct s2m_abort_site *site, struct pt_regs *regs,
			 int (*function)(void *argument), void *argument)
{
	/* A result in W0 is what @function returns, in another register it stands already. */
	s2m_abort_site_leave(site, regs, 1);
	regs->regs[0] = (u64)argument;
	regs->regs[30] = site->way.resume;
	instruction_pointer_set(regs, (unsigned long)function);
}

NOKPROBE_SYMBOL(s2m_abort_site_call);
