/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text longer than a page, read in pieces that belong together.
 *
 * What a sysfs file shows may change between two reads of it. So what a reader
 * sees is printed once, when it reads the beginning, and kept with its open
 * file until that is closed or read from the beginning again.
 */
#ifndef S2MEMATTR_PRINTOUT_H
#define S2MEMATTR_PRINTOUT_H

#include <linux/fs.h>

/**
 * struct s2m_printout - a text that is being printed
 * @text: the text
 * @used: its length in bytes
 * @size: bytes at @text
 */
struct s2m_printout {
	char *text;
	size_t used;
	size_t size;
};

/**
 * s2m_printout_room() - make room in a report
 * @report: the report
 * @bytes: how much more will be printed
 *
 * The memory is accounted to the reader.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int s2m_printout_room(struct s2m_printout *report, size_t bytes);

/**
 * s2m_printout_read() - serve a read of a binary sysfs file
 * @file: the reader's open file
 * @buf: where the piece goes
 * @off: its offset in the text
 * @count: room at @buf
 * @print: prints all of the text into a report; 0 or -errno
 *
 * As many texts are kept as there are open files. So this is for files that only
 * those with privilege may open, or whose text is short.
 *
 * Context: process context, may sleep; in a bin_attribute's read method, which
 * kernfs calls once at a time for each open file.
 * Return: bytes read; 0 at the end; what @print returned, and then the text that
 * was kept before still is; -EIO, with a warning, if kernfs is not what it was.
 */
ssize_t s2m_printout_read(struct file *file, char *buf, loff_t off, size_t count,
			  int (*print)(struct s2m_printout *report));

#endif
