// SPDX-License-Identifier: GPL-2.0-only
/*
 * attempt read FILE, attempt write FILE TEXT: in one call; print 0 or the name of
 * the errno. In TEXT "\0" stands for a zero byte.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

static ssize_t attempt(int fd, char *text)
{
	static char page[4096];

	return text ? write(fd, text, unescape(text)) : read(fd, page, sizeof(page));
}

int main(int argc, char **argv)
{
	int writes = argc == 4 && !strcmp(argv[1], "write"), fd;

	if (!writes && (argc != 3 || strcmp(argv[1], "read")))
		errx(2, "usage: attempt read FILE, attempt write FILE TEXT");
	fd = open(argv[2], (writes ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd >= 0 && attempt(fd, writes ? argv[3] : NULL) >= 0)
		puts("0");
	else
		puts(strerrorname_np(errno));
	return 0;
}
