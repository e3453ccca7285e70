// SPDX-License-Identifier: GPL-2.0-only
/*
 * config check, apply, reset: a file that says mode and rules at once.
 *
 * Its lines are rules, as everywhere, but for one that may stand anywhere:
 *
 *     mode = WORD
 *
 * Without it the mode is policy if there are rules, else native.
 */
#include <string.h>

#include "../core/text.h"
#include "cli.h"

/* What a configuration file says. */
struct config {
	enum s2m_mode mode;
	struct s2m_table *table;
};

static void config_free(struct config *config)
{
	s2m_table_free(config->table);
	config->table = NULL;
}

/* "mode", "=" and a word, with blanks between them or without. */
static bool is_mode_line(struct s2m_span line, struct s2m_span *value)
{
	struct s2m_span word, rest = line;

	if (!s2m_text_word(&rest, &word) || word.len < strlen("mode") ||
	    memcmp(word.text, "mode", strlen("mode")))
		return false;
	if (word.len > strlen("mode") && word.text[strlen("mode")] != '=')
		return false;
	/* From behind "mode" to the end or a comment. */
	value->text = word.text + strlen("mode");
	value->len = (size_t)(line.text + line.len - value->text);
	return true;
}

static int parse_mode(struct s2m_span value, u32 line, enum s2m_mode *mode,
		      struct s2m_text_error *error)
{
	struct s2m_span nothing, word, more;
	char quote[S2M_QUOTE_SIZE];

	if (!s2m_text_split(value, '=', &nothing, &value) || s2m_text_word(&nothing, &more) ||
	    !s2m_text_word(&value, &word) || s2m_text_word(&value, &more)) {
		s2m_text_complain(error, line, "a mode is given as \"mode = WORD\"");
		return -EINVAL;
	}
	if (!s2m_mode_parse(word.text, word.len, mode)) {
		s2m_text_complain(error, line,
				  "%s is not a mode (native, device-nGnRE, normal-nc, policy)",
				  s2m_text_quote(quote, word));
		return -EINVAL;
	}
	return 0;
}

/* Find the mode's line and blank it out: the others are rules, under their own numbers. */
static int take_mode(char *text, size_t len, bool *given, enum s2m_mode *mode,
		     struct s2m_text_error *error)
{
	struct s2m_span rest = { text, len }, line, value;
	u32 number, first = 0;

	for (number = 1; s2m_text_line(&rest, &line); number++) {
		if (!is_mode_line(line, &value))
			continue;
		if (first) {
			s2m_text_complain(error, number, "mode was given in line %u already",
					  first);
			return -EINVAL;
		}
		if (s2m_text_bad_byte(line) >= 0) {
			s2m_text_complain(error, number, "a control character");
			return -EINVAL;
		}
		if (parse_mode(value, number, mode, error))
			return -EINVAL;
		memset(text + (line.text - text), ' ', line.len);
		first = number;
	}
	*given = first;
	return 0;
}

static int parse(char *text, size_t len, struct config *config, struct s2m_text_error *error)
{
	bool given;
	int err;

	err = take_mode(text, len, &given, &config->mode, error);
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
	struct s2m_table *old_table;
	enum s2m_mode old_mode;
	int err;

	if (!cli_current_mode(&old_mode))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	old_table = cli_live_table();
	if (!old_table)
		return CLI_FAILED;
	err = apply(config, old_mode, old_table);
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
	config_free(&config);
	return err;
}
