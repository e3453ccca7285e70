/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a mapping is, and which memory type it gets: facts in, decision out.
 * Inline, because each fault on device memory is decided by it.
 */
#ifndef S2MEMATTR_DECIDE_H
#define S2MEMATTR_DECIDE_H

#include <s2memattr/errata.h>
#include <s2memattr/memattr.h>

/**
 * enum s2m_pgprot - how the VMM's own mapping of the memory is typed
 * @S2M_PGPROT_DEVICE_NGNRNE: pgprot_noncached(), what vfio-pci uses
 * @S2M_PGPROT_DEVICE_NGNRE: pgprot_device(), what a sysfs resource file uses
 * @S2M_PGPROT_NORMAL_NC: pgprot_writecombine()
 * @S2M_PGPROT_CACHEABLE: anything else
 *
 * Note that "anything else" is cacheable on purpose: a type that this code
 * does not know must not be taken for one that it may change.
 */
enum s2m_pgprot {
	S2M_PGPROT_DEVICE_NGNRNE,
	S2M_PGPROT_DEVICE_NGNRE,
	S2M_PGPROT_NORMAL_NC,
	S2M_PGPROT_CACHEABLE,
};

/**
 * struct s2m_facts - one stage-2 mapping that KVM is about to make
 * @kvm_type: KVM's own answer
 * @guest_fault: it is made for a stage-2 fault of a vCPU
 * @nested: it goes into a shadow table of a guest's own guest
 * @memslot: the IPA lies in a memslot
 * @pfnmap: the VMA behind it has VM_PFNMAP
 * @io: the VMA behind it has VM_IO
 * @pgprot: the VMA's page protection
 * @ram: some of it is RAM that the kernel maps
 * @coherent: the host has FEAT_S2FWB and CTR_EL0.DIC, so that cacheable memory
 *	without a kernel mapping needs no cache maintenance
 * @mte: the VM has memory tagging
 * @errata: those of the host that are not lifted, a mask for s2m_erratum_against()
 * @certain: all of the above is known, of all of the mapping. If not, what is not
 *	known is false, and nothing is granted that is laxer than KVM's own answer
 */
struct s2m_facts {
	enum s2m_type kvm_type;
	bool guest_fault;
	bool nested;
	bool memslot;
	bool pfnmap;
	bool io;
	enum s2m_pgprot pgprot;
	bool ram;
	bool coherent;
	bool mte;
	u32 errata;
	bool certain;
};

/**
 * enum s2m_why - the reason of a decision
 * @S2M_WHY_MODE: the mode says so
 * @S2M_WHY_RULE: a rule of the table says so
 * @S2M_WHY_NO_RULE: no rule matches
 * @S2M_WHY_NOT_DEVICE: KVM's answer was not one it has for device memory
 * @S2M_WHY_NOT_GUEST: no vCPU faulted (the GICv2 VCPU interface, for one)
 * @S2M_WHY_NESTED: a shadow table, which a guest's guest runs on: its IPA says
 *	nothing about memslots. (A hypervisor that has stage 2 off runs its kernel on
 *	a table of its own as well, but that one has the VM's IPAs)
 * @S2M_WHY_NO_MEMSLOT: no memslot covers the IPA
 * @S2M_WHY_NOT_IO: the VMA has neither VM_PFNMAP nor VM_IO
 * @S2M_WHY_RAM: it is RAM that the kernel maps
 * @S2M_WHY_NOT_PCI: the mode is for PCI memory BARs and this is none
 * @S2M_WHY_CACHEABLE: the VMM maps it cacheable, so a non-cacheable stage 2
 *	would make the two views incoherent
 * @S2M_WHY_NOT_CACHEABLE: normal-wb, but the VMM does not map it cacheable
 * @S2M_WHY_NOT_COHERENT: normal-wb, but the host would need cache maintenance
 * @S2M_WHY_MTE: normal-wb, but the VM would look for tags there
 * @S2M_WHY_ERRATUM: the host would corrupt what the type allows
 * @S2M_WHY_REFUSED: an assumption about KVM did not hold, and the answer is not
 *	stricter than KVM's
 * @S2M_WHY_DOUBT: not all is known of the mapping, or it would take too long to find
 *	out, and it got the strictest type that it may have to have; or KVM's, if that
 *	is as strict
 * @S2M_WHY_FUSE: a fuse has blown for the function, and nobody has reset it
 * @S2M_WHY_AGAIN: the VMA could not be looked at now; the vCPU faults again
 */
enum s2m_why {
	S2M_WHY_MODE,
	S2M_WHY_RULE,
	S2M_WHY_NO_RULE,
	S2M_WHY_NOT_DEVICE,
	S2M_WHY_NOT_GUEST,
	S2M_WHY_NESTED,
	S2M_WHY_NO_MEMSLOT,
	S2M_WHY_NOT_IO,
	S2M_WHY_RAM,
	S2M_WHY_NOT_PCI,
	S2M_WHY_CACHEABLE,
	S2M_WHY_NOT_CACHEABLE,
	S2M_WHY_NOT_COHERENT,
	S2M_WHY_MTE,
	S2M_WHY_ERRATUM,
	S2M_WHY_REFUSED,
	S2M_WHY_DOUBT,
	S2M_WHY_FUSE,
	S2M_WHY_AGAIN,
};

