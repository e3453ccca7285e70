// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "report.h"

/* Texts of this many readers at a time are kept. */
#define READERS	16

static DEFINE_MUTEX(readers_lock);
static struct reader {
	const struct file *file;
	u64 last_read;
	struct s2m_report report;
} readers[READERS];
static u64 reads;

int s2m_report_room(struct s2m_report *report, size_t bytes)
{
	size_t size = max(2 * report->size, ALIGN(report->used + bytes, PAGE_SIZE));
	char *text;

	if (report->used + bytes <= report->size)
		return 0;
	text = kvmalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (report->used)
		memcpy(text, report->text, report->used);
	kvfree(report->text);
	report->text = text;
	report->size = size;
	return 0;
}

static void forget(struct reader *reader)
{
	kvfree(reader->report.text);
	*reader = (struct reader) {};
}

static struct reader *find(const struct file *file)
{
	int i;

	for (i = 0; i < READERS; i++)
		if (readers[i].file == file)
			return &readers[i];
	return NULL;
}

static struct reader *least_recent(void)
{
	struct reader *reader = &readers[0];
	int i;

	for (i = 1; i < READERS; i++)
		if (readers[i].last_read < reader->last_read)
			reader = &readers[i];
	return reader;
}

ssize_t s2m_report_read(struct file *file, char *buf, loff_t off, size_t count,
			int (*print)(struct s2m_report *report))
{
	struct s2m_report report = {};
	struct reader *reader;
	ssize_t len = -ESTALE;
	int err;

	/* Not under the lock: one text that takes long must not hold up the others. */
	err = off ? 0 : print(&report);
	if (err) {
		kvfree(report.text);
		return err;
	}
	mutex_lock(&readers_lock);
	reader = find(file);
	if (!off) {
		reader = reader ?: least_recent();
		forget(reader);
		*reader = (struct reader) { .file = file, .report = report };
	}
	if (!reader)
		goto out;
	reader->last_read = ++reads;
	len = memory_read_from_buffer(buf, count, &off, reader->report.text,
				      reader->report.used);
	/* The next read at this offset finds the end as well, from an empty text. */
	if (!len) {
		kvfree(reader->report.text);
		reader->report = (struct s2m_report) {};
	}
out:
	mutex_unlock(&readers_lock);
	return len;
}

void s2m_report_forget(void)
{
	int i;

	for (i = 0; i < READERS; i++)
		forget(&readers[i]);
}
