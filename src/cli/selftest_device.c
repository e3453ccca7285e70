// SPDX-License-Identifier: GPL-2.0-only
/*
 * The selftest's BAR: a prefetchable one, of an idle device that is bound to vfio-pci.
 */
#include <string.h>
#include <unistd.h>

#include "pci.h"
#include "selftest.h"

#define GIB	(1ull << 30)

static bool is_vfio(const char *driver)
{
	return driver && strstr(driver, "vfio");
}

/* The domain may be left out, as for lspci. */
static bool is_named(const char *device)
{
	return !strcmp(cli.device, device) ||
	       (strlen(cli.device) == 7 && !strncmp(device, "0000:", 5) &&
		!strcmp(cli.device, device + 5));
}

static bool is_wanted(const struct s2m_device *bar)
{
	char device[32];

	if (cli.device && !is_named(cli_bar_address(bar, device)))
		return false;
	return cli.bar < 0 || bar->bar == cli.bar;
}

static bool may_be_read(const struct s2m_device *bar)
{
	return bar->prefetch || (cli.side_effects && cli.bar >= 0);
}

static void take(struct cli_target *target, const struct s2m_device *bar)
{
	cli_bar_address(bar, target->device);
	snprintf(target->id, sizeof(target->id), "%04x:%04x", bar->vendor, bar->device);
	target->bar = bar->bar;
	target->size = bar->end - bar->start + 1;
	target->prefetchable = bar->prefetch;
}

/* --- how vfio opens it ----------------------------------------------------- */

static bool has_own_file(const char *device)
{
	return cli_exists("/sys/bus/pci/devices/%s/vfio-dev", device) &&
	       cli_exists("/dev/vfio/devices");
}

static bool has_no_iommu(const char *device)
{
	char *name = cli_read_line("/sys/bus/pci/devices/%s/iommu_group/name", device);
	bool none = name && !strcmp(name, "vfio-noiommu");

	free(name);
	return none;
}

/* NULL if it has no interface that may be taken; @why says why. */
static const char *way_of(const char *device, const char **why)
{
	if (has_no_iommu(device)) {
		*why = "it has no IOMMU, and could reach all of the host's memory: --no-iommu takes it all the same";
		return cli.no_iommu ? "noiommu" : NULL;
	}
	if (cli_exists("/sys/bus/pci/devices/%s/iommu_group", device) &&
	    cli_exists("/dev/vfio/vfio"))
		return "group";
	*why = "vfio has no file for it: is an IOMMU there, and are the modules vfio-pci and vfio_iommu_type1 loaded?";
	return has_own_file(device) ? "cdev" : NULL;
}

/* --- in the VM ------------------------------------------------------------- */

/* All of a BAR up to a gigabyte, so that the host may make blocks; of a larger one a gigabyte. */
static bool map(struct cli_test *test, char *why)
{
	struct cli_target *target = &test->target;
	u64 base = cli.offset / GIB * GIB;

	target->mapped = target->size - base < GIB ? target->size - base : GIB;
	return cli_vm_ask(&test->vm, why, "map a %s %d %llx %llx %llx", target->device, target->bar,
			  CLI_TEST_IPA, (unsigned long long)base,
			  (unsigned long long)target->mapped);
}

static bool open_and_map(struct cli_test *test, char *why)
{
	if (!cli_vm_start(&test->vm, test->comm, why))
		return false;
	if (cli_vm_ask(&test->vm, why, "vfio %s %s", test->target.device, test->target.way) &&
	    map(test, why))
		return true;
	cli_vm_end(&test->vm);
	return false;
}

static const char *human(u64 size, char text[24])
{
	const char *unit = "BKMGTP";

	for (; size >= 1024 && size % 1024 == 0 && unit[1]; unit++)
		size /= 1024;
	snprintf(text, 24, "%llu%c", (unsigned long long)size, *unit);
	return text;
}

static void show_device(struct cli_test *test)
{
	const struct cli_target *target = &test->target;
	char size[24];

	cli_shown(test, "device", "%s (%s), BAR %d, %s, %sprefetchable, opened by %s",
		  target->device, target->id, target->bar, human(target->size, size),
		  target->prefetchable ? "" : "not ", target->way);
}

