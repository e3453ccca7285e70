// SPDX-License-Identifier: GPL-2.0-only
/*
 * slices FILE TEXT: is each part of FILE that part of TEXT, however it is read? In
 * pieces of one size after another, from the middle of a file whose beginning nobody
 * has read, at the end and behind it. Prints how many were looked at and how many wrong.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static char text[1 << 20], got[1 << 20];
static size_t size;
static unsigned int looked, wrong;

static int open_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", name);
	return fd;
}

static size_t read_all(const char *name, char *to, size_t piece)
{
	int fd = open_file(name);
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, to + used, used + piece < sizeof(text) ? piece : sizeof(text) - used)) > 0)
		used += (size_t)n;
	close(fd);
	return n ? 0 : used;
}

static void check(int good)
{
	looked++;
	wrong += !good;
}

/* A read may be short, but not of nothing before the end, and not of anything else. */
static void check_part(int fd, size_t at, size_t piece)
{
	ssize_t n = pread(fd, got, piece, (off_t)at);

	if (at >= size || !piece)
		check(!n);
	else
		check(n > 0 && (size_t)n <= piece && !memcmp(got, text + at, (size_t)n));
}

static void check_odd(const char *name)
{
	struct iovec parts[] = { { got, 3 }, { got + 3, 0 }, { got + 3, 5000 } };
	int fd = open_file(name);
	ssize_t n;

	check(pread(fd, got, 1, -1) < 0 && errno == EINVAL);
	check(!pread(fd, got, sizeof(got), 0x7fffffff00000000));
	n = preadv(fd, parts, 3, 1);
	check(n > 0 && !memcmp(got, text + 1, (size_t)n));
	/* Wherever it was, a file goes on from where it is put. */
	check(lseek(fd, 7, SEEK_SET) == 7 && read(fd, got, 5) == 5 && !memcmp(got, text + 7, 5));
	check(lseek(fd, -2, SEEK_CUR) == 10 && read(fd, got, 5) == 5 && !memcmp(got, text + 10, 5));
	check(!lseek(fd, 0, SEEK_SET) && read(fd, got, 5) == 5 && !memcmp(got, text, 5));
	close(fd);
}

static void check_many(const char *name)
{
	int fds[300];
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		fds[i] = open_file(name);
		check_part(fds[i], i % size, 5);
	}
	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		check_part(fds[i], size - 1 - i % size, 5);
		close(fds[i]);
	}
}

int main(int argc, char **argv)
{
	static const size_t pieces[] = { 1, 2, 7, 63, 509, 4095, 4096, 4097, 70000 };
	unsigned int i, at;
	int fd;

	if (argc != 3)
		errx(2, "usage: slices FILE TEXT");
	size = read_all(argv[2], text, sizeof(text));
	if (size < 64)
		errx(2, "%s is too short", argv[2]);
	for (i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		check(read_all(argv[1], got, pieces[i]) == size && !memcmp(got, text, size));
	for (i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		fd = open_file(argv[1]);
		for (at = 1; at < size + 5000; at += 1 + size / 50)
			check_part(fd, at, pieces[i]);
		check_part(fd, size - 1, pieces[i]);
		check_part(fd, size, pieces[i]);
		close(fd);
	}
	check_odd(argv[1]);
	check_many(argv[1]);
	printf("%u looked at, %u wrong\n", looked, wrong);
	return 0;
}
