// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which transport is in use, and whether its hook is in. When the hook has to be in is
 * decided in standby.c; what it does there is fault/.
 */
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "hook/hook.h"
#include "hook/site.h"

#define FTRACE_CONFIGURED	(IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) || \
				 IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_REGS))

/*
 * The cheapest first. But where the kernel can be preempted, to take an ftrace callback
 * out waits until every task has slept, with the lock that all of ftrace has: whoever
 * keeps a runnable task from running (a cgroup's cpu.max does) keeps that waiting too.
 */
static const struct s2m_transport * const transports[] = {
	FTRACE_CONFIGURED && !IS_ENABLED(CONFIG_PREEMPTION) ? &s2m_transport_ftrace : NULL,
	&s2m_transport_kprobe,
	FTRACE_CONFIGURED && IS_ENABLED(CONFIG_PREEMPTION) ? &s2m_transport_ftrace : NULL,
};

static const struct s2m_transport *transport;
static bool armed;
static bool watching;

int s2m_hook_choose(const char *name)
{
	bool any = !strcmp(name, "auto");
	const char *why_not = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(transports); i++) {
		if (!transports[i] || !(any || !strcmp(name, transports[i]->name)))
			continue;
		why_not = transports[i]->offered();
		if (!why_not) {
			transport = transports[i];
			return 0;
		}
	}
	if (any || !strcmp(name, "ftrace") || !strcmp(name, "kprobe"))
		pr_err("this kernel offers no hook for transport=%s (%s): not loaded\n", name,
		       why_not ?: "it is configured without");
	else
		pr_err("transport=%s is none of auto, ftrace, kprobe: not loaded\n", name);
	return -EPROTONOSUPPORT;
}

int s2m_hook_arm(void)
{
	int err;

	if (armed)
		return 0;
	err = transport->arm(s2m_site());
	if (err)
		return err;
	if (!transport->in_place()) {
		transport->disarm();
		return -EBUSY;
	}
	/* Until its next exception a CPU may run what it has fetched already. */
	kick_all_cpus_sync();
	armed = true;
	return 0;
}

void s2m_hook_disarm(void)
{
	if (!armed)
		return;
	transport->disarm();
	armed = false;
}

int s2m_hook_post_sentinel(s2m_sentinel_fn *seen)
{
	int err;

	if (watching)
		return 0;
	err = transport->watch(seen);
	if (err)
		return err;
	if (!transport->watching()) {
		transport->unwatch();
		return -EBUSY;
	}
	kick_all_cpus_sync();
	watching = true;
	return 0;
}

void s2m_hook_dismiss_sentinel(void)
{
	if (!watching)
		return;
	transport->unwatch();
	watching = false;
}

bool s2m_hook_lost(void)
{
	return (READ_ONCE(armed) && !transport->in_place()) ||
	       (READ_ONCE(watching) && !transport->watching());
}

bool s2m_hook_armed(void)
{
	return READ_ONCE(armed) && transport->in_place();
}

unsigned long s2m_hook_missed(void)
{
	return transport->missed();
}

const char *s2m_hook_transport(void)
{
	return transport->name;
}
