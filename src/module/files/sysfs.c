// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files below /sys/kernel/s2memattr: names, access rights, and the words that are
 * read and written. What a write does is elsewhere (change/), and so is the text of the
 * long files (staging.c, mappings.c, tell/printout.c).
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <s2memattr/abi.h>
#include <s2memattr/memattr.h>

#include "change/change.h"
#include "coherent/coherent.h"
#include "compat/bin_attribute.h"
#include "files/fuses.h"
#include "files/mappings.h"
#include "files/staging.h"
#include "files/sysfs.h"
#include "hook/hook.h"
#include "hook/lapse.h"
#include "hook/site.h"
#include "hook/standby.h"
#include "policy/live.h"
#include "survival/survival.h"
#include "tell/error.h"
#include "tell/printout.h"
#include "tell/stats.h"

/* How much of a bad word an error repeats. */
#define QUOTE_MAX	40

/* A rule as a line, with its count. */
#define RULE_TEXT_MAX	(S2M_MAX_LINE + 24)

static struct kobject *root;

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	enum s2m_mode current_mode = s2m_live_mode();
	const char *around = s2m_change_in_force() ? "[]" : "()";
	ssize_t len = 0;
	int mode;

	for (mode = 0; mode < S2M_NR_MODES; mode++) {
		const char *space = mode ? " " : "";

		if (mode == current_mode)
			len += sysfs_emit_at(page, len, "%s%c%s%c", space, around[0],
					     s2m_mode_word(mode), around[1]);
		else
			len += sysfs_emit_at(page, len, "%s%s", space, s2m_mode_word(mode));
	}
	return len + sysfs_emit_at(page, len, "\n");
}

/* A file's mode keeps users out, but not a root without capabilities. */
static bool may_write(const char *file)
{
	if (capable(CAP_SYS_ADMIN))
		return true;
	s2m_error_set("%s: a writer needs CAP_SYS_ADMIN", file);
	return false;
}

/* The result of a write; whoever set @err has said why. */
static ssize_t done(int err, size_t count)
{
	if (err)
		return err;
	s2m_error_clear();
	return count;
}

static ssize_t mode_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *text, size_t count)
{
	enum s2m_mode mode;

	if (!may_write("mode"))
		return -EPERM;
	if (!s2m_mode_parse(text, count, &mode)) {
		s2m_error_set("mode: \"%*pE%s\" is none of native, device-nGnRE, normal-nc, policy",
			      (int)min_t(size_t, count, QUOTE_MAX), text,
			      count > QUOTE_MAX ? "..." : "");
		return -EINVAL;
	}
	return done(s2m_change_mode(mode), count);
}

static ssize_t unaligned_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", s2m_survival_is_emulating() ? "fault [emulate]" :
								 "[fault] emulate");
}

static ssize_t unaligned_store(struct kobject *kobj, struct kobj_attribute *attr,
			       const char *text, size_t count)
{
	if (!may_write("unaligned"))
		return -EPERM;
	return done(s2m_change_unaligned(text, count), count);
}

static ssize_t last_error_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	char reason[S2M_ERROR_MAX];

	s2m_error_get(reason);
	return sysfs_emit(page, "%s\n", reason);
}

static ssize_t generation_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%llu\n", s2m_change_generation());
}

static size_t print_rule(const struct s2m_printout *report, const struct s2m_table *table, u32 i)
{
	char *to = report->text + report->used;
	size_t len = s2m_rule_print(table, i, to, report->size - report->used - 1);

	to[len] = '\n';
	return len + 1;
}

static size_t print_count(const struct s2m_printout *report, atomic_long_t *count)
{
	return scnprintf(report->text + report->used, report->size - report->used, "%ld ",
			 atomic_long_read(count));
}

static int print_policy(struct s2m_printout *report)
{
	struct s2m_ruleset *set = s2m_live_ruleset();
	int err = 0;
	u32 i;

	for (i = 0; i < set->table->count && !err; i++) {
		err = s2m_printout_room(report, RULE_TEXT_MAX);
		if (!err)
			report->used += print_rule(report, set->table, i);
	}
	s2m_ruleset_put(set);
	return err;
}

static int print_hits(struct s2m_printout *report)
{
	struct s2m_ruleset *set = s2m_live_ruleset();
	int err = 0;
	u32 i;

	for (i = 0; i < set->table->count && !err; i++) {
		err = s2m_printout_room(report, RULE_TEXT_MAX);
		if (err)
			break;
		report->used += print_count(report, &set->hits[i]);
		report->used += print_rule(report, set->table, i);
	}
	if (!err)
		err = s2m_printout_room(report, RULE_TEXT_MAX);
	if (!err) {
		report->used += print_count(report, &set->unmatched);
		report->used += scnprintf(report->text + report->used, report->size - report->used,
					  S2M_HITS_NO_RULE "\n");
	}
	s2m_ruleset_put(set);
	return err;
}

