// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a compiler would have made that puts kvm_pgtable_stage2_map() into the path of a
 * guest's faults and leaves the function for others: that path comes to a copy of it. It
 * stands where the parameter "over" says, in place of a function that nobody calls here.
 * Only for kernels that call the function by name, and while no probe is in it. Test only.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <asm/insn.h>

#include "patch.h"

static char over[64] = "vgic_its_save_tables_v0";
module_param_string(over, over, sizeof(over), 0444);

#define WORDS		512

/* KPROBES_BRK_IMM */
#define BRK_KPROBE	4

static patch_fn *patch;

static struct function original, copy;
static u32 copy_was[WORDS];

/* The calls that have been diverted. */
static u32 *calls[4];
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

static int divert(const char *name)
{
	struct function caller;
	u32 i;

	if (!find(name, &caller))
		return 0;
	for (i = 0; i < caller.words && nr_calls < ARRAY_SIZE(calls); i++) {
		u32 *at = caller.at + i, insn = word_at(at);

		if (!aarch64_insn_is_bl(insn) || at + sign_extend32(insn, 25) != original.at)
			continue;
		calls[nr_calls++] = at;
		patch(at, (insn & 0xfc000000) | ((copy.at - at) & GENMASK(25, 0)));
	}
	return nr_calls;
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
	for (i = 0; i < original.words; i++) {
		copy_was[i] = word_at(copy.at + i);
		patch(copy.at + i, moved(word_at(original.at + i), original.at + i, copy.at + i));
	}
	divert("kvm_handle_guest_abort");
	divert("user_mem_abort");
	pr_info("swallow: %d calls of %ps lead to %ps\n", nr_calls, original.at, copy.at);
	return 0;
}

static void __exit swallow_exit(void)
{
	u32 i;

	for (i = 0; (int)i < nr_calls; i++)
		patch(calls[i], 0x94000000 | ((original.at - calls[i]) & GENMASK(25, 0)));
	for (i = 0; i < original.words; i++)
		patch(copy.at + i, copy_was[i]);
}

module_init(swallow_init);
module_exit(swallow_exit);
MODULE_DESCRIPTION("makes a copy of kvm_pgtable_stage2_map() that faults pass");
MODULE_LICENSE("GPL");
