// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the arguments of a call to the facts of a mapping, and from these to its type.
 *
 * A stricter type is never missed. KVM has two answers for device memory. Where the
 * type that is wanted is stricter than KVM's answer, only that answer needs to be known:
 * it is in the attributes that the walk is about to use, for any table that a VM can
 * run on. A fact that a rule asks for and that cannot be found out counts as all that it
 * may be, and the strictest answer is taken. A type laxer than KVM's answer needs all
 * facts.
 *
 * Why what is read here is true. KVM holds mmu_lock and has checked that no
 * MMU notifier invalidation of the range began since it looked at the VMM's
 * mapping; any that begins now waits for mmu_lock. So until the leaf is made,
 * the host PTE that KVM translated with stays as it is, and the VMA over it
 * cannot be freed or reused for something else: unmapping, remapping and
 * changing protections all invalidate first. The VMA may already be out of the VMA
 * tree, with the invalidation still to come. Then the lookup here finds nothing, and
 * the vCPU is sent to fault again, so that KVM looks it up anew.
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

#include "compat/kvm.h"
#include "compat/mm.h"
#include "compat/nested.h"
#include "compat/vgic.h"
#include "fault/block.h"
#include "fault/call.h"
#include "fault/fault.h"
#include "fault/proof_table.h"
#include "kernel/early.h"
#include "kernel/host.h"
#include "kernel/platform.h"
#include "kernel/symbols.h"
#include "kernel/vmm.h"
#include "policy/fuses.h"
#include "policy/live.h"
#include "tell/stats.h"
#include "tell/trace.h"

/* What is asked, and the policy that answers it. */
struct request {
	u64 ipa;
	u64 size;
	struct s2m_map_data *data;
	struct kvm_s2_mmu *mmu;
	const struct s2m_rules *rules;
	enum s2m_knowledge knowledge;
	enum s2m_mode mode;
	enum s2m_type kvm_type;
	bool sound;
};

static nokprobe_inline const struct s2m_device *bar_of(const struct request *request)
{
	return s2m_index_device(request->rules->index, request->data->head.phys,
				request->size);
}

/* Fault status codes, without the level. */
#define FSC_KIND		GENMASK_ULL(5, 2)
#define FSC_KIND_PERMISSION	0x0c

static nokprobe_inline bool is_permission_fault(const struct kvm_vcpu *vcpu)
{
	u64 esr = kvm_vcpu_get_esr(vcpu), class = ESR_ELx_EC(esr);

	return (class == ESR_ELx_EC_DABT_LOW || class == ESR_ELx_EC_IABT_LOW) &&
	       (esr & FSC_KIND) == FSC_KIND_PERMISSION;
}

/*
 * Is this memory of the GIC's? What is in a PCI BAR is not, wherever the VMM has put it.
 */
static nokprobe_inline bool is_gic(const struct request *request, const struct kvm *kvm)
{
	return s2m_is_vgic(kvm, request->ipa) && !bar_of(request);
}

/*
 * Is this the mapping of a guest's fault? KVM handles a fault while the vCPU is loaded,
 * and passes the page-table cache that is part of the vCPU; except that 6.14 to 7.1 leave
 * the pointer uninitialised for a permission fault that needs no cache: it may lead
 * anywhere, to the stack as well. The other caller, kvm_phys_addr_ioremap(), has a cache
 * on its stack: it maps the GICv2 VCPU interface, holds no SRCU lock on the memslots, and
 * is no business of ours unless it maps in advance of a fault (early.c).
 */
static nokprobe_inline bool is_guest_fault(const struct request *request,
					   const struct kvm_vcpu *vcpu, const struct kvm *kvm)
{
	const void *cache = request->data->memcache;

	if (!vcpu || vcpu->kvm != kvm || kvm->mm != current->mm)
		return false;
	if (cache == &vcpu->arch.mmu_page_cache)
		return true;
	return is_permission_fault(vcpu) && !is_gic(request, kvm) &&
	       kvm_vcpu_get_fault_ipa(vcpu) - request->ipa < request->size;
}

