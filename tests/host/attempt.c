// SPDX-License-Identifier: GPL-2.0-only
/*
 * attempt read FILE, attempt write FILE TEXT [MORE]...: each in one call, to one open
 * file; print 0 or the name of the errno of the last. In TEXT "\0" stands for a zero
 * byte. A FILE of "fd:N" is open already.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t unescape(char *text)
{
	char *from = text, *to = text;

	while (*from) {
		if (from[0] == '\\' && from[1] == '0') {
			*to++ = '\0';
			from += 2;
		} else {
			*to++ = *from++;
		}
	}
	return (size_t)(to - text);
}

static int open_file(const char *name, int flags)
{
	return strncmp(name, "fd:", 3) ? open(name, flags | O_CLOEXEC) : atoi(name + 3);
}

static ssize_t attempt_read(int fd)
{
	static char page[4096];

	return read(fd, page, sizeof(page));
}

static ssize_t attempt_writes(int fd, char **texts)
{
	ssize_t n = 0;

	for (; *texts; texts++)
		n = write(fd, *texts, unescape(*texts));
	return n;
}

int main(int argc, char **argv)
{
	int writes = argc >= 4 && !strcmp(argv[1], "write"), fd;

	if (!writes && (argc != 3 || strcmp(argv[1], "read")))
		errx(2, "usage: attempt read FILE, attempt write FILE TEXT...");
	fd = open_file(argv[2], writes ? O_WRONLY : O_RDONLY);
	if (fd >= 0 && (writes ? attempt_writes(fd, argv + 3) : attempt_read(fd)) >= 0)
		puts("0");
	else
		puts(strerrorname_np(errno));
	return 0;
}
