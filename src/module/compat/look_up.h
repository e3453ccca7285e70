/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a page of a VM_PFNMAP or VM_IO VMA is looked up: by follow_pte(), and since
 * 6.12 by follow_pfnmap_start().
 */
#ifndef S2MEMATTR_COMPAT_LOOK_UP_H
#define S2MEMATTR_COMPAT_LOOK_UP_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "probes.h"

#if S2M_PFNMAP_LOOK_UP_TAKES_ARGS
#define S2M_LOOK_UP_NAME	"follow_pfnmap_start"

/* Which address is looked up? @first and @second are the first two arguments. */
static __always_inline bool s2m_look_up_address(u64 first, u64 second, unsigned long *hva)
{
	const struct follow_pfnmap_args *args = (const void *)first;

	/* A local variable of KVM's. */
	if (!object_is_on_stack(args) || !object_is_on_stack(args + 1))
		return false;
	*hva = args->address;
	return true;
}
#else
#define S2M_LOOK_UP_NAME	"follow_pte"

/* The first is an mm or, since 6.10, a VMA. */
static __always_inline bool s2m_look_up_address(u64 first, u64 second, unsigned long *hva)
{
	*hva = second;
	return true;
}
#endif

#endif
