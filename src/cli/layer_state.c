// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layers, and the file that remembers them:
 *
 *     mode policy
 *     unaligned emulate
 *     layer set vm1
 *     normal-nc pci=0000:81:00.0
 *     layer file /etc/s2memattr.conf
 *     device-nGnRE
 *
 * The file is replaced as a whole and only while the lock is held. While the kernel is
 * being changed there is a second file, with the layers that are to come. Both are
 * whole whenever they are there: what is being written has a third name.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/text.h"
#include "layers.h"

#define LAYERS			CLI_RUN "/layers"
#define LAYERS_TO_COME		CLI_RUN "/layers.new"
#define LAYERS_PART		CLI_RUN "/layers.part"

static const char * const kind_words[CLI_NR_LAYER_KINDS] = {
	[CLI_LAYER_TEST]	= "selftest",
	[CLI_LAYER_SET]		= "set",
	[CLI_LAYER_FILE]	= "file",
	[CLI_LAYER_HAND]	= "hand",
};

/* --- the layers ------------------------------------------------------------ */

static void forget(struct cli_layer *layer)
{
	free(layer->name);
	s2m_table_free(layer->table);
}

void cli_layers_free(struct cli_layers *layers)
{
	size_t i;

	for (i = 0; i < layers->count; i++)
		forget(&layers->list[i]);
	free(layers->list);
	*layers = (struct cli_layers) {};
}

/* Files are added in the order in which they are to be asked. */
static bool goes_before(const struct cli_layer *layer, enum cli_layer_kind kind, const char *name)
{
	if (layer->kind != kind)
		return layer->kind > kind;
	return kind == CLI_LAYER_SET && strcmp(layer->name, name) > 0;
}

void cli_layers_add(struct cli_layers *layers, enum cli_layer_kind kind, const char *name,
		    struct s2m_table *table)
{
	struct cli_layer layer = { .kind = kind, .name = cli_memory(strdup(name)), .table = table };
	size_t at;
	char *byte;

	/* A file may be called anything; its name becomes a line. */
	for (byte = layer.name; *byte; byte++)
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			*byte = '?';
	/* Two files may have one name, as it is shown. */
	if (kind != CLI_LAYER_FILE)
		cli_layers_drop(layers, kind, layer.name);
	layers->list = cli_memory(realloc(layers->list,
					  (layers->count + 1) * sizeof(*layers->list)));
	for (at = 0; at < layers->count; at++)
		if (goes_before(&layers->list[at], kind, layer.name))
			break;
	memmove(&layers->list[at + 1], &layers->list[at],
		(layers->count - at) * sizeof(*layers->list));
	layers->list[at] = layer;
	layers->count++;
}

bool cli_layers_drop(struct cli_layers *layers, enum cli_layer_kind kind, const char *name)
{
	size_t i, kept = 0;

	for (i = 0; i < layers->count; i++) {
		struct cli_layer layer = layers->list[i];

		if (layer.kind == kind && (!name || !strcmp(layer.name, name)))
			forget(&layer);
		else
			layers->list[kept++] = layer;
	}
	i = layers->count;
	layers->count = kept;
	return kept < i;
}

/* Append to a text that is to be freed. */
static void append(char **text, size_t *len, const char *more, size_t more_len)
{
	*text = cli_memory(realloc(*text, *len + more_len + 1));
	memcpy(*text + *len, more, more_len);
	*len += more_len;
	(*text)[*len] = '\0';
}

static void append_rules(char **text, size_t *len, const struct s2m_table *table)
{
	size_t rules_len;
	char *rules = cli_table_text(table, &rules_len);

	append(text, len, rules, rules_len);
	free(rules);
}

/* Those that are asked: in any mode but policy, which a selftest has to leave, it is alone. */
static size_t count_asked(const struct cli_layers *layers)
{
	struct cli_trial trial;

	return cli_trial_of(layers, &trial) && trial.mode != S2M_MODE_POLICY ? 1 : layers->count;
}

struct s2m_table *cli_layers_compose(const struct cli_layers *layers)
{
	size_t len = 0, i, asked = count_asked(layers);
	struct s2m_table *table = NULL;
	struct s2m_text_error error;
	char *text = NULL;

	append(&text, &len, "", 0);
	for (i = 0; i < asked; i++)
		append_rules(&text, &len, layers->list[i].table);
	if (s2m_table_parse(text, len, &table, &error)) {
		cli_fail("all layers together: %s", error.sentence);
		table = NULL;
	}
	free(text);
	return table;
}

