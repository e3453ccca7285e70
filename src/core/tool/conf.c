// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar of the configuration: settings are taken out of a text, the rest is a table.
 * The grammar of rules is in rule.c and keys.c.
 */
#include <s2memattr/abi.h>
#include <s2memattr/conf.h>

#include "../text.h"

/* A setting: its key, what it sets, and which words there are. */
struct setting {
	const char *key;
	const char *title;
	const char *words;
	bool (*parse)(struct s2m_span word, int *value);
	const char *(*word)(int value);
};

static bool parse_mode(struct s2m_span word, int *value)
{
	enum s2m_mode mode;

	if (!s2m_mode_parse(word.text, word.len, &mode))
		return false;
	*value = (int)mode;
	return true;
}

static const char *mode_word(int value)
{
	return s2m_mode_word((enum s2m_mode)value);
}

const char *s2m_unaligned_word(bool emulate)
{
	return emulate ? S2M_EMULATE : S2M_FAULT;
}

static const char *unaligned_word(int value)
{
	return s2m_unaligned_word(value);
}

static bool parse_unaligned(struct s2m_span word, int *value)
{
	for (*value = 0; *value < 2; ++*value)
		if (s2m_word_matches(word.text, word.len, unaligned_word(*value)))
			return true;
	return false;
}

static const struct setting settings[] = {
	[S2M_SETTING_MODE] = { "mode", "a mode", "native, device-nGnRE, normal-nc, policy",
			       parse_mode, mode_word },
	[S2M_SETTING_UNALIGNED] = { "unaligned", "an answer to unaligned accesses",
				    S2M_FAULT ", " S2M_EMULATE, parse_unaligned, unaligned_word },
};

static_assert(ARRAY_SIZE(settings) == S2M_NR_SETTINGS, "each setting has a key");

/* The key, "=" and a word, with blanks between them or without. */
static bool is_setting(struct s2m_span line, const char *key, struct s2m_span *value)
{
	struct s2m_span word, rest = line;
	size_t len = strlen(key);

	if (!s2m_text_word(&rest, &word) || word.len < len ||
	    !s2m_word_matches(word.text, len, key))
		return false;
	if (word.len > len && word.text[len] != '=')
		return false;
	/* From behind the key to the end or a comment. */
	value->text = word.text + len;
	value->len = (size_t)(line.text + line.len - value->text);
	return true;
}

static int parse_value(const struct setting *setting, struct s2m_span text, u32 line, int *value,
		       struct s2m_text_error *error)
{
	struct s2m_span nothing, word, more;
	char quote[S2M_QUOTE_SIZE];

	if (!s2m_text_split(text, '=', &nothing, &text) || s2m_text_word(&nothing, &more) ||
	    !s2m_text_word(&text, &word) || s2m_text_word(&text, &more)) {
		s2m_text_complain(error, line, "%s is given as \"%s = WORD\"", setting->title,
				  setting->key);
		return -EINVAL;
	}
	if (!setting->parse(word, value)) {
		s2m_text_complain(error, line, "%s is not %s (%s)", s2m_text_quote(quote, word),
				  setting->title, setting->words);
		return -EINVAL;
	}
	return 0;
}

/* Find a setting's line and blank it out: the others are rules, under their own numbers. */
static int take_setting(enum s2m_setting which, char *text, size_t len, struct s2m_conf *conf,
			struct s2m_text_error *error)
{
	const struct setting *setting = &settings[which];
	struct s2m_span rest = { text, len }, line, said;
	u32 number, first = 0;

	for (number = 1; s2m_text_line(&rest, &line); number++) {
		if (!is_setting(line, setting->key, &said))
			continue;
		if (first) {
			s2m_text_complain(error, number, "%s was given in line %u already",
					  setting->key, first);
			return -EINVAL;
		}
		if (s2m_text_bad_byte(line) >= 0) {
			s2m_text_complain(error, number, "a control character");
			return -EINVAL;
		}
		if (parse_value(setting, said, number, &conf->values[which], error))
			return -EINVAL;
		memset(text + (line.text - text), ' ', line.len);
		first = number;
		conf->given |= 1u << which;
	}
	return 0;
}

int s2m_conf_parse(const char *text, size_t len, struct s2m_conf *conf,
		   struct s2m_text_error *error)
{
	struct s2m_conf new = { 0 };
	char *copy = s2m_alloc_array(len, 1);
	u32 which;
	int err = 0;

	if (!copy) {
		s2m_text_complain(error, 0, "no memory for %zu bytes", len);
		return -ENOMEM;
	}
	if (len)
		memcpy(copy, text, len);
	for (which = 0; which < S2M_NR_SETTINGS && !err; which++)
		err = take_setting((enum s2m_setting)which, copy, len, &new, error);
	if (!err)
		err = s2m_table_parse(copy, len, &new.table, error);
	if (!err)
		*conf = new;
	s2m_free(copy);
	return err;
}

int s2m_conf_add(struct s2m_conf_sum *sum, const struct s2m_conf *conf, const char *name,
		 struct s2m_text_error *error)
{
	u32 i;

	for (i = 0; i < S2M_NR_SETTINGS; i++) {
		if (!(conf->given >> i & 1) || !sum->said_by[i] ||
		    conf->values[i] == sum->values[i])
			continue;
		s2m_text_complain(error, 0, "%s %s, but %s says %s", settings[i].key,
				  settings[i].word(conf->values[i]), sum->said_by[i],
				  settings[i].word(sum->values[i]));
		return -EINVAL;
	}
	for (i = 0; i < S2M_NR_SETTINGS; i++) {
		if (conf->given >> i & 1) {
			sum->values[i] = conf->values[i];
			sum->said_by[i] = name;
		}
	}
	sum->rules += conf->table->count;
	return 0;
}

enum s2m_mode s2m_conf_mode(const struct s2m_conf_sum *sum)
{
	if (sum->said_by[S2M_SETTING_MODE])
		return (enum s2m_mode)sum->values[S2M_SETTING_MODE];
	return sum->rules ? S2M_MODE_POLICY : S2M_MODE_NATIVE;
}
