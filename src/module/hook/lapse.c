// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has gone wrong with the hook since the last look, and a line in the log for the
 * first of each kind. It only tells: the caller has mappings made anew.
 */
#include <linux/compiler.h>
#include <linux/printk.h>

#include "hook/lapse.h"
#include "hook/standby.h"
#include "tell/stats.h"

/* What the last look saw. */
static unsigned long seen_missed;
static u64 seen_refused;
static bool seen_lost;
static unsigned long absences;

/* What is in the log already. */
static bool said_missed;
static bool said_refused;

void s2m_lapse_begin(void)
{
	seen_missed = s2m_standby_missed();
	seen_refused = s2m_stat_sum(S2M_STAT_REFUSED);
	seen_lost = false;
	said_missed = false;
	said_refused = false;
}

static void look_for_refusals(void)
{
	u64 refused = s2m_stat_sum(S2M_STAT_REFUSED);

	if (refused == seen_refused)
		return;
	if (!said_refused)
		pr_warn("%llu mappings were not as this module knows them; they keep KVM's types (counted in stats/refused)\n",
			refused - seen_refused);
	said_refused = true;
	seen_refused = refused;
}

static bool look_for_misses(void)
{
	unsigned long missed = s2m_standby_missed() - seen_missed;

	if (!missed)
		return false;
	if (!said_missed)
		pr_warn("the hook was passed %lu times without running; guests map device memory anew (counted in hook/missed)\n",
			missed);
	said_missed = true;
	seen_missed += missed;
	return true;
}

/* Also true, once, when the hook is back. */
static bool look_for_absence(void)
{
	bool was_lost = seen_lost;

	seen_lost = s2m_standby_lost();
	if (seen_lost && !was_lost) {
		WRITE_ONCE(absences, absences + 1);
		pr_warn("somebody has switched the hook off, or has replaced the function that it is in; until it is back, new mappings get KVM's types\n");
	}
	if (was_lost && !seen_lost)
		pr_warn("the hook is back; guests map device memory anew\n");
	return was_lost && !seen_lost;
}

bool s2m_lapse_look(void)
{
	bool missed, back;

	s2m_standby_check();
	missed = look_for_misses();
	back = look_for_absence();
	look_for_refusals();
	return missed || back;
}

unsigned long s2m_lapse_count(void)
{
	return s2m_standby_missed() + READ_ONCE(absences);
}
