// SPDX-License-Identifier: GPL-2.0-only
/* Are PFNMAP pages looked up by follow_pfnmap_start(), with a structure of arguments? */
#include <linux/mm.h>

unsigned long probe(struct follow_pfnmap_args *args);
unsigned long probe(struct follow_pfnmap_args *args)
{
	return follow_pfnmap_start(args) ? 0 : args->address;
}
