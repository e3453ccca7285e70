// SPDX-License-Identifier: GPL-2.0-only
/* Commands about memslots, and about the devices behind them. */
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "slots.h"
#include "vfio.h"

static void cmd_vfio(int argc, char **argv)
{
	static const char * const ways[] = {
		[VFIO_BY_GROUP] = "group", [VFIO_BY_FILE] = "cdev", [VFIO_NO_IOMMU] = "noiommu",
	};
	int way = VFIO_BY_GROUP;

	if (argc > 1)
		for (; way <= VFIO_NO_IOMMU && strcmp(argv[1], ways[way]); way++)
			;
	if (way > VFIO_NO_IOMMU)
		fail("not group, cdev or noiommu: %s", argv[1]);
	else
		answer(vfio_open(argv[0], way));
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

const struct command memory_commands[] = {
	{ "vfio", 1, 2, cmd_vfio, "BDF [group|cdev|noiommu]" },
	{ "map", 4, 6, cmd_map, "ID BDF BAR IPA [OFF LEN]" },
	{ "unmap", 1, 2, cmd_unmap, "ID [drop]" },
	{ "remap", 1, 3, cmd_remap, "ID [log] [ro]" },
	{ "peek", 3, 3, cmd_peek, "ID OFF SIZE" },
	{ "poke", 4, 4, cmd_poke, "ID OFF SIZE VALUE" },
	{ }
};
