// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words for the types of stage 1 and stage 2, printed and read. They are combined in
 * combine.c.
 */
#include <s2memattr/combine.h>
#include <s2memattr/memattr.h>

#include "attr.h"

static const char * const device_words[] = {
	"device-nGnRnE", "device-nGnRE", "device-nGRE", "device-GRE",
};

static const char * const cache_words[] = {
	[S2M_NON_CACHEABLE]	= "nc",
	[S2M_WRITE_THROUGH]	= "wt",
	[S2M_WRITE_BACK]	= "wb",
};

static const u8 half_with_hints[] = {
	[S2M_NON_CACHEABLE]	= S2M_HALF_NC,
	[S2M_WRITE_THROUGH]	= S2M_HALF_WT,
	[S2M_WRITE_BACK]	= S2M_HALF_WB,
};

static size_t print_normal(enum s2m_cache out, enum s2m_cache in, char *to, size_t size)
{
	if (out == in)
		return s2m_scnprintf(to, size, "normal-%s", cache_words[in]);
	return s2m_scnprintf(to, size, "normal-outer-%s-inner-%s",
			     cache_words[out], cache_words[in]);
}

size_t s2m_attr_print(u8 attr, char *to, size_t size)
{
	if (!s2m_attr_is_legal(attr))
		return s2m_scnprintf(to, size, "reserved");
	if (attr == S2M_ATTR_TAGGED)
		return s2m_scnprintf(to, size, "normal-wb-tagged");
	attr = s2m_attr_plain(attr);
	if (s2m_attr_is_device(attr))
		return s2m_scnprintf(to, size, "%s", device_words[attr >> 2]);
	return print_normal(s2m_cache_of(s2m_attr_outer(attr)), s2m_cache_of(s2m_attr_inner(attr)), to, size);
}

/* Longer than any word here. */
#define WORD_MAX	40

/* "0x" and "0b" numbers up to @limit. */
static bool parse_number(const char *text, size_t len, unsigned int limit, u8 *number)
{
	unsigned int base, value = 0;
	size_t i;

	if (len < 3 || text[0] != '0')
		return false;
	if (text[1] == 'x' || text[1] == 'X')
		base = 16;
	else if (text[1] == 'b' || text[1] == 'B')
		base = 2;
	else
		return false;
	for (i = 2; i < len; i++) {
		char c = text[i];
		unsigned int digit = base;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			digit = c - 'A' + 10;
		if (digit >= base)
			return false;
		value = value * base + digit;
		if (value > limit)
			return false;
	}
	*number = value;
	return true;
}

/* The encoding with all hints for each word that s2m_attr_print() has. */
static bool is_word_of(u8 attr, const char *text, size_t len)
{
	char word[WORD_MAX];

	s2m_attr_print(attr, word, sizeof(word));
	return s2m_word_matches(text, len, word);
}

bool s2m_attr_parse(const char *text, size_t len, u8 *attr)
{
	unsigned int out, in;
	u8 number;

	if (parse_number(text, len, 0xff, &number)) {
		if (!s2m_attr_is_legal(number))
			return false;
		*attr = number;
		return true;
	}
	for (number = 0; number < 4; number++) {
		if (is_word_of(number << 2, text, len)) {
			*attr = number << 2;
			return true;
		}
	}
	for (out = 0; out < ARRAY_SIZE(half_with_hints); out++) {
		for (in = 0; in < ARRAY_SIZE(half_with_hints); in++) {
			number = half_with_hints[out] << 4 | half_with_hints[in];
			if (is_word_of(number, text, len)) {
				*attr = number;
				return true;
			}
		}
	}
	if (!is_word_of(S2M_ATTR_TAGGED, text, len))
		return false;
	*attr = S2M_ATTR_TAGGED;
	return true;
}

size_t s2m_memattr_print(u8 memattr, bool fwb, char *to, size_t size)
{
	if (!s2m_memattr_is_legal(memattr, fwb))
		return s2m_scnprintf(to, size, "reserved");
	if (fwb)
		memattr &= 7;
	if (memattr < 4)
		return s2m_scnprintf(to, size, "%s", device_words[memattr]);
	if (!fwb)
		return print_normal(s2m_cache_of_memattr(memattr >> 2), s2m_cache_of_memattr(memattr & 3),
				    to, size);
	if (memattr == 5)
		return s2m_scnprintf(to, size, "normal-nc");
	return s2m_scnprintf(to, size, memattr == 6 ? "normal-wb" : "stage-1");
}

bool s2m_memattr_parse(const char *text, size_t len, bool fwb, u8 *memattr)
{
	char word[WORD_MAX];
	u8 value;

	if (parse_number(text, len, 0xf, &value)) {
		if (!s2m_memattr_is_legal(value, fwb))
			return false;
		*memattr = value;
		return true;
	}
	for (value = 0; value < 16; value++) {
		if (!s2m_memattr_is_legal(value, fwb))
			continue;
		s2m_memattr_print(value, fwb, word, sizeof(word));
		if (s2m_word_matches(text, len, word)) {
			*memattr = value;
			return true;
		}
	}
	return false;
}

const char *s2m_sh_word(u8 sh)
{
	switch (sh) {
	case S2M_SH_NON:
		return "non-shareable";
	case S2M_SH_OUTER:
		return "outer-shareable";
	case S2M_SH_INNER:
		return "inner-shareable";
	default:
		return "reserved";
	}
}
