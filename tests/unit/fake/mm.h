/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What src/module/kernel/host.c takes from the kernel: page tables of five levels, and
 * beside the walk another CPU, which changes each entry as soon as it has been read
 * and frees the table that the entry led to. test_host.c says how.
 */
#ifndef FAKE_MM_H
#define FAKE_MM_H

#include <s2memattr/base.h>

#define nokprobe_inline		inline
#define NOKPROBE_SYMBOL(name)	typedef int nokprobe_##name

#define PAGE_SIZE		(1ULL << 12)
#define PMD_SIZE		(1ULL << 21)
#define PUD_SIZE		(1ULL << 30)
#define P4D_SIZE		(1ULL << 39)
#define PGDIR_SIZE		(1ULL << 48)
#define PFN_PHYS(pfn)		((phys_addr_t)(pfn) << 12)

typedef u64 phys_addr_t;
typedef u64 pgprot_t;

/* Sealed: nobody gets at one but by read_entry(). */
struct entry_value {
	u64 sealed;
};

typedef struct { struct entry_value value; } pgd_t;
typedef struct { struct entry_value value; } p4d_t;
typedef struct { struct entry_value value; } pud_t;
typedef struct { struct entry_value value; } pmd_t;
typedef struct { struct entry_value value; } pte_t;

struct mm_struct {
	pgd_t *pgd;
};

struct vm_area_struct {
	pgprot_t vm_page_prot;
};

/* Reads an entry in place, if it is in one of the tables. */
struct entry_value read_entry(const struct entry_value *at);
/* The entry for an address in the table that an entry leads to. */
void *follow(struct entry_value value, unsigned long address, unsigned int shift);

bool entry_is_there(struct entry_value value);
bool entry_is_leaf(struct entry_value value);
unsigned long entry_pfn(struct entry_value value);

#define READ_ONCE(entry)	((__typeof__(entry)) { read_entry(&(entry).value) })

void local_irq_mask(void);
void local_irq_unmask(void);

#define local_irq_save(flags)	((flags) = 0, local_irq_mask())
#define local_irq_restore(flags)	((void)(flags), local_irq_unmask())

#define pgd_none(entry)		(!entry_is_there((entry).value))
#define p4d_none(entry)		(!entry_is_there((entry).value))
#define pud_present(entry)	entry_is_there((entry).value)
#define pmd_present(entry)	entry_is_there((entry).value)
#define pte_present(entry)	entry_is_there((entry).value)
#define pud_leaf(entry)		entry_is_leaf((entry).value)
#define pmd_leaf(entry)		entry_is_leaf((entry).value)
#define pud_pfn(entry)		entry_pfn((entry).value)
#define pmd_pfn(entry)		entry_pfn((entry).value)
#define pte_pfn(entry)		entry_pfn((entry).value)

#define pud_val(entry)		((entry).value.sealed)
#define pmd_val(entry)		((entry).value.sealed)
#define pte_val(entry)		((entry).value.sealed)

#define pgd_offset(mm, address)	(&(mm)->pgd[(address) >> 48 & 511])

/* From what has been read. */
#define p4d_offset_lockless(at, entry, address)	((void)(at), (p4d_t *)follow((entry).value, address, 39))
#define pud_offset_lockless(at, entry, address)	((void)(at), (pud_t *)follow((entry).value, address, 30))
#define pmd_offset_lockless(at, entry, address)	((void)(at), (pmd_t *)follow((entry).value, address, 21))
/* From what is there now, and may be something else than what has been looked at. */
#define p4d_offset(at, address)	((void)(at), (p4d_t *)follow(read_entry(&(at)->value), address, 39))
#define pud_offset(at, address)	((void)(at), (pud_t *)follow(read_entry(&(at)->value), address, 30))
#define pmd_offset(at, address)	((void)(at), (pmd_t *)follow(read_entry(&(at)->value), address, 21))
#define pte_offset_kernel(at, address)	((pte_t *)follow(read_entry(&(at)->value), address, 12))

/* For the part of host.h that is not about tables. */
#define PTE_ATTRINDX_MASK	(7ULL << 2)
#define FIELD_GET(mask, value)	(((value) & (mask)) >> 2)
#define pgprot_val(prot)	(prot)
enum { MT_NORMAL, MT_NORMAL_NC, MT_DEVICE_nGnRnE, MT_DEVICE_nGnRE };
enum { ARM64_HAS_STAGE2_FWB, ARM64_HAS_CACHE_DIC };

static inline bool cpus_have_final_cap(int capability)
{
	return capability < 0;
}

#endif
