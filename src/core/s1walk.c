// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's stage-1 tables, walked as the CPU walks them. Reading the guest's memory and
 * registers is for whoever calls.
 */
#include <s2memattr/s1walk.h>

#define S1_SCTLR_M		(1ULL << 0)
#define S1_SCTLR_EE	(1ULL << 25)
#define S1_SCTLR_EPAN	(1ULL << 57)

#define S1_TCR_DS		(1ULL << 59)

#define DESC_VALID	(1ULL << 0)
#define DESC_TABLE	(1ULL << 1)	/* or a page, at the last level */
#define DESC_USER	(1ULL << 6)	/* AP[1] */
#define DESC_RO		(1ULL << 7)	/* AP[2] */
#define DESC_AF		(1ULL << 10)
#define DESC_UXN	(1ULL << 54)
#define TABLE_NO_USER	(1ULL << 61)	/* APTable[0] */
#define TABLE_RO	(1ULL << 62)	/* APTable[1] */

#define LAST_LEVEL	3

/* Fault status codes; the level is in the lower two bits, -1 has codes of its own. */
#define FSC_SIZE	0x00
#define FSC_SIZE_M1	0x29
#define FSC_TRANSLATION	0x04
#define FSC_TRANSLATION_M1 0x2b
#define FSC_FLAG	0x08
#define FSC_PERMISSION	0x0c

/* One of the two halves of the address space, and what its registers say about it. */
struct half {
	u64 ttbr;
	unsigned int va_bits;
	unsigned int granule;		/* log2 of its bytes */
	unsigned int oa_bits;
	bool upper;
	bool tbi;
	bool off;			/* EPD, or E0PD for EL0 */
	bool flat;			/* no hierarchical permissions */
	bool lpa2;
	bool long_64k;			/* 52 bits with the 64K granule */
	bool big_endian;
	u64 plain;			/* where addresses are in descriptors, but for bits 51:48 */
	u64 too_large;			/* what no address may have */
};

static u64 mask(unsigned int bits)
{
	return bits >= 64 ? ~0ULL : (1ULL << bits) - 1;
}

static u64 field(u64 reg, unsigned int high, unsigned int low)
{
	return reg >> low & mask(high - low + 1);
}

/* TG0 and TG1 encode the same granules in different ways. 0: no granule has this encoding. */
static unsigned int granule_of(u64 tcr, bool upper)
{
	static const u8 tg0[] = { 12, 16, 14, 0 }, tg1[] = { 0, 14, 12, 16 };

	return upper ? tg1[field(tcr, 31, 30)] : tg0[field(tcr, 15, 14)];
}

static unsigned int oa_bits_of(u64 tcr)
{
	static const u8 sizes[] = { 32, 36, 40, 42, 44, 48, 52, 0 };

	return sizes[field(tcr, 34, 32)];
}

static void describe(const struct s2m_s1_regs *regs, bool upper,
		     const struct s2m_s1_access *access, struct half *half)
{
	u64 tcr = regs->tcr;

	*half = (struct half) {
		.ttbr = regs->ttbr[upper],
		.va_bits = 64 - (unsigned int)field(tcr, upper ? 21 : 5, upper ? 16 : 0),
		.granule = granule_of(tcr, upper),
		.oa_bits = oa_bits_of(tcr),
		.upper = upper,
		.tbi = field(tcr, upper ? 38 : 37, upper ? 38 : 37) &&
		       !(access->fetch && field(tcr, upper ? 52 : 51, upper ? 52 : 51)),
		.off = field(tcr, upper ? 23 : 7, upper ? 23 : 7) ||
		       (access->user && field(tcr, upper ? 56 : 55, upper ? 56 : 55)),
		.flat = field(tcr, upper ? 42 : 41, upper ? 42 : 41),
		.big_endian = regs->sctlr & S1_SCTLR_EE,
	};
	/* DS means nothing with the 64K granule, which has its 52 bits elsewhere. */
	half->lpa2 = (tcr & S1_TCR_DS) && half->granule != 16;
	if (half->oa_bits > 48 && half->granule != 16 && !half->lpa2)
		half->oa_bits = 48;
	half->long_64k = half->granule == 16 && half->oa_bits == 52;
	half->plain = mask(half->lpa2 ? 50 : 48);
	half->too_large = ~mask(half->oa_bits);
}

/* Is TxSZ one that the granule can have, with FEAT_LVA and FEAT_TTST? */
static bool is_known(const struct half *half)
{
	unsigned int most = half->granule == 16 || half->lpa2 ? 52 : 48;

	return half->granule && half->oa_bits && half->va_bits >= 16 && half->va_bits <= most;
}

/* Do the bits above those that are translated say which half it is? */
static bool is_canonical(const struct half *half, u64 va)
{
	unsigned int top = half->tbi ? 56 : 64;
	u64 above = field(va, top - 1, half->va_bits);

	return above == (half->upper ? mask(top - half->va_bits) : 0);
}

static u8 code(u8 fsc, int level)
{
	if (level >= 0)
		return fsc | level;
	return fsc == FSC_SIZE ? FSC_SIZE_M1 : FSC_TRANSLATION_M1;
}

static enum s2m_s1_result fault(struct s2m_s1_walk *walk, u8 fsc, int level)
{
	walk->fsc = code(fsc, level);
	return S2M_S1_FAULT;
}

