// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table that nobody uses, and what the hook finds in a call for it.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>

#include "compat/stage2_map.h"
#include "fault/call.h"
#include "fault/proof_table.h"

/*
 * An address that the table cannot have: the first behind its end. It is the only
 * one where a walk of zero bytes is fine and one of more is -ERANGE.
 */
#define PROOF_BITS	40
#define PROOF_IPA	BIT_ULL(PROOF_BITS)
#define PROOF_SIZE	PAGE_SIZE
#define PROOF_PHYS	((u64)0x5a5a << PAGE_SHIFT)

struct kvm_pgtable s2m_proof_table;

static DEFINE_MUTEX(proof_lock);
/* A table needs a first page, of which nothing is read. */
static u64 nothing[PAGE_SIZE / sizeof(u64)] __aligned(PAGE_SIZE);
static struct kvm_s2_mmu mmu;
static struct kvm_mmu_memory_cache cache;

/* What the hook has found. */
static struct s2m_proof_answer found;

static nokprobe_inline const char *difference(u64 ipa, u64 size,
					      const struct kvm_pgtable_walker *walker)
{
	const struct s2m_map_data *data;

	if (ipa != PROOF_IPA || size != PROOF_SIZE)
		return "what to map";
	if (!s2m_on_stack(walker, sizeof(*walker)) || !s2m_call_maps(walker))
		return "how to walk";
	data = walker->arg;
	if (!s2m_on_stack(data, sizeof(*data)) || data->head.phys != PROOF_PHYS)
		return "the physical address";
	if (data->mmu != &mmu)
		return "the VM";
	if (data->memcache != &cache)
		return "the page-table cache";
	if (s2m_leaf_type(data->head.attr) != S2M_DEVICE_NGNRE ||
	    !s2m_call_is_sound(&s2m_proof_table, ipa, size, walker))
		return "the memory attributes";
	return NULL;
}

enum s2m_fate s2m_proof_table_seen(u64 ipa, u64 size, const struct kvm_pgtable_walker *walker)
{
	found.differs = difference(ipa, size, walker);
	WRITE_ONCE(found.seen, true);
	return S2M_FAULT_AGAIN;
}

NOKPROBE_SYMBOL(s2m_proof_table_seen);

/* The one place where a function of KVM is called by its address to prove something. */
static int map(void)
{
	return s2m_stage2_map(s2m_symbols.stage2_map, &s2m_proof_table, PROOF_IPA, PROOF_SIZE,
			      PROOF_PHYS, KVM_PGTABLE_PROT_DEVICE | KVM_PGTABLE_PROT_R |
			      KVM_PGTABLE_PROT_W, &cache);
}

struct s2m_proof_answer s2m_proof_table_call(void)
{
	struct s2m_proof_answer answer;

	mutex_lock(&proof_lock);
	s2m_proof_table = (struct kvm_pgtable) {
		.ia_bits = PROOF_BITS,
		.start_level = 1,
		.pgd = (__force typeof(s2m_proof_table.pgd))nothing,
		.mmu = &mmu,
	};
	found = (struct s2m_proof_answer) { };
	answer.result = map();
	answer.seen = READ_ONCE(found.seen);
	answer.differs = found.differs;
	mutex_unlock(&proof_lock);
	return answer;
}
