// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a compiler would have made that puts kvm_pgtable_stage2_map() into the path of a
 * guest's faults and leaves the function for others: that path comes to a copy of it. It
 * stands where the parameter "over" says, in place of a function that nobody calls here.
 * Only while no probe is in it.
 *
 * With "literal", a compiler that has the function load the address of its callback from a
 * table, instead of forming it: then nobody would know a copy. Test only.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <asm/insn.h>

#include "patch.h"

static char over[64] = "vgic_its_save_tables_v0";
module_param_string(over, over, sizeof(over), 0444);

static bool literal;
module_param(literal, bool, 0444);

/* How many calls lead to the copy now; others choose it by its address. */
static int by_name;
module_param(by_name, int, 0444);

#define WORDS		512

/* KPROBES_BRK_IMM */
#define BRK_KPROBE	4

static patch_fn *patch;

static struct function original, copy;
static u32 copy_was[WORDS];

/* The calls that have been diverted, or what loads an address now. */
static u32 *calls[8], call_was[8];
static int nr_calls;

/* The same call or address from another place; B and BL within the function stay. */
static u32 moved(u32 insn, const u32 *from, const u32 *to)
{
	s64 away;

	if ((insn & 0x7c000000) == 0x14000000) {
		const u32 *target = from + sign_extend32(insn, 25);

		if (target >= original.at && target < original.at + original.words)
			return insn;
		return (insn & 0xfc000000) | ((target - to) & GENMASK(25, 0));
	}
	if ((insn & 0x9f000000) == 0x90000000) {
		away = sign_extend64((insn >> 5 & GENMASK(18, 0)) << 2 | (insn >> 29 & 3), 20);
		away += ((long)from >> 12) - ((long)to >> 12);
		return (insn & 0x9f00001f) | (away & 3) << 29 | (away >> 2 & GENMASK(18, 0)) << 5;
	}
	return insn;
}

static u32 bl(const u32 *at, const u32 *to)
{
	return 0x94000000 | ((to - at) & GENMASK(25, 0));
}

static u32 adrp(const u32 *at, u32 reg, const u32 *to)
{
	long pages = ((long)to >> 12) - ((long)at >> 12);

	return 0x90000000 | (pages & 3) << 29 | (pages >> 2 & GENMASK(18, 0)) << 5 | reg;
}

static u32 add(u32 reg, const u32 *to)
{
	return 0x91000000 | ((long)to & GENMASK(11, 0)) << 10 | reg << 5 | reg;
}

static void replace(u32 *at, u32 insn)
{
	call_was[nr_calls] = word_at(at);
	calls[nr_calls++] = at;
	patch(at, insn);
}

/* Calls, and addresses where they are formed by one instruction after the other. */
static int divert(const char *name)
{
	struct function caller;
	int called = 0;
	u32 i;

	if (!find(name, &caller))
		return 0;
	for (i = 0; i < caller.words && nr_calls + 1 < ARRAY_SIZE(calls); i++) {
		u32 *at = caller.at + i, reg = word_at(at) & GENMASK(4, 0);

		if (word_at(at) == bl(at, original.at)) {
			replace(at, bl(at, copy.at));
			called++;
		} else if (i && word_at(at) == add(reg, original.at) &&
			   word_at(at - 1) == adrp(at - 1, reg, original.at)) {
			replace(at - 1, adrp(at - 1, reg, copy.at));
			replace(at, add(reg, copy.at));
		}
	}
	return called;
}

/* LDR (literal) in place of ADD; the literal stands where no instruction is run. */
static int load_callback(void)
{
	u64 callback = (u64)address_of("stage2_map_walker");
	u32 *table = (u32 *)ALIGN((unsigned long)copy.at, sizeof(u64));
	u32 i;

	memcpy(copy_was, table, sizeof(callback));
	for (i = 0; i < original.words && nr_calls < ARRAY_SIZE(calls); i++) {
		u32 *at = original.at + i, insn = word_at(at);

		if ((insn & 0xffc00000) != 0x91000000 ||
		    (insn >> 10 & GENMASK(11, 0)) != (callback & GENMASK(11, 0)))
			continue;
		patch(table, lower_32_bits(callback));
		patch(table + 1, upper_32_bits(callback));
		replace(at, 0x58000000 | ((table - at) & GENMASK(18, 0)) << 5 |
			(insn & GENMASK(4, 0)));
	}
	pr_info("swallow: %d addresses of %ps are loaded\n", nr_calls, (void *)callback);
	return nr_calls ? 0 : -ENOENT;
}

/* A kprobe's breakpoint is for the one place where it stands. */
static bool is_probed(const struct function *function)
{
	u32 i;

	for (i = 0; i < function->words; i++)
		if (word_at(function->at + i) == (0xd4200000 | BRK_KPROBE << 5))
			return true;
	return false;
}

static int __init swallow_init(void)
{
	u32 i;

	patch = find_patch();
	if (!patch || !find("kvm_pgtable_stage2_map", &original) || !find(over, &copy))
		return -ENOENT;
	if (original.words > copy.words || original.words > WORDS)
		return -E2BIG;
	if (is_probed(&original))
		return -EBUSY;
	if (literal)
		return load_callback();
	for (i = 0; i < original.words; i++) {
		copy_was[i] = word_at(copy.at + i);
		patch(copy.at + i, moved(word_at(original.at + i), original.at + i, copy.at + i));
	}
	by_name = divert("kvm_handle_guest_abort") + divert("user_mem_abort");
	return 0;
}

static void __exit swallow_exit(void)
{
	u32 i;

	for (i = 0; (int)i < nr_calls; i++)
		patch(calls[i], call_was[i]);
	if (literal)
		copy.at = (u32 *)ALIGN((unsigned long)copy.at, sizeof(u64));
	for (i = 0; i < (literal ? 2 : original.words); i++)
		patch(copy.at + i, copy_was[i]);
}

module_init(swallow_init);
module_exit(swallow_exit);
MODULE_DESCRIPTION("makes a copy of kvm_pgtable_stage2_map() that faults pass");
MODULE_LICENSE("GPL");
