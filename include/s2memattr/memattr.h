/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory types this project speaks of: their words, and their encoding
 * in a stage-2 descriptor.
 *
 * MemAttr[3:0] lives in bits [5:2] of a stage-2 block or page descriptor (Arm
 * ARM, "Stage 2 memory type and Cacheability attributes"). Device-nGnRE,
 * Device-GRE and Normal-NC are encoded the same with and without FEAT_S2FWB,
 * which is why nothing below asks for it. 0b0110 is Normal Write-Back whatever
 * the guest says with FEAT_S2FWB only: who hands that type to a mapping has
 * checked that the host has it.
 */
#ifndef S2MEMATTR_MEMATTR_H
#define S2MEMATTR_MEMATTR_H

#include <s2memattr/base.h>

/**
 * enum s2m_type - a stage-2 memory type, or the wish to leave it alone
 * @S2M_NATIVE: as this kernel's KVM chose
 * @S2M_DEVICE_NGNRE: every access is Device-nGnRE or stronger
 * @S2M_DEVICE_GRE: the guest selects among the Device types; its Normal types
 *	become Device-GRE: gathered, but neither speculated nor unaligned
 * @S2M_NORMAL_NC: the guest selects; its Device types stay what they are, its
 *	Normal types become Non-cacheable
 * @S2M_NORMAL_WB: Normal Write-Back, whatever the guest says
 * @S2M_NR_TYPES: how many there are
 *
 * After %S2M_NATIVE they are in order from strict to lax.
 */
enum s2m_type {
	S2M_NATIVE,
	S2M_DEVICE_NGNRE,
	S2M_DEVICE_GRE,
	S2M_NORMAL_NC,
	S2M_NORMAL_WB,
	S2M_NR_TYPES
};

/**
 * enum s2m_mode - the position of the knob
 * @S2M_MODE_NATIVE: nothing is hooked
 * @S2M_MODE_DEVICE_NGNRE: every eligible mapping is Device-nGnRE
 * @S2M_MODE_NORMAL_NC: every eligible mapping of a PCI memory BAR is Normal-NC
 * @S2M_MODE_POLICY: the rule table decides
 * @S2M_NR_MODES: how many there are
 */
enum s2m_mode {
	S2M_MODE_NATIVE,
	S2M_MODE_DEVICE_NGNRE,
	S2M_MODE_NORMAL_NC,
	S2M_MODE_POLICY,
	S2M_NR_MODES
};

/**
 * s2m_mode_type() - the type that a mode asks for, whatever the mapping
 * @mode: the mode
 *
 * Context: any.
 * Return: the type; %S2M_NATIVE if the mode asks for none, or leaves it to the rules.
 */
static inline enum s2m_type s2m_mode_type(enum s2m_mode mode)
{
	switch (mode) {
	case S2M_MODE_DEVICE_NGNRE:
		return S2M_DEVICE_NGNRE;
	case S2M_MODE_NORMAL_NC:
		return S2M_NORMAL_NC;
	case S2M_MODE_NATIVE:
	case S2M_MODE_POLICY:
	case S2M_NR_MODES:
		break;
	}
	return S2M_NATIVE;
}

/**
 * s2m_word_matches() - compare text with one of this project's words
 * @text: what somebody wrote; need not be terminated
 * @len: its length in bytes
 * @word: the word as it is printed
 *
 * Letters compare in any case and '_' stands for '-', so that the kernel's own
 * spellings (NORMAL_NC, DEVICE_nGnRE) are understood.
 *
 * Return: whether @text is @word.
 */
bool s2m_word_matches(const char *text, size_t len, const char *word);

/**
 * s2m_mode_word() - the word for a position of the knob
 * @mode: a mode below %S2M_NR_MODES
 *
 * Return: the word, or "?" for a value that is no mode.
 */
const char *s2m_mode_word(enum s2m_mode mode);

/**
 * s2m_mode_parse() - find the mode that a text names
 * @text: what somebody wrote; need not be terminated; surrounding white space,
 *	such as the newline that echo adds, is ignored
 * @len: its length in bytes
 * @mode: where the answer goes; untouched if there is none
 *
 * Return: whether @text names a mode.
 */
bool s2m_mode_parse(const char *text, size_t len, enum s2m_mode *mode);

/**
 * s2m_type_word() - the word for a memory type
 * @type: a type below %S2M_NR_TYPES
 *
 * Return: the word, or "?" for a value that is no type.
 */
