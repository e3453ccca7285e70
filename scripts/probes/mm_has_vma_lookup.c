// SPDX-License-Identifier: GPL-2.0-only
/* Is there vma_lookup()? */
#include <linux/mm.h>

struct vm_area_struct *probe(struct mm_struct *mm);
struct vm_area_struct *probe(struct mm_struct *mm)
{
	return vma_lookup(mm, 0);
}
