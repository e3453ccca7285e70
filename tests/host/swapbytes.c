// SPDX-License-Identifier: GPL-2.0-only
/*
 * swapbytes FILE FROM TO: replace the one place where a file has the bytes FROM
 * by TO, both in hexadecimal and as long.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX	64

static size_t parse(const char *text, unsigned char *bytes)
{
	size_t n = 0;
	int used;

	for (; *text && n < MAX; text += used, n++)
		if (sscanf(text, "%2hhx%n", &bytes[n], &used) != 1 || used != 2)
			errx(2, "not bytes: %s", text);
	return *text ? 0 : n;
}

int main(int argc, char **argv)
{
	unsigned char from[MAX], to[MAX], *file, *at;
	struct stat st;
	size_t n;
	int fd;

	if (argc != 4)
		errx(2, "usage: swapbytes FILE FROM TO");
	n = parse(argv[2], from);
	if (!n || parse(argv[3], to) != n)
		errx(2, "%s and %s are not of one length", argv[2], argv[3]);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err(2, "%s", argv[1]);
	file = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		err(2, "mmap");
	at = memmem(file, st.st_size, from, n);
	if (!at || memmem(at + 1, file + st.st_size - at - 1, from, n))
		errx(1, "%s is not there once", argv[2]);
	memcpy(at, to, n);
	return 0;
}
