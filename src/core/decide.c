// SPDX-License-Identifier: GPL-2.0-only
#include <s2memattr/decide.h>

/* The first condition that does not hold is the reason. */
bool s2m_eligible(const struct s2m_facts *facts, enum s2m_why *why)
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

static struct s2m_decision native(enum s2m_why why)
{
	return (struct s2m_decision) { S2M_NATIVE, why };
}

struct s2m_decision s2m_wish_of_mode(enum s2m_mode mode, const struct s2m_facts *facts)
{
	switch (mode) {
	case S2M_MODE_DEVICE_NGNRE:
		return (struct s2m_decision) { S2M_DEVICE_NGNRE, S2M_WHY_MODE };
	case S2M_MODE_NORMAL_NC:
		if (!facts->pci_bar)
			return native(S2M_WHY_NOT_PCI);
		return (struct s2m_decision) { S2M_NORMAL_NC, S2M_WHY_MODE };
	default:
		return native(S2M_WHY_MODE);
	}
}

static struct s2m_decision grant_cacheable(struct s2m_decision wish, const struct s2m_facts *facts)
{
	if (facts->pgprot != S2M_PGPROT_CACHEABLE)
		return native(S2M_WHY_NOT_CACHEABLE);
	if (!facts->coherent)
		return native(S2M_WHY_NOT_COHERENT);
	if (facts->mte)
		return native(S2M_WHY_MTE);
	return wish;
}

struct s2m_decision s2m_grant(struct s2m_decision wish, const struct s2m_facts *facts)
{
	if (wish.type == S2M_NATIVE)
		return wish;
	if (wish.type == S2M_NORMAL_WB)
		return grant_cacheable(wish, facts);
	if (facts->pgprot == S2M_PGPROT_CACHEABLE)
		return native(S2M_WHY_CACHEABLE);
	if (s2m_erratum_against(facts->errata, wish.type))
		return native(S2M_WHY_ERRATUM);
	return wish;
}
