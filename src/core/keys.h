/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a rule: what each may say, and how it is written.
 */
#ifndef S2MEMATTR_KEYS_H
#define S2MEMATTR_KEYS_H

#include "text.h"

/**
 * struct s2m_strings - names on their way into a table
 * @bytes: where they go; NULL only counts
 * @used: bytes so far, terminators included
 * @patterns: of these, how many have a "*" that stands for other bytes
 */
struct s2m_strings {
	char *bytes;
	u32 used;
	u32 patterns;
};

/**
 * struct s2m_out - text on its way out
 * @buf: where it goes, always terminated
 * @size: bytes at @buf
 * @len: bytes so far, without the terminator
 */
struct s2m_out {
	char *buf;
	size_t size;
	size_t len;
};

/* Room for the words of all keys, in a message. */
#define S2M_KEY_LIST_SIZE	128

/**
 * s2m_key_find() - the key that a word names
 * @name: the word
 *
 * Return: the key, or %S2M_NR_KEYS.
 */
enum s2m_key s2m_key_find(struct s2m_span name);

/**
 * s2m_key_word() - the word for a key
 * @key: a key below %S2M_NR_KEYS
 *
 * Return: the word.
 */
const char *s2m_key_word(enum s2m_key key);

/**
 * s2m_key_list() - the words for some keys, for a message
 * @list: where they go, with commas between them
 * @some: the keys, S2M_HAS() of each
 *
 * Return: @list.
 */
const char *s2m_key_list(char list[S2M_KEY_LIST_SIZE], u32 some);

/**
 * s2m_key_parse() - read the value of a key
 * @key: the key
 * @value: what stands after the '='
 * @rule: where the value goes; the key's fields are zero before
 * @strings: where a name goes
 *
 * Return: NULL, or what is wrong: the rest of a sentence that began with the
 * value.
 */
const char *s2m_key_parse(enum s2m_key key, struct s2m_span value, struct s2m_rule *rule,
			  struct s2m_strings *strings);

/**
 * s2m_key_print() - write the value of a key
 * @key: a key that @rule has
 * @rule: the rule
 * @strings: the names of its table
 * @out: where it goes
 */
void s2m_key_print(enum s2m_key key, const struct s2m_rule *rule, const char *strings,
		   struct s2m_out *out);

/**
 * s2m_out() - append to a text, as far as there is room
 * @out: the text
 * @fmt: what to append
 */
__printf(2, 3)
void s2m_out(struct s2m_out *out, const char *fmt, ...);

#endif
