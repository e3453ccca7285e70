// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the arguments of a call to the facts of a mapping: the one place that
 * knows shapes which KVM keeps to itself.
 *
 * Why what is read here is true. KVM holds mmu_lock and has checked that no
 * MMU notifier invalidation of the range began since it looked at the VMM's
 * mapping; any that begins now waits for mmu_lock. So until the leaf is made,
 * the host PTE that KVM translated with stays as it is, and the VMA over it
 * cannot be freed or reused for something else: unmapping, remapping and
 * changing protections all invalidate first. It may already be out of the VMA
 * tree, with the invalidation still to come. Then the lookup finds nothing, and
 * the vCPU is sent to fault again, into KVM's own lookup.
 *
 * The VMA tree is read under mmap_lock, which is only tried: a vCPU that does
 * not get it faults again, and waits for it in KVM, where waiting is allowed.
 * mmap_lock is taken outside mmu_lock elsewhere; trying cannot deadlock.
 */
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/kvm_pgtable.h>
#include <s2memattr/decide.h>

#include "compat/kvm.h"
#include "compat/map_data.h"
#include "compat/mm.h"
#include "early.h"
#include "fault.h"
#include "host.h"
#include "platform.h"
#include "policy.h"
#include "stats.h"
#include "symbols.h"
#include "trace.h"
#include "vmm.h"

/*
 * What a leaf attribute for device memory may hold: MemAttr[5:2], S2AP[7:6],
 * SH[9:8], AF[10], XN[54:53] and the software bits [58:55]; and what it must:
 * AF, and XN[1] because KVM never lets a guest execute from a device.
 */
#define LEAF_ATTR_MASK	(GENMASK_ULL(10, 2) | GENMASK_ULL(58, 53))
#define LEAF_ATTR_MUST	(BIT_ULL(10) | BIT_ULL(54))

static bool on_stack(const void *object, size_t size)
{
	const void *stack = task_stack_page(current);

	return object >= stack && object + size <= stack + THREAD_SIZE;
}

/* Both structures are local variables of kvm_pgtable_stage2_map(). */
static struct s2m_map_data *map_data_of(const struct s2m_walk_call *call)
{
	const struct kvm_pgtable_walker *walker = call->walker;
	struct s2m_map_data *data;

	if (!on_stack(walker, sizeof(*walker)) ||
	    (void *)walker->cb != s2m_symbols.map_walker)
		return NULL;
	data = walker->arg;
	if (!on_stack(data, sizeof(*data)) || data->mmu != call->pgt->mmu)
		return NULL;
	return data;
}

static bool plausible(const struct s2m_walk_call *call, const struct s2m_map_data *data)
{
	return (data->head.attr & ~LEAF_ATTR_MASK) == 0 &&
	       (data->head.attr & LEAF_ATTR_MUST) == LEAF_ATTR_MUST &&
	       call->size && PAGE_ALIGNED(call->size) &&
	       PAGE_ALIGNED(call->ipa) && PAGE_ALIGNED(data->head.phys);
}

/*
 * A fault brings the page-table cache that is part of its vCPU. The other
 * caller, kvm_phys_addr_ioremap(), has one on its stack: it maps the GICv2
 * VCPU interface, holds no SRCU lock on the memslots, and is no business of ours
 * unless it is early for a fault, see early.c.
 */
static bool is_guest_fault(const struct s2m_map_data *data, const struct kvm *kvm)
{
	const struct kvm_vcpu *vcpu;
	struct kvm *owner;

	if (!data->memcache || on_stack(data->memcache, 1))
		return false;
	vcpu = container_of(data->memcache, struct kvm_vcpu, arch.mmu_page_cache);
	return !get_kernel_nofault(owner, &vcpu->kvm) && owner == kvm &&
	       kvm->mm == current->mm;
}

/* Not for a guest's fault, but instead of one? */
static bool is_early(const struct s2m_map_data *data, const struct kvm *kvm,
		     const struct s2m_facts *facts)
{
	return on_stack(data->memcache, 1) && kvm->mm == current->mm &&
	       s2m_early_under_way(kvm, facts->pci_bar);
}

enum looked_up {
	LOOKED_UP,
	NOT_NOW,
	CONTRADICTION,
};

