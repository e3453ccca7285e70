// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who changed what: a line in the log and a trace event for each change. The log is not
 * flooded, and the last change of many is never the one that is left out.
 */
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#include "tell/announce.h"
#include "tell/trace.h"

/* So many lines in so many jiffies; what is more waits for the end of the period. */
#define BURST		10
#define PERIOD		(5 * HZ)

#define LINE_MAX_BYTES	256

static DEFINE_MUTEX(log_lock);
static unsigned long period_begin;
static unsigned int said;
/* The last change that was not told yet, and how many before it were not. */
static char waiting[LINE_MAX_BYTES];
static unsigned long left_out;

static void tell_waiting(struct work_struct *work);
static DECLARE_DELAYED_WORK(tell_work, tell_waiting);

static void tell_waiting_locked(void)
{
	lockdep_assert_held(&log_lock);
	if (left_out)
		pr_info("%lu changes are not listed here\n", left_out);
	if (*waiting)
		pr_info("%s\n", waiting);
	left_out = 0;
	*waiting = '\0';
}

static void tell_waiting(struct work_struct *work)
{
	mutex_lock(&log_lock);
	tell_waiting_locked();
	mutex_unlock(&log_lock);
}

static bool may_say_now(void)
{
	if (!said || time_after_eq(jiffies, period_begin + PERIOD)) {
		period_begin = jiffies;
		said = 0;
	}
	return said++ < BURST;
}

static void say(const char *line)
{
	mutex_lock(&log_lock);
	if (may_say_now()) {
		tell_waiting_locked();
		pr_info("%s\n", line);
	} else {
		left_out += *waiting != '\0';
		strscpy(waiting, line, sizeof(waiting));
		schedule_delayed_work(&tell_work, PERIOD);
	}
	mutex_unlock(&log_lock);
}

/* The first rule that most likely matches nothing: accepted, and worth a word. */
static void say_remark(const struct s2m_table *table)
{
	u32 i;

	for (i = 0; i < table->count; i++) {
		const char *remark = s2m_rule_remark(&table->rules[i]);

		if (!remark)
			continue;
		pr_notice_ratelimited("rule %u: %s\n", i + 1, remark);
		return;
	}
}

void s2m_announce(const struct s2m_announcement *change)
{
	const u32 uid = from_kuid(&init_user_ns, current_uid());
	const int pid = task_tgid_nr(current);
	char comm[TASK_COMM_LEN], line[LINE_MAX_BYTES];
	int at;

	get_task_comm(comm, current);
	if (change->is_table)
		at = scnprintf(line, sizeof(line), "table of %u rules (was %u)",
			       change->table->count, change->rules_from);
	else
		at = scnprintf(line, sizeof(line), "mode %s (was %s)",
			       s2m_mode_word(change->to), s2m_mode_word(change->from));
	scnprintf(line + at, sizeof(line) - at, ", by pid %d, uid %u, comm \"%*pE\"", pid, uid,
		  (int)strlen(comm), comm);
	say(line);
	trace_change(change->to, change->table->count, change->generation, pid, uid, comm);
	if (change->is_table)
		say_remark(change->table);
}

void s2m_announce_stop(void)
{
	flush_delayed_work(&tell_work);
}
