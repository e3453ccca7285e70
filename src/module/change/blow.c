// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom an error is about, and whether that has a fuse.
 *
 * About a function that reports one: itself; all below it, if it is a port or a bridge; and
 * the other functions of its device, unless the error is one that a function finds by
 * itself. So a fuse may blow for a function that was well. It never blows for one that no
 * rule gives a fuse to.
 *
 * Nobody asks whether a guest has the function mapped at this moment. An error can be
 * told of when the guest that made it is gone.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "change/blow.h"
#include "kernel/bus_errors.h"
#include "policy/fuses.h"
#include "tell/stats.h"
#include "tell/trace.h"

/* The mode normal-nc has a fuse. */
static bool mode_fuse;

void s2m_blow_mode(bool fuse)
{
	mode_fuse = fuse;
}

bool s2m_blow_wants(enum s2m_mode mode, const struct s2m_table *table)
{
	return mode == S2M_MODE_POLICY ? s2m_table_first_fuse(table) != S2M_NO_RULE :
					 mode == S2M_MODE_NORMAL_NC && mode_fuse;
}

static struct s2m_device function_of(const struct pci_dev *pdev)
{
	return (struct s2m_device) {
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
}

/* Has a function a memory BAR with any of these addresses? */
static bool has_memory(const struct pci_dev *pdev, u64 start, u64 end)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (pci_resource_flags(pdev, i) & IORESOURCE_MEM && pci_resource_len(pdev, i) &&
		    pci_resource_start(pdev, i) <= end && pci_resource_end(pdev, i) >= start)
			return true;
	return false;
}

static bool is_below(const struct pci_dev *bridge, const struct pci_dev *pdev)
{
	const struct pci_bus *bus = pdev->bus;

	while (bus && bus != bridge->subordinate)
		bus = bus->parent;
	return bus && bridge->subordinate;
}

/* Virtual functions may be on other buses than the physical one. */
static bool are_one_device(struct pci_dev *a, struct pci_dev *b)
{
	a = pci_physfn(a);
	b = pci_physfn(b);
	return a->bus == b->bus &&
	       (PCI_SLOT(a->devfn) == PCI_SLOT(b->devfn) || pci_ari_enabled(a->bus));
}

/* Is an error about a function? @source: who reported it, if it is there. */
static bool is_about(const struct s2m_bus_error *error, struct pci_dev *source,
		     struct pci_dev *pdev)
{
	if (error->kind == S2M_BUS_ERROR_UNNAMED)
		return true;
	if (error->kind == S2M_BUS_ERROR_CPU)
		return has_memory(pdev, error->phys, error->phys | ~PAGE_MASK);
	if (!source)
		return false;
	return pdev == source || is_below(source, pdev) ||
	       (!error->apart && are_one_device(source, pdev));
}

/* Has a policy a fuse for a function? @rule: where the number of the rule goes, if it is one. */
static bool has_fuse(const struct s2m_policy *policy, const struct pci_dev *pdev, u32 *rule)
{
	const struct s2m_device function = function_of(pdev);

	*rule = S2M_NO_RULE;
	if (!s2m_blow_wants(policy->mode, policy->rules->set->table))
		return false;
	if (policy->mode != S2M_MODE_POLICY)
		return has_memory(pdev, 0, U64_MAX);
	*rule = s2m_index_fuse(policy->rules->index, &function);
	return *rule != S2M_NO_RULE;
}

/* A rule as text, or NULL for lack of memory. */
static char *text_of(const struct s2m_table *table, u32 rule)
{
	char *line = kmalloc(S2M_MAX_LINE + 1, GFP_KERNEL), *text = NULL;

	if (line) {
		s2m_rule_print(table, rule, line, S2M_MAX_LINE + 1);
		text = kstrdup(line, GFP_KERNEL);
	}
	kfree(line);
	return text;
}

/* The text of a rule names tenants, and is not for everybody who reads the log. */
static void tell(const struct s2m_fuse *fuse, const char *name)
{
	char who[16] = "fuse=1";

	if (fuse->rule != S2M_NO_RULE)
		scnprintf(who, sizeof(who), "rule %u", fuse->rule + 1);
	pr_warn("%s goes back to device-nGnRE for an uncorrected error (%s), as %s asks for; \"s2memattr fuse reset %s\" undoes it\n",
		name, s2m_bus_error_word(fuse->error.kind), who, name);
	trace_fuse(&fuse->function, &fuse->error, fuse->rule);
}

static void blow(const struct s2m_bus_error *error, const struct pci_dev *pdev,
		 const struct s2m_policy *policy, u32 rule)
{
	/* Small, and what is to be done must be done. */
	struct s2m_fuse *fuse = kzalloc(sizeof(*fuse), GFP_KERNEL | __GFP_NOFAIL);

	fuse->function = function_of(pdev);
	fuse->error = *error;
	fuse->when = ktime_get_real_seconds();
	fuse->rule = rule;
	if (rule != S2M_NO_RULE)
		fuse->text = text_of(policy->rules->set->table, rule);
	s2m_count(S2M_STAT_BLOWN);
	tell(fuse, pci_name(pdev));
	s2m_fuses_blow(fuse);
}

static bool blow_for(const struct s2m_bus_error *error, const struct s2m_policy *before,
		     const struct s2m_policy *now)
{
	struct pci_dev *source, *pdev = NULL;
	bool blown = false;
	u32 rule;

	source = pci_get_domain_bus_and_slot(error->domain, error->bus, error->devfn);
	for_each_pci_dev(pdev) {
		const struct s2m_device function = function_of(pdev);

		if (!is_about(error, source, pdev) || s2m_fuses_has(&function))
			continue;
		if (has_fuse(now, pdev, &rule))
			blow(error, pdev, now, rule);
		else if (has_fuse(before, pdev, &rule))
			blow(error, pdev, before, rule);
		else
			continue;
		blown = true;
	}
	pci_dev_put(source);
	return blown;
}

bool s2m_blow(const struct s2m_policy *before, const struct s2m_policy *now)
{
	struct s2m_bus_error error;
	unsigned int place = 0;
	bool blown = false;

	/* What is noted behind its back is heard of anew, and needs another call. */
	while (s2m_bus_errors_take(&place, &error))
		blown |= blow_for(&error, before, now);
	return blown;
}
