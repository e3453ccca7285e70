// SPDX-License-Identifier: GPL-2.0-only
/* Is there pfn_is_map_memory()? Before there was, pfn_valid() meant that. */
#include <asm/memory.h>
#include <linux/mm.h>

bool probe(void);
bool probe(void)
{
	return pfn_is_map_memory(0);
}
