// SPDX-License-Identifier: GPL-2.0-only
/* Is fixup_exception() told the ESR of the fault? */
#include <linux/ptrace.h>
#include <asm/extable.h>

bool probe(struct pt_regs *regs);
bool probe(struct pt_regs *regs)
{
	return fixup_exception(regs, 0UL);
}