/* Is this a mapping in advance of a guest's fault (early.c)? */
static nokprobe_inline bool is_early(const struct request *request)
{
	const struct kvm *kvm;

	if (!s2m_early_possible() || !request->sound ||
	    !s2m_on_stack(request->data->memcache, 1))
		return false;
	kvm = s2m_mmu_to_kvm(request->mmu);
	return kvm->mm == current->mm && s2m_early_under_way(kvm, bar_of(request));
}

enum looked_up {
	LOOKED_UP,
	NOT_NOW,
	CONTRADICTION,
};

/*
 * What has been found out about a mapping.
 * @facts: what is not known of these is false
 * @unknown: what the rule table may ask for and cannot be told
 */
struct findings {
	struct s2m_facts facts;
	u32 unknown;
};

/* What is unknown of a mapping of which it is not known to which device it leads. */
static nokprobe_inline u32 unknown_place(void)
{
	return S2M_UNKNOWN_PLACE | (s2m_fuses_any() ? S2M_UNKNOWN_FUSE : 0);
}

static nokprobe_inline enum looked_up judge_block(const struct request *request,
						  unsigned long hva, unsigned long fault,
						  const struct vm_area_struct *vma,
						  struct findings *found)
{
	const struct s2m_block block = {
		.mm = vma->vm_mm,
		.hva = hva,
		.size = request->size,
		.phys = request->data->head.phys,
		.fault = fault,
		.one_bar = request->size > PAGE_SIZE && bar_of(request),
	};

	switch (s2m_block_prove(&block, vma)) {
	case S2M_BLOCK_PROVEN:
		found->facts.certain = true;
		return LOOKED_UP;
	case S2M_BLOCK_UNPROVEN:
		found->unknown |= S2M_UNKNOWN_VMA;
		break;
	case S2M_BLOCK_ELSEWHERE:
		found->unknown |= S2M_UNKNOWN_VMA | unknown_place();
		break;
	}
	return CONTRADICTION;
}

/* The VMA behind what is to be mapped, from @hva on. */
static nokprobe_inline enum looked_up look_up_vma(const struct request *request,
						  unsigned long hva, unsigned long fault,
						  struct findings *found)
{
	struct mm_struct *mm = current->mm;
	enum looked_up result = NOT_NOW;
	struct vm_area_struct *vma;

