// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors and decisions, for all values: what is written is what was decided, and
 * what is decided is never looser than what is wanted, nor than what is known allows.
 *
 * BOUNDS leaf decide: none
 * SEED leaf include/s2memattr/memattr.h: s/attr & ~S2M_MEMATTR_MASK/attr/
 * SEED leaf include/s2memattr/memattr.h: s/>= S2M_NR_TYPES)/> S2M_NR_TYPES)/
 * SEED decide include/s2memattr/decide.h: s/wish < kvm_type/wish <= kvm_type \&\& kvm_type != S2M_NORMAL_NC/
 * SEED decide include/s2memattr/decide.h: s/facts->certain ? s2m_grant/1 ? s2m_grant/
 */
#include <s2memattr/decide.h>

#include "proofs.h"

void leaf(void)
{
	u64 attr = any_u64(), made;
	u32 type = any_u32();

	made = s2m_leaf_set_type(attr, (enum s2m_type)type);
	prove((made & ~S2M_MEMATTR_MASK) == (attr & ~S2M_MEMATTR_MASK));
	if (type == S2M_NATIVE || type >= S2M_NR_TYPES)
		prove(made == attr);
	if (type == S2M_DEVICE_NGNRE || type == S2M_NORMAL_NC)
		prove(s2m_leaf_type(made) == (enum s2m_type)type);
	if (type == S2M_NORMAL_WB)
		prove(s2m_leaf_is_ram(made));
	else if (type != S2M_NATIVE && type < S2M_NR_TYPES)
		prove(!s2m_leaf_is_ram(made));
	prove(s2m_leaf_type(attr) < S2M_NR_TYPES);
}

void decide(void)
{
	struct s2m_decision wish, got;
	struct s2m_facts facts;
	enum s2m_why why;

	wish.type = (enum s2m_type)any_u8();
	wish.why = S2M_WHY_RULE;
	facts.kvm_type = (enum s2m_type)any_u8();
	facts.pgprot = (enum s2m_pgprot)any_u8();
	facts.guest_fault = any_bool();
	facts.nested = any_bool();
	facts.memslot = any_bool();
	facts.pfnmap = any_bool();
	facts.io = any_bool();
	facts.ram = any_bool();
	facts.coherent = any_bool();
	facts.mte = any_bool();
	facts.certain = any_bool();
	facts.errata = any_u32();
	assume(wish.type < S2M_NR_TYPES && facts.pgprot <= S2M_PGPROT_CACHEABLE);
	assume(facts.kvm_type == S2M_NATIVE || facts.kvm_type == S2M_DEVICE_NGNRE ||
	       facts.kvm_type == S2M_NORMAL_NC);

	got = s2m_decide(wish, &facts);
	prove(got.type == S2M_NATIVE || got.type == wish.type || got.type == S2M_DEVICE_NGNRE);
	/* What is forbidden is not mapped, whatever is not known. */
	if (wish.type != S2M_NATIVE && wish.type < facts.kvm_type)
		prove(got.type != S2M_NATIVE && got.type <= wish.type);
	/* What is looser than KVM's own needs all facts, and a device that a VMM maps so. */
	if (got.type > facts.kvm_type) {
		prove(facts.certain && s2m_eligible(&facts, &why));
		prove(!facts.ram && !facts.nested && facts.guest_fault);
		prove((got.type == S2M_NORMAL_WB) == (facts.pgprot == S2M_PGPROT_CACHEABLE));
		if (got.type == S2M_NORMAL_WB)
			prove(facts.coherent && !facts.mte);
		else
			prove(!s2m_erratum_against(facts.errata, got.type));
	}
}
