// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one rule match a BAR, a VMA, a process? Key by key; a key that the rule does
 * not have matches. Which of several rules decides is not for here.
 */
#include "compile.h"

static bool match_pci(const struct s2m_rule *rule, const struct s2m_device *device)
{
	u8 devfn = 0xff;

	if (rule->any & S2M_ANY_SLOT)
		devfn &= 0x07;
	if (rule->any & S2M_ANY_FUNCTION)
		devfn &= 0xf8;
	return (rule->any & S2M_ANY_DOMAIN || rule->domain == device->domain) &&
	       (rule->any & S2M_ANY_BUS || rule->bus == device->bus) &&
	       rule->devfn == (device->devfn & devfn);
}

static bool match_id(const struct s2m_rule *rule, const struct s2m_device *device)
{
	return (rule->any & S2M_ANY_VENDOR || rule->vendor == device->vendor) &&
	       (rule->any & S2M_ANY_DEVICE || rule->device == device->device) &&
	       (rule->any & S2M_ANY_SUBVENDOR || rule->subvendor == device->subvendor) &&
	       (rule->any & S2M_ANY_SUBDEVICE || rule->subdevice == device->subdevice);
}

bool s2m_match_address(const struct s2m_rule *rule, const struct s2m_device *device)
{
	return !(rule->keys & S2M_HAS(PCI)) || match_pci(rule, device);
}

/* A key that is missing below would match everything. */
static_assert(S2M_DEVICE_KEYS == (S2M_HAS(PCI) | S2M_HAS(ID) | S2M_HAS(CLASS) | S2M_HAS(BAR) |
				  S2M_HAS(PREFETCH) | S2M_HAS(DRIVER)),
	      "s2m_match_device() knows each key about devices");

bool s2m_match_device(const struct s2m_table *table, const struct s2m_rule *rule,
		      const struct s2m_device *device)
{
	u32 keys = rule->keys;

	if (!s2m_match_address(rule, device))
		return false;
	if (keys & S2M_HAS(ID) && !match_id(rule, device))
		return false;
	if (keys & S2M_HAS(CLASS) && (device->class_code & rule->class_mask) != rule->class_value)
		return false;
	if (keys & S2M_HAS(BAR) && rule->bar != device->bar)
		return false;
	if (keys & S2M_HAS(PREFETCH) && rule->prefetch != device->prefetch)
		return false;
	if (keys & S2M_HAS(DRIVER) &&
	    (!device->driver || strcmp(table->strings + rule->driver, device->driver)))
		return false;
	return true;
}

/*
 * Does a part of a path, which ends where the path does or before a '/', match a
 * group's name? Of several patterns only the last is tried with more bytes: what earlier
 * patterns took can stay, since what follows them could be found by the last one, too.
 */
static bool match_group(const char *part, const char *name, struct s2m_subject *subject)
{
	const char *behind = NULL, *again = NULL;

	while (*name) {
		if (!s2m_spend(subject, S2M_WORK_BYTE))
			return false;
		if (*part == S2M_ANY_BYTES) {
			behind = ++part;
			again = name;
		} else if (*part == *name) {
			part++;
			name++;
		} else if (behind) {
			part = behind;
			name = ++again;
		} else {
			return false;
		}
	}
	while (*part == S2M_ANY_BYTES)
		part++;
	return !*part || *part == '/';
}

/* Is the process in the group at @path, or in one below it? */
static bool match_cgroup(const char *path, u32 depth, struct s2m_subject *subject)
{
	const struct s2m_task *task = subject->task;
	u32 i;

	if (depth > task->cgroup_depth)
		return false;
	for (i = 0; i < depth; i++) {
		/* path stands at the '/' before the part to compare. */
		if (!match_group(++path, task->cgroup[i], subject))
			return false;
		while (*path && *path != '/')
			path++;
	}
	return true;
}

/* So would one that is missing here, or in s2m_match_late(). */
static_assert(S2M_TASK_KEYS == (S2M_HAS(PID) | S2M_HAS(UID) | S2M_HAS(COMM) | S2M_HAS(CGROUP)),
	      "match_task() knows each key about processes");
static_assert(S2M_VMA_KEYS == (S2M_HAS(VMA) | S2M_HAS(PGPROT)),
	      "s2m_match_late() knows each key about VMAs");

static bool match_task(const struct s2m_rule *rule, struct s2m_subject *subject)
{
	const char *strings = subject->index->table->strings;
	const struct s2m_task *task = subject->task;
	u32 keys = rule->keys;

	if (keys & S2M_HAS(PID) && rule->pid != task->pid)
		return false;
	if (keys & S2M_HAS(UID) && rule->uid != task->uid)
		return false;
	if (keys & S2M_HAS(COMM) && strcmp(strings + rule->comm, task->comm))
		return false;
	if (keys & S2M_HAS(CGROUP) &&
	    !match_cgroup(strings + rule->cgroup, rule->cgroup_depth, subject))
		return false;
	return true;
}

bool s2m_match_late(const struct s2m_rule *rule, struct s2m_subject *subject)
{
	const struct s2m_mapping *mapping = subject->mapping;
	u32 keys = rule->keys;
	u32 vma = (mapping->pfnmap ? S2M_VMA_PFNMAP : 0) | (mapping->io ? S2M_VMA_IO : 0);

	if (keys & S2M_HAS(VMA) && rule->vma != vma)
		return false;
	if (keys & S2M_HAS(PGPROT) && rule->pgprot != mapping->pgprot)
		return false;
	if (!(keys & S2M_TASK_KEYS))
		return true;
	return subject->task && match_task(rule, subject);
}
