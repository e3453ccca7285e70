// SPDX-License-Identifier: GPL-2.0-only
/* Is what struct ftrace_regs holds behind arch_ftrace_regs()? */
#include <linux/ftrace.h>

void probe(struct ftrace_regs *fregs);
void probe(struct ftrace_regs *fregs)
{
	arch_ftrace_regs(fregs)->regs[2] = 0;
}
