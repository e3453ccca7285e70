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
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task_stack.h>
#include <asm/kvm_pgtable.h>
#include <s2memattr/wish.h>

#include "call.h"
#include "compat/kvm.h"
#include "compat/mm.h"
#include "early.h"
#include "fault.h"
#include "host.h"
#include "platform.h"
#include "policy.h"
#include "proof.h"
#include "stats.h"
#include "symbols.h"
#include "trace.h"
#include "vmm.h"

/* What is asked, and the policy that answers it. */
struct request {
	u64 ipa;
	u64 size;
	struct s2m_map_data *data;
	const struct s2m_rules *rules;
	enum s2m_mode mode;
	enum s2m_type kvm_type;
};

/*
 * A fault is handled while its vCPU is loaded, and brings the page-table cache
 * that is part of it. The other caller, kvm_phys_addr_ioremap(), has one on its
 * stack: it maps the GICv2 VCPU interface, holds no SRCU lock on the memslots, and
 * is no business of ours unless it is early for a fault, see early.c.
 */
static bool is_guest_fault(const struct s2m_map_data *data, const struct kvm *kvm)
{
	const struct kvm_vcpu *vcpu = s2m_symbols.running_vcpu();

	return vcpu && data->memcache == &vcpu->arch.mmu_page_cache && vcpu->kvm == kvm &&
	       kvm->mm == current->mm;
}

static nokprobe_inline const struct s2m_device *bar_of(const struct request *request)
{
	return s2m_index_device(request->rules->index, request->data->head.phys,
				request->size);
}

/* Not for a guest's fault, but instead of one? */
static nokprobe_inline bool is_early(const struct request *request, const struct kvm *kvm)
{
	return s2m_on_stack(request->data->memcache, 1) && kvm->mm == current->mm &&
	       s2m_early_under_way(kvm, bar_of(request));
}

enum looked_up {
	LOOKED_UP,
	NOT_NOW,
	CONTRADICTION,
};

/* The VMA behind [hva, hva + size), which KVM says maps @phys. */
static nokprobe_inline enum looked_up look_up_vma(unsigned long hva, u64 size, phys_addr_t phys,
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
	       (size > PAGE_SIZE && s2m_pfn_is_ram(PHYS_PFN(phys + size - 1)));
}

/*
 * What a decision is made from. In the order of struct s2m_facts, and no
 * further than the first fact that already decides: what follows may not be
 * safe to ask.
 */
static nokprobe_inline enum looked_up gather(const struct request *request,
					     struct s2m_facts *facts)
{
	const struct s2m_map_data *data = request->data;
	struct kvm *kvm = s2m_mmu_to_kvm(data->mmu);
	struct kvm_memory_slot *slot;
	enum looked_up result;
	gfn_t gfn = request->ipa >> PAGE_SHIFT;

	facts->kvm_type = request->kvm_type;
	facts->guest_fault = is_guest_fault(data, kvm);
	if (!facts->guest_fault)
		return is_early(request, kvm) ? NOT_NOW : LOOKED_UP;
	/* Devices have come, gone or moved, and are being learnt. */
	if (request->mode != S2M_MODE_DEVICE_NGNRE && s2m_policy_knowledge() == S2M_LEARNING)
		return NOT_NOW;
	facts->nested = data->mmu != &kvm->arch.mmu;
	if (facts->nested)
		return LOOKED_UP;
	/* The vCPU's thread holds kvm->srcu while it handles a fault. */
	slot = __gfn_to_memslot(kvm_memslots(kvm), gfn);
	facts->memslot = slot && slot->base_gfn + slot->npages - gfn >= request->size >> PAGE_SHIFT;
	if (!facts->memslot)
		return LOOKED_UP;
	result = look_up_vma(__gfn_to_hva_memslot(slot, gfn), request->size, data->head.phys,
			     facts);
	if (result != LOOKED_UP)
		return result;
	facts->ram = is_ram(data->head.phys, request->size);
	facts->coherent = s2m_host_is_coherent();
	facts->mte = s2m_kvm_has_mte(kvm);
	facts->errata = s2m_platform_errata();
	return LOOKED_UP;
}

/* What has become of one mapping of device memory, for counters and trace. */
struct outcome {
	enum s2m_stat stat;
	enum s2m_type used;
	enum s2m_why why;
	u32 rule;
};

/* What mode or table want for an eligible mapping; counts what the table does. */
static struct s2m_wish wish_for(const struct request *request, const struct s2m_mapping *mapping)
{
	const struct s2m_index *index = request->rules->index;
	struct s2m_wish wish;
	struct s2m_vmm vmm;

	rcu_read_lock();
	if (s2m_wish_asks_task(request->mode, index, mapping->phys, mapping->size)) {
		s2m_vmm_current(&vmm);
		wish = s2m_wish(request->mode, index, mapping, &vmm.task);
	} else {
		wish = s2m_wish(request->mode, index, mapping, NULL);
	}
	rcu_read_unlock();

	if (request->mode == S2M_MODE_POLICY)
		s2m_rules_count(request->rules, wish.rule);
	return wish;
}

