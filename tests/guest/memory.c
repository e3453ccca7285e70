// SPDX-License-Identifier: GPL-2.0-only
/* Commands about memslots, and about the devices behind them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "slots.h"
#include "vfio.h"
#include "vm.h"

static void cmd_vfio(int argc, char **argv)
{
	(void)argc;
	answer(vfio_open(argv[0]));
}

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

static void cmd_map(int argc, char **argv)
{
	uint64_t ipa, offset, size, from = 0, len = 0;
	const char *error;
	int fd;

	if (argc == 5) {
		fail("OFF needs LEN");
		return;
	}
	if (!arg_hex(argv[3], &ipa) ||
	    (argc == 6 && (!arg_hex(argv[4], &from) || !arg_hex(argv[5], &len))))
		return;
	error = vfio_bar(argv[1], atoi(argv[2]), &fd, &offset, &size);
	if (!error && argc == 4)
		len = size;
	if (!error && (from > size || len > size - from))
		error = "beyond the end of the BAR";
	answer(error ? error : slot_map(argv[0], ipa, len, fd, offset + from));
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

static void cmd_own(int argc, char **argv)
{
	uint64_t ipa;

	(void)argc;
	if (arg_hex(argv[2], &ipa))
		answer(slot_own(argv[0], argv[1], ipa));
}

static void cmd_unmap(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "drop"))
		fail("not drop: %s", argv[1]);
	else
		answer(slot_unmap(argv[0], argc > 1));
}

/* On a live slot this changes the flags only. */
static void cmd_remap(int argc, char **argv)
{
	uint32_t flags = 0;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "log")) {
			flags |= KVM_MEM_LOG_DIRTY_PAGES;
		} else if (!strcmp(argv[i], "ro")) {
			flags |= KVM_MEM_READONLY;
		} else {
			fail("not log or ro: %s", argv[i]);
			return;
		}
	}
	answer(slot_remap(argv[0], flags));
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

/* The VMM's own view of a slot, in one access of the right size. */
static void cmd_peek(int argc, char **argv)
{
	uint64_t offset, size, value;
	const char *error;
	void *p;

	(void)argc;
	if (!arg_hex(argv[1], &offset) || !arg_hex(argv[2], &size))
		return;
	if (size != 4 && size != 8) {
		fail("not a size of 4 or 8: %s", argv[2]);
		return;
	}
	error = slot_address(argv[0], offset, size, &p);
	if (error) {
		fail("%s", error);
		return;
	}
	value = size == 8 ? *(volatile uint64_t *)p : *(volatile uint32_t *)p;
	ok("0x%llx", (unsigned long long)value);
}

static void cmd_poke(int argc, char **argv)
{
	uint64_t offset, size, value;
	const char *error;
	void *p;

	(void)argc;
	if (!arg_hex(argv[1], &offset) || !arg_hex(argv[2], &size) || !arg_hex(argv[3], &value))
		return;
	if (size != 4 && size != 8) {
		fail("not a size of 4 or 8: %s", argv[2]);
		return;
	}
	error = slot_address(argv[0], offset, size, &p);
	if (error) {
		fail("%s", error);
		return;
	}
	if (size == 8)
		*(volatile uint64_t *)p = value;
	else
		*(volatile uint32_t *)p = value;
	ok("%s", "");
}

static void cmd_closevm(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	close(vm.fd);
	vm.fd = -1;
	ok("%s", "");
}

const struct command memory_commands[] = {
	{ "vfio", 1, 1, cmd_vfio, "BDF" },
	{ "decode", 2, 2, cmd_decode, "BDF on|off" },
	{ "reset", 1, 1, cmd_reset, "BDF" },
	{ "map", 4, 6, cmd_map, "ID BDF BAR IPA [OFF LEN]" },
	{ "overmap", 5, 6, cmd_overmap, "ID AT BDF BAR LEN [OFF]" },
	{ "mapres", 4, 5, cmd_mapres, "ID PATH IPA LEN [FILEOFF]" },
	{ "ram", 3, 3, cmd_ram, "ID IPA LEN" },
	{ "own", 3, 3, cmd_own, "ID NAME IPA" },
	{ "unmap", 1, 2, cmd_unmap, "ID [drop]" },
	{ "remap", 1, 3, cmd_remap, "ID [log] [ro]" },
	{ "dirty", 1, 1, cmd_dirty, "ID" },
	{ "clear", 1, 1, cmd_clear, "ID" },
	{ "peek", 3, 3, cmd_peek, "ID OFF SIZE" },
	{ "poke", 4, 4, cmd_poke, "ID OFF SIZE VALUE" },
	{ "closevm", 0, 0, cmd_closevm, "" },
	{ }
};
