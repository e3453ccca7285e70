/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few names that the pure core needs from its surroundings. It compiles
 * into the module, the unit tests and the command line tool, so this is the
 * one header that asks where it is.
 */
#ifndef S2MEMATTR_BASE_H
#define S2MEMATTR_BASE_H

#include <linux/types.h>

#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
#endif

#endif
