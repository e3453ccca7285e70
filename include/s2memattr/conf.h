/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file of the configuration says, and several of them together. Nothing here opens
 * a file; the module knows of no configuration and is built without this.
 *
 * Lines are rules, as in s2memattr/rule.h, but for settings:
 *
 *     mode = WORD
 *     unaligned = WORD
 *
 * A setting may stand anywhere, once in a file; files that repeat it have to agree. Without
 * a mode it is policy if there are rules, else native; without the other, unaligned
 * accesses are faults.
 */
#ifndef S2MEMATTR_CONF_H
#define S2MEMATTR_CONF_H

#include <s2memattr/rule.h>

/**
 * enum s2m_setting - a line that is no rule
 * @S2M_SETTING_MODE: an enum s2m_mode
 * @S2M_SETTING_UNALIGNED: whether accesses that Device memory does not take are carried out
 * @S2M_NR_SETTINGS: how many there are
 */
enum s2m_setting {
	S2M_SETTING_MODE,
	S2M_SETTING_UNALIGNED,
	S2M_NR_SETTINGS
};

/**
 * struct s2m_conf - what one file says
 * @table: its rules, for s2m_table_free()
 * @given: bit s set if it has the setting s
 * @values: of each setting, 0 if it does not have it
 */
struct s2m_conf {
	struct s2m_table *table;
	u32 given;
	int values[S2M_NR_SETTINGS];
};

/**
 * struct s2m_conf_sum - what the files say that have been read; all zero before the first
 * @said_by: for each setting the file that says it, or NULL
 * @values: of each setting
 * @rules: number of rules
 */
struct s2m_conf_sum {
	const char *said_by[S2M_NR_SETTINGS];
	int values[S2M_NR_SETTINGS];
	u32 rules;
};

/**
 * s2m_unaligned_word() - the word for what becomes of an access that Device memory does not
 *	take
 * @emulate: whether it is carried out
 *
 * Return: the word.
 */
const char *s2m_unaligned_word(bool emulate);

/**
 * s2m_conf_parse() - read a file's text
 * @text: the text; need not be terminated
 * @len: its length in bytes
 * @conf: where it goes what it says; untouched on failure
 * @error: what was wrong; set on failure only
 *
 * Context: may sleep.
 * Return: 0 or a negative error number.
 */
int s2m_conf_parse(const char *text, size_t len, struct s2m_conf *conf,
		   struct s2m_text_error *error);

/**
 * s2m_conf_add() - add what a file says to what others say
 * @sum: what they say; untouched on failure
 * @conf: what the file says
 * @name: its name, which has to live as long as @sum
 * @error: what was wrong; set on failure only
 *
 * Return: 0, or -EINVAL if they contradict each other.
 */
int s2m_conf_add(struct s2m_conf_sum *sum, const struct s2m_conf *conf, const char *name,
		 struct s2m_text_error *error);

/**
 * s2m_conf_mode() - the mode that the files ask for
 * @sum: what they say
 *
 * Return: the mode.
 */
enum s2m_mode s2m_conf_mode(const struct s2m_conf_sum *sum);

#endif
