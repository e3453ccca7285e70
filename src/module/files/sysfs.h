/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/s2memattr/: parses what is written, prints what is asked, and
 * decides nothing.
 */
#ifndef S2MEMATTR_SYSFS_H
#define S2MEMATTR_SYSFS_H

/**
 * s2m_sysfs_create() - make the files
 *
 * Context: process context at load, when all they show exists.
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_sysfs_create(void);

/**
 * s2m_sysfs_remove() - remove the files
 *
 * When it returns no reader or writer is left in any of them.
 *
 * Context: process context.
 */
void s2m_sysfs_remove(void);

#endif
