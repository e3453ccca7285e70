/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's VFIO selftests want of libuuid, for where that is not to be had for the
 * machine that they are built for.
 */
#ifndef S2MEMATTR_TESTS_UUID_H
#define S2MEMATTR_TESTS_UUID_H

#include <stdio.h>

typedef unsigned char uuid_t[16];

static inline int uuid_parse(const char *text, uuid_t uuid)
{
	int i;

	for (i = 0; i < 16; i++) {
		text += *text == '-';
		if (sscanf(text, "%2hhx", &uuid[i]) != 1)
			return -1;
		text += 2;
	}
	return *text ? -1 : 0;
}

#endif
