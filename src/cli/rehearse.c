// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2memattr rehearse: a program of its own, which is in a package of its own because of
 * what it needs. It is found from where this one is: ../libexec/s2memattr.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define PROGRAM		"../libexec/s2memattr/rehearse/__main__.py"
#define INTERPRETER	"/usr/bin/python3"

/* The program's path, to be freed: from the directory that this one was started from. */
static char *program(void)
{
	char self[PATH_MAX], *path;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		return NULL;
	self[len] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	if (asprintf(&path, "%s%s", self, PROGRAM) < 0)
		return cli_memory(NULL);
	return path;
}

/* The status of a rehearsal that has not begun. */
static int not_begun(const char *why)
{
	cli_fail("nothing was rehearsed: %s", why);
	return CLI_USAGE;
}

static const char *run(char *path, char **argv)
{
	if (access(path, F_OK))
		return "it is not installed (package " S2M_MODULE "-rehearse)";
	if (access(INTERPRETER, X_OK))
		return INTERPRETER " is not installed (package python3)";
	argv[0] = path;
	execv(path, argv);
	return strerror(errno);
}

int cli_rehearse(char **args)
{
	char *path;
	int err;

	if (*cli.root)
		return not_begun("it takes its own --root, behind the verb");
	path = program();
	if (!path)
		return not_begun("/proc is not mounted");
	err = not_begun(run(path, args - 1));
	free(path);
	return err;
}