/* The VMA behind [hva, hva + size), which KVM says maps @phys. */
static enum looked_up look_up_vma(unsigned long hva, u64 size, phys_addr_t phys,
				  struct s2m_facts *facts)
{
	struct mm_struct *mm = current->mm;
	enum looked_up result = NOT_NOW;
	struct vm_area_struct *vma;

	if (!mmap_read_trylock(mm))
		return NOT_NOW;
	vma = s2m_vma_lookup(mm, hva);
	if (vma) {
		facts->pfnmap = vma->vm_flags & VM_PFNMAP;
		facts->io = vma->vm_flags & VM_IO;
		facts->pgprot = s2m_pgprot_of(vma);
		/* What one leaf of the host's table covers, one VMA does. */
		result = s2m_host_maps(mm, hva, size, phys) ? LOOKED_UP : CONTRADICTION;
	}
	mmap_read_unlock(mm);
	return result;
}

static bool is_ram(phys_addr_t phys, u64 size)
{
	/*
	 * KVM itself asks this of one page and takes it for the whole block. A
	 * block of a PFNMAP VMA with RAM in the middle only would need a host
	 * mapping that runs across it.
	 */
	return s2m_pfn_is_ram(PHYS_PFN(phys)) ||
	       s2m_pfn_is_ram(PHYS_PFN(phys + size - 1));
}

/*
 * What a decision is made from. In the order of struct s2m_facts, and no
 * further than the first fact that already decides: what follows may not be
 * safe to ask.
 */
static enum looked_up gather(const struct s2m_walk_call *call, const struct s2m_map_data *data,
			     struct s2m_facts *facts)
{
	struct kvm *kvm = s2m_mmu_to_kvm(data->mmu);
	struct kvm_memory_slot *slot;
	enum looked_up result;
	gfn_t gfn = call->ipa >> PAGE_SHIFT;

	facts->guest_fault = is_guest_fault(data, kvm);
	if (!facts->guest_fault)
		return is_early(data, kvm, facts) ? NOT_NOW : LOOKED_UP;
	facts->nested = data->mmu != &kvm->arch.mmu;
	if (facts->nested)
		return LOOKED_UP;
	/* The vCPU's thread holds kvm->srcu while it handles a fault. */
	slot = __gfn_to_memslot(kvm_memslots(kvm), gfn);
	facts->memslot = slot && slot->base_gfn + slot->npages - gfn >= call->size >> PAGE_SHIFT;
	if (!facts->memslot)
		return LOOKED_UP;
	result = look_up_vma(__gfn_to_hva_memslot(slot, gfn), call->size, data->head.phys, facts);
	if (result != LOOKED_UP)
		return result;
	facts->ram = is_ram(data->head.phys, call->size);
	facts->coherent = s2m_host_is_coherent();
	facts->mte = s2m_kvm_has_mte(kvm);
	facts->errata = s2m_platform_errata();
	return LOOKED_UP;
}

NOKPROBE_SYMBOL(gather);

/* What the rule table wants for an eligible mapping; counts and names the rule. */
static struct s2m_decision wish_of_table(const struct s2m_rules *rules,
					 const struct s2m_walk_call *call,
					 const struct s2m_map_data *data,
					 const struct s2m_facts *facts, u32 *rule)
{
	const struct s2m_mapping mapping = {
		.phys = data->head.phys,
		.size = call->size,
		.kvm_type = facts->kvm_type,
		.pgprot = facts->pgprot,
		.pfnmap = facts->pfnmap,
		.io = facts->io,
	};
	struct s2m_verdict verdict;
	struct s2m_vmm vmm;

	rcu_read_lock();
	if (s2m_index_needs_task(rules->index, mapping.phys, mapping.size)) {
		s2m_vmm_current(&vmm);
		verdict = s2m_index_decide(rules->index, &mapping, &vmm.task);
	} else {
		verdict = s2m_index_decide(rules->index, &mapping, NULL);
	}
	rcu_read_unlock();

	s2m_rules_count(rules, verdict.rule);
	*rule = verdict.rule;
	return (struct s2m_decision) {
		.type = verdict.type,
		.why = verdict.rule == S2M_NO_RULE ? S2M_WHY_NO_RULE : S2M_WHY_RULE,
	};
}

NOKPROBE_SYMBOL(wish_of_table);

