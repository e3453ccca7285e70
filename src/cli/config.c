// SPDX-License-Identifier: GPL-2.0-only
/*
 * config check, apply, reset: a file that says mode and rules at once.
 *
 * Its lines are rules, as everywhere, but for two that may stand anywhere:
 *
 *     mode = WORD
 *     unaligned = WORD
 *
 * Without the first the mode is policy if there are rules, else native; without
 * the second it is fault.
 */
#include <string.h>

#include "../core/text.h"
#include "cli.h"

/* What a configuration file says. */
struct config {
	enum s2m_mode mode;
	bool emulate;
	struct s2m_table *table;
};

static void config_free(struct config *config)
{
	s2m_table_free(config->table);
	config->table = NULL;
}

/* A key, "=" and a word, with blanks between them or without. */
static bool is_setting(struct s2m_span line, const char *key, struct s2m_span *value)
{
	struct s2m_span word, rest = line;
	size_t len = strlen(key);

	if (!s2m_text_word(&rest, &word) || word.len < len || memcmp(word.text, key, len))
		return false;
	if (word.len > len && word.text[len] != '=')
		return false;
	/* From behind the key to the end or a comment. */
	value->text = word.text + len;
	value->len = (size_t)(line.text + line.len - value->text);
	return true;
}

static bool parse_mode(struct s2m_span word, struct config *config)
{
	return s2m_mode_parse(word.text, word.len, &config->mode);
}

static bool is_word(struct s2m_span word, const char *text)
{
	return word.len == strlen(text) && !memcmp(word.text, text, word.len);
}

static bool parse_unaligned(struct s2m_span word, struct config *config)
{
	config->emulate = is_word(word, "emulate");
	return config->emulate || is_word(word, "fault");
}

/* A line that is no rule: what it sets, and what it says if there is no such word. */
struct setting {
	const char *key, *title, *words;
	bool (*parse)(struct s2m_span word, struct config *config);
};

static const struct setting mode_setting = {
	"mode", "a mode", "native, device-nGnRE, normal-nc, policy", parse_mode,
};

static const struct setting unaligned_setting = {
	"unaligned", "an answer to unaligned accesses", "fault, emulate", parse_unaligned,
};

static int parse_setting(const struct setting *setting, struct s2m_span value, u32 line,
			 struct config *config, struct s2m_text_error *error)
{
	struct s2m_span nothing, word, more;
	char quote[S2M_QUOTE_SIZE];

	if (!s2m_text_split(value, '=', &nothing, &value) || s2m_text_word(&nothing, &more) ||
	    !s2m_text_word(&value, &word) || s2m_text_word(&value, &more)) {
		s2m_text_complain(error, line, "%s is given as \"%s = WORD\"", setting->title,
				  setting->key);
		return -EINVAL;
	}
	if (!setting->parse(word, config)) {
		s2m_text_complain(error, line, "%s is not %s (%s)", s2m_text_quote(quote, word),
				  setting->title, setting->words);
		return -EINVAL;
	}
	return 0;
}

/* Find the setting's line and blank it out: the others are rules, under their own numbers. */
static int take(const struct setting *setting, char *text, size_t len, bool *given,
		struct config *config, struct s2m_text_error *error)
{
	struct s2m_span rest = { text, len }, line, value;
	u32 number, first = 0;

	for (number = 1; s2m_text_line(&rest, &line); number++) {
		if (!is_setting(line, setting->key, &value))
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
		if (parse_setting(setting, value, number, config, error))
			return -EINVAL;
		memset(text + (line.text - text), ' ', line.len);
		first = number;
	}
	*given = first;
	return 0;
}

static int parse(char *text, size_t len, struct config *config, struct s2m_text_error *error)
{
	bool given, other;
	int err;

	config->emulate = false;
	err = take(&unaligned_setting, text, len, &other, config, error);
	if (!err)
		err = take(&mode_setting, text, len, &given, config, error);
	if (!err)
		err = s2m_table_parse(text, len, &config->table, error);
	if (!err && !given)
		config->mode = config->table->count ? S2M_MODE_POLICY : S2M_MODE_NATIVE;
	return err;
}

