// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm_handle_guest_abort() tells the log about a fault that it does not handle
 * and returns -EFAULT, which ends the VM:
 *
 *	kvm_err("Unsupported FSC: EC=%#x xFSC=%#lx ESR_EL2=%#lx\n", ...);
 *	return -EFAULT;
 *
 * which compilers lay out as straight-line code away from the path of all other
 * faults, with the return value already in the register where the common exit
 * looks for it, since it is a constant and the register survives the call:
 *
 *	mov	wN, #-14
 *	adrp	x0, format
 *	add	x0, x0, :lo12:format
 *	bl	printk
 *	b	exit
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/insn.h>

#include "abort_site.h"
#include "insn.h"
#include "symbols.h"

#define REPORT		"Unsupported FSC: "

/* mov wN, #-EFAULT, which is movn wN, #EFAULT - 1; without N. */
#define MOV_EFAULT	(0x12800000U | (EFAULT - 1) << 5)

static unsigned int rd(u32 insn)
{
	return insn & GENMASK(4, 0);
}

static bool leaves(u32 insn)
{
	return aarch64_insn_is_b(insn) || aarch64_insn_is_bl(insn) ||
	       aarch64_insn_is_bcond(insn) ||
	       aarch64_insn_is_cbz(insn) || aarch64_insn_is_cbnz(insn) ||
	       aarch64_insn_is_tbz(insn) || aarch64_insn_is_tbnz(insn) ||
	       aarch64_insn_is_br(insn) || aarch64_insn_is_blr(insn) ||
	       aarch64_insn_is_ret(insn) || aarch64_insn_is_brk(insn);
}

/* The first of the instructions that run one after the other up to @call. */
static const __le32 *run_up_to(const __le32 *call, const __le32 *start)
{
	const __le32 *at = call;

	while (at > start && !leaves(s2m_insn(at - 1)))
		at--;
	return at;
}

static unsigned long adrp_page(const __le32 *at)
{
	u32 insn = s2m_insn(at);
	s64 pages = sign_extend64(FIELD_GET(GENMASK(23, 5), insn) << 2 |
				  FIELD_GET(GENMASK(30, 29), insn), 20);

	return ALIGN_DOWN((unsigned long)at, SZ_4K) + pages * SZ_4K;
}

/* add x0, x0, #imm */
static bool adds_to_x0(u32 insn)
{
	return aarch64_insn_is_add_imm(insn) && (insn & BIT(31)) && !(insn & BIT(22)) &&
	       rd(insn) == 0 && FIELD_GET(GENMASK(9, 5), insn) == 0;
}

/* What a call's first argument is, if it is an address of the kernel's. */
static const char *first_argument(const __le32 *run, const __le32 *call)
{
	unsigned long x0 = 0;

	for (; run < call; run++) {
		u32 insn = s2m_insn(run);

		if (aarch64_insn_is_adrp(insn) && rd(insn) == 0)
			x0 = adrp_page(run);
		else if (x0 && adds_to_x0(insn))
			x0 += FIELD_GET(GENMASK(21, 10), insn);
	}
	return (const char *)x0;
}

static bool is_report(const char *format)
{
	char text[64] = "";

	/* Not strncpy_from_kernel_nofault(), which modules cannot have. */
	return !copy_from_kernel_nofault(text, format, sizeof(text) - 1) &&
	       strstr(text, REPORT);
}

/* Where -EFAULT waits for the call to return: in one register that survives it. */
static bool find_result(const __le32 *run, const __le32 *call, unsigned int *result)
{
	int found = 0;

	for (; run < call; run++) {
		u32 insn = s2m_insn(run);

		if ((insn & ~GENMASK(4, 0)) != MOV_EFAULT)
			continue;
		*result = rd(insn);
		found++;
	}
	return found == 1 && *result >= 19 && *result <= 28;
}

bool s2m_abort_site_find(struct s2m_abort_site *site)
{
	const __le32 *start = s2m_symbols.guest_abort;
	const __le32 *end = s2m_symbols.guest_abort + s2m_symbol_size(start);
	const __le32 *at, *run = NULL;
	int calls = 0;

	for (at = start; at < end; at++) {
		const __le32 *before;
		const char *format;

		if (!aarch64_insn_is_bl(s2m_insn(at)) ||
		    s2m_insn_branch_target(at) != s2m_symbols.printk)
			continue;
		before = run_up_to(at, start);
		format = first_argument(before, at);
		if (!is_report(format))
			continue;
		run = before;
		site->call = (void *)at;
		site->insn = s2m_insn(at);
		site->format = format;
		calls++;
	}
	return calls == 1 && find_result(run, site->call, &site->result);
}