static struct s2m_decision decide(enum s2m_mode mode, const struct s2m_rules *rules,
				  const struct s2m_walk_call *call, const struct s2m_map_data *data,
				  const struct s2m_facts *facts, u32 *rule)
{
	struct s2m_decision decision = { .type = S2M_NATIVE };

	if (!s2m_eligible(facts, &decision.why))
		return decision;
	if (mode == S2M_MODE_POLICY)
		decision = wish_of_table(rules, call, data, facts, rule);
	else
		decision = s2m_wish_of_mode(mode, facts);
	return s2m_grant(decision, facts);
}

NOKPROBE_SYMBOL(decide);

/* What has become of one mapping of device memory, for counters and trace. */
struct outcome {
	enum s2m_stat stat;
	enum s2m_type used;
	enum s2m_why why;
	u32 rule;
};

static struct outcome handle(enum s2m_mode mode, const struct s2m_rules *rules,
			     const struct s2m_walk_call *call, struct s2m_map_data *data,
			     const struct s2m_device *bar, enum s2m_type kvm_type)
{
	struct s2m_facts facts = { .kvm_type = kvm_type, .pci_bar = bar };
	struct s2m_decision decision;
	u32 rule = S2M_NO_RULE;

	if (!plausible(call, data))
		return (struct outcome) { S2M_STAT_REFUSED, kvm_type, S2M_WHY_REFUSED, rule };
	switch (gather(call, data, &facts)) {
	case NOT_NOW:
		return (struct outcome) { S2M_STAT_RETRIED, kvm_type, S2M_WHY_AGAIN, rule };
	case CONTRADICTION:
		return (struct outcome) { S2M_STAT_REFUSED, kvm_type, S2M_WHY_REFUSED, rule };
	case LOOKED_UP:
		break;
	}

	decision = decide(mode, rules, call, data, &facts, &rule);
	if (decision.type == S2M_NATIVE || decision.type == kvm_type)
		return (struct outcome) { S2M_STAT_KEPT, kvm_type, decision.why, rule };
	data->head.attr = s2m_attr_set_type(data->head.attr, decision.type);
	return (struct outcome) { S2M_STAT_REWRITTEN, decision.type, decision.why, rule };
}

NOKPROBE_SYMBOL(handle);

enum s2m_fate s2m_fault(const struct s2m_walk_call *call)
{
	enum s2m_mode mode = s2m_policy_mode();
	struct s2m_map_data *data = map_data_of(call);
	const struct s2m_device *bar;
	const struct s2m_rules *rules;
	enum s2m_type kvm_type;
	struct outcome outcome;

	if (mode == S2M_MODE_NATIVE)
		return S2M_PROCEED;
	kvm_type = data ? s2m_attr_type(data->head.attr) : S2M_NATIVE;
	if (kvm_type == S2M_NATIVE) {
		s2m_count(S2M_STAT_REFUSED);
		return S2M_PROCEED;
	}

	rules = s2m_policy_rules();
	bar = s2m_index_device(rules->index, data->head.phys, call->size);
	outcome = handle(mode, rules, call, data, bar, kvm_type);
	s2m_count(S2M_STAT_FAULTS);
	s2m_count(outcome.stat);
	trace_decision(call->ipa, data->head.phys, call->size, bar, kvm_type,
		       outcome.used, outcome.why, outcome.rule);
	return outcome.stat == S2M_STAT_RETRIED ? S2M_FAULT_AGAIN : S2M_PROCEED;
}

NOKPROBE_SYMBOL(s2m_fault);

/* What KVM's _kvm_pgtable_walk() is called with (hyp/pgtable.c). */
struct s2m_walk_data {
	struct kvm_pgtable *pgt;
	const struct kvm_pgtable_walker *walker;
	u64 addr;
	u64 end;
};

void s2m_fault_inlined(struct s2m_walk_data *data)
{
	struct s2m_walk_call call;

	if (!on_stack(data, sizeof(*data))) {
		s2m_count(S2M_STAT_REFUSED);
		return;
	}
	if (s2m_is_for_ram(data->walker))
		return;
	call = (struct s2m_walk_call) {
		.pgt = data->pgt,
		.ipa = data->addr,
		.size = data->end - data->addr,
		.walker = data->walker,
	};
	if (s2m_fault(&call) == S2M_FAULT_AGAIN)
		data->end = data->addr;
}

NOKPROBE_SYMBOL(s2m_fault_inlined);
