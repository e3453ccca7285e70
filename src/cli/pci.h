/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI memory BARs of this machine, through libpci, in the core's words.
 */
#ifndef S2MEMATTR_CLI_PCI_H
#define S2MEMATTR_CLI_PCI_H

#include <s2memattr/index.h>

/* The core has those types already. */
#define PCI_HAVE_Uxx_TYPES
#include <pci/pci.h>

/**
 * struct cli_bars - all memory BARs
 * @access: libpci's own
 * @count: how many
 * @bars: the BARs, function by function in the order of their addresses
 * @devices: for each BAR, its function
 */
struct cli_bars {
	struct pci_access *access;
	u32 count;
	struct s2m_device *bars;
	struct pci_dev **devices;
};

/**
 * cli_bars_collect() - look at the PCI bus
 * @bars: where the BARs go; for cli_bars_free() in any case
 *
 * Return: whether there is a PCI bus.
 */
bool cli_bars_collect(struct cli_bars *bars);

/**
 * cli_bars_free() - forget the PCI bus
 * @bars: what cli_bars_collect() has filled
 */
void cli_bars_free(struct cli_bars *bars);

/**
 * cli_fuses_mark() - note in BARs which fuses have blown
 * @bars: the BARs; nothing is noted where this user may not know
 */
void cli_fuses_mark(struct cli_bars *bars);

/**
 * cli_bar_address() - the address of a function, as lspci -D prints it
 * @bar: a BAR of the function
 * @to: where it goes
 *
 * Return: @to.
 */
const char *cli_bar_address(const struct s2m_device *bar, char to[32]);

/**
 * cli_bar_name() - what a function is called
 * @bars: the BARs
 * @i: the BAR
 * @to: where the name goes
 * @size: room at @to
 *
 * Return: vendor and device, or "" if they have no names here.
 */
const char *cli_bar_name(const struct cli_bars *bars, u32 i, char *to, int size);

#endif
