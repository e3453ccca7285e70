/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text in pieces: lines, words, numbers, and complaints about them.
 */
#ifndef S2MEMATTR_TEXT_H
#define S2MEMATTR_TEXT_H

#include <s2memattr/rule.h>

/**
 * struct s2m_span - a piece of a text
 * @text: where it begins; not terminated
 * @len: its length in bytes
 */
struct s2m_span {
	const char *text;
	size_t len;
};

/* Room for any quoted word, with its quotes, "..." and terminator. */
#define S2M_QUOTE_SIZE		48

/**
 * s2m_text_line() - take the first line off a text
 * @rest: the text; what follows the line afterwards
 * @line: where the line goes, without "\n" or "\r\n"
 *
 * Return: whether there was one.
 */
bool s2m_text_line(struct s2m_span *rest, struct s2m_span *line);

/**
 * s2m_text_word() - take the first word off a line
 * @rest: the line; what follows the word afterwards
 * @word: where the word goes
 *
 * Return: whether there was one before the end or a comment.
 */
bool s2m_text_word(struct s2m_span *rest, struct s2m_span *word);

/**
 * s2m_text_split() - cut a span in two at a character
 * @span: the span
 * @at: the character; its first occurrence counts
 * @left: what comes before it; all of @span if there is none
 * @right: what comes after it
 *
 * Return: whether @at occurs in @span.
 */
bool s2m_text_split(struct s2m_span span, char at, struct s2m_span *left, struct s2m_span *right);

/**
 * s2m_text_bad_byte() - find a byte that no line of a table may have
 * @line: the line
 *
 * Return: the first control character that is not a tab, or -1.
 */
int s2m_text_bad_byte(struct s2m_span line);

/**
 * s2m_text_hex() - the value of one hex digit
 * @c: the digit, in either case
 *
 * Return: 0 to 15, or -1 if @c is no hex digit.
 */
int s2m_text_hex(char c);

/**
 * s2m_text_number() - read a number
 * @span: digits and nothing else
 * @base: 10 or 16
 * @max: the largest value allowed
 * @value: where the number goes; untouched on failure
 *
 * Return: whether @span is a number of at most @max.
 */
bool s2m_text_number(struct s2m_span span, unsigned int base, u64 max, u64 *value);

/**
 * s2m_text_quote() - a word as it can stand in a message
 * @buf: where it goes: in quotes, printable ASCII only, cut if it is long
 * @word: the word
 *
 * Return: @buf.
 */
const char *s2m_text_quote(char buf[S2M_QUOTE_SIZE], struct s2m_span word);

/**
 * s2m_text_complain() - fill in an error
 * @error: where it goes
 * @line: number of the line, or 0
 * @fmt: the sentence, without the number of the line
 */
__printf(3, 4)
void s2m_text_complain(struct s2m_text_error *error, u32 line, const char *fmt, ...);

#endif
