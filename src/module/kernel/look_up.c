// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM looks such pages up in hva_to_pfn(), which compilers cut up and put into
 * others as they like, so its name does not tell where the calls are. All of KVM's
 * are in one object file (virt/kvm/kvm_main.c), within reach of a function of the
 * same file that is known.
 */
#include <linux/kallsyms.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/insn.h>

#include "compat/look_up.h"
#include "kernel/insn.h"
#include "kernel/look_up.h"
#include "kernel/path.h"
#include "kernel/symbols.h"

/* Bytes to either side. That file makes some 64 KiB of text. */
#define REACH	SZ_128K

static void *calls[S2M_LOOK_UPS_MAX];
static unsigned int count;

/* Functions by which KVM comes to the look-up, the last with the call in it. */
static const void *through[S2M_MAX_THROUGH];
static unsigned int nr_through;

/* Is this address within the kernel's image, which is mapped from end to end? */
static bool in_kernel(const void *address)
{
	char text[KSYM_SYMBOL_LEN];

	sprint_symbol(text, (unsigned long)address);
	/* "0x..." if nobody knows it, "name+offset/size [module]" if it is a module's. */
	return !strstarts(text, "0x") && !strchr(text, '[');
}

static const __le32 *reach(long bytes)
{
	const void *known = s2m_symbols.running_vcpu;

	while (bytes && !in_kernel(known + bytes))
		bytes = bytes / 2 / AARCH64_INSN_SIZE * AARCH64_INSN_SIZE;
	return known + bytes;
}

/* The calls between two addresses, if there are not too many of them. */
static unsigned int find_calls(const __le32 *at, const __le32 *end)
{
	unsigned int found = 0;

	for (; at < end; at++) {
		if (s2m_insn_called(at) != s2m_symbols.look_up_pfn)
			continue;
		if (found == S2M_LOOK_UPS_MAX)
			return 0;
		calls[found++] = (void *)at;
	}
	return found;
}

static bool is_found(const void *call)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (calls[i] == call)
			return true;
	return false;
}

/*
 * Full LTO knows no object files: what it has put into another function may be anywhere.
 * Are all calls found that functions on a way have in them?
 */
static bool all_found(const void *const functions[], unsigned int n)
{
	const __le32 *at, *end;
	unsigned int i;

	for (i = 0; i < n; i++) {
		at = functions[i];
		end = functions[i] + s2m_symbol_size(functions[i]);
		for (; at < end; at++)
			if (s2m_insn_called(at) == s2m_symbols.look_up_pfn && !is_found(at))
				return false;
	}
	return true;
}

void s2m_look_up_find(void)
{
	const void *faults[S2M_MAX_THROUGH];
	unsigned int n;

	count = 0;
	nr_through = 0;
	if (!s2m_symbols.look_up_pfn || !s2m_symbols.look_up_entry)
		return;
	count = find_calls(reach(-REACH), reach(REACH));
	/* Who is on the way decides whether the calls are passed. */
	if (count)
		nr_through = s2m_path_trace(s2m_symbols.look_up_entry, s2m_symbols.look_up_pfn,
					    through);
	if (!nr_through || !all_found(through, nr_through)) {
		count = 0;
		return;
	}
	/* Of the functions between, some may be in the one that faults come from. */
	n = s2m_path_trace(s2m_symbols.guest_abort, s2m_symbols.look_up_pfn, faults);
	if (!all_found(faults, n))
		count = 0;
}

unsigned int s2m_look_up_calls(void)
{
	return count;
}

void *s2m_look_up_call(unsigned int n)
{
	return calls[n];
}

/*
 * Of a function that is traced, the second instruction is the call into ftrace, or the
 * third if the first is a landing pad (BTI). A BL there cannot be the function's own,
 * which has not saved its return address yet; but functions that can never be traced
 * have nothing there to be patched, and perhaps a short prologue.
 */
static bool is_diverted(const __le32 *function)
{
	if (!IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) &&
	    !IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_REGS))
		return false;
	return aarch64_insn_is_bl(s2m_insn(function + 1)) ||
	       aarch64_insn_is_bl(s2m_insn(function + 2));
}

const void *s2m_look_up_diverted(void)
{
	unsigned int i;

	/* The entry of what is called is passed by all, whatever becomes of its callers. */
	if (!count)
		return NULL;
	for (i = 0; i < nr_through; i++)
		if (is_diverted(through[i]))
			return through[i];
	return NULL;
}

void *s2m_look_up_function(void)
{
	return s2m_symbols.look_up_pfn;
}
