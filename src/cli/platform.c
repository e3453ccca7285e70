// SPDX-License-Identifier: GPL-2.0-only
/*
 * The errata of this machine, as the module looks for them.
 */
#include <fnmatch.h>
#include <string.h>

#include "cli.h"
#include "pci.h"
#include "platform.h"

/* As the module looks for it, and with the same table. */
static bool has_device(const struct s2m_erratum *erratum, const struct cli_bars *bars)
{
	struct pci_dev *dev;

	if (!erratum->pci.vendor || !bars->access)
		return false;
	for (dev = bars->access->devices; dev; dev = dev->next) {
		pci_fill_info(dev, PCI_FILL_IDENT);
		if (dev->vendor_id == erratum->pci.vendor && dev->device_id == erratum->pci.device)
			return true;
	}
	return false;
}

static bool is_soc(const struct s2m_erratum *erratum)
{
	bool found = false;
	int i;

	for (i = 0; erratum->soc_id && !found && cli_exists("/sys/devices/soc%d", i); i++) {
		char *id = cli_read_line("/sys/devices/soc%d/soc_id", i);
		char *revision = cli_read_line("/sys/devices/soc%d/revision", i);

		found = id && revision && !strcmp(id, erratum->soc_id) &&
			!fnmatch(erratum->soc_revisions, revision, 0);
		free(id);
		free(revision);
	}
	return found;
}

u32 cli_errata_here(void)
{
	struct cli_bars bars;
	u32 present = 0;
	unsigned int i;

	cli_bars_collect(&bars);
	for (i = 0; i < S2M_NR_ERRATA; i++)
		if (is_soc(&s2m_errata[i]) || has_device(&s2m_errata[i], &bars))
			present |= 1U << i;
	cli_bars_free(&bars);
	return present;
}

/* The module's answer at load, where it is loaded. */
static bool lifted(void)
{
	char *force = cli_read_line("/sys/module/%s/parameters/force", S2M_MODULE);
	bool yes = force && *force == 'Y';

	free(force);
	return yes;
}

u32 cli_errata_in_force(void)
{
	return lifted() ? 0 : cli_errata_here();
}
