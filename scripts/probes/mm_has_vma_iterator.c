// SPDX-License-Identifier: GPL-2.0-only
/* Are VMAs kept in a maple tree, and visited with an iterator? */
#include <linux/mm.h>

void probe(struct mm_struct *mm);
void probe(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma)
		;
}
