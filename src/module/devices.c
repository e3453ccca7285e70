// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "devices.h"

/* Names of drivers are kept with the device: a driver's own may go away. */
struct room {
	u32 bars;
	size_t names;
};

static bool is_memory_bar(const struct pci_dev *pdev, int index)
{
	const struct resource *res = &pdev->resource[index];

	/* Without a parent it has no place in the physical address space yet. */
	return (res->flags & IORESOURCE_MEM) && !(res->flags & IORESOURCE_UNSET) &&
	       res->parent && resource_size(res);
}

/* The name of the driver, copied to @to if it fits in @room; returns its size. */
static size_t copy_driver(struct pci_dev *pdev, char *to, size_t room)
{
	const struct device_driver *driver = READ_ONCE(pdev->dev.driver);
	size_t size;

	if (!driver)
		return 0;
	size = strlen(driver->name) + 1;
	if (size <= room)
		memcpy(to, driver->name, size);
	return size;
}

static void describe(struct pci_dev *pdev, int index, const char *driver, struct s2m_device *bar)
{
	*bar = (struct s2m_device) {
		.start = pci_resource_start(pdev, index),
		.end = pci_resource_end(pdev, index),
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
		.class_code = pdev->class,
		.bar = index,
		.prefetch = !!(pci_resource_flags(pdev, index) & IORESOURCE_PREFETCH),
		.driver = driver,
	};
}

/* Fill @to as far as @room allows, and return the room that all would need. */
static struct room collect(struct s2m_devices *to, struct room room, const struct device *except)
{
	char *names = (char *)&to->bars[room.bars];
	struct room need = {};
	struct pci_dev *pdev = NULL;
	size_t size;
	int i;

	for_each_pci_dev(pdev) {
		if (&pdev->dev == except)
			continue;
		size = copy_driver(pdev, names + need.names,
				   room.names > need.names ? room.names - need.names : 0);
		for (i = 0; i < PCI_STD_NUM_BARS; i++) {
			if (!is_memory_bar(pdev, i))
				continue;
			if (need.bars < room.bars)
				describe(pdev, i, size ? names + need.names : NULL,
					 &to->bars[need.bars]);
			need.bars++;
		}
		need.names += size;
	}
	return need;
}

struct s2m_devices *s2m_devices_collect(const struct device *except)
{
	struct room room = {}, need;
	struct s2m_devices *devices;

	/* The bus may grow between counting and collecting: until it fits. */
	for (;;) {
		devices = kvzalloc(struct_size(devices, bars, room.bars) + room.names, GFP_KERNEL);
		if (!devices)
			return NULL;
		need = collect(devices, room, except);
		if (need.bars <= room.bars && need.names <= room.names) {
			devices->count = need.bars;
			return devices;
		}
		kvfree(devices);
		room = need;
	}
}

static void (*on_change)(const struct device *gone);

static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	switch (action) {
	case BUS_NOTIFY_DEL_DEVICE:
		on_change(data);
		return NOTIFY_OK;
	case BUS_NOTIFY_ADD_DEVICE:
	case BUS_NOTIFY_BIND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
	case BUS_NOTIFY_UNBOUND_DRIVER:
		on_change(NULL);
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block watch = {
	.notifier_call = bus_event,
};

int s2m_devices_watch(void (*changed)(const struct device *gone))
{
	int err;

	on_change = changed;
	err = bus_register_notifier(&pci_bus_type, &watch);
	if (err)
		pr_err("cannot follow the PCI bus (%d): not loaded\n", err);
	return err;
}

void s2m_devices_unwatch(void)
{
	bus_unregister_notifier(&pci_bus_type, &watch);
}