/* Read a file that the user names, or the system's own. */
static int load(const char *name, struct config *config, struct s2m_text_error *error)
{
	size_t len;
	char *text = name ? cli_read_input(name, &len) : cli_read(CLI_CONF, &len);
	int err;

	if (!text) {
		err = -errno;
		error->line = 0;
		snprintf(error->sentence, sizeof(error->sentence), "%s", strerror(-err));
		return err;
	}
	err = parse(text, len, config, error);
	free(text);
	return err;
}

int cli_config_check(char **args)
{
	const char *name = args[0] ? args[0] : CLI_CONF;
	struct s2m_text_error error;
	struct config config = {};
	int err = load(args[0], &config, &error);
	json_t *json;

	if (!cli.json && err)
		return cli_fail("%s: %s", name, error.sentence);
	if (!cli.json) {
		printf("%s: mode %s, %u rule%s, no error\n", name, s2m_mode_word(config.mode),
		       config.table->count, config.table->count == 1 ? "" : "s");
		config_free(&config);
		return CLI_OK;
	}
	if (err)
		json = json_pack("{s:o, s:b, s:i, s:o}", "file", cli_json_text(name), "valid", 0,
				 "line", (int)error.line, "error", cli_json_text(error.sentence));
	else
		json = json_pack("{s:o, s:b, s:s, s:i}", "file", cli_json_text(name), "valid", 1,
				 "mode", s2m_mode_word(config.mode), "rules",
				 (int)config.table->count);
	cli_json_print(json);
	config_free(&config);
	return err ? CLI_FAILED : CLI_OK;
}

static int set_mode(enum s2m_mode mode)
{
	const char *word = s2m_mode_word(mode);

	return cli_attr_set(S2M_FILE_MODE, word, strlen(word));
}

static int set_unaligned(bool emulate)
{
	const char *word = emulate ? "emulate" : "fault";

	return cli_attr_set(S2M_FILE_UNALIGNED, word, strlen(word));
}

static bool emulates(void)
{
	char *text = cli_attr(S2M_FILE_UNALIGNED);
	bool result = text && strstr(text, "[emulate]");

	free(text);
	return result;
}

/*
 * Two writes, in the order in which no guest gets an answer that neither the
 * old nor the new configuration has: a table decides only in mode policy, so it
 * changes while another mode is on, if there is one. When the second write
 * fails, the first is taken back.
 */
static int apply(const struct config *config, enum s2m_mode old_mode,
		 const struct s2m_table *old_table)
{
	int err;

	if (config->mode == S2M_MODE_POLICY) {
		err = cli_table_apply(config->table);
		if (err)
			return err;
		err = set_mode(config->mode);
		if (err)
			cli_table_apply(old_table);
		return err;
	}
	err = set_mode(config->mode);
	if (err)
		return err;
	err = cli_table_apply(config->table);
	if (err)
		set_mode(old_mode);
	return err;
}

static int replace(const struct config *config)
{
	bool old_emulate = emulates();
	struct s2m_table *old_table;
	enum s2m_mode old_mode;
	int err = 0;

	if (!cli_current_mode(&old_mode))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	old_table = cli_live_table();
	if (!old_table)
		return CLI_FAILED;
	/* No guest loses by it, so it may come first; a module without it need not have it. */
	if (config->emulate != old_emulate)
		err = set_unaligned(config->emulate);
	if (!err) {
		err = apply(config, old_mode, old_table);
		if (err && config->emulate != old_emulate)
			set_unaligned(old_emulate);
	}
	s2m_table_free(old_table);
	return err;
}

int cli_config_apply(char **args)
{
	struct s2m_text_error error;
	struct config config = {};
	int err;

	if (load(args[0], &config, &error))
		return cli_fail("%s: %s", args[0] ? args[0] : CLI_CONF, error.sentence);
	err = cli_need_module();
	if (!err)
		err = replace(&config);
	config_free(&config);
	return err;
}

int cli_config_reset(char **args)
{
	struct s2m_text_error error;
	struct config config = { .mode = S2M_MODE_NATIVE };
	int err;

	(void)args;
	/* Without the module every guest has what the kernel chose. */
	if (!cli_loaded())
		return CLI_OK;
	if (s2m_table_parse("", 0, &config.table, &error))
		return cli_fail("%s", error.sentence);
	err = set_mode(config.mode);
	if (!err)
		err = cli_table_apply(config.table);
	if (!err && emulates())
		err = set_unaligned(false);
	config_free(&config);
	return err;
}
