// SPDX-License-Identifier: GPL-2.0-only
/* Commands about memslots, and about the devices behind them, that only tests have a use for. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sets.h"
#include "slots.h"
#include "vfio.h"
#include "vm.h"

static void cmd_decode(int argc, char **argv)
{
	(void)argc;
	if (strcmp(argv[1], "on") && strcmp(argv[1], "off"))
		fail("not on or off: %s", argv[1]);
	else
		answer(vfio_decode(argv[0], !strcmp(argv[1], "on")));
}

static void cmd_reset(int argc, char **argv)
{
	(void)argc;
	answer(vfio_reset(argv[0]));
}

/* The VMM's mapping changes under a memslot. */
static void cmd_overmap(int argc, char **argv)
{
	uint64_t at, len, from = 0, offset, size;
	const char *error;
	int fd;

	if (!arg_hex(argv[1], &at) || !arg_hex(argv[4], &len) ||
	    (argc > 5 && !arg_hex(argv[5], &from)))
		return;
	error = vfio_bar(argv[2], atoi(argv[3]), &fd, &offset, &size);
	if (!error && (from > size || len > size - from))
		error = "beyond the end of the BAR";
	answer(error ? error : slot_overmap(argv[0], at, len, fd, offset + from));
}

static void cmd_mapres(int argc, char **argv)
{
	uint64_t ipa, len, offset = 0;
	const char *error;
	int fd;

	if (!arg_hex(argv[2], &ipa) || !arg_hex(argv[3], &len) ||
	    (argc > 4 && !arg_hex(argv[4], &offset)))
		return;
	/* O_SYNC: /dev/mem maps uncached only for those who ask. */
	fd = open(argv[1], O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0) {
		fail("%s: %s", argv[1], strerror(errno));
		return;
	}
	error = slot_map(argv[0], ipa, len, fd, offset);
	close(fd);
	answer(error);
}

static void cmd_ram(int argc, char **argv)
{
	uint64_t ipa, len;

	(void)argc;
	if (arg_hex(argv[1], &ipa) && arg_hex(argv[2], &len))
		answer(slot_map(argv[0], ipa, len, -1, 0));
}

/* The library's headers are older than what they would be of. */
struct memfd {
	uint64_t size, flags, reserved[6];
};

struct region2 {
	uint32_t slot, flags;
	uint64_t ipa, len, hva, offset;
	uint32_t fd, pad1;
	uint64_t pad2[14];
};

#define CREATE_MEMFD	_IOWR(KVMIO, 0xd4, struct memfd)
#define SET_REGION2	_IOW(KVMIO, 0x49, struct region2)
#define FLAG_MEMFD	(1U << 2)
#define MEMFD_SHARED	3	/* it can be mapped, and is for both from the beginning */

/* The guest's memory is a guest_memfd, and the VMM has other memory at the slot's address. */
static void cmd_memfd(int argc, char **argv)
{
	struct region2 region = { .flags = FLAG_MEMFD };
	struct memfd memfd = { .flags = MEMFD_SHARED };
	const char *error;
	void *hva;
	int fd;

	(void)argc;
	if (!arg_hex(argv[1], &region.ipa) || !arg_hex(argv[2], &region.len))
		return;
	memfd.size = region.len;
	fd = ioctl(vm.fd, CREATE_MEMFD, &memfd);
	if (fd < 0) {
		fail("no guest_memfd: %s", strerror(errno));
		return;
	}
	error = slot_map(argv[0], region.ipa, region.len, -1, 0);
	if (!error)
		error = slot_address(argv[0], 0, 8, &hva);
	if (!error) {
		region.slot = slot_number(argv[0]);
		region.hva = (uintptr_t)hva;
		region.fd = fd;
		/* It can be made anew only. Its memory goes when the file is closed. */
		if (vm_set_slot(region.slot, region.ipa, 0, hva, 0) ||
		    ioctl(vm.fd, SET_REGION2, &region))
			error = strerror(errno);
	}
	answer(error);
}

static void cmd_own(int argc, char **argv)
{
	uint64_t ipa;

	(void)argc;
	if (arg_hex(argv[2], &ipa))
		answer(slot_own(argv[0], argv[1], ipa));
}

static void cmd_dirty(int argc, char **argv)
{
	uint64_t first, last;
	unsigned int count;
	const char *error;

	(void)argc;
	error = slot_dirty(argv[0], &first, &last, &count);
	if (error)
		fail("%s", error);
	else
		ok("%u 0x%llx 0x%llx", count, (unsigned long long)first, (unsigned long long)last);
}

static void cmd_clear(int argc, char **argv)
{
	(void)argc;
	answer(slot_clear(argv[0]));
}

static void cmd_closevm(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	close(vm.fd);
	vm.fd = -1;
	ok("%s", "");
}

const struct command odd_memory_commands[] = {
	{ "decode", 2, 2, cmd_decode, "BDF on|off" },
	{ "reset", 1, 1, cmd_reset, "BDF" },
	{ "overmap", 5, 6, cmd_overmap, "ID AT BDF BAR LEN [OFF]" },
	{ "mapres", 4, 5, cmd_mapres, "ID PATH IPA LEN [FILEOFF]" },
	{ "ram", 3, 3, cmd_ram, "ID IPA LEN" },
	{ "memfd", 3, 3, cmd_memfd, "ID IPA LEN" },
	{ "own", 3, 3, cmd_own, "ID NAME IPA" },
	{ "dirty", 1, 1, cmd_dirty, "ID" },
	{ "clear", 1, 1, cmd_clear, "ID" },
	{ "closevm", 0, 0, cmd_closevm, "" },
	{ }
};
