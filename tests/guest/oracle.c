// SPDX-License-Identifier: GPL-2.0-only
/* desc and leaves: this VM's stage-2 table, read by the oracle module. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../oracle/s2walk.h"
#include "command.h"
#include "vm.h"

static const char *query(uint64_t ipa, struct s2walk_query *q)
{
	static int dev = -1;

	if (dev < 0)
		dev = open(S2WALK_PATH, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return "no " S2WALK_PATH ": is the oracle module loaded?";
	*q = (struct s2walk_query){ .vm_fd = vm.fd, .ipa = ipa };
	return ioctl(dev, S2WALK_QUERY, q) ? strerror(errno) : NULL;
}

static void cmd_desc(int argc, char **argv)
{
	struct s2walk_query q;
	const char *error;
	uint64_t ipa;

	(void)argc;
	if (!arg_hex(argv[0], &ipa))
		return;
	error = query(ipa, &q);
	if (error)
		fail("%s", error);
	else if (q.leaf)
		ok("%d 0x%016llx 0x%x", q.level, (unsigned long long)q.desc,
		   s2walk_memattr(q.desc));
	else
		ok("%d 0x%016llx none", q.level, (unsigned long long)q.desc);
}

static void cmd_leaves(int argc, char **argv)
{
	unsigned int count[16] = {}, total = 0;
	struct s2walk_query q;
	uint64_t ipa, len, end;
	char text[256] = "";
	size_t n = 0;

	(void)argc;
	if (!arg_hex(argv[0], &ipa) || !arg_hex(argv[1], &len))
		return;
	for (end = ipa + len; ipa < end; ipa = ((ipa >> q.size_shift) + 1) << q.size_shift) {
		const char *error = query(ipa, &q);

		if (error) {
			fail("%s at 0x%llx", error, (unsigned long long)ipa);
			return;
		}
		if (q.leaf) {
			count[s2walk_memattr(q.desc)]++;
			total++;
		}
	}
	for (int i = 0; i < 16; i++)
		if (count[i])
			n += snprintf(text + n, sizeof(text) - n, " 0x%x:%u", i, count[i]);
	ok("%u leaves:%s", total, total ? text : " none");
}

const struct command oracle_commands[] = {
	{ "desc", 1, 1, cmd_desc, "IPA" },
	{ "leaves", 2, 2, cmd_leaves, "IPA LEN" },
	{ }
};
