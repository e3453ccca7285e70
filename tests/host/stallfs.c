// SPDX-License-Identifier: GPL-2.0-only
/*
 * stallfs DIR [ERRORS [VALUE]]: a FUSE file system with one file, "f", of one page. The
 * first ERRORS attempts to read it (default 1) get EIO, later ones no answer. A fault on
 * the page tries once without mmap_lock and once with it, and so holds it for ever; nothing
 * is read ahead, which would be one attempt more. Upon SIGUSR1 the last one that waits gets
 * a page of VALUE, in hexadecimal.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE	4096

static int fd;
static uint64_t waiting;	/* the read that has no answer, or 0 */
static volatile sig_atomic_t release;

static void reply(uint64_t unique, int error, const void *data, size_t len)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + len, .error = error, .unique = unique,
	};
	struct iovec parts[] = {
		{ &header, sizeof(header) }, { (void *)data, len },
	};

	if (writev(fd, parts, 2) < 0)
		warn("reply");
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr) {
		.ino = node, .size = node == 1 ? 0 : 4096, .blksize = 4096, .nlink = 1,
		.mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0444,
	};
}

static void answer(const struct fuse_in_header *in, int *errors)
{
	struct fuse_init_out init = {
		.major = 7, .minor = 31, .max_readahead = 0, .max_write = 4096,
	};
	struct fuse_entry_out entry = {
		.nodeid = 2, .entry_valid = 1000, .attr_valid = 1000, .attr = attributes(2),
	};
	struct fuse_attr_out attr = { .attr_valid = 1000, .attr = attributes(in->nodeid) };
	struct fuse_open_out file = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		return reply(in->unique, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		return reply(in->unique, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return reply(in->unique, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
		return reply(in->unique, 0, &file, sizeof(file));
	case FUSE_READ:
		if ((*errors)-- > 0)
			reply(in->unique, -EIO, NULL, 0);
		else
			waiting = in->unique;
		return;
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return reply(in->unique, -ENOSYS, NULL, 0);
	}
}

static void on_release(int number)
{
	(void)number;
	release = 1;
}

static void answer_at_last(uint64_t value)
{
	uint64_t page[PAGE / sizeof(value)];

	for (size_t i = 0; i < PAGE / sizeof(value); i++)
		page[i] = value;
	reply(waiting, 0, page, sizeof(page));
	waiting = 0;
}

int main(int argc, char **argv)
{
	static char request[1 << 17];
	int errors = argc > 2 ? atoi(argv[2]) : 1;
	uint64_t value = argc > 3 ? strtoull(argv[3], NULL, 16) : 0;
	/* No SA_RESTART: it is there to end the read below. */
	struct sigaction action = { .sa_handler = on_release };
	char options[100];

	if (argc < 2)
		errx(2, "usage: stallfs DIR [ERRORS [VALUE]]");
	sigaction(SIGUSR1, &action, NULL);
	fd = open("/dev/fuse", O_RDWR);
	if (fd < 0)
		err(1, "/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("stallfs", argv[1], "fuse", 0, options))
		err(1, "mount");
	for (;;) {
		if (read(fd, request, sizeof(request)) > 0)
			answer((struct fuse_in_header *)request, &errors);
		else if (errno != EINTR && errno != ENOENT)
			err(1, "read");
		if (release && waiting)
			answer_at_last(value);
	}
}
