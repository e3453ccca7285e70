// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's files in sysfs, read and written. What stands in them is for others.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

bool cli_loaded(void)
{
	return cli_exists("%s/%s", S2M_SYSFS, S2M_FILE_MODE);
}

int cli_need_module(void)
{
	if (cli_loaded())
		return CLI_OK;
	cli_note("the module is not loaded: \"s2memattr load\" loads it");
	return CLI_NOT_LOADED;
}

char *cli_attr(const char *name)
{
	char *path, *text;
	size_t len;

	if (asprintf(&path, "%s/%s", S2M_SYSFS, name) < 0)
		cli_memory(NULL);
	text = cli_read(path, &len);
	free(path);
	if (text && len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

bool cli_attr_number(const char *name, u64 *value)
{
	char *text = cli_attr(name), *end;
	unsigned long long number;
	bool good = false;

	if (!text)
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (!errno && end != text && !*end) {
		*value = number;
		good = true;
	}
	free(text);
	return good;
}

/* Write a file that exists. None is created: the module does not have a file that is not there. */
static int write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	/* The kernel takes a page at a time; all but stages are shorter. */
	do {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			err = errno;
		if (!n)
			err = EIO;
		if (n > 0) {
			text += n;
			len -= n;
		}
	} while (!err && len);
	if (close(fd) && !err)
		err = errno;
	return err;
}

/*
 * The kernel's sentence is about the last write of anybody, so it counts only
 * right after a write that the module itself refused. A file that cannot even
 * be opened was never written.
 */
static int complain(const char *name, int err, bool opened)
{
	char *why = opened ? cli_attr(S2M_FILE_ERROR) : NULL;

	if (why && *why && strcmp(why, S2M_NO_ERROR))
		cli_fail("%s", why);
	else
		cli_fail("%s/%s: %s", S2M_SYSFS, name, strerror(err));
	free(why);
	return CLI_FAILED;
}

int cli_attr_set(const char *name, const char *text, size_t len)
{
	char *path = cli_path("%s/%s", S2M_SYSFS, name);
	int err = write_file(path, text, len);
	bool opened = !access(path, W_OK);

	free(path);
	return err ? complain(name, err, opened) : CLI_OK;
}

/* In brackets, or in parentheses while it is not in force. */
bool cli_current_mode(enum s2m_mode *mode, bool *in_force)
{
	char *text = cli_attr(S2M_FILE_MODE);
	const char *from, *to;
	bool found = false;

	from = text ? strpbrk(text, "[(") : NULL;
	to = from ? strchr(from, *from == '[' ? ']' : ')') : NULL;
	if (to)
		found = s2m_mode_parse(from + 1, (size_t)(to - from - 1), mode);
	if (found && in_force)
		*in_force = *from == '[';
	free(text);
	return found;
}
