// SPDX-License-Identifier: GPL-2.0-only
/* finit FILE [PARAMETERS]: load a module; print 0 or the name of the errno. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc < 2 || argc > 3)
		errx(2, "usage: finit FILE [PARAMETERS]");
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(2, "%s", argv[1]);
	if (!syscall(SYS_finit_module, fd, argc > 2 ? argv[2] : "", 0))
		puts("0");
	else
		puts(strerrorname_np(errno));
	return 0;
}