const char *s2m_type_word(enum s2m_type type);

/**
 * s2m_type_parse() - find the memory type that a word names
 * @text: the word; need not be terminated
 * @len: its length in bytes
 * @type: where the answer goes; untouched if there is none
 *
 * Return: whether @text names a type.
 */
bool s2m_type_parse(const char *text, size_t len, enum s2m_type *type);

/**
 * s2m_type_refusal() - why a word that sounds like a type is none
 * @text: a word that s2m_type_parse() did not take; need not be terminated
 * @len: its length in bytes
 *
 * Return: the rest of a sentence that began with the word, or NULL for a word
 * about which there is nothing to say.
 */
const char *s2m_type_refusal(const char *text, size_t len);

/**
 * s2m_type_loosens() - may only PCI memory, or memory that is named, have a type?
 * @type: the type
 *
 * Return: whether it is looser than Device-nGnRE, which every KVM gives.
 */
static inline bool s2m_type_loosens(enum s2m_type type)
{
	return type != S2M_NATIVE && type != S2M_DEVICE_NGNRE;
}

/* MemAttr[3:0] in a descriptor, and its values that have the same meaning everywhere. */
#define S2M_MEMATTR_SHIFT		2
#define S2M_MEMATTR_MASK		(0xfULL << S2M_MEMATTR_SHIFT)
#define S2M_MEMATTR_DEVICE_NGNRE	0x1ULL
#define S2M_MEMATTR_DEVICE_GRE		0x3ULL
#define S2M_MEMATTR_NORMAL_NC		0x5ULL
/* With FEAT_S2FWB. */
#define S2M_MEMATTR_NORMAL_WB		0x6ULL

/* What follows is inline, because faults pass through it. */

/**
 * s2m_leaf_type() - the memory type in a stage-2 leaf attribute
 * @attr: descriptor bits of a leaf, as KVM prepares them
 *
 * Return: %S2M_DEVICE_NGNRE or %S2M_NORMAL_NC, the two answers that KVM has
 * for device memory, or %S2M_NATIVE for anything else. RAM is always something
 * else: KVM maps it Normal Write-Back, whose encoding (0b1111, or 0b0110 and
 * 0b0111 with FEAT_S2FWB) is neither of the two.
 */
static inline enum s2m_type s2m_leaf_type(u64 attr)
{
	switch ((attr & S2M_MEMATTR_MASK) >> S2M_MEMATTR_SHIFT) {
	case S2M_MEMATTR_DEVICE_NGNRE:
		return S2M_DEVICE_NGNRE;
	case S2M_MEMATTR_NORMAL_NC:
		return S2M_NORMAL_NC;
	default:
		return S2M_NATIVE;
	}
}

/**
 * s2m_leaf_is_ram() - is this the memory type that KVM gives to RAM?
 * @attr: descriptor bits of a leaf, as KVM prepares them
 *
 * Return: whether it is Normal Write-Back: MemAttr 0b1111, or 0b0110 and 0b0111
 * with FEAT_S2FWB.
 */
static inline bool s2m_leaf_is_ram(u64 attr)
{
	/* A bit for each of the three. */
	const u32 write_back = 1U << 0xf | 1U << 0x6 | 1U << 0x7;

	return write_back >> (attr >> S2M_MEMATTR_SHIFT & 0xf) & 1;
}

/**
 * s2m_leaf_set_type() - change nothing but the memory type of a leaf attribute
 * @attr: descriptor bits of a leaf
 * @type: the type it shall have; %S2M_NATIVE returns @attr as it is
 *
 * Return: @attr with MemAttr[3:0] of @type.
 */
static inline u64 s2m_leaf_set_type(u64 attr, enum s2m_type type)
{
	static const u64 memattr[S2M_NR_TYPES] = {
		[S2M_DEVICE_NGNRE]	= S2M_MEMATTR_DEVICE_NGNRE,
		[S2M_DEVICE_GRE]	= S2M_MEMATTR_DEVICE_GRE,
		[S2M_NORMAL_NC]		= S2M_MEMATTR_NORMAL_NC,
		[S2M_NORMAL_WB]		= S2M_MEMATTR_NORMAL_WB,
	};

	if (type == S2M_NATIVE || (unsigned int)type >= S2M_NR_TYPES)
		return attr;
	return (attr & ~S2M_MEMATTR_MASK) | memattr[type] << S2M_MEMATTR_SHIFT;
}

#endif
