/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text longer than a page, read in pieces that belong together.
 *
 * A sysfs file that is read in several calls has nothing that lasts from one to
 * the next, and what it shows may change meanwhile. So what a reader sees is
 * printed once, when it reads the beginning, and kept for its open file.
 */
#ifndef S2MEMATTR_REPORT_H
#define S2MEMATTR_REPORT_H

#include <linux/fs.h>

/**
 * struct s2m_report - a text that is being printed
 * @text: the text
 * @used: its length in bytes
 * @size: bytes at @text
 */
struct s2m_report {
	char *text;
	size_t used;
	size_t size;
};

/**
 * s2m_report_room() - make room in a report
 * @report: the report
 * @bytes: how much more will be printed
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int s2m_report_room(struct s2m_report *report, size_t bytes);

/**
 * s2m_report_read() - serve a read of a sysfs file
 * @file: the reader's open file
 * @buf: where the piece goes
 * @off: its offset in the text
 * @count: room at @buf
 * @print: prints all of the text into a report; 0 or -errno
 *
 * Context: process context, may sleep.
 * Return: bytes read; 0 at the end; -ESTALE if the beginning has been forgotten
 * because too many others have begun to read since; what @print returned.
 */
ssize_t s2m_report_read(struct file *file, char *buf, loff_t off, size_t count,
			int (*print)(struct s2m_report *report));

/**
 * s2m_report_forget() - forget all texts at unload
 *
 * Context: process context; no reader is left.
 */
void s2m_report_forget(void);

#endif
