// SPDX-License-Identifier: GPL-2.0-only
/* asuser UID COMMAND...: run it as that user, who need not have a name. */
#include <err.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	uid_t uid;

	if (argc < 3)
		errx(2, "usage: asuser UID COMMAND...");
	uid = strtoul(argv[1], NULL, 10);
	if (setgroups(0, NULL) || setgid(uid) || setuid(uid))
		err(1, "%s", argv[1]);
	execvp(argv[2], argv + 2);
	err(127, "%s", argv[2]);
}
