// SPDX-License-Identifier: GPL-2.0-only
/* Are binary sysfs files given a const attribute? */
#include <linux/sysfs.h>

static ssize_t probe_read(struct file *file, struct kobject *kobj,
			  const struct bin_attribute *attr, char *buf, loff_t off, size_t count)
{
	return 0;
}

struct bin_attribute probe;
struct bin_attribute probe = { .read = probe_read };
