// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration's files, read and made layers: /etc/s2memattr.conf.d/ and
 * /etc/s2memattr.conf. What their text means is the core's, s2memattr/conf.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers.h"

/* What the files said so far, and the layers of those. */
struct reading {
	struct s2m_conf_sum sum;
	struct cli_layers *conf;
};

/* The text of one file becomes a layer. */
static int add_file(struct reading *reading, const char *name, const char *text, size_t len,
		    struct s2m_text_error *error)
{
	struct s2m_conf conf;
	int err = s2m_conf_parse(text, len, &conf, error);

	if (err)
		return err;
	cli_layers_add(reading->conf, CLI_LAYER_FILE, name, conf.table);
	/* The layer's name lives as long as the layers; @name does not. */
	return s2m_conf_add(&reading->sum, &conf,
			    reading->conf->list[reading->conf->count - 1].name, error);
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

/*
 * Nobody sits before it who could end a wait: a pipe without a writer is told, not read.
 * A file without a byte is what a full disk has left of one, and not for sure the word to
 * let everything go: that is a comment, or a link to /dev/null, which is a custom.
 */
static int no_regular_file(int fd, struct s2m_text_error *error)
{
	struct stat status;

	if (fstat(fd, &status))
		return no_file(error, errno);
	if (S_ISCHR(status.st_mode) || (S_ISREG(status.st_mode) && status.st_size))
		return 0;
	error->line = 0;
	snprintf(error->sentence, sizeof(error->sentence), "%s", S_ISREG(status.st_mode) ?
		 "is empty: one that is to say nothing has a comment" : "is no regular file");
	return -EINVAL;
}

static int add_system_file(struct reading *reading, const char *path, struct s2m_text_error *error)
{
	char *whole = cli_path("%s", path), *text = NULL;
	int fd = open(whole, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int err = fd < 0 ? no_file(error, errno) : no_regular_file(fd, error);
	size_t len;

	free(whole);
	if (!err) {
		text = cli_read_fd(fd, &len);
		err = text ? add_file(reading, path, text, len, error) : no_file(error, errno);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return err;
}

static int add_directory(struct reading *reading, struct s2m_text_error *error)
{
	char *dir = cli_path("%s", CLI_CONF_DIR), *path;
	struct dirent **entries;
	int n = scandir(dir, &entries, is_conf, by_name), i, err = 0;

	free(dir);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0) {
		err = no_file(error, errno);
		complain(error, CLI_CONF_DIR);
	}
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
	if (n >= 0)
		free(entries);
	return err;
}

/* A link that leads nowhere is there. */
static bool conf_is_there(void)
{
	char *path = cli_path("%s", CLI_CONF);
	struct stat status;
	bool there = !lstat(path, &status);

	free(path);
	return there;
}

/* The directory first, so that what a package or a tenant brings is looked at first. */
static int add_system(struct reading *reading, struct s2m_text_error *error)
{
	int err = add_directory(reading, error);

	if (err)
		return err;
	err = add_system_file(reading, CLI_CONF, error);
	if (err == -ENOENT && reading->conf->count && !conf_is_there())
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
	conf->emulate = reading.sum.values[S2M_SETTING_UNALIGNED];
	conf->mode = s2m_conf_mode(&reading.sum);
	if (given)
		*given = reading.sum.said_by[S2M_SETTING_MODE];
	return 0;
}
