/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's mmu.c without the mappings that 5.10 makes of a VM_PFNMAP VMA before anybody asks
 * for them. Linux 5.14 took them out, and mmu_lock and the number of invalidations stayed
 * what they are in 5.10 for some versions more.
 */
#include <linux/mm.h>

#undef VM_PFNMAP
#define VM_PFNMAP 0UL