bool cli_layers_are_live(const struct cli_layers *layers, const struct s2m_table *live)
{
	struct s2m_table *table = cli_layers_compose(layers);
	bool same = table && s2m_table_equal(table, live);

	s2m_table_free(table);
	return same;
}

const struct cli_layer *cli_layers_owner(const struct cli_layers *layers, u32 rule)
{
	size_t i;

	for (i = 0; i < layers->count; i++) {
		if (rule < layers->list[i].table->count)
			return &layers->list[i];
		rule -= layers->list[i].table->count;
	}
	return NULL;
}

void cli_layers_live_owners(struct cli_layers *layers, const struct s2m_table *live)
{
	if (cli_layers_read(layers) || cli_layers_are_live(layers, live))
		return;
	cli_layers_free(layers);
}

static size_t next_of_kind(const struct cli_layers *layers, size_t at, enum cli_layer_kind kind)
{
	while (at < layers->count && layers->list[at].kind != kind)
		at++;
	return at;
}

bool cli_layers_same(const struct cli_layers *a, const struct cli_layers *b,
		     enum cli_layer_kind kind)
{
	size_t i = next_of_kind(a, 0, kind), j = next_of_kind(b, 0, kind);

	while (i < a->count && j < b->count) {
		if (strcmp(a->list[i].name, b->list[j].name) ||
		    !s2m_table_equal(a->list[i].table, b->list[j].table))
			return false;
		i = next_of_kind(a, i + 1, kind);
		j = next_of_kind(b, j + 1, kind);
	}
	return i >= a->count && j >= b->count;
}

/* --- the file -------------------------------------------------------------- */

static bool is_word(struct s2m_span span, const char *word)
{
	return span.len == strlen(word) && !memcmp(span.text, word, span.len);
}

/* The rules from @text on belong to this layer. */
static bool take_rules(struct cli_layers *layers, enum cli_layer_kind kind, const char *name,
		       const char *text, size_t len)
{
	struct s2m_text_error error;
	struct s2m_table *table;

	if (s2m_table_parse(text, len, &table, &error))
		return false;
	cli_layers_add(layers, kind, name, table);
	return true;
}

/* "layer KIND NAME"; the name is the rest of the line, to be freed. */
static char *layer_line(struct s2m_span line, enum cli_layer_kind *kind)
{
	struct s2m_span word;
	unsigned int i;

	if (!s2m_text_word(&line, &word) || !is_word(word, "layer") ||
	    !s2m_text_word(&line, &word))
		return NULL;
	for (i = 0; i < CLI_NR_LAYER_KINDS; i++) {
		if (is_word(word, kind_words[i]) && line.len > 1) {
			*kind = (enum cli_layer_kind)i;
			return cli_memory(strndup(line.text + 1, line.len - 1));
		}
	}
	return NULL;
}

static bool mode_line(struct s2m_span line, enum s2m_mode *mode)
{
	struct s2m_span word;

	return s2m_text_word(&line, &word) && is_word(word, "mode") &&
	       s2m_text_word(&line, &word) && s2m_mode_parse(word.text, word.len, mode);
}

/* "unaligned emulate" is written only where it holds: an earlier program does not know the line. */
static bool unaligned_line(struct s2m_span line)
{
	struct s2m_span word;

	return s2m_text_word(&line, &word) && is_word(word, "unaligned") &&
	       s2m_text_word(&line, &word) && is_word(word, S2M_EMULATE);
}

static bool parse(const char *text, size_t len, struct cli_layers *layers)
{
	struct s2m_span rest = { text, len }, line;
	enum cli_layer_kind kind = CLI_LAYER_HAND, next;
	char *name = NULL, *next_name;
	const char *start = text;
	bool good = true;

	while (good && s2m_text_line(&rest, &line)) {
		if (!name && mode_line(line, &layers->mode)) {
			layers->configured = true;
			continue;
		}
		if (!name && unaligned_line(line)) {
			layers->emulate = true;
			continue;
		}
		next_name = layer_line(line, &next);
		if (!next_name)
			continue;
		if (name)
			good = take_rules(layers, kind, name, start, (size_t)(line.text - start));
		free(name);
		name = next_name;
		kind = next;
		start = rest.text;
	}
	if (good && name)
		good = take_rules(layers, kind, name, start, (size_t)(text + len - start));
	free(name);
	return good;
}

