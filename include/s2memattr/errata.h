/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Platforms that corrupt what some types allow, and what is refused on them.
 */
#ifndef S2MEMATTR_ERRATA_H
#define S2MEMATTR_ERRATA_H

#include <s2memattr/memattr.h>

/**
 * struct s2m_erratum - a platform and what is wrong with it
 * @name: as people know it
 * @because: what goes wrong, as the rest of a sentence
 * @soc_id: SMCCC SoC ID, as the soc bus prints it, or NULL
 * @soc_revisions: which revisions of it, as a glob pattern
 * @pci: a PCI device that is on every such platform and on no other, by the IDs
 *	alone: a card that claims them could only have types refused; all 0 if it
 *	is not known by one
 */
struct s2m_erratum {
	const char *name;
	const char *because;
	const char *soc_id;
	const char *soc_revisions;
	struct {
		u16 vendor;
		u16 device;
	} pci;
};

/* How many there are; a set of them is a mask of their numbers. */
#define S2M_NR_ERRATA	2

extern const struct s2m_erratum s2m_errata[S2M_NR_ERRATA];

/**
 * s2m_erratum_against() - is a type dangerous on a platform?
 * @present: a mask of the errata that the platform has
 * @type: the type
 *
 * All of them concern writes that were merged on their way to PCIe. So it is
 * the types that permit gathering, Device-GRE and Normal-NC, that are dangerous;
 * normal-wb is for memory that no PCIe write goes to.
 *
 * Context: any.
 * Return: the first erratum that speaks against @type, or NULL.
 */
const struct s2m_erratum *s2m_erratum_against(u32 present, enum s2m_type type);

#endif
