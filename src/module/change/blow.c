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
 * told of when the guest that made it is gone, and so can the function be.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <s2memattr/abi.h>

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

static bool was_within(const struct pci_bus *bus, const struct s2m_device *gone)
{
	return bus && bus->number <= gone->bus && gone->bus <= bus->busn_res.end;
}

static bool were_one_device(struct pci_dev *source, const struct s2m_device *gone)
{
	struct pci_dev *physfn = pci_physfn(source);

	if (physfn->is_physfn)
		return was_within(physfn->bus, gone);
	return physfn->bus->number == gone->bus &&
	       (PCI_SLOT(physfn->devfn) == PCI_SLOT(gone->devfn) || pci_ari_enabled(physfn->bus));
}

/*
 * The same of a function that has left the bus, of which only its address and its BARs are
 * known. What was where is not known if who reported the error is gone, too.
 */
static bool was_about(const struct s2m_bus_error *error, struct pci_dev *source,
		      const struct s2m_device *gone)
{
	if (error->kind == S2M_BUS_ERROR_UNNAMED)
		return true;
	if (error->kind == S2M_BUS_ERROR_CPU)
		return gone->start <= (error->phys | ~PAGE_MASK) && gone->end >= error->phys;
	if (gone->domain != error->domain)
		return false;
	return !source || was_within(source->subordinate, gone) ||
	       (!error->apart && were_one_device(source, gone));
}

static bool knows(const struct s2m_index *index, const struct s2m_device *function)
{
	const struct s2m_device *bar;
	u32 i;

	for (i = 0; (bar = s2m_index_bar(index, i)); i++)
		if (s2m_same_function(bar, function))
			return true;
	return false;
}

/*
 * Has a policy a fuse for a function? @doubt: it was another one, of the same words, that
 * made the mappings. @rule: where the number of the rule goes, if it is one.
 */
static bool has_fuse(const struct s2m_policy *policy, const struct s2m_device *function, bool doubt,
		     u32 *rule)
{
	const struct s2m_table *table = policy->rules->set->table;

	*rule = S2M_NO_RULE;
	if (!s2m_blow_wants(policy->mode, table))
		return false;
	if (policy->mode != S2M_MODE_POLICY)
		return doubt || knows(policy->rules->index, function);
	*rule = s2m_index_fuse(policy->rules->index, function);
	if (*rule == S2M_NO_RULE && doubt)
		*rule = s2m_table_fuse_of(table, function);
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
static void tell(const struct s2m_fuse *fuse)
{
	const struct s2m_device *function = &fuse->function;
	char who[16] = "fuse=1", name[24];

	scnprintf(name, sizeof(name), S2M_FUSE_FUNCTION, function->domain, function->bus,
		  PCI_SLOT(function->devfn), PCI_FUNC(function->devfn));
	if (fuse->rule != S2M_NO_RULE)
		scnprintf(who, sizeof(who), "rule %u", fuse->rule + 1);
	pr_warn("%s goes back to device-nGnRE for an uncorrected error (%s), as %s asks for; \"s2memattr fuse reset %s\" undoes it\n",
		name, s2m_bus_error_word(fuse->error.kind), who, name);
	trace_fuse(function, &fuse->error, fuse->rule);
}

static void blow(const struct s2m_bus_error *error, const struct s2m_device *function,
		 const struct s2m_policy *policy, u32 rule)
{
	/* Small, and what is to be done must be done. */
	struct s2m_fuse *fuse = kzalloc(sizeof(*fuse), GFP_KERNEL | __GFP_NOFAIL);

	fuse->function = (struct s2m_device) {
		.domain = function->domain,
		.bus = function->bus,
		.devfn = function->devfn,
	};
	fuse->error = *error;
	fuse->when = ktime_get_real_seconds();
	fuse->rule = rule;
	if (rule != S2M_NO_RULE)
		fuse->text = text_of(policy->rules->set->table, rule);
	s2m_count(S2M_STAT_BLOWN);
	tell(fuse);
	s2m_fuses_blow(fuse);
}

static bool blow_if(const struct s2m_bus_error *error, const struct s2m_device *function,
		    const struct s2m_change *change)
{
	u32 rule;

	if (s2m_fuses_has(function))
		return false;
	if (has_fuse(&change->to, function, change->skipped, &rule))
		blow(error, function, &change->to, rule);
	else if (has_fuse(&change->from, function, change->skipped, &rule))
		blow(error, function, &change->from, rule);
	else
		return false;
	return true;
}

static bool blow_present(const struct s2m_bus_error *error, struct pci_dev *source,
			 const struct s2m_change *change)
{
	struct pci_dev *pdev = NULL;
	bool blown = false;

	for_each_pci_dev(pdev) {
		const struct s2m_device function = function_of(pdev);

		if (has_memory(pdev, 0, U64_MAX) && is_about(error, source, pdev))
			blown |= blow_if(error, &function, change);
	}
	return blown;
}

static struct pci_dev *on_the_bus(const struct s2m_device *function)
{
	return pci_get_domain_bus_and_slot(function->domain, function->bus, function->devfn);
}

/* Whoever comes to the address of a function that is gone has its fuse. */
static bool blow_gone(const struct s2m_bus_error *error, struct pci_dev *source,
		      const struct s2m_rules *rules, const struct s2m_change *change)
{
	const struct s2m_device *bar;
	struct pci_dev *pdev;
	bool blown = false;
	u32 i;

	for (i = 0; (bar = s2m_index_bar(rules->index, i)); i++) {
		if (!was_about(error, source, bar))
			continue;
		pdev = on_the_bus(bar);
		if (!pdev)
			blown |= blow_if(error, bar, change);
		pci_dev_put(pdev);
	}
	return blown;
}

static bool blow_for(const struct s2m_bus_error *error, const struct s2m_change *change)
{
	const struct s2m_device named = {
		.domain = error->domain,
		.bus = error->bus,
		.devfn = error->devfn,
	};
	bool names = error->kind != S2M_BUS_ERROR_UNNAMED && error->kind != S2M_BUS_ERROR_CPU;
	struct pci_dev *source = names ? on_the_bus(&named) : NULL;
	bool blown;

	blown = blow_present(error, source, change);
	blown |= blow_gone(error, source, change->from.rules, change);
	blown |= blow_gone(error, source, change->to.rules, change);
	/* One that came and went between two tables is in neither. */
	if (names && !source)
		blown |= blow_if(error, &named, change);
	pci_dev_put(source);
	return blown;
}

bool s2m_blow(const struct s2m_change *change)
{
	struct s2m_bus_error error;
	unsigned int place = 0;
	bool blown = false;

	/* What is noted behind its back is heard of anew, and needs another call. */
	while (s2m_bus_errors_take(&place, &error)) {
		if (!s2m_live_is_current(change->to.rules))
			s2m_bus_errors_keep(&error);
		blown |= blow_for(&error, change);
	}
	return blown;
}
