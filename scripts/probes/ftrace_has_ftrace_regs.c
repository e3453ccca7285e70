// SPDX-License-Identifier: GPL-2.0-only
/* Do ftrace callbacks get a struct ftrace_regs, not a struct pt_regs? */
#include <linux/ftrace.h>

static void callback(unsigned long ip, unsigned long parent_ip,
		     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
}

ftrace_func_t probe(void);
ftrace_func_t probe(void)
{
	return callback;
}
