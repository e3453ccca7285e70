/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Armed only while guests fault on device memory.
 */
#ifndef S2MEMATTR_STANDBY_H
#define S2MEMATTR_STANDBY_H

#include <linux/types.h>

/**
 * s2m_standby_init() - prepare, at load
 * @seconds: how long the hook stays in without a fault on device memory; 0
 *	keeps it in
 *
 * Context: process context, after s2m_hook_choose().
 * Return: 0 or -ENOMEM.
 */
int s2m_standby_init(unsigned int seconds);

/**
 * s2m_standby_exit() - undo s2m_standby_init(), at unload
 *
 * Context: process context, after s2m_standby_stop().
 */
void s2m_standby_exit(void);

/**
 * s2m_standby_start() - decide on device mappings from now on
 *
 * The hook is in when this returns. Some seconds after the last fault on device
 * memory it goes out by itself, and comes back with the next such fault, which
 * waits for it. Until then faults pay nothing. Each time that it is wanted again as
 * soon as it has gone, it stays for twice as long, up to five minutes.
 *
 * May be called again while started: then the hook is in again.
 *
 * Context: process context, may sleep; serialised with s2m_standby_stop().
 * Return: 0 or -errno; then nothing has changed. -EBUSY: somebody has switched
 * the hook off. -ENXIO: KVM does not come by it.
 */
int s2m_standby_start(void);

/**
 * s2m_standby_stop() - decide no more
 *
 * When it returns, the kernel's text is as it was and no handler runs.
 *
 * Context: process context, may sleep; serialised with s2m_standby_start().
 */
void s2m_standby_stop(void);

/**
 * s2m_standby_lost() - is something not in place that should be?
 *
 * Context: process context.
 * Return: true if device memory gets KVM's types because the hook, or what stands in
 * for it, has been switched off behind our back or could not be put in again.
 */
bool s2m_standby_lost(void);

/**
 * s2m_standby_check() - does KVM still come by the hook?
 *
 * If it does not, hook/state says "closed" or "lost" from now on, and the hook is put
 * in again as soon as that is of use.
 *
 * Context: process context, may sleep; once in a while.
 */
void s2m_standby_check(void);

/**
 * s2m_standby_missed() - mappings that may have been made without the hook
 *
 * Return: their number since load.
 */
unsigned long s2m_standby_missed(void);

/**
 * s2m_standby_state() - where the hook is
 *
 * "closed": it cannot be put in, and device memory is not mapped until it can, so
 * that none gets a type that the policy does not want. "lost": device memory gets
 * KVM's own types.
 *
 * Return: "off", "standby", "armed", "closed" or "lost".
 */
const char *s2m_standby_state(void);

#endif
