/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook at the site: there or not, and by which means.
 */
#ifndef S2MEMATTR_HOOK_H
#define S2MEMATTR_HOOK_H

#include <linux/types.h>

/**
 * typedef s2m_sentinel_fn - what is called when KVM looks up a page of device memory
 * @first: the first argument of the function that it calls for that
 * @second: the second
 *
 * The arguments are for s2m_look_up_address().
 *
 * Context: in place of the call, preemption disabled, perhaps with all interrupts
 * masked; takes no lock that it would wait for.
 */
typedef void s2m_sentinel_fn(u64 first, u64 second);

/**
 * struct s2m_transport - one way to get from the site to s2m_fault()
 * @name: the word in hook/transport and for the transport= parameter
 * @offered: can this kernel be hooked that way? Returns NULL if so, or why not
 * @arm: put the hook in; returns 0 or -errno
 * @disarm: take it out; when it returns no handler runs any more
 * @in_place: does the kernel's text say, right now, that it is in?
 * @watch: call a function whenever KVM looks up a page of device memory
 * @unwatch: end that; when it returns no such call is under way any more
 * @watching: does the kernel's text say, right now, that it is watched?
 * @missed: times the site or a watched place was passed without the handler
 */
struct s2m_transport {
	const char *name;
	const char *(*offered)(void);
	int (*arm)(void *site);
	void (*disarm)(void);
	bool (*in_place)(void);
	int (*watch)(s2m_sentinel_fn *seen);
	void (*unwatch)(void);
	bool (*watching)(void);
	unsigned long (*missed)(void);
};

/* Not linked in where the kernel's configuration rules ftrace out. */
extern const struct s2m_transport s2m_transport_ftrace;
extern const struct s2m_transport s2m_transport_kprobe;

/**
 * s2m_hook_choose() - decide on a transport
 * @name: "auto" or the name of one
 *
 * "auto" takes the cheapest that this kernel offers and that no process can hold up.
 *
 * Context: process context at load, after s2m_site_find().
 * Return: 0, or -EPROTONOSUPPORT with a line in the log.
 */
int s2m_hook_choose(const char *name);

/**
 * s2m_hook_arm() - put the hook in, if it is not
 *
 * Context: process context, callers serialised.
 * Return: 0 or -errno; then the kernel's text is as it was. -EBUSY: somebody
 * has switched off all hooks of this kind, and this one would not be there.
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
 * s2m_hook_post_sentinel() - call a function whenever KVM looks up a page of device memory
 * @seen: the function; it may be called for others' look-ups, too
 *
 * Context: process context, callers serialised with those of s2m_hook_dismiss_sentinel().
 * Return: 0 or -errno, as s2m_hook_arm().
 */
int s2m_hook_post_sentinel(s2m_sentinel_fn *seen);

/**
 * s2m_hook_dismiss_sentinel() - end what s2m_hook_post_sentinel() began, if it did
 *
 * When it returns, the kernel's text is as it was and no handler runs.
 *
 * Context: process context, callers serialised with those of s2m_hook_post_sentinel().
 */
void s2m_hook_dismiss_sentinel(void);

/**
 * s2m_hook_lost() - has somebody switched the hook off behind our back?
 *
 * Context: process context.
 * Return: true if it was armed, or look-ups are watched, and the kernel's text
 * does not show it.
 */
bool s2m_hook_lost(void);

/**
 * s2m_hook_armed() - is the hook there?
 *
 * Return: true only if it was armed and the kernel's text says so too.
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
