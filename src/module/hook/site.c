// SPDX-License-Identifier: GPL-2.0-only
/*
 * The place of the hook, found by reading the kernel's text. It is found once, at load;
 * that calls at this place are what they are taken for is proven in proof.c.
 */
#include <linux/kernel.h>

#include "hook/site.h"
#include "kernel/insn.h"
#include "kernel/path.h"
#include "kernel/symbols.h"

/* dsb ishst, the barrier that follows the walk. */
#define DSB_ISHST	0xd5033a9fU

static const __le32 *site;
static u32 call;

static const void *callee;

/* Compilers may put kvm_pgtable_walk() into its caller, see s2m_fault_inlined(). */
static bool calls_walk(const __le32 *at)
{
	const void *target = s2m_insn_called(at);

	return target && (target == s2m_symbols.walk || target == s2m_symbols.inner_walk);
}

int s2m_site_find(void)
{
	const __le32 *at = s2m_symbols.stage2_map;
	const __le32 *end = s2m_symbols.stage2_map + s2m_symbol_size(s2m_symbols.stage2_map);
	int calls = 0;

	for (; at < end; at++) {
		if (!calls_walk(at))
			continue;
		site = at;
		callee = s2m_insn_called(at);
		calls++;
	}
	if (!calls) {
		pr_err("found no call of %ps in %ps: not loaded\n",
		       s2m_symbols.walk, s2m_symbols.stage2_map);
		return -ENXIO;
	}
	if (calls > 1) {
		pr_err("found %d calls of %ps in %ps instead of one: not loaded\n",
		       calls, callee, s2m_symbols.stage2_map);
		return -ENOTUNIQ;
	}
	if (site + 1 >= end || s2m_insn_original(site + 1) != DSB_ISHST) {
		pr_err("the call at %pS is not followed by dsb ishst: not loaded\n", site);
		return -EILSEQ;
	}
	call = s2m_insn_original(site);
	return 0;
}

int s2m_site_reached(void)
{
	const void *function = s2m_symbols.stage2_map;
	struct s2m_path_to_map path;
	int err = s2m_path_find(s2m_symbols.guest_abort, &path);

	if (err == -ENOMEM)
		return err;
	if (!err && path.copy) {
		pr_err("%ps has a copy of %ps in it, and faults may take that: not loaded\n",
		       path.copy, function);
		return -ENOTUNIQ;
	}
	if (err || !path.comes) {
		pr_err("found no way from %ps to %ps: not loaded\n", s2m_symbols.guest_abort,
		       function);
		return -ENXIO;
	}
	return 0;
}

int s2m_site_tells_copies(void)
{
	int err = s2m_path_check_part();

	if (err != -ENOENT)
		return err;
	pr_err("%ps does not form the address of %ps, by which a copy of it would be known: not loaded\n",
	       s2m_symbols.stage2_map, s2m_symbols.map_walker);
	return -ENXIO;
}

void *s2m_site(void)
{
	return (void *)site;
}

unsigned long s2m_site_offset(void)
{
	return (void *)site - s2m_symbols.stage2_map;
}

const void *s2m_site_callee(void)
{
	return callee;
}

bool s2m_site_is_inlined(void)
{
	return callee == s2m_symbols.inner_walk;
}

bool s2m_site_patched(void)
{
	return s2m_insn(site) != call;
}
