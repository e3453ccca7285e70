// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock - how long one system call takes, in ticks of the virtual counter
 *
 *	clock write FILE WORD		write(2)
 *	clock load FILE PARAMETERS	finit_module(2)
 *	clock unload NAME		delete_module(2)
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t now(void)
{
	uint64_t ticks;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (ticks) : : "memory");
	return ticks;
}

static int open_or_die(const char *file, int flags)
{
	int fd = open(file, flags);

	if (fd < 0)
		err(1, "%s", file);
	return fd;
}

int main(int argc, char **argv)
{
	uint64_t start, end;
	long ret;
	int fd;

	if (argc == 4 && !strcmp(argv[1], "write")) {
		fd = open_or_die(argv[2], O_WRONLY);
		start = now();
		ret = write(fd, argv[3], strlen(argv[3]));
		end = now();
	} else if (argc == 4 && !strcmp(argv[1], "load")) {
		fd = open_or_die(argv[2], O_RDONLY);
		start = now();
		ret = syscall(SYS_finit_module, fd, argv[3], 0);
		end = now();
	} else if (argc == 3 && !strcmp(argv[1], "unload")) {
		start = now();
		ret = syscall(SYS_delete_module, argv[2], O_NONBLOCK);
		end = now();
	} else {
		errx(2, "usage: clock write FILE WORD | load FILE PARAMETERS | unload NAME");
	}
	if (ret < 0)
		err(1, "%s %s", argv[1], argv[2]);
	printf("%" PRIu64 "\n", end - start);
	return 0;
}