/**
 * s2m_why_word() - the word for a reason
 * @why: a reason
 *
 * The words of the trace event "decision".
 *
 * Context: any.
 * Return: the word, or "?" for a value that is no reason.
 */
const char *s2m_why_word(enum s2m_why why);

/**
 * struct s2m_decision - what a mapping gets
 * @type: its memory type; %S2M_NATIVE leaves KVM's answer
 * @why: the reason
 */
struct s2m_decision {
	enum s2m_type type;
	enum s2m_why why;
};

/**
 * s2m_eligible() - may this mapping's type be anybody's business but KVM's?
 * @facts: what is known of the mapping
 * @why: where the reason goes if it may not; untouched if it may
 *
 * Return: whether it may.
 */
static inline bool s2m_eligible(const struct s2m_facts *facts, enum s2m_why *why)
{
	if (facts->kvm_type == S2M_NATIVE)
		*why = S2M_WHY_NOT_DEVICE;
	else if (!facts->guest_fault)
		*why = S2M_WHY_NOT_GUEST;
	else if (facts->nested)
		*why = S2M_WHY_NESTED;
	else if (!facts->memslot)
		*why = S2M_WHY_NO_MEMSLOT;
	else if (!facts->pfnmap && !facts->io)
		*why = S2M_WHY_NOT_IO;
	else if (facts->ram)
		*why = S2M_WHY_RAM;
	else
		return true;
	return false;
}

/* KVM's own answer stands. */
static inline struct s2m_decision s2m_kept(enum s2m_why why)
{
	return (struct s2m_decision) { S2M_NATIVE, why };
}

/**
 * s2m_is_restricted() - is a wish stricter than KVM's own answer?
 * @wish: the type that is wanted
 * @kvm_type: KVM's answer, not %S2M_NATIVE
 *
 * Then it needs no facts: KVM has but one type of device memory that anything is
 * stricter than, Normal-NC, and gives it to what VFIO says can bear it. That is
 * neither RAM nor a page of the GIC's, and every device bears less.
 *
 * Return: whether it is.
 */
static inline bool s2m_is_restricted(enum s2m_type wish, enum s2m_type kvm_type)
{
	return wish != S2M_NATIVE && wish < kvm_type;
}

/* What KVM itself asks for before it maps such memory cacheable. */
static inline struct s2m_decision s2m_grant_cacheable(struct s2m_decision wish,
						      const struct s2m_facts *facts)
{
	if (facts->pgprot != S2M_PGPROT_CACHEABLE)
		return s2m_kept(S2M_WHY_NOT_CACHEABLE);
	if (!facts->coherent)
		return s2m_kept(S2M_WHY_NOT_COHERENT);
	if (facts->mte)
		return s2m_kept(S2M_WHY_MTE);
	return wish;
}

/**
 * s2m_grant() - give an eligible mapping the type that is wanted for it, if it can be had
 * @wish: the type and who wants it
 * @facts: what is known of the mapping
 *
 * Cacheable and non-cacheable mappings of the same memory must not mix. What
 * is wanted against the VMM's own mapping, or against what the hardware can
 * do, is not granted.
 *
 * Return: @wish, or %S2M_NATIVE and why.
 */
static inline struct s2m_decision s2m_grant(struct s2m_decision wish,
					    const struct s2m_facts *facts)
{
	if (wish.type == S2M_NATIVE)
		return wish;
	if (wish.type == S2M_NORMAL_WB)
		return s2m_grant_cacheable(wish, facts);
	if (facts->pgprot == S2M_PGPROT_CACHEABLE)
		return s2m_kept(S2M_WHY_CACHEABLE);
	if (facts->errata && s2m_erratum_against(facts->errata, wish.type))
		return s2m_kept(S2M_WHY_ERRATUM);
	return wish;
}

/*
 * What merges writes where that corrupts them is no restriction. The strictest
 * type is.
 */
static inline struct s2m_decision s2m_restrict(struct s2m_decision wish,
					       const struct s2m_facts *facts)
{
	if (facts->errata && s2m_erratum_against(facts->errata, wish.type))
		return (struct s2m_decision) { S2M_DEVICE_NGNRE, S2M_WHY_ERRATUM };
	return wish;
}

/**
 * s2m_decide() - what becomes of a wish for a mapping
 * @wish: the type and who wants it
 * @facts: what is known of the mapping
 *
 * Restriction is closed: a type that is stricter than KVM's own needs nothing to be
 * known. For any other the mapping must be eligible, for certain, and then it is
 * granted or not.
 *
 * Return: @wish, or something stricter; or %S2M_NATIVE and why.
 */
static inline struct s2m_decision s2m_decide(struct s2m_decision wish,
					     const struct s2m_facts *facts)
{
	enum s2m_why why;

	if (s2m_is_restricted(wish.type, facts->kvm_type))
		return s2m_restrict(wish, facts);
	if (!s2m_eligible(facts, &why))
		return s2m_kept(why);
	return facts->certain ? s2m_grant(wish, facts) : s2m_kept(S2M_WHY_DOUBT);
}

#endif
