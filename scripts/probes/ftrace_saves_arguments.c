// SPDX-License-Identifier: GPL-2.0-only
/* Does the trampoline of ftrace save the arguments for every callback? */
#include <linux/ftrace.h>

#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#error no
#endif

unsigned long probe(struct ftrace_regs *fregs);
unsigned long probe(struct ftrace_regs *fregs)
{
	return ftrace_regs_get_argument(fregs, 3);
}
