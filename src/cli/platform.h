/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which errata this machine has.
 */
#ifndef S2MEMATTR_CLI_PLATFORM_H
#define S2MEMATTR_CLI_PLATFORM_H

#include <s2memattr/errata.h>

/**
 * cli_errata_here() - the errata of this machine
 *
 * Return: a mask for s2m_erratum_against().
 */
u32 cli_errata_here(void);

/**
 * cli_errata_in_force() - those that the module goes by
 *
 * Return: as cli_errata_here(); 0 if the module was loaded with force=1.
 */
u32 cli_errata_in_force(void);

#endif
