/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the VMM itself maps memory: its page table and its VMAs.
 */
#ifndef S2MEMATTR_HOST_H
#define S2MEMATTR_HOST_H

#include <linux/bitfield.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <asm/cpufeature.h>
#include <asm/memory.h>
#include <s2memattr/decide.h>

/**
 * s2m_pgprot_in() - the memory type in a page protection, or in a leaf of a table
 * @bits: either
 *
 * Return: the type; what is none of those that KVM maps as a device counts as
 * cacheable, as in kvm_vma_is_cacheable().
 */
static __always_inline enum s2m_pgprot s2m_pgprot_in(u64 bits)
{
	switch (FIELD_GET(PTE_ATTRINDX_MASK, bits)) {
	case MT_DEVICE_nGnRnE:
		return S2M_PGPROT_DEVICE_NGNRNE;
	case MT_DEVICE_nGnRE:
		return S2M_PGPROT_DEVICE_NGNRE;
	case MT_NORMAL_NC:
		return S2M_PGPROT_NORMAL_NC;
	default:
		return S2M_PGPROT_CACHEABLE;
	}
}

/**
 * s2m_pgprot_of() - the memory type of a VMA's page protection
 * @vma: the VMA
 *
 * Context: mmap_lock held.
 * Return: the type, as s2m_pgprot_in().
 */
static __always_inline enum s2m_pgprot s2m_pgprot_of(const struct vm_area_struct *vma)
{
	return s2m_pgprot_in(pgprot_val(vma->vm_page_prot));
}

/**
 * s2m_host_has_fwb() - does stage 2 of this host have FEAT_S2FWB's encodings?
 *
 * Context: any.
 * Return: whether it does.
 */
static __always_inline bool s2m_host_has_fwb(void)
{
	return cpus_have_final_cap(ARM64_HAS_STAGE2_FWB);
}

/**
 * s2m_host_is_coherent() - can this host map cacheable memory without cache maintenance?
 *
 * KVM does its maintenance through the kernel's mapping of RAM, and device
 * memory has none. With FEAT_S2FWB and CTR_EL0.DIC there is nothing to do: the
 * condition of kvm_supports_cacheable_pfnmap().
 *
 * Context: any.
 * Return: whether it can.
 */
static __always_inline bool s2m_host_is_coherent(void)
{
	return s2m_host_has_fwb() && cpus_have_final_cap(ARM64_HAS_CACHE_DIC);
}

/**
 * struct s2m_host_leaf - what one address of the VMM is mapped by
 * @present: it is mapped
 * @phys: where it leads, if it is
 * @left: bytes from there to the end of the leaf, or of the hole
 * @bits: the leaf as the table has it, if it is mapped
 */
struct s2m_host_leaf {
	bool present;
	phys_addr_t phys;
	u64 left;
	u64 bits;
};

/**
 * s2m_host_look() - look at one address of the VMM
 * @mm: the VMM's address space
 * @hva: the address, page aligned
 *
 * Walks the table without locks, as get_user_mapping_size() in KVM and gup_fast()
 * do: with interrupts masked no table page that the walk may stand on is freed.
 *
 * Context: any; @mm's page tables exist.
 * Return: what is there.
 */
struct s2m_host_leaf s2m_host_look(struct mm_struct *mm, unsigned long hva);

/**
 * s2m_host_phys() - where does an address of the VMM lead?
 * @mm: the VMM's address space
 * @hva: the address
 * @phys: the physical address, if it returns true
 *
 * For people to read: nothing keeps the mapping from changing meanwhile.
 *
 * Context: any; @mm's page tables exist.
 * Return: whether the host maps @hva.
 */
bool s2m_host_phys(struct mm_struct *mm, unsigned long hva, phys_addr_t *phys);

#endif
