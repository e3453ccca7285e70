// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SoC, as far as its errata forbid types. What an erratum says and what it forbids
 * is in the core (errata.c); here it is found out whether this machine has it.
 */
#include <linux/kprobes.h>
#include <linux/pci.h>
#include <linux/sys_soc.h>

#include "kernel/platform.h"

static bool forced;
/* A mask, see s2m_erratum_against(). Bits are set under live.c's lock and never cleared. */
static u32 present;

static bool is_soc(const struct s2m_erratum *erratum)
{
	const struct soc_device_attribute matches[] = {
		{ .soc_id = erratum->soc_id, .revision = erratum->soc_revisions },
		{ }
	};

	return erratum->soc_id && soc_device_match(matches);
}

static bool has_device(const struct s2m_erratum *erratum)
{
	struct pci_dev *pdev;

	if (!erratum->pci.vendor)
		return false;
	pdev = pci_get_device(erratum->pci.vendor, erratum->pci.device, NULL);
	pci_dev_put(pdev);
	return pdev;
}

static void found(unsigned int i)
{
	const struct s2m_erratum *erratum = &s2m_errata[i];

	WRITE_ONCE(present, present | BIT(i));
	if (forced)
		pr_warn("force=1: normal-nc and device-GRE are allowed in spite of %s: %s\n",
			erratum->name, erratum->because);
	else
		pr_warn("%s: %s; normal-nc and device-GRE are refused\n",
			erratum->name, erratum->because);
}

void s2m_platform_start(bool force)
{
	unsigned int i;

	forced = force;
	for (i = 0; i < S2M_NR_ERRATA; i++)
		if (is_soc(&s2m_errata[i]))
			found(i);
	s2m_platform_look();
}

bool s2m_platform_look(void)
{
	u32 before = present;
	unsigned int i;

	for (i = 0; i < S2M_NR_ERRATA; i++)
		if (!(present & BIT(i)) && has_device(&s2m_errata[i]))
			found(i);
	return present != before;
}

u32 s2m_platform_errata(void)
{
	return forced ? 0 : READ_ONCE(present);
}

NOKPROBE_SYMBOL(s2m_platform_errata);

bool s2m_platform_forced(void)
{
	return forced && READ_ONCE(present);
}
