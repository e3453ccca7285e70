// SPDX-License-Identifier: GPL-2.0-only
#include <s2memattr/decide.h>

/* The first reason for which a mapping may not be touched, or S2M_WHY_MODE. */
static enum s2m_why ineligible(const struct s2m_facts *facts)
{
	if (facts->kvm_type == S2M_NATIVE)
		return S2M_WHY_NOT_DEVICE;
	if (!facts->guest_fault)
		return S2M_WHY_NOT_GUEST;
	if (facts->nested)
		return S2M_WHY_NESTED;
	if (!facts->memslot)
		return S2M_WHY_NO_MEMSLOT;
	if (!facts->pfnmap && !facts->io)
		return S2M_WHY_NOT_IO;
	if (facts->pgprot == S2M_PGPROT_CACHEABLE)
		return S2M_WHY_CACHEABLE;
	if (facts->ram)
		return S2M_WHY_RAM;
	return S2M_WHY_MODE;
}

struct s2m_decision s2m_decide(enum s2m_mode mode, const struct s2m_facts *facts)
{
	struct s2m_decision decision = {
		.type = S2M_NATIVE,
		.why = ineligible(facts),
	};

	if (decision.why != S2M_WHY_MODE)
		return decision;

	switch (mode) {
	case S2M_MODE_DEVICE_NGNRE:
		decision.type = S2M_DEVICE_NGNRE;
		break;
	case S2M_MODE_NORMAL_NC:
		if (facts->pci_bar)
			decision.type = S2M_NORMAL_NC;
		else
			decision.why = S2M_WHY_NOT_PCI;
		break;
	default:
		break;
	}
	return decision;
}
