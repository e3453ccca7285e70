// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory BARs of PCI functions, from libpci and sysfs, as the module would know them.
 */
#include <string.h>

#include "cli.h"
#include "pci.h"

/* Flags of a kernel's struct resource, as the file "resource" shows them. */
#define RESOURCE_MEM		0x00000200
#define RESOURCE_PREFETCH	0x00002000
#define RESOURCE_UNSET		0x20000000

#define FILL	(PCI_FILL_IDENT | PCI_FILL_CLASS | PCI_FILL_CLASS_EXT | PCI_FILL_SUBSYS | \
		 PCI_FILL_BASES | PCI_FILL_SIZES | PCI_FILL_IO_FLAGS | PCI_FILL_DRIVER)

/* libpci expects not to come back from here. */
__attribute__((noreturn)) __printf(1, 0)
static void give_up(char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	cli_fail("the PCI bus: %s", text);
	exit(CLI_FAILED);
}

static void say_nothing(char *fmt, ...)
{
	(void)fmt;
}

/* The kernel's view of a BAR: is it one that the module would know? */
static bool is_memory_bar(const struct pci_dev *dev, int i)
{
	return (dev->flags[i] & RESOURCE_MEM) && !(dev->flags[i] & RESOURCE_UNSET) &&
	       dev->size[i] && (dev->base_addr[i] & PCI_ADDR_MEM_MASK);
}

static void add_bar(struct cli_bars *bars, struct pci_dev *dev, int i)
{
	struct s2m_device *bar;
	u64 start = dev->base_addr[i] & PCI_ADDR_MEM_MASK;

	bars->bars = cli_memory(realloc(bars->bars, (bars->count + 1) * sizeof(*bars->bars)));
	bars->devices = cli_memory(realloc(bars->devices,
					   (bars->count + 1) * sizeof(*bars->devices)));
	bar = &bars->bars[bars->count];
	*bar = (struct s2m_device) {
		.start = start,
		.end = start + dev->size[i] - 1,
		.driver = pci_get_string_property(dev, PCI_FILL_DRIVER),
		.domain = (u32)dev->domain,
		.class_code = (u32)dev->device_class << 8 | dev->prog_if,
		.vendor = dev->vendor_id,
		.device = dev->device_id,
		.subvendor = dev->subsys_vendor_id,
		.subdevice = dev->subsys_id,
		.bus = dev->bus,
		.devfn = (u8)(dev->dev << 3 | dev->func),
		.bar = (u8)i,
		.prefetch = dev->flags[i] & RESOURCE_PREFETCH,
	};
	bars->devices[bars->count++] = dev;
}

static int by_address(const void *a, const void *b)
{
	const struct pci_dev *one = *(struct pci_dev * const *)a;
	const struct pci_dev *other = *(struct pci_dev * const *)b;

	if (one->domain != other->domain)
		return one->domain < other->domain ? -1 : 1;
	return (one->bus << 8 | one->dev << 3 | one->func) -
	       (other->bus << 8 | other->dev << 3 | other->func);
}

static void add_devices(struct cli_bars *bars)
{
	struct pci_dev **sorted = NULL, *dev;
	size_t n = 0, i;
	int bar;

	for (dev = bars->access->devices; dev; dev = dev->next) {
		sorted = cli_memory(realloc(sorted, (n + 1) * sizeof(*sorted)));
		sorted[n++] = dev;
	}
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_address);
	for (i = 0; i < n; i++) {
		pci_fill_info(sorted[i], FILL);
		for (bar = 0; bar < 6; bar++)
			if (is_memory_bar(sorted[i], bar))
				add_bar(bars, sorted[i], bar);
	}
	free(sorted);
}

bool cli_bars_collect(struct cli_bars *bars)
{
	char *path;

	*bars = (struct cli_bars) {};
	if (!cli_exists("/sys/bus/pci/devices"))
		return false;
	bars->access = pci_alloc();
	bars->access->method = PCI_ACCESS_SYS_BUS_PCI;
	bars->access->error = give_up;
	bars->access->warning = say_nothing;
	path = cli_path("/sys/bus/pci");
	pci_set_param(bars->access, "sysfs.path", path);
	free(path);
	pci_init(bars->access);
	pci_scan_bus(bars->access);
	add_devices(bars);
	return true;
}

void cli_bars_free(struct cli_bars *bars)
{
	free(bars->bars);
	free(bars->devices);
	if (bars->access)
		pci_cleanup(bars->access);
}

const char *cli_bar_address(const struct s2m_device *bar, char to[32])
{
	snprintf(to, 32, "%04x:%02x:%02x.%x", bar->domain, bar->bus, bar->devfn >> 3,
		 bar->devfn & 7);
	return to;
}

const char *cli_bar_name(const struct cli_bars *bars, u32 i, char *to, int size)
{
	const struct s2m_device *bar = &bars->bars[i];
	char *name = pci_lookup_name(bars->access, to, size, PCI_LOOKUP_VENDOR |
				     PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
				     bar->vendor, bar->device);

	return name ? name : "";
}
