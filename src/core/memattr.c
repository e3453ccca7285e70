// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words for modes and types, and what is said of words that are none. The bits of a
 * descriptor are in s2memattr/memattr.h.
 */
#include <s2memattr/memattr.h>

static const char * const mode_words[S2M_NR_MODES] = {
	[S2M_MODE_NATIVE]	= "native",
	[S2M_MODE_DEVICE_NGNRE]	= "device-nGnRE",
	[S2M_MODE_NORMAL_NC]	= "normal-nc",
	[S2M_MODE_POLICY]	= "policy",
};

static const char * const type_words[S2M_NR_TYPES] = {
	[S2M_NATIVE]		= "native",
	[S2M_DEVICE_NGNRE]	= "device-nGnRE",
	[S2M_DEVICE_GRE]	= "device-GRE",
	[S2M_NORMAL_NC]		= "normal-nc",
	[S2M_NORMAL_WB]		= "normal-wb",
};

/* Words that people will try, and the rest of a sentence about each. */
static const struct {
	const char *word;
	const char *because;
} refusals[] = {
	{ "normal-wt",
	  "is refused: KVM cannot keep it coherent with a device, and FEAT_S2FWB has none" },
	{ "device-nGnRnE",
	  "is refused: the guest may choose it at stage 1, and device-nGnRE lets it through" },
	{ "device-nGRE",
	  "is refused: no driver asks for it; say device-nGnRE or device-GRE" },
	{ "device",
	  "does not say which: device-nGnRE or device-GRE" },
	{ "normal",
	  "does not say which: normal-nc or normal-wb" },
	{ "policy",
	  "is a mode, not a type" },
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

const char *s2m_type_word(enum s2m_type type)
{
	return (unsigned int)type < S2M_NR_TYPES ? type_words[type] : "?";
}

bool s2m_type_parse(const char *text, size_t len, enum s2m_type *type)
{
	unsigned int i;

	for (i = 0; i < S2M_NR_TYPES; i++) {
		if (s2m_word_matches(text, len, type_words[i])) {
			*type = (enum s2m_type)i;
			return true;
		}
	}
	return false;
}

const char *s2m_type_refusal(const char *text, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (s2m_word_matches(text, len, refusals[i].word))
			return refusals[i].because;
	return NULL;
}
