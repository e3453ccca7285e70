// SPDX-License-Identifier: GPL-2.0-only
/* nocap COMMAND...: run it as root without CAP_SYS_ADMIN. */
#include <err.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: nocap COMMAND...");
	/* Out of the bounding set, so that exec does not bring it back. */
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0))
		err(1, "PR_CAPBSET_DROP");
	execvp(argv[1], argv + 1);
	err(127, "%s", argv[1]);
}
