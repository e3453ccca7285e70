// SPDX-License-Identifier: GPL-2.0-only
/* Does __mmu_notifier_invalidate_range_end() take a second argument? */
#include <linux/mmu_notifier.h>

void probe(struct mmu_notifier_range *range);
void probe(struct mmu_notifier_range *range)
{
	__mmu_notifier_invalidate_range_end(range, false);
}
