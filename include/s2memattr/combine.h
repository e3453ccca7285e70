/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an access gets: the guest's stage-1 type and the hypervisor's stage-2
 * type, combined the way the architecture does (Arm ARM DDI 0487, "Stage 2
 * memory type and Cacheability attributes", without and with FEAT_S2FWB).
 */
#ifndef S2MEMATTR_COMBINE_H
#define S2MEMATTR_COMBINE_H

#include <s2memattr/base.h>

/**
 * enum s2m_sh - shareability, as SH[1:0] encodes it; 0b01 is reserved
 * @S2M_SH_NON: Non-shareable
 * @S2M_SH_OUTER: Outer Shareable
 * @S2M_SH_INNER: Inner Shareable
 */
enum s2m_sh {
	S2M_SH_NON = 0,
	S2M_SH_OUTER = 2,
	S2M_SH_INNER = 3,
};

/**
 * struct s2m_memory - a memory type, as stage 1 asks for it or an access gets it
 * @attr: the type as MAIR_ELx.Attr<n> and PAR_EL1.ATTR encode it
 * @sh: an enum s2m_sh; of no meaning in what stage 1 asks for where @attr is
 *	Device or Normal Non-cacheable, which are always Outer Shareable
 */
struct s2m_memory {
	u8 attr;
	u8 sh;
};

/**
 * struct s2m_stage2 - a stage-2 leaf, as far as the memory type is concerned
 * @memattr: MemAttr[3:0]
 * @sh: an enum s2m_sh
 * @fwb: HCR_EL2.FWB
 */
struct s2m_stage2 {
	u8 memattr;
	u8 sh;
	bool fwb;
};

/**
 * s2m_combine() - the type that an access gets
 * @s1: what stage 1 asks for
 * @s2: what stage 2 says
 * @effect: the answer; untouched if there is none
 *
 * Without FEAT_S2FWB (R_HMNDG, R_TNHFM, R_GQFSF, I_MCQKW):
 *
 *  - Device at either stage is Device; of two Device types the stricter;
 *  - two Normal types combine for the inner and the outer caches apart, and
 *    the less cacheable wins; allocation hints are those of stage 1.
 *
 * With FEAT_S2FWB (R_VRJSW, R_RHWZM), MemAttr[3] is RES0 and ignored, and
 *
 *  - 0b0xx is Device, combined as above;
 *  - 0b101 leaves Device types alone and makes Normal types Non-cacheable;
 *  - 0b110 is Write-Back whatever stage 1 says, even of Device; allocation
 *    hints are those of stage 1 where it has any, else read and write allocate;
 *  - 0b111 leaves the type to stage 1.
 *
 * In both, shareability is the wider of the two, and Device and Normal
 * Non-cacheable are Outer Shareable whatever SH says. (Where stage 1 asks for
 * one of these and stage 2 forces Write-Back, it is IMPLEMENTATION DEFINED
 * whether that or the SH of the stage-1 descriptor counts; this says the first.)
 * Tagged memory stays tagged where it stays Write-Back with both allocation hints.
 *
 * Not computed: XS (FEAT_XS), so Attr encodings with XS=0 count as those
 * without; NoTagAccess (FEAT_MTE_PERM); what HCR_EL2.{CD,ID,DC} force, which
 * KVM leaves clear while a guest with its own MMU runs.
 *
 * Context: any.
 * Return: whether there is an answer. There is none for reserved encodings of
 * @s1->attr, of either SH, and of MemAttr: 0b0100, 0b1000 and 0b1100 without
 * FEAT_S2FWB, 0bx100 with it.
 */
bool s2m_combine(const struct s2m_memory *s1, const struct s2m_stage2 *s2,
		 struct s2m_memory *effect);

/**
 * s2m_attr_is_legal() - is this byte an encoding that MAIR_ELx.Attr<n> has?
 * @attr: the byte
 *
 * Takes the encodings of FEAT_XS and FEAT_MTE2 for ones that the CPU has.
 *
 * Return: whether it is.
 */
bool s2m_attr_is_legal(u8 attr);

/**
 * s2m_memattr_is_legal() - is this value an encoding that MemAttr has?
 * @memattr: MemAttr[3:0]
 * @fwb: HCR_EL2.FWB
 *
 * Return: whether it is.
 */
bool s2m_memattr_is_legal(u8 memattr, bool fwb);

/**
 * enum s2m_permission - what a type lets the hardware do with accesses
 * @S2M_PERMITS_EARLY_ACK: acknowledge a write before it is at its end point
 * @S2M_PERMITS_REORDERING: reorder accesses to the same device
 * @S2M_PERMITS_GATHERING: merge accesses
 * @S2M_PERMITS_SPECULATION: read what the program does not ask for
 * @S2M_PERMITS_UNALIGNED: unaligned accesses and DC ZVA, which fault otherwise
 * @S2M_PERMITS_CACHING: answer from a cache
 *
 * Each type permits all that a stricter one does.
 */
enum s2m_permission {
	S2M_PERMITS_EARLY_ACK = 1 << 0,
	S2M_PERMITS_REORDERING = 1 << 1,
	S2M_PERMITS_GATHERING = 1 << 2,
	S2M_PERMITS_SPECULATION = 1 << 3,
	S2M_PERMITS_UNALIGNED = 1 << 4,
	S2M_PERMITS_CACHING = 1 << 5,
};

/**
 * s2m_attr_permits() - what a type lets the hardware do
 * @attr: a legal Attr encoding
 *
 * What is permitted need not be done (Arm ARM, "Device memory" and "Normal
 * memory").
 *
 * Return: a mask of enum s2m_permission.
 */
unsigned int s2m_attr_permits(u8 attr);

/**
 * s2m_attr_print() - the word for a type that stage 1 asks for or an access gets
 * @attr: an Attr encoding
 * @to: where it goes, terminated if @size is not 0
 * @size: room in bytes
 *
 * device-nGnRnE, device-nGnRE, device-nGRE, device-GRE, normal-nc, normal-wt,
 * normal-wb, normal-wb-tagged; normal-outer-nc-inner-wb and the like where the
 * two halves differ. Allocation hints are not told. "reserved" for what is no
 * encoding.
 *
 * Return: bytes written, without the terminator.
 */
size_t s2m_attr_print(u8 attr, char *to, size_t size);

/**
 * s2m_attr_parse() - find the type that a word names
 * @text: a word that s2m_attr_print() prints, in any case and with '_' for '-',
 *	or the encoding as a number, such as 0x44; need not be terminated
 * @len: its length in bytes
 * @attr: where the answer goes; untouched if there is none. A word stands for
 *	the encoding with all allocation hints, not transient
 *
 * Return: whether @text names a type.
 */
bool s2m_attr_parse(const char *text, size_t len, u8 *attr);

/**
 * s2m_memattr_print() - the word for a stage-2 type
 * @memattr: MemAttr[3:0]
 * @fwb: HCR_EL2.FWB
 * @to: where it goes, terminated if @size is not 0
 * @size: room in bytes
 *
 * The words of s2m_attr_print(); "stage-1" for the value of FEAT_S2FWB that
 * leaves the type to stage 1.
 *
 * Return: bytes written, without the terminator.
 */
size_t s2m_memattr_print(u8 memattr, bool fwb, char *to, size_t size);

/**
 * s2m_memattr_parse() - find the stage-2 type that a word names
 * @text: a word that s2m_memattr_print() prints, in any case and with '_' for
 *	'-', or the encoding as a number, such as 0x5 or 0b0101; need not be
 *	terminated
 * @len: its length in bytes
 * @fwb: HCR_EL2.FWB
 * @memattr: where the answer goes; untouched if there is none
 *
 * Return: whether @text names a type that this value of FWB has.
 */
bool s2m_memattr_parse(const char *text, size_t len, bool fwb, u8 *memattr);

/**
 * s2m_sh_word() - the word for a shareability
 * @sh: an enum s2m_sh
 *
 * Return: the word, or "reserved".
 */
const char *s2m_sh_word(u8 sh);

#endif
