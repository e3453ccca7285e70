// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts, byte by byte: no read outside of them, no write outside of what they go to, and
 * the same as the plain way to do it.
 *
 * BOUNDS words: texts up to 16 bytes
 * BOUNDS number: up to 6 digits, any limit that the table has, base 16
 * BOUNDS pieces: the first line and word of texts up to 6 bytes
 * SEED words src/core/memattr.c: s/i == len \&\& !word\[i\]/!word[i]/
 * SEED words src/core/memattr.c: s/while (len \&\& is_blank/while (is_blank/
 * SEED number src/core/text.c: s/sum > max/sum > max + 1/
 * SEED number src/core/text.c: s/sum \* base/sum * (base - 1)/
 * SEED pieces src/core/text.c: s/i < span.len \&\& span.text/span.text/
 * SEED pieces src/core/text.c: s/rest->len \&\& is_blank/is_blank/
 */
#include "../../src/core/text.h"
#include "proofs.h"

void words(void)
{
	enum s2m_mode mode = S2M_NR_MODES;
	enum s2m_type type = S2M_NR_TYPES;
	size_t len = any_u8();
	const char *text;

	assume(len <= 16);
	text = any_text(len);
	if (s2m_mode_parse(text, len, &mode))
		prove(mode < S2M_NR_MODES);
	else
		prove(mode == S2M_NR_MODES);
	if (s2m_type_parse(text, len, &type)) {
		prove(type < S2M_NR_TYPES && len == strlen(s2m_type_word(type)));
		prove(!s2m_type_refusal(text, len));
	}
}

void number(void)
{
	const unsigned int base = 16;
	u64 max = any_u64(), value = 0, sum = 0;
	struct s2m_span span;
	bool good = true;
	size_t i;

	span.len = any_u8();
	assume(span.len <= 6 && max <= S2M_MAX_PHYS);
	span.text = any_text(span.len);
	for (i = 0; i < span.len && good; i++) {
		char c = span.text[i];
		unsigned int digit = c >= '0' && c <= '9' ? c - '0' :
				     c >= 'a' && c <= 'f' ? c - 'a' + 10 :
				     c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;

		good = digit < base && sum * base + digit <= max;
		if (good)
			sum = sum * base + digit;
	}
	good = good && span.len;
	prove(s2m_text_number(span, base, max, &value) == good);
	if (good)
		prove(value == sum && value <= max);
}

void pieces(void)
{
	struct s2m_span rest, line, word, before;
	const char *text;
	size_t len = any_u8();

	assume(len <= 6);
	text = any_text(len);
	rest = (struct s2m_span) { text, len };
	prove(s2m_text_line(&rest, &line) == (len > 0));
	if (!len)
		return;
	prove(rest.len < len && rest.text + rest.len == text + len);
	prove(line.text == text && line.len <= len);
	s2m_text_bad_byte(line);
	before = line;
	if (!s2m_text_word(&line, &word))
		return;
	prove(word.len > 0 && line.len < before.len);
	prove(word.text >= text && word.text + word.len <= text + before.len);
	prove(line.text + line.len == before.text + before.len);
}
