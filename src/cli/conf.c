// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: /etc/s2memattr.conf.d/ and /etc/s2memattr.conf.
 *
 * Lines of these files are rules, as everywhere, but for two that may stand
 * anywhere, in one of the files:
 *
 *     mode = WORD
 *     unaligned = WORD
 *
 * Without the first the mode is policy if there are rules, else native; without
 * the second unaligned accesses are faults.
 */
#include <dirent.h>
#include <string.h>
#include <strings.h>

#include "../core/text.h"
#include "layers.h"

/* A line that is no rule: its key, what it sets, and which words there are. */
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

static bool parse_unaligned(struct s2m_span word, int *value)
{
	for (*value = 0; *value < 2; ++*value) {
		const char *text = cli_unaligned_word(*value);

		if (word.len == strlen(text) && !strncasecmp(word.text, text, word.len))
			return true;
	}
	return false;
}

static const char *unaligned_word(int value)
{
	return cli_unaligned_word(value);
}

enum { MODE, UNALIGNED, NR_SETTINGS };

static const struct setting settings[NR_SETTINGS] = {
	[MODE] = { "mode", "a mode", "native, device-nGnRE, normal-nc, policy",
		   parse_mode, mode_word },
	[UNALIGNED] = { "unaligned", "an answer to unaligned accesses",
			CLI_FAULT ", " CLI_EMULATE, parse_unaligned, unaligned_word },
};

/* The key, "=" and a word, with blanks between them or without. */
static bool is_setting(struct s2m_span line, const char *key, struct s2m_span *value)
{
	struct s2m_span word, rest = line;
	size_t len = strlen(key);

	if (!s2m_text_word(&rest, &word) || word.len < len || strncasecmp(word.text, key, len))
		return false;
	if (word.len > len && word.text[len] != '=')
		return false;
	/* From behind the key to the end or a comment. */
	value->text = word.text + len;
	value->len = (size_t)(line.text + line.len - value->text);
	return true;
}

static int parse_setting(const struct setting *setting, struct s2m_span text, u32 line, int *value,
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

/* Find the setting's line and blank it out: the others are rules, under their own numbers. */
static int take_setting(const struct setting *setting, char *text, size_t len, bool *given,
			int *value, struct s2m_text_error *error)
{
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
		if (parse_setting(setting, said, number, value, error))
			return -EINVAL;
		memset(text + (line.text - text), ' ', line.len);
		first = number;
	}
	*given = first;
	return 0;
}

/* What the files said so far, and for each setting which of them said it. */
struct reading {
	struct cli_layers *conf;
	const char *said_by[NR_SETTINGS];
	int values[NR_SETTINGS];
	u32 rules;
};

static int said_twice(const struct reading *reading, unsigned int i, int value,
		      struct s2m_text_error *error)
{
	const struct setting *setting = &settings[i];

	s2m_text_complain(error, 0, "%s %s, but %s says %s", setting->key, setting->word(value),
			  reading->said_by[i], setting->word(reading->values[i]));
	return -EINVAL;
}

/* The text of one file becomes a layer. */
static int add_file(struct reading *reading, const char *name, char *text, size_t len,
		    struct s2m_text_error *error)
{
	struct s2m_table *table;
	int values[NR_SETTINGS];
	bool given[NR_SETTINGS];
	unsigned int i;
	int err = 0;

	for (i = 0; i < NR_SETTINGS && !err; i++) {
		err = take_setting(&settings[i], text, len, &given[i], &values[i], error);
		if (!err && given[i] && reading->said_by[i] && values[i] != reading->values[i])
			err = said_twice(reading, i, values[i], error);
	}
	if (!err)
		err = s2m_table_parse(text, len, &table, error);
	if (err)
		return err;
	reading->rules += table->count;
	cli_layers_add(reading->conf, CLI_LAYER_FILE, name, table);
	for (i = 0; i < NR_SETTINGS; i++) {
		if (given[i]) {
			reading->values[i] = values[i];
			reading->said_by[i] = reading->conf->list[reading->conf->count - 1].name;
		}
	}
	return 0;
}

/* What is wrong with a file, with its name in front unless the user has said it. */
static void complain(struct s2m_text_error *error, const char *name)
{
	char *sentence = cli_memory(strdup(error->sentence));

	snprintf(error->sentence, sizeof(error->sentence), "%s: %s", name, sentence);
	free(sentence);
}

static int no_file(struct s2m_text_error *error, int err)
{
	error->line = 0;
	snprintf(error->sentence, sizeof(error->sentence), "%s", strerror(err));
	return -err;
}

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && dot && !strcmp(dot, ".conf");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_system_file(struct reading *reading, const char *path, struct s2m_text_error *error)
{
	size_t len;
	char *text = cli_read(path, &len);
	int err = text ? add_file(reading, path, text, len, error) : no_file(error, errno);

	free(text);
	return err;
}

static int add_directory(struct reading *reading, struct s2m_text_error *error)
{
	char *dir = cli_path("%s", CLI_CONF_DIR), *path;
	struct dirent **entries;
	int n = scandir(dir, &entries, is_conf, by_name), i, err = 0;

	free(dir);
	if (n < 0)
		return errno == ENOENT ? 0 : no_file(error, errno);
	for (i = 0; i < n; i++) {
		if (asprintf(&path, "%s/%s", CLI_CONF_DIR, entries[i]->d_name) < 0)
			cli_memory(NULL);
		if (!err) {
			err = add_system_file(reading, path, error);
			if (err)
				complain(error, path);
		}
		free(path);
		free(entries[i]);
	}
	free(entries);
	return err;
}

/* The directory first, so that what a package or a tenant brings is looked at first. */
static int add_system(struct reading *reading, struct s2m_text_error *error)
{
	int err = add_directory(reading, error);

	if (err)
		return err;
	err = add_system_file(reading, CLI_CONF, error);
	if (err == -ENOENT && reading->conf->count)
		return 0;
	if (err)
		complain(error, CLI_CONF);
	return err;
}

static int add_named(struct reading *reading, const char *name, struct s2m_text_error *error)
{
	size_t len;
	char *text = cli_read_input(name, &len);
	int err = text ? add_file(reading, name, text, len, error) : no_file(error, errno);

	free(text);
	if (err)
		complain(error, name);
	return err;
}

int cli_conf_read(const char *name, struct cli_layers *conf, bool *given,
		  struct s2m_text_error *error)
{
	struct reading reading = { .conf = conf };
	int err;

	*conf = (struct cli_layers) { .configured = true };
	err = name ? add_named(&reading, name, error) : add_system(&reading, error);
	if (err) {
		cli_layers_free(conf);
		return err;
	}
	conf->emulate = reading.values[UNALIGNED];
	conf->mode = (enum s2m_mode)reading.values[MODE];
	if (!reading.said_by[MODE])
		conf->mode = reading.rules ? S2M_MODE_POLICY : S2M_MODE_NATIVE;
	if (given)
		*given = reading.said_by[MODE];
	return 0;
}
