/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI memory BARs of this machine.
 */
#ifndef S2MEMATTR_DEVICES_H
#define S2MEMATTR_DEVICES_H

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
 *
 * Context: process context, may sleep.
 * Return: the BARs, to be freed with kvfree(), or NULL for lack of memory.
 */
struct s2m_devices *s2m_devices_collect(void);

/**
 * s2m_devices_events() - how often something has happened on the PCI bus
 *
 * What was collected after this number was read knows of all of that.
 *
 * Context: any, including a kprobe handler.
 * Return: a number that is another one after each event: a function has appeared,
 * has disappeared, has another driver, or (after s2m_devices_follow()) a BAR has got
 * another place.
 */
u32 s2m_devices_events(void);

/**
 * s2m_devices_may_have_changed() - may an event have been about this memory?
 * @since: what s2m_devices_events() was when the BARs were collected
 * @bar: the BAR that had all of the memory then, or NULL if it was none of any BAR
 * @phys: first physical address
 * @size: in bytes, not 0
 *
 * An event is about what its function's BARs had before it, and what they have got.
 *
 * Context: any, including a kprobe handler. A few hundred comparisons at most.
 * Return: false if all events since then were about other functions' BARs.
 */
bool s2m_devices_may_have_changed(u32 since, const struct s2m_device *bar, u64 phys, u64 size);

/**
 * s2m_devices_touch() - count an event about a function that only this module knows of
 * @function: any BAR of it
 *
 * From now on no table is up to date for its BARs that was not compiled after this. Nobody
 * is told.
 *
 * Context: any.
 */
void s2m_devices_touch(const struct s2m_device *function);

/**
 * s2m_devices_listen() - hear of changes on the PCI bus
 * @changed: called after each event, before anybody can map what there is now;
 *	perhaps with the lock of the device held by the driver core, perhaps in an
 *	interrupt: it must not sleep
 * @known: does whoever asked for the BARs know this one, at this place, and has heard
 *	of all events? Called in a kprobe handler
 *
 * A function that goes is reported when it is not on the bus any more, and before its
 * place can be given to another one: who looks after that does not find it.
 *
 * Context: process context.
 * Return: 0 or -errno, with a line in the log.
 */
int s2m_devices_listen(void (*changed)(void), bool (*known)(const struct s2m_device *bar));

/**
 * s2m_devices_unlisten() - hear no more
 *
 * When it returns the callback does not run any more.
 *
 * Context: process context, after s2m_devices_leave().
 */
void s2m_devices_unlisten(void);

/**
 * s2m_devices_follow() - hear of BARs that move, too
 *
 * Nothing in the driver core reports that a BAR has been resized (resource0_resize in
 * sysfs) or has moved with the window of its bridge. But whoever decides where it is
 * calls pci_update_resource(), where a kprobe is put while somebody needs to know. Who
 * sets a BAR to where it is known to be has not moved it.
 *
 * Context: process context; serialised with s2m_devices_leave().
 * Return: 0, also if the kernel has no such function; or the error of
 * register_kprobe().
 */
int s2m_devices_follow(void);

/**
 * s2m_devices_leave() - undo s2m_devices_follow()
 *
 * Context: process context.
 */
void s2m_devices_leave(void);

#endif