/*
 * Rules name tenants: cgroups, users, processes, addresses. And each of these texts
 * may be long, and is kept for its open file. So none of these is for users,
 * nor for the root of a container, whom a file's mode does not keep out.
 */
static bool may_read(const struct file *file)
{
	return file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

static ssize_t policy_read(struct file *file, struct kobject *kobj,
			   S2M_BIN_CONST struct bin_attribute *attr,
			   char *buf, loff_t off, size_t count)
{
	if (!may_read(file))
		return -EPERM;
	return s2m_printout_read(file, buf, off, count, print_policy);
}

/*
 * One write is one table. What is longer than a write comes in pieces of a
 * page, of which the first would look like a whole table: no page is taken.
 */
static ssize_t policy_write(struct file *file, struct kobject *kobj,
			    S2M_BIN_CONST struct bin_attribute *attr,
			    char *buf, loff_t off, size_t count)
{
	int err;

	if (!may_write("policy"))
		return -EPERM;
	if (off) {
		s2m_error_set("policy: a write is a whole table; pieces go through policy_stage");
		return -EFBIG;
	}
	if (count >= PAGE_SIZE) {
		s2m_error_set("policy: a table of %lu bytes or more goes through policy_stage",
			      PAGE_SIZE);
		return -EFBIG;
	}
	err = s2m_change_table(buf, count);
	return done(err, count);
}

static ssize_t policy_hits_read(struct file *file, struct kobject *kobj,
				S2M_BIN_CONST struct bin_attribute *attr,
				char *buf, loff_t off, size_t count)
{
	if (!may_read(file))
		return -EPERM;
	return s2m_printout_read(file, buf, off, count, print_hits);
}

static ssize_t mappings_read(struct file *file, struct kobject *kobj,
			     S2M_BIN_CONST struct bin_attribute *attr,
			     char *buf, loff_t off, size_t count)
{
	if (!may_read(file))
		return -EPERM;
	return s2m_printout_read(file, buf, off, count, s2m_mappings_print);
}

static ssize_t fuses_read(struct file *file, struct kobject *kobj,
			  S2M_BIN_CONST struct bin_attribute *attr,
			  char *buf, loff_t off, size_t count)
{
	if (!may_read(file))
		return -EPERM;
	return s2m_printout_read(file, buf, off, count, s2m_fuses_print);
}

static ssize_t fuses_write(struct file *file, struct kobject *kobj,
			   S2M_BIN_CONST struct bin_attribute *attr,
			   char *buf, loff_t off, size_t count)
{
	if (!may_write("fuses"))
		return -EPERM;
	if (off) {
		s2m_error_set("fuses: a write is one address, or " S2M_ALL);
		return -EFBIG;
	}
	return done(s2m_change_reset_fuses(buf, count), count);
}

static ssize_t policy_stage_store(struct kobject *kobj, struct kobj_attribute *attr,
				  const char *text, size_t count)
{
	if (!may_write("policy_stage"))
		return -EPERM;
	return done(s2m_staging_append(text, count), count);
}

static ssize_t policy_commit_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *text, size_t count)
{
	bool commit = sysfs_streq(text, S2M_COMMIT);

	if (!may_write("policy_commit"))
		return -EPERM;
	if ((!commit && !sysfs_streq(text, S2M_DROP)) || strlen(text) != count) {
		s2m_error_set("policy_commit: \"%*pE%s\" is neither 1 nor 0",
			      (int)min_t(size_t, count, QUOTE_MAX), text,
			      count > QUOTE_MAX ? "..." : "");
		return -EINVAL;
	}
	return done(commit ? s2m_staging_commit() : s2m_staging_drop(), count);
}

static struct kobj_attribute mode_attr = __ATTR_RW(mode);
static struct kobj_attribute unaligned_attr = __ATTR_RW(unaligned);
static struct kobj_attribute last_error_attr = __ATTR_RO(last_error);
static struct kobj_attribute generation_attr = __ATTR_RO(generation);
static struct kobj_attribute policy_stage_attr = __ATTR_WO(policy_stage);
static struct kobj_attribute policy_commit_attr = __ATTR_WO(policy_commit);
static S2M_BIN_CONST struct bin_attribute policy_attr = {
	.attr = { .name = S2M_FILE_POLICY, .mode = 0600 },
	.read = policy_read,
	.write = policy_write,
};

static S2M_BIN_CONST struct bin_attribute policy_hits_attr = {
	.attr = { .name = S2M_FILE_HITS, .mode = 0400 },
	.read = policy_hits_read,
};

static S2M_BIN_CONST struct bin_attribute mappings_attr = {
	.attr = { .name = S2M_FILE_MAPPINGS, .mode = 0400 },
	.read = mappings_read,
};

static S2M_BIN_CONST struct bin_attribute fuses_attr = {
	.attr = { .name = S2M_FILE_FUSES, .mode = 0600 },
	.read = fuses_read,
	.write = fuses_write,
};

