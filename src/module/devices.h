/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI memory BARs of this machine.
 */
#ifndef S2MEMATTR_DEVICES_H
#define S2MEMATTR_DEVICES_H

#include <linux/device.h>
#include <linux/notifier.h>
#include <s2memattr/index.h>

/**
 * struct s2m_devices - all BARs at one moment
 * @count: how many
 * @bars: the BARs; the names of drivers are part of this object
 */
struct s2m_devices {
	u32 count;
	struct s2m_device bars[];
};

/**
 * s2m_devices_collect() - look at the PCI bus
 * @except: a device that is about to go, or NULL
 *
 * Context: process context, may sleep.
 * Return: the BARs, to be freed with kvfree(), or NULL for lack of memory.
 */
struct s2m_devices *s2m_devices_collect(const struct device *except);

/**
 * s2m_devices_watch() - hear of changes on the PCI bus
 * @changed: called in process context, with the lock of the device held by the
 *	driver core, when a function has appeared, disappears (then it is the
 *	argument), or has another driver
 *
 * A BAR can only move while no driver is bound to the function, and vfio-pci
 * maps it only while bound: so binding is soon enough to learn where it is.
 *
 * Context: process context.
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_devices_watch(void (*changed)(const struct device *gone));

/**
 * s2m_devices_unwatch() - hear no more
 *
 * When it returns the callback does not run any more.
 *
 * Context: process context.
 */
void s2m_devices_unwatch(void);

#endif
