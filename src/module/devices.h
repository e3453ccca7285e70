/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which PCI device and BAR a physical address belongs to.
 */
#ifndef S2MEMATTR_DEVICES_H
#define S2MEMATTR_DEVICES_H

#include <linux/types.h>

/**
 * struct s2m_bar - a memory BAR of a PCI function
 * @start: first physical address
 * @end: last physical address, inclusive
 * @domain: PCI domain
 * @bus: bus number
 * @devfn: device and function
 * @index: 0 to 5
 */
struct s2m_bar {
	phys_addr_t start;
	phys_addr_t end;
	u16 domain;
	u8 bus;
	u8 devfn;
	u8 index;
};

/**
 * s2m_devices_start() - build the table and keep it fresh
 *
 * Context: process context at load.
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_devices_start(void);

/**
 * s2m_devices_stop() - stop following the bus and free the table
 *
 * Context: process context; no s2m_bar_find() may run any more.
 */
void s2m_devices_stop(void);

/**
 * s2m_bar_find() - the BAR that a mapping lies in
 * @phys: first physical address, page aligned
 * @size: size in bytes, a multiple of the page size
 *
 * A BAR smaller than a page owns the whole page, unless another BAR lies in
 * the same page: then nobody does.
 *
 * Context: any with preemption disabled, including a kprobe handler. The
 * answer is valid until preemption is enabled again.
 * Return: the BAR, or NULL if the range is not wholly one BAR.
 */
const struct s2m_bar *s2m_bar_find(phys_addr_t phys, u64 size);

#endif
