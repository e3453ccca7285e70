// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sorted array of all memory BARs, replaced as a whole under RCU. A fault
 * looks its physical address up without a lock, and what is not in the array
 * (the GIC, platform devices, RAM) cannot be taken for a PCI device.
 *
 * A BAR can only move while no driver is bound to the function, and vfio-pci
 * maps it only while bound, so the table is rebuilt when a function appears,
 * disappears, or changes its driver.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "devices.h"

struct bar_table {
	struct rcu_head rcu;
	unsigned int count;
	struct s2m_bar bars[];
};

static struct bar_table __rcu *table;
static DEFINE_MUTEX(table_lock);

static bool is_memory_bar(struct pci_dev *pdev, int index)
{
	const struct resource *res = &pdev->resource[index];

	return (res->flags & IORESOURCE_MEM) && !(res->flags & IORESOURCE_UNSET) &&
	       res->parent && resource_size(res);
}

/* Fill @to with as many BARs of @except's siblings as fit; return how many there are. */
static unsigned int collect(struct bar_table *to, unsigned int room, const struct device *except)
{
	struct pci_dev *pdev = NULL;
	unsigned int count = 0;
	int i;

	for_each_pci_dev(pdev) {
		if (&pdev->dev == except)
			continue;
		for (i = 0; i < PCI_STD_NUM_BARS; i++) {
			if (!is_memory_bar(pdev, i))
				continue;
			if (count++ >= room)
				continue;
			to->bars[count - 1] = (struct s2m_bar) {
				.start = pci_resource_start(pdev, i),
				.end = pci_resource_end(pdev, i),
				.domain = pci_domain_nr(pdev->bus),
				.bus = pdev->bus->number,
				.devfn = pdev->devfn,
				.index = i,
			};
		}
	}
	return count;
}

static int by_start(const void *a, const void *b)
{
	const struct s2m_bar *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int rebuild(const struct device *except)
{
	struct bar_table *new, *old;
	unsigned int room = 0, count;

	mutex_lock(&table_lock);
	/* The bus may grow between counting and collecting: until it fits. */
	for (;;) {
		new = kvmalloc(struct_size(new, bars, room), GFP_KERNEL);
		if (!new) {
			mutex_unlock(&table_lock);
			return -ENOMEM;
		}
		count = collect(new, room, except);
		if (count <= room)
			break;
		kvfree(new);
		room = count;
	}
	new->count = count;
	sort(new->bars, count, sizeof(new->bars[0]), by_start, NULL);

	old = rcu_replace_pointer(table, new, lockdep_is_held(&table_lock));
	mutex_unlock(&table_lock);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

static int bus_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct device *except = NULL;

	switch (action) {
	case BUS_NOTIFY_DEL_DEVICE:
		except = data;
		break;
	case BUS_NOTIFY_ADD_DEVICE:
	case BUS_NOTIFY_BIND_DRIVER:
	case BUS_NOTIFY_UNBOUND_DRIVER:
		break;
	default:
		return NOTIFY_DONE;
	}
	if (rebuild(except))
		pr_warn("no memory for the table of PCI BARs: the one before %s stays in use\n",
			dev_name(data));
	return NOTIFY_OK;
}

static struct notifier_block bus_watch = {
	.notifier_call = bus_changed,
};

int s2m_devices_start(void)
{
	int err;

	err = bus_register_notifier(&pci_bus_type, &bus_watch);
	if (err) {
		pr_err("cannot follow the PCI bus (%d): not loaded\n", err);
		return err;
	}
	err = rebuild(NULL);
	if (err) {
		bus_unregister_notifier(&pci_bus_type, &bus_watch);
		pr_err("no memory for the table of PCI BARs: not loaded\n");
	}
	return err;
}

void s2m_devices_stop(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_watch);
	kvfree(rcu_replace_pointer(table, NULL, true));
	/* kvfree_rcu() of earlier tables does not run code of ours. */
}

static bool overlaps_page(const struct s2m_bar *bar, phys_addr_t phys, u64 size)
{
	return bar->start < phys + size && bar->end >= phys;
}

const struct s2m_bar *s2m_bar_find(phys_addr_t phys, u64 size)
{
	const struct bar_table *t = rcu_dereference_sched(table);
	const struct s2m_bar *bar;
	unsigned int low = 0, high, mid;

	if (!t)
		return NULL;
	/* BARs do not overlap, so they are sorted by their ends as well. */
	for (high = t->count; low < high; ) {
		mid = low + (high - low) / 2;
		if (t->bars[mid].end < phys)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == t->count)
		return NULL;

	bar = &t->bars[low];
	if (!overlaps_page(bar, phys, size))
		return NULL;
	if (low + 1 < t->count && overlaps_page(bar + 1, phys, size))
		return NULL;
	if (ALIGN_DOWN(bar->start, PAGE_SIZE) > phys || PAGE_ALIGN(bar->end + 1) < phys + size)
		return NULL;
	return bar;
}
