/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which errata this host has.
 */
#ifndef S2MEMATTR_PLATFORM_H
#define S2MEMATTR_PLATFORM_H

#include <s2memattr/errata.h>

/**
 * s2m_platform_start() - look at the SoC and at the PCI bus
 * @force: allow what the errata speak against
 *
 * Says in the log what it found, and what @force does about it.
 *
 * Context: process context at load.
 */
void s2m_platform_start(bool force);

/**
 * s2m_platform_look() - look at the PCI bus again
 *
 * What has been seen once stays, even if its device goes.
 *
 * Context: process context, may sleep.
 * Return: whether something dangerous has turned up since the last look.
 */
bool s2m_platform_look(void);

/**
 * s2m_platform_errata() - the errata that count on this host
 *
 * Context: any, including a kprobe handler.
 * Return: a mask for s2m_erratum_against(); 0 if force=1 lifts them.
 */
u32 s2m_platform_errata(void);

/**
 * s2m_platform_forced() - is something dangerous allowed here by force=1?
 *
 * Return: whether it is.
 */
bool s2m_platform_forced(void);

#endif
