// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a text is kept. kernfs opens a seq_file with each of its files, for
 * those that print through it and for those that do not: "This unifies private
 * data access" (kernfs_fop_open()). Binary files never use its buffer, and
 * seq_release() frees that when the file is closed. So a text that stands there
 * belongs to one open file, is gone with it, and outlives this module if it has
 * to. kernfs reads an open file under its of->mutex: there is one reader at a time.
 */
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "tell/printout.h"

int s2m_printout_room(struct s2m_printout *report, size_t bytes)
{
	size_t size = max(2 * report->size, ALIGN(report->used + bytes, PAGE_SIZE));
	char *text;

	if (report->used + bytes <= report->size)
		return 0;
	text = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!text)
		return -ENOMEM;
	if (report->used)
		memcpy(text, report->text, report->used);
	kvfree(report->text);
	report->text = text;
	report->size = size;
	return 0;
}

/* The seq_file of an open file, or NULL if kernfs does not keep it as it did. */
static struct seq_file *shelf_of(const struct file *file)
{
	struct seq_file *shelf = file->private_data;
	const struct kernfs_open_file *of = shelf ? shelf->private : NULL;

	return of && of->file == file && of->seq_file == shelf && !shelf->op ? shelf : NULL;
}

static int put_on_shelf(struct seq_file *shelf, int (*print)(struct s2m_printout *report))
{
	struct s2m_printout report = {};
	int err = print(&report);

	if (err) {
		kvfree(report.text);
		return err;
	}
	kvfree(shelf->buf);
	shelf->buf = report.text;
	shelf->size = report.size;
	shelf->count = report.used;
	return 0;
}

ssize_t s2m_printout_read(struct file *file, char *buf, loff_t off, size_t count,
			  int (*print)(struct s2m_printout *report))
{
	struct seq_file *shelf = shelf_of(file);
	int err = 0;

	if (WARN_ON_ONCE(!shelf))
		return -EIO;
	if (!off || !shelf->buf)
		err = put_on_shelf(shelf, print);
	if (err)
		return err;
	return memory_read_from_buffer(buf, count, &off, shelf->buf, shelf->count);
}