NOKPROBE_SYMBOL(wish_for);

static nokprobe_inline struct s2m_decision decide(const struct request *request,
						  const struct s2m_facts *facts, u32 *rule)
{
	const struct s2m_mapping mapping = {
		.phys = request->data->head.phys,
		.size = request->size,
		.kvm_type = facts->kvm_type,
		.pgprot = facts->pgprot,
		.pfnmap = facts->pfnmap,
		.io = facts->io,
	};
	struct s2m_decision decision = { .type = S2M_NATIVE };
	struct s2m_wish wish;

	if (!s2m_eligible(facts, &decision.why))
		return decision;
	/* It could be any device: then the strictest that any rule could want for one. */
	if (request->mode != S2M_MODE_DEVICE_NGNRE && s2m_policy_knowledge() == S2M_UNKNOWN) {
		decision.type = S2M_DEVICE_NGNRE;
		decision.why = S2M_WHY_REFUSED;
		return s2m_grant(decision, facts);
	}
	wish = wish_for(request, &mapping);
	*rule = wish.rule;
	return s2m_grant(wish.decision, facts);
}

static nokprobe_inline struct outcome handle(const struct request *request)
{
	struct s2m_map_head *head = &request->data->head;
	enum s2m_type kvm_type = request->kvm_type;
	struct s2m_decision decision;
	struct s2m_facts facts = { };
	u32 rule = S2M_NO_RULE;

	switch (gather(request, &facts)) {
	case NOT_NOW:
		return (struct outcome) { S2M_STAT_RETRIED, kvm_type, S2M_WHY_AGAIN, rule };
	case CONTRADICTION:
		return (struct outcome) { S2M_STAT_REFUSED, kvm_type, S2M_WHY_REFUSED, rule };
	case LOOKED_UP:
		break;
	}

	decision = decide(request, &facts, &rule);
	if (decision.type == S2M_NATIVE || decision.type == kvm_type)
		return (struct outcome) { S2M_STAT_KEPT, kvm_type, decision.why, rule };
	head->attr = s2m_attr_set_type(head->attr, decision.type);
	return (struct outcome) { S2M_STAT_REWRITTEN, decision.type, decision.why, rule };
}

enum s2m_fate s2m_fault(const struct kvm_pgtable *pgt, u64 ipa, u64 size,
			const struct kvm_pgtable_walker *walker)
{
	struct request request = {
		.ipa = ipa,
		.size = size,
		.data = s2m_call_maps(walker) && s2m_call_is_sound(pgt, ipa, size, walker) ?
			walker->arg : NULL,
		.mode = s2m_policy_mode(),
	};
	struct outcome outcome;

	if (pgt == &s2m_proof_table)
		return s2m_proof_seen(ipa, size, walker);
	if (request.mode == S2M_MODE_NATIVE)
		return S2M_PROCEED;
	if (request.data)
		request.kvm_type = s2m_attr_type(request.data->head.attr);
	if (request.kvm_type == S2M_NATIVE) {
		s2m_count(S2M_STAT_REFUSED);
		return S2M_PROCEED;
	}

	request.rules = s2m_policy_rules();
	outcome = handle(&request);
	s2m_count(S2M_STAT_FAULTS);
	s2m_count(outcome.stat);
	if (trace_decision_enabled())
		trace_decision(ipa, request.data->head.phys, size, bar_of(&request),
			       request.kvm_type, outcome.used, outcome.why, outcome.rule);
	return outcome.stat == S2M_STAT_RETRIED ? S2M_FAULT_AGAIN : S2M_PROCEED;
}

NOKPROBE_SYMBOL(s2m_fault);

/* Is the table an argument beside the rest? The proof at load tells. */
static bool beside_table;

static nokprobe_inline void fault_of_walk(struct s2m_walk *walk)
{
	if (!s2m_on_stack(walk, sizeof(*walk))) {
		s2m_count(S2M_STAT_REFUSED);
		return;
	}
	if (s2m_is_for_ram(walk->walker))
		return;
	if (s2m_fault(walk->pgt, walk->addr, walk->end - walk->addr, walk->walker) ==
	    S2M_FAULT_AGAIN)
		walk->end = walk->addr;
}

static nokprobe_inline void fault_of_walk_beside(const struct kvm_pgtable *pgt,
						 struct s2m_walk_beside_table *walk)
{
	if (!s2m_on_stack(walk, sizeof(*walk))) {
		s2m_count(S2M_STAT_REFUSED);
		return;
	}
	if (s2m_is_for_ram(walk->walker))
		return;
	if (s2m_fault(pgt, walk->addr, walk->end - walk->addr, walk->walker) == S2M_FAULT_AGAIN)
		walk->end = walk->addr;
}

void s2m_fault_inlined(void *first, void *second)
{
	if (first == &s2m_proof_table)
		WRITE_ONCE(beside_table, true);
	if (READ_ONCE(beside_table))
		fault_of_walk_beside(first, second);
	else
		fault_of_walk(first);
}

NOKPROBE_SYMBOL(s2m_fault_inlined);
