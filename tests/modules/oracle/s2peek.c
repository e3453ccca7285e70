// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2peek - print stage-2 descriptors of a VM that another process runs.
 *
 *	s2peek [-v] PID IPA		one line, also if nothing is mapped
 *	s2peek [-v] PID IPA LEN		one line for each valid leaf in the range
 *	s2peek [-v] -w PID IPA LEN	the same, after a line on stdin
 *
 * A line is "LEVEL DESC MEMATTR"; -v adds the IPA. -w takes the VM's file first
 * and waits then: the VMM may close its own meanwhile. The VMM does not need to
 * know: its VM file is duplicated with pidfd_getfd(2).
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "s2walk.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open	434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd	438
#endif

static int find_vm_fd(int pid)
{
	char dir[64], link[320], target[64];
	struct dirent *e;
	int found = -1;
	ssize_t n;
	DIR *d;

	snprintf(dir, sizeof(dir), "/proc/%d/fd", pid);
	d = opendir(dir);
	if (!d)
		err(1, "%s", dir);
	while (found < 0 && (e = readdir(d))) {
		snprintf(link, sizeof(link), "%s/%s", dir, e->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = 0;
		if (!strcmp(target, "anon_inode:kvm-vm"))
			found = atoi(e->d_name);
	}
	closedir(d);
	if (found < 0)
		errx(1, "process %d has no VM", pid);
	return found;
}

static int steal_vm_fd(int pid)
{
	int theirs = find_vm_fd(pid);
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int fd;

	if (pidfd < 0)
		err(1, "pidfd_open");
	fd = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (fd < 0)
		err(1, "pidfd_getfd");
	close(pidfd);
	return fd;
}

static void print(const struct s2walk_query *q, bool verbose)
{
	printf("%d 0x%016llx ", q->level, (unsigned long long)q->desc);
	if (q->leaf)
		printf("0x%x", s2walk_memattr(q->desc));
	else
		printf("none");
	if (verbose)
		printf(" 0x%llx", (unsigned long long)(q->ipa >> q->size_shift << q->size_shift));
	putchar('\n');
}

int main(int argc, char **argv)
{
	unsigned long long ipa, end;
	struct s2walk_query q = {};
	bool verbose = false, wait = false, range;
	int dev, c;

	while ((c = getopt(argc, argv, "vw")) >= 0) {
		verbose |= c == 'v';
		wait |= c == 'w';
		if (c == '?')
			return 2;
	}
	argc -= optind - 1;
	argv += optind - 1;
	if (argc < 3 || argc > 4)
		errx(2, "usage: s2peek [-v] [-w] PID IPA [LEN]");

	dev = open(S2WALK_PATH, O_RDWR);
	if (dev < 0)
		err(1, S2WALK_PATH);
	q.vm_fd = steal_vm_fd(atoi(argv[1]));
	ipa = strtoull(argv[2], NULL, 16);
	range = argc == 4;
	if (wait) {
		puts("waiting");
		fflush(stdout);
		while ((c = getchar()) != EOF && c != '\n')
			;
	}
	end = ipa + (range ? strtoull(argv[3], NULL, 16) : 1);

	while (ipa < end) {
		q.ipa = ipa;
		if (ioctl(dev, S2WALK_QUERY, &q)) {
			/* A range may reach past what the VM can address. */
			if (errno == ERANGE && range)
				break;
			err(1, "s2walk at 0x%llx", ipa);
		}
		if (q.leaf || !range)
			print(&q, verbose);
		ipa = ((ipa >> q.size_shift) + 1) << q.size_shift;
	}
	return 0;
}