static struct attribute *root_attrs[] = {
	&mode_attr.attr,
	&unaligned_attr.attr,
	&last_error_attr.attr,
	&generation_attr.attr,
	&policy_stage_attr.attr,
	&policy_commit_attr.attr,
	NULL
};

static S2M_BIN_CONST struct bin_attribute *root_bin_attrs[] = {
	&policy_attr,
	&policy_hits_attr,
	&mappings_attr,
	&fuses_attr,
	NULL
};

static ssize_t transport_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", s2m_hook_transport());
}

static ssize_t site_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	/* Not %pS, which adds the size of the function. */
	return sysfs_emit(page, "%ps+0x%lx\n", s2m_site(), s2m_site_offset());
}

static ssize_t armed_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%d\n", s2m_hook_armed());
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", s2m_standby_state());
}

static ssize_t missed_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%lu\n", s2m_lapse_count());
}

static ssize_t survival_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", s2m_survival_state());
}

static ssize_t coherent_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", s2m_coherent_state());
}

static ssize_t fuse_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", s2m_fuses_state());
}

static struct kobj_attribute transport_attr = __ATTR_RO(transport);
static struct kobj_attribute site_attr = __ATTR_RO(site);
static struct kobj_attribute armed_attr = __ATTR_RO(armed);
static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute missed_attr = __ATTR_RO(missed);
static struct kobj_attribute survival_attr = __ATTR_RO(survival);
static struct kobj_attribute coherent_attr = __ATTR_RO(coherent);
static struct kobj_attribute fuse_attr = __ATTR_RO(fuse);

static struct attribute *hook_attrs[] = {
	&transport_attr.attr,
	&site_attr.attr,
	&armed_attr.attr,
	&state_attr.attr,
	&missed_attr.attr,
	&survival_attr.attr,
	&coherent_attr.attr,
	&fuse_attr.attr,
	NULL
};

struct stat_attribute {
	struct kobj_attribute kobj_attr;
	enum s2m_stat stat;
};

static ssize_t stat_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	const struct stat_attribute *stat = container_of(attr, struct stat_attribute, kobj_attr);

	return sysfs_emit(page, "%llu\n", s2m_stat_sum(stat->stat));
}

#define STAT(file, number)							\
	static struct stat_attribute file##_stat = {				\
		.kobj_attr = __ATTR(file, 0444, stat_show, NULL),		\
		.stat = number,							\
	}

STAT(faults, S2M_STAT_FAULTS);
STAT(rewritten, S2M_STAT_REWRITTEN);
STAT(kept, S2M_STAT_KEPT);
STAT(retried, S2M_STAT_RETRIED);
STAT(refused, S2M_STAT_REFUSED);
STAT(reconciled, S2M_STAT_RECONCILED);
STAT(alignment, S2M_STAT_ALIGNMENT);
STAT(coherent, S2M_STAT_COHERENT);
STAT(emulated, S2M_STAT_EMULATED);
STAT(bus_errors, S2M_STAT_BUS_ERRORS);
STAT(blown, S2M_STAT_BLOWN);

static struct attribute *stats_attrs[] = {
	&faults_stat.kobj_attr.attr,
	&rewritten_stat.kobj_attr.attr,
	&kept_stat.kobj_attr.attr,
	&retried_stat.kobj_attr.attr,
	&refused_stat.kobj_attr.attr,
	&reconciled_stat.kobj_attr.attr,
	&alignment_stat.kobj_attr.attr,
	&coherent_stat.kobj_attr.attr,
	&emulated_stat.kobj_attr.attr,
	&bus_errors_stat.kobj_attr.attr,
	&blown_stat.kobj_attr.attr,
	NULL
};

static const struct attribute_group root_group = {
	.attrs = root_attrs,
	.bin_attrs = root_bin_attrs,
};

static const struct attribute_group hook_group = { .name = "hook", .attrs = hook_attrs };
static const struct attribute_group stats_group = { .name = "stats", .attrs = stats_attrs };

static const struct attribute_group *groups[] = {
	&root_group,
	&hook_group,
	&stats_group,
	NULL
};

int s2m_sysfs_create(void)
{
	int err;

	root = kobject_create_and_add(KBUILD_MODNAME, kernel_kobj);
	if (!root) {
		pr_err("cannot create /sys/kernel/%s: not loaded\n", KBUILD_MODNAME);
		return -ENOMEM;
	}
	err = sysfs_create_groups(root, groups);
	if (err) {
		kobject_put(root);
		pr_err("cannot fill /sys/kernel/%s (%d): not loaded\n", KBUILD_MODNAME, err);
	}
	return err;
}

void s2m_sysfs_remove(void)
{
	sysfs_remove_groups(root, groups);
	kobject_put(root);
	s2m_staging_free();
}
