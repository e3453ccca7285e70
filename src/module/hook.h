/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook at the site: there or not, and by which means.
 */
#ifndef S2MEMATTR_HOOK_H
#define S2MEMATTR_HOOK_H

#include <linux/types.h>

/**
 * struct s2m_transport - one way to get from the site to s2m_fault()
 * @name: the word in hook/transport and for the transport= parameter
 * @arm: put the hook in; returns 0 or -errno
 * @disarm: take it out; when it returns no handler runs any more
 * @missed: times the site was passed while armed without the handler running
 */
struct s2m_transport {
	const char *name;
	int (*arm)(void *site);
	void (*disarm)(void);
	unsigned long (*missed)(void);
};

extern const struct s2m_transport s2m_transport_kprobe;

/**
 * s2m_hook_choose() - decide on a transport
 * @name: "auto" or the name of one
 *
 * Context: process context at load.
 * Return: 0, or -EPROTONOSUPPORT with a line in the log.
 */
int s2m_hook_choose(const char *name);

/**
 * s2m_hook_arm() - put the hook in, if it is not
 *
 * Context: process context, callers serialised.
 * Return: 0 or -errno; then the kernel's text is as it was.
 */
int s2m_hook_arm(void);

/**
 * s2m_hook_disarm() - take the hook out, if it is in
 *
 * When it returns, the kernel's text is as it was and no handler runs.
 *
 * Context: process context, callers serialised.
 */
void s2m_hook_disarm(void);

/**
 * s2m_hook_armed() - is the hook there?
 *
 * Return: true only if it was armed and the text at the site says so too.
 */
bool s2m_hook_armed(void);

/**
 * s2m_hook_missed() - times the hook was passed without running
 *
 * Return: the number since load.
 */
unsigned long s2m_hook_missed(void);

/**
 * s2m_hook_transport() - the transport in use
 *
 * Return: its name.
 */
const char *s2m_hook_transport(void);

#endif
