/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table that is larger than one write, as it comes in.
 */
#ifndef S2MEMATTR_STAGING_H
#define S2MEMATTR_STAGING_H

#include <linux/types.h>

/**
 * s2m_staging_append() - add text to the stage
 * @text: the text; lines may be cut anywhere
 * @len: its length in bytes
 *
 * The stage belongs to whoever began it until it is committed or dropped: a
 * process, its parent and its children, or after its end another child of the
 * same parent (so that a script may call cat twice). A child that goes on while its
 * parent, who began, is there leaves it with that. What a script left behind that is
 * gone altogether is dropped for the next writer.
 *
 * Context: process context, may sleep.
 * Return: 0, -EBUSY, -EFBIG or -ENOMEM, with the reason in s2m_error_get(); then the
 * stage is what it was.
 */
int s2m_staging_append(const char *text, size_t len);

/**
 * s2m_staging_commit() - make the stage the rule table
 *
 * The stage is empty afterwards if that went well, and as it was if not.
 *
 * Context: process context, may sleep.
 * Return: 0; -ENODATA if nothing is staged; -EBUSY if it is somebody else's; what
 * s2m_change_table() returns; with the reason in s2m_error_get().
 */
int s2m_staging_commit(void);

/**
 * s2m_staging_drop() - empty the stage
 *
 * Context: process context, may sleep.
 * Return: 0, or -EBUSY if it is somebody else's, with the reason in s2m_error_get().
 */
int s2m_staging_drop(void);

/**
 * s2m_staging_free() - forget the stage at unload
 *
 * Context: process context; nobody uses the stage any more.
 */
void s2m_staging_free(void);

#endif
