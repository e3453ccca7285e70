// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM of "s2memattr selftest": one vCPU that does what it is told, one line at a time.
 *
 *	s2memattr-vm NAME
 *
 * NAME is what the process is called: rules of s2memattr know it by that. It ends with
 * its parent, or when there is nothing more on stdin. README.md lists the commands.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command.h"
#include "vcpu.h"
#include "vm.h"

const struct command * const command_sets[] = {
	access_commands, work_commands, memory_commands, stream_commands, NULL
};

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: s2memattr-vm NAME (s2memattr selftest runs it)");
	/* Complaints are answers. */
	if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		err(1, "stdout");
	if (prctl(PR_SET_NAME, argv[1]) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		err(1, "prctl");
	vm_create(1, 0);
	vcpus_create();
	ok("%d", getpid());
	command_loop();
	return 0;
}
