// SPDX-License-Identifier: GPL-2.0-only
/* What a process can do to be hard to find, or to keep others waiting. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "layout.h"
#include "sets.h"
#include "vcpu.h"
#include "vm.h"

/* All files of the VM in a socket that nobody reads, but for the time between. */
static int hiding_place[2] = { -1, -1 };

static size_t fds_of_vm(int **fds)
{
	size_t count = 0;
	int id;

	fds[count++] = &vm.fd;
	for (id = 0; id < vm.cpus; id++)
		fds[count++] = &vcpu_get(id)->fd;
	return count;
}

/* Send or receive the files; 0 or -1. */
static int move_fds(bool out)
{
	char control[CMSG_SPACE(sizeof(int) * (MAX_CPUS + 1))] = {}, byte = 0;
	int *fds[MAX_CPUS + 1], values[MAX_CPUS + 1];
	struct iovec data = { &byte, 1 };
	size_t count = fds_of_vm(fds), i;
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(sizeof(int) * count),
	};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	if (out) {
		for (i = 0; i < count; i++)
			values[i] = *fds[i];
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(part), values, sizeof(int) * count);
		if (sendmsg(hiding_place[0], &message, 0) != 1)
			return -1;
		for (i = 0; i < count; i++)
			close(values[i]);
		return 0;
	}
	if (recvmsg(hiding_place[1], &message, 0) != 1)
		return -1;
	part = CMSG_FIRSTHDR(&message);
	if (!part)
		return -1;
	memcpy(values, CMSG_DATA(part), sizeof(int) * count);
	for (i = 0; i < count; i++)
		*fds[i] = values[i];
	return 0;
}

/* Only while no vCPU comes out of the guest: it could not go in again. */
static void cmd_hide(int argc, char **argv)
{
	bool out = !strcmp(argv[0], "on");

	(void)argc;
	if (hiding_place[0] < 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, hiding_place))
		fail("socketpair: %s", strerror(errno));
	else if (move_fds(out))
		fail("%s", strerror(errno));
	else
		ok("%s", "");
}

static void *touch(void *page)
{
	(void)*(volatile char *)page;
	return NULL;
}

static void *wait_to_map(void *unused)
{
	(void)unused;
	/* The lock is given back once in between. */
	sleep(1);
	mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return NULL;
}

/* mmap_lock is held by a fault that does not end, and somebody waits to write. */
static void cmd_stall(int argc, char **argv)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	pthread_t reader, writer;
	void *page;

	(void)argc;
	page = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (page == MAP_FAILED) {
		fail("%s: %s", argv[0], strerror(errno));
		return;
	}
	/* This one first: to make a thread takes the lock, too. */
	pthread_create(&writer, NULL, wait_to_map, NULL);
	pthread_create(&reader, NULL, touch, page);
	ok("%s", "");
}

const struct command evasion_commands[] = {
	{ "hide", 1, 1, cmd_hide, "on|off" },
	{ "stall", 1, 1, cmd_stall, "PATH" },
	{ }
};
