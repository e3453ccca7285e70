// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread that has taken itself from a count is still in the text that does so, and may
 * stay there for long: by its cgroup's cpu.max, or because others run all the time. Who
 * is to free that text would have to wait until every task of the machine has slept
 * (synchronize_rcu_tasks()), and any process can put that off as long as it likes. So
 * here the count is changed by the kernel, in refcount_dec_not_one(), which returns
 * straight to KVM.
 */
#include <linux/kprobes.h>
#include <linux/refcount.h>

#include "survival/inside.h"

refcount_t s2m_inside_count = REFCOUNT_INIT(1);

asm("	.pushsection .text, \"ax\"\n"
"	.balign	4\n"
"	.global	s2m_inside_leave\n"
"	.type	s2m_inside_leave, %function\n"
"s2m_inside_leave:\n"
"	b	refcount_dec_not_one\n"
"	.size	s2m_inside_leave, . - s2m_inside_leave\n"
"	.popsection\n");

/* What the kernel's function returns is a bool, and what KVM takes it for an int. */
bool s2m_inside_possible(void)
{
	refcount_t two = REFCOUNT_INIT(2);

	return s2m_inside_leave(&two) == 1 && refcount_read(&two) == 1;
}

void s2m_inside_add(void)
{
	refcount_inc(&s2m_inside_count);
}

NOKPROBE_SYMBOL(s2m_inside_add);

bool s2m_inside_any(void)
{
	/* Pairs with the release in refcount_dec_not_one(). */
	return atomic_read_acquire(&s2m_inside_count.refs) > 1;
}
