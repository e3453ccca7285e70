// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth N write FILE TEXT | read FILE | load FILE PARAMETERS | unload NAME
 *
 * One system call in which the Nth allocation fails (N = 0: none), and what
 * came of it: "RESULT injected" or "RESULT -", where RESULT is "ok" or the name
 * of an errno. Needs a kernel with fault injection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int switch_fd;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void arm(const char *n)
{
	if (pwrite(switch_fd, n, strlen(n), 0) < 0)
		die("fail-nth");
}

/* How many allocations were left; it counts no further. */
static int disarm(void)
{
	char left[16] = "";

	if (pread(switch_fd, left, sizeof(left) - 1, 0) < 0)
		die("fail-nth");
	arm("0");
	return atoi(left);
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		die(path);
	return fd;
}

/* To the end: a file of several pages is read by several calls. */
static long read_all(int fd)
{
	static char buffer[1 << 20];
	long n;

	do
		n = read(fd, buffer, sizeof(buffer));
	while (n > 0);
	return n;
}

int main(int argc, char **argv)
{
	const char *call = argc > 3 ? argv[2] : "", *text = argc > 4 ? argv[4] : "";
	int fd = -1, left, error;
	long result = -1;

	if (argc < 4)
		return 2;
	switch_fd = open_or_die("/proc/thread-self/fail-nth", O_RDWR);
	if (!strcmp(call, "write"))
		fd = open_or_die(argv[3], O_WRONLY);
	else if (strcmp(call, "unload"))
		fd = open_or_die(argv[3], O_RDONLY);

	arm(argv[1]);
	if (!strcmp(call, "write"))
		result = write(fd, text, strlen(text));
	else if (!strcmp(call, "read"))
		result = read_all(fd);
	else if (!strcmp(call, "load"))
		result = syscall(SYS_finit_module, fd, text, 0);
	else if (!strcmp(call, "unload"))
		result = syscall(SYS_delete_module, argv[3], O_NONBLOCK);
	error = errno;
	left = disarm();

	printf("%s %s\n", result < 0 ? strerrorname_np(error) : "ok",
	       atoi(argv[1]) && !left ? "injected" : "-");
	return 0;
}
