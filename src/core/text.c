// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text in pieces: lines, words, numbers, and complaints about them. What the words mean
 * is for who reads them: rule.c, keys.c, tool/conf.c.
 */
#include "text.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip(struct s2m_span *span, size_t n)
{
	span->text += n;
	span->len -= n;
}

bool s2m_text_line(struct s2m_span *rest, struct s2m_span *line)
{
	if (!rest->len)
		return false;

	if (s2m_text_split(*rest, '\n', line, rest)) {
		if (line->len && line->text[line->len - 1] == '\r')
			line->len--;
	}
	return true;
}

bool s2m_text_word(struct s2m_span *rest, struct s2m_span *word)
{
	while (rest->len && is_blank(*rest->text))
		skip(rest, 1);

	word->text = rest->text;
	word->len = 0;
	if (!rest->len || *rest->text == '#')
		return false;

	while (rest->len && !is_blank(*rest->text)) {
		word->len++;
		skip(rest, 1);
	}
	return true;
}

bool s2m_text_split(struct s2m_span span, char at, struct s2m_span *left, struct s2m_span *right)
{
	size_t i;

	for (i = 0; i < span.len && span.text[i] != at; i++)
		;
	left->text = span.text;
	left->len = i;
	right->text = span.text + i;
	right->len = span.len - i;
	if (!right->len)
		return false;
	skip(right, 1);
	return true;
}

int s2m_text_bad_byte(struct s2m_span line)
{
	size_t i;

	for (i = 0; i < line.len; i++) {
		u8 c = (u8)line.text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return c;
	}
	return -1;
}

int s2m_text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool s2m_text_number(struct s2m_span span, unsigned int base, u64 max, u64 *value)
{
	u64 sum = 0;
	size_t i;

	for (i = 0; i < span.len; i++) {
		int digit = s2m_text_hex(span.text[i]);

		/* max is far below 2^60, so this cannot overflow before it is caught. */
		if (digit < 0 || (unsigned int)digit >= base)
			return false;
		sum = sum * base + (unsigned int)digit;
		if (sum > max)
			return false;
	}
	if (!span.len)
		return false;
	*value = sum;
	return true;
}

const char *s2m_text_quote(char buf[S2M_QUOTE_SIZE], struct s2m_span word)
{
	static const char digits[] = "0123456789abcdef";
	size_t to = 0, i;

	buf[to++] = '"';
	for (i = 0; i < word.len; i++) {
		u8 c = (u8)word.text[i];

		/* Leave room for "\xNN", the dots, the quote and the end. */
		if (to > S2M_QUOTE_SIZE - 4 - 3 - 2) {
			memcpy(buf + to, "...", 3);
			to += 3;
			break;
		}
		if (c >= ' ' && c < 0x7f) {
			buf[to++] = (char)c;
			continue;
		}
		buf[to++] = '\\';
		buf[to++] = 'x';
		buf[to++] = digits[c >> 4];
		buf[to++] = digits[c & 15];
	}
	buf[to++] = '"';
	buf[to] = '\0';
	return buf;
}

void s2m_text_complain(struct s2m_text_error *error, u32 line, const char *fmt, ...)
{
	size_t size = sizeof(error->sentence);
	va_list args;
	int at = 0;

	error->line = line;
	if (line)
		at = s2m_scnprintf(error->sentence, size, "line %u: ", line);
	va_start(args, fmt);
	s2m_vscnprintf(error->sentence + at, size - (size_t)at, fmt, args);
	va_end(args);
}
