// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: /etc/s2memattr.conf.d/ and /etc/s2memattr.conf.
 *
 * Lines of these files are rules, as everywhere, but for one that may stand
 * anywhere, in one of the files:
 *
 *     mode = WORD
 *
 * Without it the mode is policy if there are rules, else native.
 */
#include <dirent.h>
#include <string.h>

#include "../core/text.h"
#include "layers.h"

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

/* What the files said so far. */
struct reading {
	struct cli_layers *conf;
	const char *mode_file;
	u32 rules;
};

static int said_twice(const struct reading *reading, enum s2m_mode mode,
		      struct s2m_text_error *error)
{
	s2m_text_complain(error, 0, "mode %s, but %s says %s", s2m_mode_word(mode),
			  reading->mode_file, s2m_mode_word(reading->conf->mode));
	return -EINVAL;
}

/* The text of one file becomes a layer. */
static int add_file(struct reading *reading, const char *name, char *text, size_t len,
		    struct s2m_text_error *error)
{
	struct s2m_table *table;
	enum s2m_mode mode;
	bool given;
	int err;

	err = take_mode(text, len, &given, &mode, error);
	if (!err && given && reading->mode_file && mode != reading->conf->mode)
		err = said_twice(reading, mode, error);
	if (!err)
		err = s2m_table_parse(text, len, &table, error);
	if (err)
		return err;
	reading->rules += table->count;
	cli_layers_add(reading->conf, CLI_LAYER_FILE, name, table);
	if (given) {
		reading->conf->mode = mode;
		reading->mode_file = reading->conf->list[reading->conf->count - 1].name;
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
	if (!reading.mode_file)
		conf->mode = reading.rules ? S2M_MODE_POLICY : S2M_MODE_NATIVE;
	if (given)
		*given = reading.mode_file;
	return 0;
}
