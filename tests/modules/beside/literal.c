// SPDX-License-Identifier: GPL-2.0-only
/*
 * A boot of the kernel with which KASLR makes a branch of an address: the low half of the
 * pointer that stands between a function and the next one (to struct ftrace_ops,
 * DYNAMIC_FTRACE_WITH_CALL_OPS) leads where the parameters say. Nobody reads the pointer
 * while the next function is not traced. Test only.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "patch.h"

static char behind[64] = "kvm_arch_prepare_memory_region";
module_param_string(behind, behind, sizeof(behind), 0444);

static char to[64] = "kvm_handle_guest_abort";
module_param_string(to, to, sizeof(to), 0444);

static patch_fn *patch;
static u32 *low_half, was;

static int __init literal_init(void)
{
	struct function function, target;

	if (!IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS))
		return -EOPNOTSUPP;
	patch = find_patch();
	if (!patch || !find(behind, &function) || !find(to, &target))
		return -ENOENT;
	low_half = function.at + function.words - 2;
	was = word_at(low_half);
	/* High half of an address: it is in the kernel's own half. */
	if (word_at(low_half + 1) >> 16 != 0xffff)
		return -ENODEV;
	patch(low_half, 0x14000000 | ((target.at - low_half) & GENMASK(25, 0)));
	pr_info("literal: what stands behind %ps leads to %ps\n", function.at, target.at);
	return 0;
}

static void __exit literal_exit(void)
{
	patch(low_half, was);
}

module_init(literal_init);
module_exit(literal_exit);
MODULE_DESCRIPTION("makes a branch of the address between two functions");
MODULE_LICENSE("GPL");
