// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "hook.h"
#include "site.h"

static const struct s2m_transport * const transports[] = {
	&s2m_transport_kprobe,
};

static const struct s2m_transport *transport;
static bool armed;

int s2m_hook_choose(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(transports); i++) {
		if (!strcmp(name, "auto") || !strcmp(name, transports[i]->name)) {
			transport = transports[i];
			return 0;
		}
	}
	pr_err("transport=%s is none of auto, kprobe: not loaded\n", name);
	return -EPROTONOSUPPORT;
}

int s2m_hook_arm(void)
{
	int err;

	if (armed)
		return 0;
	err = transport->arm(s2m_site());
	if (!err)
		armed = true;
	return err;
}

void s2m_hook_disarm(void)
{
	if (!armed)
		return;
	transport->disarm();
	armed = false;
}

bool s2m_hook_armed(void)
{
	return READ_ONCE(armed) && s2m_site_patched();
}

unsigned long s2m_hook_missed(void)
{
	return transport->missed();
}

const char *s2m_hook_transport(void)
{
	return transport->name;
}
