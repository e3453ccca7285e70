// SPDX-License-Identifier: GPL-2.0-only
#include <s2memattr/memattr.h>

#define MEMATTR_SHIFT		2
#define MEMATTR_MASK		(0xfULL << MEMATTR_SHIFT)
#define MEMATTR_DEVICE_NGNRE	0x1ULL
#define MEMATTR_NORMAL_NC	0x5ULL

static const char * const mode_words[S2M_NR_MODES] = {
	[S2M_MODE_NATIVE]	= "native",
	[S2M_MODE_DEVICE_NGNRE]	= "device-nGnRE",
	[S2M_MODE_NORMAL_NC]	= "normal-nc",
	[S2M_MODE_POLICY]	= "policy",
};

static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	return c == '_' ? '-' : c;
}

bool s2m_word_matches(const char *text, size_t len, const char *word)
{
	size_t i;

	for (i = 0; i < len && word[i]; i++)
		if (fold(text[i]) != fold(word[i]))
			return false;
	return i == len && !word[i];
}

const char *s2m_mode_word(enum s2m_mode mode)
{
	return (unsigned int)mode < S2M_NR_MODES ? mode_words[mode] : "?";
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool s2m_mode_parse(const char *text, size_t len, enum s2m_mode *mode)
{
	unsigned int i;

	while (len && is_blank(text[len - 1]))
		len--;
	for (; len && is_blank(*text); len--)
		text++;

	for (i = 0; i < S2M_NR_MODES; i++) {
		if (s2m_word_matches(text, len, mode_words[i])) {
			*mode = (enum s2m_mode)i;
			return true;
		}
	}
	return false;
}

enum s2m_type s2m_attr_type(u64 attr)
{
	switch ((attr & MEMATTR_MASK) >> MEMATTR_SHIFT) {
	case MEMATTR_DEVICE_NGNRE:
		return S2M_DEVICE_NGNRE;
	case MEMATTR_NORMAL_NC:
		return S2M_NORMAL_NC;
	default:
		return S2M_NATIVE;
	}
}

u64 s2m_attr_set_type(u64 attr, enum s2m_type type)
{
	switch (type) {
	case S2M_DEVICE_NGNRE:
		return (attr & ~MEMATTR_MASK) | (MEMATTR_DEVICE_NGNRE << MEMATTR_SHIFT);
	case S2M_NORMAL_NC:
		return (attr & ~MEMATTR_MASK) | (MEMATTR_NORMAL_NC << MEMATTR_SHIFT);
	default:
		return attr;
	}
}