static bool read_file(const char *path, struct cli_layers *layers)
{
	size_t len;
	char *text = cli_read(path, &len);
	bool good;

	*layers = (struct cli_layers) {};
	if (!text)
		return false;
	errno = EINVAL;
	good = parse(text, len, layers);
	free(text);
	if (!good)
		cli_layers_free(layers);
	return good;
}

bool cli_layers_peek(struct cli_layers *layers)
{
	return read_file(LAYERS, layers);
}

static int read_layers(struct cli_layers *layers)
{
	if (read_file(LAYERS, layers) || errno == ENOENT)
		return CLI_OK;
	if (errno != EINVAL)
		return cli_fail("%s: %s", LAYERS, strerror(errno));
	return cli_fail("%s: not understood; \"s2memattr config reset\" begins anew", LAYERS);
}

/* As the kernel's table, it is root's to read: there are names of VMs in it. */
static int write_file(const char *path, const char *text, size_t len)
{
	char *whole = cli_path("%s", path);
	int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), err = 0;
	ssize_t n;

	free(whole);
	if (fd < 0)
		return errno;
	do {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			err = errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	} while (!err && len);
	if (!err && fsync(fd))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	return err;
}

static int rename_file(const char *from, const char *to)
{
	char *old = cli_path("%s", from), *new = cli_path("%s", to);
	int err = rename(old, new) ? errno : 0;

	free(old);
	free(new);
	return err;
}

static void remove_file(const char *path)
{
	char *whole = cli_path("%s", path);

	unlink(whole);
	free(whole);
}

/* Written under another name first, for whoever is killed, or finds no room. */
static int write_layers(const char *path, const struct cli_layers *layers)
{
	char *text = NULL, *line;
	size_t len = 0, i;
	int n, err;

	append(&text, &len, "", 0);
	if (layers->configured) {
		n = asprintf(&line, "mode %s\n%s", s2m_mode_word(layers->mode),
			     layers->emulate ? "unaligned " S2M_EMULATE "\n" : "");
		if (n < 0)
			cli_memory(NULL);
		append(&text, &len, line, (size_t)n);
		free(line);
	}
	for (i = 0; i < layers->count; i++) {
		const struct cli_layer *layer = &layers->list[i];

		n = asprintf(&line, "layer %s %s\n", kind_words[layer->kind], layer->name);
		if (n < 0)
			cli_memory(NULL);
		append(&text, &len, line, (size_t)n);
		free(line);
		append_rules(&text, &len, layer->table);
	}
	err = write_file(LAYERS_PART, text, len);
	free(text);
	if (!err)
		err = rename_file(LAYERS_PART, path);
	if (err)
		remove_file(LAYERS_PART);
	return err;
}

int cli_layers_read(struct cli_layers *layers)
{
	struct cli_layers to_come;
	struct s2m_table *live;
	int err = read_layers(layers);

	if (err)
		return err;
	if (!cli_loaded() || !read_file(LAYERS_TO_COME, &to_come))
		return CLI_OK;
	live = cli_live_table();
	if (live && cli_layers_are_live(&to_come, live) && !cli_layers_are_live(layers, live)) {
		cli_layers_free(layers);
		*layers = to_come;
	} else {
		cli_layers_free(&to_come);
	}
	s2m_table_free(live);
	return live ? CLI_OK : CLI_FAILED;
}

void cli_layers_remember(const struct cli_layers *layers)
{
	int err = write_layers(LAYERS, layers);

	if (err)
		cli_note("%s: %s: it has what was in force before", LAYERS, strerror(err));
	else
		remove_file(LAYERS_TO_COME);
}

int cli_layers_change(const struct cli_layers *layers,
		      int (*change)(const struct s2m_table *table, const void *data),
		      const void *data)
{
	struct s2m_table *table = cli_layers_compose(layers);
	int err;

	if (!table)
		return CLI_FAILED;
	err = write_layers(LAYERS_TO_COME, layers);
	if (err) {
		s2m_table_free(table);
		return cli_fail("%s: %s", LAYERS_TO_COME, strerror(err));
	}
	err = change(table, data);
	s2m_table_free(table);
	if (err) {
		remove_file(LAYERS_TO_COME);
		return err;
	}
	err = rename_file(LAYERS_TO_COME, LAYERS);
	return err ? cli_fail("%s: %s", LAYERS, strerror(err)) : CLI_OK;
}
