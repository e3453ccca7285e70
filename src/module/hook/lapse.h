/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fault path cannot know or say itself: that the hook was passed
 * without it, and that it was asked what it does not understand.
 */
#ifndef S2MEMATTR_LAPSE_H
#define S2MEMATTR_LAPSE_H

#include <linux/jiffies.h>
#include <linux/types.h>

/*
 * How often to look while a mode is on. The hook's absence is noticed if it
 * lasts that long, a missed hit in any case.
 */
#define S2M_LAPSE_PERIOD	HZ

/**
 * s2m_lapse_begin() - what has been until now is no news
 *
 * Each kind of trouble gets its line in the log anew.
 *
 * Context: process context, before the first s2m_lapse_look() of an armed
 * time; callers are serialised.
 */
void s2m_lapse_begin(void);

/**
 * s2m_lapse_look() - may mappings have been made without the hook?
 *
 * Says in the log what is wrong, one line for each kind of trouble.
 *
 * Context: process context; callers are serialised.
 * Return: true once for what the hook missed, or when it has come back after
 * it was gone. While it is gone there is nothing that mapping anew would mend.
 */
bool s2m_lapse_look(void);

/**
 * s2m_lapse_count() - what the hook has missed since load
 *
 * Return: the number of hits without the handler, and one more for each time
 * the hook was found gone: nobody can count what passes then.
 */
unsigned long s2m_lapse_count(void);

#endif