/* Bits 51 to 48 of an address are not where the others are. */
static inline u64 address_in(const struct half *half, u64 desc, unsigned int low)
{
	u64 address = desc & half->plain & ~mask(low);

	if (half->lpa2)
		address |= field(desc, 9, 8) << 50;
	else if (half->long_64k)
		address |= field(desc, 15, 12) << 48;
	return address;
}

/* The table of the first level may be smaller than a granule. */
static u64 first_table(const struct half *half, unsigned int entries_log2)
{
	u64 address = half->ttbr & mask(48);
	bool long_address = half->lpa2 || half->long_64k;
	unsigned int low = entries_log2 + 3;

	if (!long_address)
		return address & ~mask(low);
	address = (address & ~mask(6)) | field(half->ttbr, 5, 2) << 48;
	return address & ~mask(low < 6 ? 6 : low);
}

/* At which levels a descriptor may be a block. */
static bool may_be_block(const struct half *half, int level)
{
	switch (half->granule) {
	case 12:
		return level == 1 || level == 2 || (level == 0 && half->lpa2);
	case 14:
		return level == 2 || (level == 1 && half->lpa2);
	default:
		return level == 2 || (level == 1 && half->long_64k);
	}
}

static bool may_access(const struct s2m_s1_regs *regs, const struct s2m_s1_access *access,
		       u64 desc, bool no_user, bool read_only)
{
	bool user = (desc & DESC_USER) && !no_user;
	bool user_executes = (regs->sctlr & S1_SCTLR_EPAN) && !(desc & DESC_UXN);

	if (access->fetch)
		return true;
	if (access->write && ((desc & DESC_RO) || read_only))
		return false;
	if (access->user)
		return user;
	return !(access->pan && (user || user_executes));
}

/* A leaf: @tables is all that the tables above it have said. */
static enum s2m_s1_result finish(const struct s2m_s1_regs *regs, const struct half *half, u64 va,
				 const struct s2m_s1_access *access, u64 tables,
				 u64 desc, int level, unsigned int shift,
				 struct s2m_s1_walk *walk)
{
	u64 address = address_in(half, desc, shift);

	if (address & half->too_large)
		return fault(walk, FSC_SIZE, level);
	if (!(desc & DESC_AF))
		return fault(walk, FSC_FLAG, level);
	if (!may_access(regs, access, desc, tables & TABLE_NO_USER, tables & TABLE_RO))
		return fault(walk, FSC_PERMISSION, level);
	walk->ipa = address | (va & mask(shift));
	walk->attr = regs->mair >> (field(desc, 4, 2) * 8);
	return S2M_S1_OK;
}

static u64 swapped(u64 value)
{
	return __builtin_bswap64(value);
}

/* As this machine has it: descriptors are read as they are in memory, little end first. */
static u64 in_order(const struct half *half, u64 desc)
{
	return half->big_endian ? swapped(desc) : desc;
}

enum s2m_s1_result s2m_s1_walk(const struct s2m_s1_regs *regs, u64 va,
			       const struct s2m_s1_access *access,
			       const struct s2m_s1_memory *memory, struct s2m_s1_walk *walk)
{
	unsigned int stride, shift, bits;
	u64 table, desc, tables = 0;
	struct half half;
	int level;

	describe(regs, va >> 55 & 1, access, &half);
	if (!(regs->sctlr & S1_SCTLR_M) || !is_known(&half))
		return S2M_S1_UNKNOWN;
	stride = half.granule - 3;
	level = LAST_LEVEL + 1 - (int)((half.va_bits - half.granule + stride - 1) / stride);
	if (level > LAST_LEVEL)
		return S2M_S1_UNKNOWN;
	if (half.off || !is_canonical(&half, va))
		return fault(walk, FSC_TRANSLATION, 0);

	shift = half.granule + stride * (unsigned int)(LAST_LEVEL - level);
	bits = half.va_bits - shift;
	table = first_table(&half, bits);
	/* What TTBR cannot hold in the output size faults at level 0. */
	if (table & half.too_large)
		return fault(walk, FSC_SIZE, 0);

	for (;; level++, shift -= stride, bits = stride) {
		if (!memory->read(memory->arg, table + (va >> shift & mask(bits)) * 8, &desc))
			return S2M_S1_NO_MEMORY;
		desc = in_order(&half, desc);
		if (!(desc & DESC_VALID))
			return fault(walk, FSC_TRANSLATION, level);
		if (level == LAST_LEVEL || !(desc & DESC_TABLE))
			break;
		table = address_in(&half, desc, half.granule);
		if (table & half.too_large)
			return fault(walk, FSC_SIZE, level);
		if (!half.flat)
			tables |= desc;
	}
	if (level == LAST_LEVEL ? !(desc & DESC_TABLE) : !may_be_block(&half, level))
		return fault(walk, FSC_TRANSLATION, level);
	return finish(regs, &half, va, access, tables, desc, level, shift, walk);
}

/* MAIR_EL1, "MAIR_ELx.Attr": without FEAT_MTE, this value is reserved. */
bool s2m_s1_attr_is_tagged(u8 attr)
{
	return attr == 0xf0;
}

/* MAIR_EL1, "MAIR_ELx.Attr": the upper half is zero for Device types only. */
bool s2m_s1_attr_is_device(u8 attr)
{
	return !(attr & 0xf0);
}