	if (!mmap_read_trylock(mm))
		return NOT_NOW;
	vma = s2m_vma_lookup(mm, hva);
	if (vma) {
		found->facts.pfnmap = vma->vm_flags & VM_PFNMAP;
		found->facts.io = vma->vm_flags & VM_IO;
		found->facts.pgprot = s2m_pgprot_of(vma);
		result = judge_block(request, hva, fault, vma, found);
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

/* Where in a block that begins at @hva the guest's access was, page aligned. */
static nokprobe_inline unsigned long faulting_page(const struct request *request,
						   const struct kvm_vcpu *vcpu,
						   unsigned long hva)
{
	u64 offset = kvm_vcpu_get_fault_ipa(vcpu) - request->ipa;

	return offset < request->size ? hva + (offset & PAGE_MASK) : hva;
}

/*
 * Is the mapping KVM's business alone, whatever the facts that are still missing? Then
 * it may not even be safe to gather these. @next is what s2m_eligible() says while the
 * fact that comes next is missing: facts are gathered in the order of that function.
 */
static nokprobe_inline bool is_decided_before(const struct s2m_facts *facts, enum s2m_why next)
{
	enum s2m_why why;

	return !s2m_eligible(facts, &why) && why != next;
}

/* What a decision is made from, fact by fact. */
static nokprobe_inline enum looked_up gather(const struct request *request,
					     struct findings *found)
{
	const struct s2m_map_data *data = request->data;
	struct s2m_facts *facts = &found->facts;
	struct kvm_memory_slot *slot;
	gfn_t gfn = request->ipa >> PAGE_SHIFT;
	const struct kvm_vcpu *vcpu;
	enum looked_up result;
	unsigned long hva;
	struct kvm *kvm;

	facts->kvm_type = request->kvm_type;
	facts->errata = s2m_platform_errata();
	if (!request->sound) {
		found->unknown = S2M_UNKNOWN_VMA | unknown_place();
		return CONTRADICTION;
	}
	if (request->knowledge != S2M_KNOWN)
		found->unknown = unknown_place();
	kvm = s2m_mmu_to_kvm(request->mmu);
	vcpu = s2m_symbols.running_vcpu();
	facts->guest_fault = is_guest_fault(request, vcpu, kvm);
	/* Devices have come, gone or moved, and are being learnt. */
	if (facts->guest_fault && request->knowledge == S2M_LEARNING)
		return NOT_NOW;
	facts->nested = facts->guest_fault && !s2m_mmu_has_vm_ipas(vcpu, request->mmu);
	found->unknown |= S2M_UNKNOWN_VMA;
	if (is_decided_before(facts, S2M_WHY_NO_MEMSLOT))
		return LOOKED_UP;
	/* The vCPU's thread holds kvm->srcu while it handles a fault. */
	slot = __gfn_to_memslot(kvm_memslots(kvm), gfn);
	facts->memslot = slot && slot->base_gfn + slot->npages - gfn >= request->size >> PAGE_SHIFT;
	if (is_decided_before(facts, S2M_WHY_NOT_IO))
		return LOOKED_UP;
	hva = __gfn_to_hva_memslot(slot, gfn);
	found->unknown &= ~S2M_UNKNOWN_VMA;
	result = look_up_vma(request, hva, faulting_page(request, vcpu, hva), found);
	if (result != LOOKED_UP)
		return result;
	facts->certain = !found->unknown;
	facts->ram = is_ram(data->head.phys, request->size);
	facts->coherent = s2m_host_is_coherent();
	facts->mte = s2m_kvm_has_mte(kvm);
	return LOOKED_UP;
}

/* What has become of one mapping of device memory, for counters and trace. */
struct outcome {
	enum s2m_stat stat;
	enum s2m_type used;
	enum s2m_why why;
	u32 rule;
};

/* What mode or table want for a mapping; counts what the table does. */
static struct s2m_wish wish_for(const struct request *request,
				const struct s2m_mapping *mapping, u32 unknown)
{
	const struct s2m_index *index = request->rules->index;
	struct s2m_wish wish;
	struct s2m_vmm vmm;

	rcu_read_lock();
	if (s2m_wish_asks_task(request->mode, index, mapping->phys, mapping->size)) {
		s2m_vmm_current(&vmm);
		wish = s2m_wish_unsure(request->mode, index, mapping, &vmm.task, unknown);
	} else {
		wish = s2m_wish_unsure(request->mode, index, mapping, NULL, unknown);
	}
	rcu_read_unlock();

	if (request->mode == S2M_MODE_POLICY && wish.decision.why != S2M_WHY_FUSE)
		s2m_rules_count(request->rules, wish.rule);
	return wish;
}

NOKPROBE_SYMBOL(wish_for);

/* Is no type stricter than KVM's own answer, so that only more can be granted? */
static nokprobe_inline bool is_strictest(enum s2m_type kvm_type)
{
	return kvm_type <= S2M_DEVICE_NGNRE;
}

static nokprobe_inline struct s2m_decision answer(const struct request *request,
						  const struct findings *found, u32 *rule)
{
	const struct s2m_facts *facts = &found->facts;
	const struct s2m_mapping mapping = {
		.phys = request->data->head.phys & PAGE_MASK,
		.size = request->size ?: PAGE_SIZE,
		.kvm_type = facts->kvm_type,
		.pgprot = facts->pgprot,
		.pfnmap = facts->pfnmap,
		.io = facts->io,
	};
	struct s2m_decision decision = s2m_kept(S2M_WHY_DOUBT);
	struct s2m_wish wish;

	if (is_strictest(facts->kvm_type) &&
	    (!s2m_eligible(facts, &decision.why) || !facts->certain))
		return decision;
	wish = wish_for(request, &mapping, found->unknown);
	*rule = wish.rule;
	return s2m_decide(wish.decision, facts);
}

/* Does the mode alone decide? It does if it wants the strictest type, or what KVM gives. */
static nokprobe_inline bool decides_at_once(const struct request *request,
					    struct s2m_decision *decision)
{
	if (request->mode == S2M_MODE_DEVICE_NGNRE)
		*decision = (struct s2m_decision) { S2M_DEVICE_NGNRE, S2M_WHY_MODE };
	else if (request->mode == S2M_MODE_NORMAL_NC && request->kvm_type == S2M_NORMAL_NC &&
		 !s2m_fuses_any())
		*decision = s2m_kept(S2M_WHY_MODE);
	else
		return false;
	return true;
}

static nokprobe_inline struct outcome make(const struct request *request,
					   struct s2m_decision decision, u32 rule)
{
	struct s2m_map_head *head = &request->data->head;

	if (decision.type == S2M_NATIVE || decision.type == request->kvm_type)
		return (struct outcome) { S2M_STAT_KEPT, request->kvm_type, decision.why, rule };
	head->attr = s2m_leaf_set_type(head->attr, decision.type);
	return (struct outcome) { S2M_STAT_REWRITTEN, decision.type, decision.why, rule };
}

static nokprobe_inline struct outcome handle(const struct request *request)
{
	struct findings found = { };
	struct s2m_decision decision;
	enum looked_up looked_up;
	u32 rule = S2M_NO_RULE;
	struct outcome outcome;

	if (is_early(request))
		goto again;
	if (decides_at_once(request, &decision))
		return make(request, decision, rule);
	looked_up = gather(request, &found);
	if (looked_up == NOT_NOW)
		goto again;
	decision = answer(request, &found, &rule);
	outcome = make(request, decision, rule);
	if (looked_up == CONTRADICTION && outcome.stat == S2M_STAT_KEPT) {
		outcome.stat = S2M_STAT_REFUSED;
		outcome.why = S2M_WHY_REFUSED;
	}
	return outcome;
again:
	return (struct outcome) { S2M_STAT_RETRIED, request->kvm_type, S2M_WHY_AGAIN, rule };
}

enum s2m_fate s2m_fault(const struct kvm_pgtable *pgt, u64 ipa, u64 size,
			const struct kvm_pgtable_walker *walker)
{
	struct request request = {
		.ipa = ipa & PAGE_MASK,
		.size = size,
		.mode = s2m_live_mode(),
	};
	struct outcome outcome;

	if (pgt == &s2m_proof_table)
		return s2m_proof_table_seen(ipa, size, walker);
	if (request.mode == S2M_MODE_NATIVE)
		return S2M_PROCEED;
	if (s2m_call_maps(walker)) {
		request.data = walker->arg;
		request.kvm_type = s2m_leaf_type(request.data->head.attr);
	}
	if (request.kvm_type == S2M_NATIVE) {
		s2m_count(S2M_STAT_REFUSED);
		return S2M_PROCEED;
	}

	request.sound = s2m_call_is_sound(pgt, ipa, size, walker);
	request.mmu = pgt->mmu;
	/* Knowledge before rules: rules newer than that knowledge do no harm. */
	request.knowledge = s2m_live_knowledge(request.data->head.phys & PAGE_MASK,
					       size ?: PAGE_SIZE);
	request.rules = s2m_live_rules();
	outcome = handle(&request);
	s2m_count(S2M_STAT_FAULTS);
	s2m_count(outcome.stat);
	if (trace_decision_enabled())
		trace_decision(request.ipa, request.data->head.phys, size, bar_of(&request),
			       request.kvm_type, outcome.used, outcome.why, outcome.rule);
	return outcome.stat == S2M_STAT_RETRIED ? S2M_FAULT_AGAIN : S2M_PROCEED;
}

NOKPROBE_SYMBOL(s2m_fault);

void s2m_fault_inlined(struct s2m_walk *walk)
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

NOKPROBE_SYMBOL(s2m_fault_inlined);
