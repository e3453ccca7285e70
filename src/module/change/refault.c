// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why no leaf escapes. A fault that was decided under the old policy was decided
 * with mmu_lock held, before the grace period ended that follows publishing, and its
 * leaf is made before KVM lets go of the lock. Here the lock is taken exclusively, after
 * that grace period: each such leaf is in the table already. A leaf that is made later
 * is made under the new policy, wherever in the table it is.
 *
 * Why that is all. All of each table is looked at: the VM's own, and those that KVM
 * has made for its guests' guests, which have addresses of their own. The GICv2 VCPU
 * interface is in the VM's own table, where no memslot is, and is not touched.
 */
#include <linux/kernel.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <s2memattr/wish.h>

#include "change/refault.h"
#include "compat/mm.h"
#include "compat/split.h"
#include "compat/vgic.h"
#include "kernel/every_vm.h"
#include "kernel/host.h"
#include "kernel/stage2.h"
#include "tell/stats.h"

/* More pieces of a block than this are not looked at one by one. */
#define MAX_PIECES	64

/* A change on its way through the tables. */
struct refault {
	const struct s2m_change *change;
	bool killable;
	bool cacheable;		/* leaves with the type of RAM may be device memory */
	bool split;		/* and so may those of this VM (hook/split.c) */
	struct kvm *kvm;
	struct s2m_stage2_look look;
	/* The last answer, and the memory that it holds for. */
	phys_addr_t start, end;
	bool affected;
};

/* The type that a policy wants for memory which it has one answer for. */
static enum s2m_type type_under(const struct s2m_policy *policy,
				const struct s2m_mapping *mapping)
{
	return s2m_wish(policy->mode, policy->rules->index, mapping, NULL).decision.type;
}

static bool asks_who(const struct s2m_policy *policy, const struct s2m_mapping *mapping)
{
	return s2m_wish_asks_task(policy->mode, policy->rules->index, mapping->phys,
				  mapping->size);
}

/* Does the answer for a mapping change, for any VMA that may be behind it? */
static bool differs(const struct s2m_change *change, struct s2m_mapping *mapping)
{
	static const u8 flags[] = { 1, 2, 3 };
	enum s2m_pgprot pgprot;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		mapping->pfnmap = flags[i] & 1;
		mapping->io = flags[i] & 2;
		for (pgprot = S2M_PGPROT_DEVICE_NGNRNE; pgprot <= S2M_PGPROT_CACHEABLE; pgprot++) {
			mapping->pgprot = pgprot;
			if (type_under(&change->from, mapping) !=
			    type_under(&change->to, mapping))
				return true;
		}
	}
	return false;
}

static bool is_affected(const struct s2m_change *change, phys_addr_t phys, u64 size)
{
	struct s2m_mapping mapping = { .phys = phys, .size = size, .kvm_type = S2M_NATIVE };

	return change->everything ||
	       asks_who(&change->from, &mapping) || asks_who(&change->to, &mapping) ||
	       differs(change, &mapping);
}

/* The end of the memory from @phys on for which neither policy has two answers. */
static u64 uniform_end(const struct s2m_change *change, phys_addr_t phys)
{
	return min(s2m_index_uniform_end(change->from.rules->index, phys),
		   s2m_index_uniform_end(change->to.rules->index, phys));
}

/* Of a leaf with several answers: does one change, for a piece or for the whole leaf? */
static bool any_piece(const struct s2m_change *change, phys_addr_t phys, u64 size)
{
	u64 end = phys + size, next;
	unsigned int pieces = 0;

	if (is_affected(change, phys, size))
		return true;
	while (phys < end) {
		/* A page with several answers is looked at as a whole. */
		next = ALIGN_DOWN(uniform_end(change, phys), PAGE_SIZE);
		next = clamp_t(u64, next, phys + PAGE_SIZE, end);
		if (++pieces > MAX_PIECES || is_affected(change, phys, next - phys))
			return true;
		phys = next;
	}
	return false;
}

static bool affected(struct refault *refault, phys_addr_t phys, u64 size)
{
	u64 end;

	if (phys >= refault->start && phys + size <= refault->end)
		return refault->affected;
	end = uniform_end(refault->change, phys);
	if (end < phys + size)
		return any_piece(refault->change, phys, size);
	refault->affected = is_affected(refault->change, phys, size);
	refault->start = phys;
	refault->end = end;
	return refault->affected;
}

/* MemAttr of RAM: Normal write-back, with and without FEAT_S2FWB's encodings. */
static bool is_like_ram(u8 memattr)
{
	return memattr == (s2m_host_has_fwb() ? 0x6 : 0xf);
}

/*
 * Has KVM mapped this page for itself? It maps the GICv2 VCPU interface where the VMM
 * wants it; but within a memslot the page may be any. Called with kvm->srcu held.
 */
static bool is_own(const struct refault *refault, u64 ipa)
{
	return !refault->look.table && s2m_is_vgic(refault->kvm, ipa) &&
	       !__gfn_to_memslot(kvm_memslots(refault->kvm), ipa >> PAGE_SHIFT);
}

/* Called with mmu_lock and kvm->srcu held: is this a leaf to be dropped? */
static bool is_stale(const struct s2m_stage2_run *leaf, void *context)
{
	struct refault *refault = context;

	if (is_like_ram(leaf->memattr) && !refault->cacheable && !refault->split)
		return false;
	if (is_own(refault, leaf->ipa))
		return false;
	return !s2m_pfn_is_ram(PHYS_PFN(leaf->phys)) &&
	       affected(refault, ALIGN_DOWN(leaf->phys, leaf->leaf), leaf->leaf);
}

static int stop(const struct refault *refault)
{
	cond_resched();
	return refault->killable && fatal_signal_pending(current) ? -EINTR : 0;
}

static int refault_vm(struct kvm *kvm, struct pid *pid, void *context)
{
	struct refault *refault = context;
	struct s2m_stage2_look *look = &refault->look;
	bool more = true;
	unsigned int i;
	int srcu, err = 0;

	refault->kvm = kvm;
	refault->split = s2m_may_have_split(kvm);
	look->table = 0;
	look->ipa = 0;
	while (more && !err) {
		srcu = srcu_read_lock(&kvm->srcu);
		more = s2m_stage2_drop(kvm, look);
		srcu_read_unlock(&kvm->srcu, srcu);
		for (i = 0; i < look->dropped; i++)
			s2m_count(S2M_STAT_RECONCILED);
		err = stop(refault);
	}
	return err;
}

static bool grants_cacheable(const struct s2m_policy *policy)
{
	const struct s2m_table *table = policy->rules->set->table;
	u32 i;

	for (i = 0; policy->mode == S2M_MODE_POLICY && i < table->count; i++)
		if (table->rules[i].type == S2M_NORMAL_WB)
			return true;
	return false;
}

/* Too large for a stack; callers are serialised. */
static struct refault present;

int s2m_refault(const struct s2m_change *change, bool killable)
{
	memset(&present, 0, sizeof(present));
	present.change = change;
	present.killable = killable;
	present.cacheable = change->everything || grants_cacheable(&change->from) ||
			    grants_cacheable(&change->to);
	present.look.picks = is_stale;
	present.look.context = &present;
	return s2m_every_vm(refault_vm, &present);
}
