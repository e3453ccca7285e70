/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks that KVM would split past the hook.
 */
#ifndef S2MEMATTR_SPLIT_H
#define S2MEMATTR_SPLIT_H

#include <linux/types.h>

/**
 * s2m_split_find() - does KVM split blocks in the way that is known here?
 *
 * Context: process context at load, after s2m_symbols_resolve().
 * Return: 0, also if this kernel does not split any; -ENXIO, with a line in the log,
 * if it does so in another way.
 */
int s2m_split_find(void);

/**
 * s2m_split_forbid() - blocks of device memory stay whole from now on
 *
 * May be called again: then it says whether it is still so.
 *
 * Context: process context, may sleep; callers are serialised with those of
 * s2m_split_allow().
 * Return: 0, or -errno: they may be split. -EBUSY: somebody has switched off all
 * probes.
 */
int s2m_split_forbid(void);

/**
 * s2m_split_allow() - undo s2m_split_forbid(), if it was done
 *
 * When it returns, the kernel's text is as it was and no handler runs.
 *
 * Context: process context, may sleep.
 */
void s2m_split_allow(void);

/**
 * s2m_split_lost() - are blocks split that must not be?
 *
 * Return: true if that was forbidden and the kernel's text does not show it.
 */
bool s2m_split_lost(void);

/**
 * s2m_split_missed() - times that KVM may have split such a block all the same
 *
 * Return: the number since load.
 */
unsigned long s2m_split_missed(void);

#endif
