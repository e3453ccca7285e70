// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list and its lock. What a blown fuse means for a mapping is the core's business
 * (struct s2m_place), what blows one is in change/blow.c.
 */
#include <linux/compiler.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "policy/fuses.h"

/* Nothing is waited for under it but memory. */
static DEFINE_MUTEX(fuses_lock);
static LIST_HEAD(fuses);
static bool any;

bool s2m_fuses_any(void)
{
	return READ_ONCE(any);
}

NOKPROBE_SYMBOL(s2m_fuses_any);

static bool has(const struct s2m_device *function)
{
	const struct s2m_fuse *fuse;

	lockdep_assert_held(&fuses_lock);
	list_for_each_entry(fuse, &fuses, list)
		if (s2m_same_function(&fuse->function, function))
			return true;
	return false;
}

bool s2m_fuses_has(const struct s2m_device *function)
{
	bool found;

	mutex_lock(&fuses_lock);
	found = has(function);
	mutex_unlock(&fuses_lock);
	return found;
}

void s2m_fuses_mark(struct s2m_devices *devices)
{
	u32 i;

	mutex_lock(&fuses_lock);
	for (i = 0; i < devices->count; i++)
		devices->bars[i].blown = has(&devices->bars[i]);
	mutex_unlock(&fuses_lock);
}

void s2m_fuses_blow(struct s2m_fuse *fuse)
{
	mutex_lock(&fuses_lock);
	list_add_tail(&fuse->list, &fuses);
	WRITE_ONCE(any, true);
	/* Who finds it in the list finds no table in force that does not know it. */
	s2m_devices_touch(&fuse->function);
	mutex_unlock(&fuses_lock);
}

bool s2m_fuses_reset(const struct s2m_device *function)
{
	struct s2m_fuse *fuse, *next;
	bool found = false;

	mutex_lock(&fuses_lock);
	list_for_each_entry_safe(fuse, next, &fuses, list) {
		if (function && !s2m_same_function(&fuse->function, function))
			continue;
		found = true;
		list_del(&fuse->list);
		s2m_devices_touch(&fuse->function);
		kfree(fuse->text);
		kfree(fuse);
	}
	WRITE_ONCE(any, !list_empty(&fuses));
	mutex_unlock(&fuses_lock);
	return found;
}

int s2m_fuses_each(int (*visit)(const struct s2m_fuse *fuse, void *context), void *context)
{
	const struct s2m_fuse *fuse;
	int err = 0;

	mutex_lock(&fuses_lock);
	list_for_each_entry(fuse, &fuses, list) {
		err = visit(fuse, context);
		if (err)
			break;
	}
	mutex_unlock(&fuses_lock);
	return err;
}
