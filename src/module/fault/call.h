/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the call at the site says: the one place that knows shapes which KVM keeps
 * to itself. proof.h shows at load that they are as assumed here.
 */
#ifndef S2MEMATTR_CALL_H
#define S2MEMATTR_CALL_H

#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/sched/task_stack.h>
#include <asm/kvm_pgtable.h>

#include "compat/map_data.h"
#include "kernel/symbols.h"

/*
 * What a leaf attribute for device memory may hold: MemAttr[5:2], S2AP[7:6],
 * SH[9:8], AF[10], XN[54:53] and the software bits [58:55]; and what it must:
 * AF, and XN[1] because KVM never lets a guest execute from a device.
 */
#define S2M_LEAF_ATTR_MASK	(GENMASK_ULL(10, 2) | GENMASK_ULL(58, 53))
#define S2M_LEAF_ATTR_MUST	(BIT_ULL(10) | BIT_ULL(54))

static __always_inline bool s2m_on_stack(const void *object, size_t size)
{
	const void *stack = task_stack_page(current);

	return object >= stack && object + size <= stack + THREAD_SIZE;
}

/**
 * s2m_call_maps() - does a walk make a stage-2 mapping?
 * @walker: what the walk will do
 *
 * Then, and as KVM itself does, its argument can be taken for struct stage2_map_data.
 *
 * Context: in place of the call.
 * Return: whether it does.
 */
static __always_inline bool s2m_call_maps(const struct kvm_pgtable_walker *walker)
{
	return (void *)walker->cb == s2m_symbols.map_walker;
}

/**
 * s2m_call_is_sound() - is everything about a call as KVM makes it?
 * @pgt: the stage-2 table
 * @ipa: first address to map, or any in its page: KVM passes the address of a fault,
 *	of which HPFAR_EL2 has units of 4 KiB, whatever a page is
 * @size: bytes to map
 * @walker: what the walk will do; s2m_call_maps()
 *
 * The walker and its data are local variables of kvm_pgtable_stage2_map(). What
 * follows from more than MemAttr (anything but a restriction) is done only if
 * this says so.
 *
 * Context: in place of the call.
 * Return: whether it is.
 */
static __always_inline bool s2m_call_is_sound(const struct kvm_pgtable *pgt, u64 ipa, u64 size,
					      const struct kvm_pgtable_walker *walker)
{
	const struct s2m_map_data *data = walker->arg;

	return s2m_on_stack(walker, sizeof(*walker)) && s2m_on_stack(data, sizeof(*data)) &&
	       data->mmu == pgt->mmu &&
	       (data->head.attr & ~S2M_LEAF_ATTR_MASK) == 0 &&
	       (data->head.attr & S2M_LEAF_ATTR_MUST) == S2M_LEAF_ATTR_MUST &&
	       size && PAGE_ALIGNED(size) && IS_ALIGNED(ipa, SZ_4K) &&
	       PAGE_ALIGNED(data->head.phys);
}

/**
 * struct s2m_walk - what KVM's _kvm_pgtable_walk() is called with (hyp/pgtable.c), up to 6.1
 * @pgt: the table
 * @walker: what the walk will do
 * @addr: where the walk is
 * @end: where it ends
 */
struct s2m_walk {
	struct kvm_pgtable *pgt;
	const struct kvm_pgtable_walker *walker;
	u64 addr;
	u64 end;
};

#endif
