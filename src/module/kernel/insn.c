// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody else's kprobe may be in the kernel's text before this module is. What is read at
 * load says where functions lead to, and a call that is not seen would be one that nobody
 * watches. The kernel gives whoever registers a second kprobe at a place the instruction
 * that the first one has replaced.
 */
#include <linux/kprobes.h>
#include <asm/debug-monitors.h>
#include <asm/insn.h>

#include "kernel/insn.h"

u32 s2m_insn_replaced(const void *at, u32 insn)
{
	struct kprobe probe = { .addr = (void *)at, .flags = KPROBE_FLAG_DISABLED };

	if (insn != BRK64_OPCODE_KPROBES || register_kprobe(&probe))
		return insn;
	unregister_kprobe(&probe);
	return probe.opcode;
}

u32 s2m_insn_original(const __le32 *at)
{
	return s2m_insn_replaced(at, s2m_insn(at));
}

const void *s2m_insn_called(const __le32 *at)
{
	u32 insn = s2m_insn_original(at);

	return aarch64_insn_is_bl(insn) ?
	       (const void *)at + ((s64)sign_extend32(insn, 25) << 2) : NULL;
}
