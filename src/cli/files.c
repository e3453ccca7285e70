// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of the system, which may be a tree somewhere else.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static char *join(const char *fmt, va_list args)
{
	char *path, *whole;

	if (vasprintf(&path, fmt, args) < 0)
		cli_memory(NULL);
	if (asprintf(&whole, "%s%s", cli.root, path) < 0)
		cli_memory(NULL);
	free(path);
	return whole;
}

char *cli_path(const char *fmt, ...)
{
	va_list args;
	char *path;

	va_start(args, fmt);
	path = join(fmt, args);
	va_end(args);
	return path;
}

/* The module takes no longer table: a file that goes on behind that is none to read. */
#define READ_MAX	(64UL << 20)

char *cli_read_fd(int fd, size_t *len)
{
	size_t used = 0, size = 0;
	char *text = NULL;
	ssize_t n;

	/* Large pieces: a report of the module is made anew for each beginning. */
	do {
		if (size - used < 65536) {
			size = 2 * size + 131072;
			text = cli_memory(realloc(text, size));
		}
		n = read(fd, text + used, size - used - 1);
		if (n > 0)
			used += n;
		if (used > READ_MAX) {
			n = -1;
			errno = EFBIG;
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	if (len)
		*len = used;
	return text;
}

static char *read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char *text;

	if (fd < 0)
		return NULL;
	text = cli_read_fd(fd, len);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

char *cli_read(const char *path, size_t *len)
{
	char *whole = cli_path("%s", path);
	char *text = read_file(whole, len);

	free(whole);
	return text;
}

char *cli_read_line(const char *fmt, ...)
{
	va_list args;
	char *path, *text;

	va_start(args, fmt);
	path = join(fmt, args);
	va_end(args);
	text = read_file(path, NULL);
	free(path);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

char *cli_read_input(const char *name, size_t *len)
{
	return strcmp(name, "-") ? read_file(name, len) : cli_read_fd(STDIN_FILENO, len);
}

bool cli_exists(const char *fmt, ...)
{
	va_list args;
	bool there;
	char *path;

	va_start(args, fmt);
	path = join(fmt, args);
	va_end(args);
	there = !access(path, F_OK);
	free(path);
	return there;
}
