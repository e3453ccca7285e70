// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a table that comes in pieces, and whose it is. What the text says is
 * nobody's concern before it is committed: s2m_change_table() reads it then.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "change/change.h"
#include "files/staging.h"
#include "tell/error.h"

/* More than the longest table: S2M_MAX_RULES rules of some 200 bytes. */
#define STAGE_MAX	(64UL << 20)

static DEFINE_MUTEX(stage_lock);
static char *text;
static size_t used, size;
/* Who began, and on whose behalf. */
static struct pid *owner, *owner_parent;

static struct pid *parent_of_current(void)
{
	struct pid *pid;

	rcu_read_lock();
	pid = get_pid(task_tgid(rcu_dereference(current->real_parent)));
	rcu_read_unlock();
	return pid;
}

static bool alive(struct pid *pid)
{
	bool found;

	rcu_read_lock();
	found = pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return found;
}

/*
 * Is anybody left who could go on? Init is nobody's script: what it or one of its
 * services left behind when it died would never be given up.
 */
static bool is_given_up(void)
{
	return !alive(owner) && (is_child_reaper(owner_parent) || !alive(owner_parent));
}

static bool is_mine(struct pid *self, struct pid *parent)
{
	return self == owner || self == owner_parent || parent == owner ||
	       (parent == owner_parent && !alive(owner));
}

static void forget(void)
{
	kvfree(text);
	put_pid(owner);
	put_pid(owner_parent);
	text = NULL;
	used = 0;
	size = 0;
	owner = NULL;
	owner_parent = NULL;
}

/* Names one that is there: a process that has ended tells nobody whom to look for. */
static void complain(void)
{
	if (alive(owner))
		s2m_error_set("policy_stage: process %d is staging a table of its own",
			      pid_nr(owner));
	else
		s2m_error_set("policy_stage: only process %d may go on with what is staged",
			      pid_nr(owner_parent));
}

/* Make the stage the caller's, if it may be. */
static int claim(void)
{
	struct pid *self = task_tgid(current), *parent = parent_of_current();

	if (owner && !is_mine(self, parent)) {
		if (!is_given_up()) {
			complain();
			put_pid(parent);
			return -EBUSY;
		}
		forget();
	}
	/* A child that goes on does not take it away from those whose it is. */
	if (owner && alive(owner)) {
		put_pid(parent);
		return 0;
	}
	put_pid(owner);
	put_pid(owner_parent);
	owner = get_pid(self);
	owner_parent = parent;
	return 0;
}

static int grow(size_t want)
{
	size_t new_size = min_t(size_t, max_t(size_t, 2 * size, ALIGN(want, PAGE_SIZE)), STAGE_MAX);
	char *new;

	if (want <= size)
		return 0;
	if (want > STAGE_MAX) {
		s2m_error_set("policy_stage: more than %lu bytes are too many", STAGE_MAX);
		return -EFBIG;
	}
	new = kvmalloc(new_size, GFP_KERNEL_ACCOUNT);
	if (!new) {
		s2m_error_set("policy_stage: out of memory");
		return -ENOMEM;
	}
	if (used)
		memcpy(new, text, used);
	kvfree(text);
	text = new;
	size = new_size;
	return 0;
}

int s2m_staging_append(const char *more, size_t len)
{
	int err;

	mutex_lock(&stage_lock);
	err = claim();
	if (!err)
		err = grow(used + len);
	if (!err) {
		memcpy(text + used, more, len);
		used += len;
	} else if (!text && err != -EBUSY) {
		/* What could not begin belongs to nobody. */
		forget();
	}
	mutex_unlock(&stage_lock);
	return err;
}

/* Put in force what is staged. Whoever staged nothing does not mean an empty table. */
static int commit(void)
{
	int err;

	if (!text) {
		s2m_error_set("policy_commit: nothing is staged; policy_stage takes the table");
		forget();
		return -ENODATA;
	}
	err = s2m_change_table(text, used);
	if (!err)
		forget();
	return err;
}

int s2m_staging_commit(void)
{
	int err;

	mutex_lock(&stage_lock);
	err = claim();
	if (!err)
		err = commit();
	mutex_unlock(&stage_lock);
	return err;
}

int s2m_staging_drop(void)
{
	int err;

	mutex_lock(&stage_lock);
	err = claim();
	if (!err)
		forget();
	mutex_unlock(&stage_lock);
	return err;
}

void s2m_staging_free(void)
{
	forget();
}
