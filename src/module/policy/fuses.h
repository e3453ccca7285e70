/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuses that have blown: PCI functions whose memory is Device-nGnRE, whatever mode and
 * table say, until somebody resets them.
 */
#ifndef S2MEMATTR_FUSES_H
#define S2MEMATTR_FUSES_H

#include <linux/list.h>
#include <linux/time64.h>
#include <s2memattr/fuse.h>
#include <s2memattr/index.h>

#include "policy/devices.h"

/**
 * struct s2m_fuse - a fuse that has blown
 * @list: all of them, in the order in which they have blown
 * @function: the function that it is of; only domain, bus and devfn count
 * @error: what it has blown for
 * @when: seconds since 1970
 * @rule: the number of the rule, then, from 0; %S2M_NO_RULE if it was the mode
 * @text: that rule, or NULL
 */
struct s2m_fuse {
	struct list_head list;
	struct s2m_device function;
	struct s2m_bus_error error;
	time64_t when;
	u32 rule;
	char *text;
};

/**
 * s2m_fuses_any() - has any fuse blown?
 *
 * Context: any, including a kprobe handler.
 * Return: whether one has, and was not reset.
 */
bool s2m_fuses_any(void);

/**
 * s2m_fuses_has() - has the fuse of a function blown?
 * @function: which
 *
 * Context: process context, may sleep.
 * Return: whether it has.
 */
bool s2m_fuses_has(const struct s2m_device *function);

/**
 * s2m_fuses_mark() - note in BARs that fuses have blown
 * @devices: the BARs, of which a table is about to be compiled
 *
 * Context: process context, may sleep.
 */
void s2m_fuses_mark(struct s2m_devices *devices);

/**
 * s2m_fuses_blow() - add one
 * @fuse: all but its list; kept, with its text, until it is reset. The function has none
 *
 * Faults wait, from then on, for a table that knows it: s2m_live_learn().
 *
 * Context: process context, may sleep.
 */
void s2m_fuses_blow(struct s2m_fuse *fuse);

/**
 * s2m_fuses_reset() - forget one, or all
 * @function: which; NULL for all
 *
 * As for s2m_fuses_blow(), if there was any.
 *
 * Context: process context, may sleep.
 * Return: whether there was any.
 */
bool s2m_fuses_reset(const struct s2m_device *function);

/**
 * s2m_fuses_each() - visit all
 * @visit: called for each; -errno ends it
 * @context: for @visit
 *
 * Context: process context, may sleep; @visit must not come back here.
 * Return: 0, or what @visit returned.
 */
int s2m_fuses_each(int (*visit)(const struct s2m_fuse *fuse, void *context), void *context);

#endif
