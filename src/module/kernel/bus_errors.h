/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uncorrected errors of PCI functions and of their memory, as the kernel hears of them.
 */
#ifndef S2MEMATTR_BUS_ERRORS_H
#define S2MEMATTR_BUS_ERRORS_H

#include <linux/types.h>
#include <s2memattr/fuse.h>

/**
 * s2m_bus_errors_find() - find out what this kernel says of errors
 *
 * Context: process context at load, after s2m_symbols_resolve().
 */
void s2m_bus_errors_find(void);

/**
 * s2m_bus_errors_missing() - why no errors are heard of
 *
 * Context: any.
 * Return: a sentence without a point, or NULL if they are.
 */
const char *s2m_bus_errors_missing(void);

/**
 * s2m_bus_errors_listen() - begin to note errors
 * @noted: called in an interrupt after an error was noted that was not waiting already
 *
 * Nothing is done if they are noted already.
 *
 * Context: process context; serialised with s2m_bus_errors_leave().
 * Return: 0 or -errno.
 */
int s2m_bus_errors_listen(void (*noted)(void));

/**
 * s2m_bus_errors_leave() - note no more, and forget what is noted
 *
 * When it returns, noted() does not run any more.
 *
 * Context: process context, may sleep.
 */
void s2m_bus_errors_leave(void);

/**
 * s2m_bus_errors_heard() - are errors noted?
 *
 * Context: any.
 * Return: whether they are.
 */
bool s2m_bus_errors_heard(void);

/**
 * s2m_bus_errors_take() - take one of the errors that are noted
 * @place: 0 at first; not to be changed from call to call
 * @error: where it goes
 *
 * Equal ones are one. What was noted before the first call is taken in the end; more than
 * there is room for become one that is not named. A series of calls comes to an end, also
 * while a device reports errors faster than they are taken.
 *
 * Context: process context; callers are serialised.
 * Return: whether there was one.
 */
bool s2m_bus_errors_take(unsigned int *place, struct s2m_bus_error *error);

/**
 * s2m_bus_errors_keep() - have an error that was taken wait once more
 * @error: the error
 *
 * Nobody is told. A series of calls of s2m_bus_errors_take() that is under way does not
 * wait for it to go.
 *
 * Context: process context; serialised with s2m_bus_errors_take().
 */
void s2m_bus_errors_keep(const struct s2m_bus_error *error);

#endif