/* --- the search ------------------------------------------------------------ */

/* The commands that give a device to vfio-pci. */
static bool untried_for_want(struct cli_test *test, const struct cli_bars *bars)
{
	const struct s2m_device *found = NULL;
	char device[32], unbind[128] = "";
	u32 i;

	/* One that nobody uses, before one that somebody may. */
	for (i = 0; i < bars->count; i++)
		if (bars->bars[i].prefetch && is_wanted(&bars->bars[i]) &&
		    (!found || (found->driver && !bars->bars[i].driver)))
			found = &bars->bars[i];
	if (!found && cli.device)
		return cli_untried(test, "device", "%s has no prefetchable BAR%s", cli.device,
				   ": reading others may have effects; --bar with --side-effects takes one");
	if (!found)
		return cli_untried(test, "device", "no device of this machine has a prefetchable BAR");
	cli_bar_address(found, device);
	if (found->driver)
		snprintf(unbind, sizeof(unbind),
			 "echo %s > /sys/bus/pci/devices/%s/driver/unbind; ", device, device);
	return cli_untried(test, "device",
			   "none with a prefetchable BAR is bound to vfio-pci. If nothing needs %s (%s%s): modprobe vfio-pci; echo vfio-pci > /sys/bus/pci/devices/%s/driver_override; %secho %s > /sys/bus/pci/drivers_probe",
			   device, found->driver ? "its driver is " : "it has no driver",
			   found->driver ? found->driver : "", device, unbind, device);
}

/* The largest first: its blocks are the largest, too. */
static const struct s2m_device *next_candidate(const struct cli_bars *bars, const bool *tried)
{
	const struct s2m_device *best = NULL;
	u32 i;

	for (i = 0; i < bars->count; i++) {
		const struct s2m_device *bar = &bars->bars[i];

		if (!tried[i] && is_wanted(bar) && is_vfio(bar->driver) && may_be_read(bar) &&
		    (!best || bar->end - bar->start > best->end - best->start))
			best = bar;
	}
	return best;
}

/* The best candidate that can be opened; in @why the last reason of those that cannot. */
static bool open_candidate(struct cli_test *test, const struct cli_bars *bars, char *why)
{
	bool *tried = cli_memory(calloc(bars->count + 1, sizeof(*tried))), found = false;
	const struct s2m_device *bar;

	while (!found && (bar = next_candidate(bars, tried))) {
		const char *reason;

		tried[bar - bars->bars] = true;
		take(&test->target, bar);
		test->target.way = way_of(test->target.device, &reason);
		if (cli.offset >= test->target.size) {
			reason = "--offset is behind the end of the BAR";
			test->target.way = NULL;
		}
		if (!test->target.way)
			snprintf(why, CLI_VM_ANSWER, "%s", reason);
		else
			found = open_and_map(test, why);
	}
	free(tried);
	return found;
}

static bool is_there(const struct cli_bars *bars)
{
	u32 i;

	for (i = 0; i < bars->count; i++)
		if (is_wanted(&bars->bars[i]))
			return true;
	return false;
}

bool cli_test_device(struct cli_test *test)
{
	char why[CLI_VM_ANSWER] = "";
	struct cli_bars bars;
	bool found = false;

	if (!cli_bars_collect(&bars))
		cli_untried(test, "device", "this machine has no PCI bus");
	else if (cli.device && !is_there(&bars))
		cli_wrong(test, "device", "%s: no such PCI device, or no such memory BAR",
			  cli.device);
	else if (open_candidate(test, &bars, why))
		found = true;
	else if (*why)
		cli_untried(test, "device", "%s: %s", test->target.device, why);
	else
		untried_for_want(test, &bars);
	cli_bars_free(&bars);
	if (found)
		show_device(test);
	return found;
}

void cli_test_other_way(struct cli_test *test)
{
	char why[CLI_VM_ANSWER];

	if (strcmp(test->target.way, "group") || !has_own_file(test->target.device))
		return;
	cli_vm_end(&test->vm);
	test->both = true;
	test->target.way = "cdev";
	if (open_and_map(test, why))
		show_device(test);
	else
		cli_wrong(test, "device", "%s by cdev: %s", test->target.device, why);
}
