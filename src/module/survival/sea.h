/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device refuses (synchronous external aborts), while this module accesses
 * it for a guest.
 */
#ifndef S2MEMATTR_SEA_H
#define S2MEMATTR_SEA_H

#include <linux/types.h>

/**
 * s2m_sea_known() - can an access that a device refuses be survived on this kernel?
 *
 * Context: any, after s2m_symbols_resolve().
 * Return: whether it can be tried.
 */
bool s2m_sea_known(void);

/**
 * s2m_sea_arm() - let this module survive what a device refuses
 *
 * Loads and stores by get_user() and put_user() in this module end with -EFAULT
 * from now on where the kernel would end by do_sea(). For all others nothing
 * changes.
 *
 * Context: process context, callers serialised.
 * Return: 0 or -errno.
 */
int s2m_sea_arm(void);

/**
 * s2m_sea_disarm() - take that back, if it is in force
 *
 * Context: process context, callers serialised; nobody is in such an access.
 */
void s2m_sea_disarm(void);

/**
 * s2m_sea_has_refused() - has a device refused the last access of this thread?
 *
 * Says so once. If other threads are refused something at the same time, it may say no.
 *
 * Context: any, after an access that has failed.
 * Return: whether one has.
 */
bool s2m_sea_has_refused(void);

/**
 * s2m_sea_is_armed() - is it in force?
 *
 * Reads the kernel's text, so it tells the truth also when somebody else has
 * disarmed all probes.
 *
 * Context: any, including a kprobe handler.
 * Return: whether it is.
 */
bool s2m_sea_is_armed(void);

#endif
