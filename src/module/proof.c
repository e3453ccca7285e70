// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>

#include "call.h"
#include "compat/stage2_map.h"
#include "hook.h"
#include "proof.h"
#include "site.h"

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

/* What of a call is not as assumed, for people; NULL: nothing. */
static const char *differs;
static bool seen;

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
	if (s2m_attr_type(data->head.attr) != S2M_DEVICE_NGNRE ||
	    !s2m_call_is_sound(&s2m_proof_table, ipa, size, walker))
		return "the memory attributes";
	return NULL;
}

enum s2m_fate s2m_proof_seen(u64 ipa, u64 size, const struct kvm_pgtable_walker *walker)
{
	differs = difference(ipa, size, walker);
	WRITE_ONCE(seen, true);
	return S2M_FAULT_AGAIN;
}

NOKPROBE_SYMBOL(s2m_proof_seen);

/* The one place where a function of KVM is called by its address to prove something. */
static int map(void)
{
	return s2m_stage2_map(s2m_symbols.stage2_map, &s2m_proof_table, PROOF_IPA, PROOF_SIZE,
			      PROOF_PHYS, KVM_PGTABLE_PROT_DEVICE | KVM_PGTABLE_PROT_R |
			      KVM_PGTABLE_PROT_W, &cache);
}

/* Call KVM; what comes of it is in @seen and @differs. */
static int call(void)
{
	s2m_proof_table = (struct kvm_pgtable) {
		.ia_bits = PROOF_BITS,
		.start_level = 1,
		.pgd = (__force typeof(s2m_proof_table.pgd))nothing,
		.mmu = &mmu,
	};
	seen = false;
	differs = NULL;
	return map();
}

bool s2m_proof_hook_is_met(void)
{
	bool met;

	mutex_lock(&proof_lock);
	met = !call() && seen && !differs;
	mutex_unlock(&proof_lock);
	return met;
}

static int judge(int result)
{
	if (!seen) {
		pr_err("%ps does not come by the hook at %pS: not loaded\n",
		       s2m_symbols.stage2_map, s2m_site());
		return -ENXIO;
	}
	if (differs) {
		pr_err("the call at %pS has %s elsewhere than this module knows: not loaded\n",
		       s2m_site(), differs);
		return -EILSEQ;
	}
	if (result) {
		pr_err("%ps returns %d where there is nothing to map: not loaded\n",
		       s2m_symbols.stage2_map, result);
		return -EILSEQ;
	}
	return 0;
}

int s2m_proof_run(void)
{
	int err = s2m_hook_arm();

	if (err) {
		pr_err("cannot arm the hook by %s (error %d): not loaded\n",
		       s2m_hook_transport(), err);
		return -EBUSY;
	}
	mutex_lock(&proof_lock);
	err = judge(call());
	mutex_unlock(&proof_lock);
	s2m_hook_disarm();
	return err;
}
