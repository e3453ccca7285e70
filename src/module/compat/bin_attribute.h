/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attribute that a binary file's methods are given became const.
 */
#ifndef S2MEMATTR_COMPAT_BIN_ATTRIBUTE_H
#define S2MEMATTR_COMPAT_BIN_ATTRIBUTE_H

#include <linux/sysfs.h>

#include "probes.h"

#if S2M_BIN_ATTRIBUTE_IS_CONST
#define S2M_BIN_CONST const
#else
#define S2M_BIN_CONST
#endif

#endif
