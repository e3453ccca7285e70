// SPDX-License-Identifier: GPL-2.0-only
/*
 * The selftest's VM: a program of its own, which is told what to do through pipes. Rules
 * are about processes, and a VM may come to an end that its process does not survive.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

#define PROGRAM		"s2memattr-vm"

/* Longer than its own patience with its guest. */
#define PATIENCE_MS	150000

/* Beside this program, as it is built, or where programs go that nobody calls by hand. */
static char *find_program(void)
{
	static const char * const places[] = { "../libexec/" PROGRAM, PROGRAM };
	const char *given = getenv("S2MEMATTR_VM");
	char self[4096], *path, *slash;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	unsigned int i;

	if (given)
		return cli_memory(strdup(given));
	self[len < 0 ? 0 : len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (asprintf(&path, "%s/%s", self, places[i]) < 0)
			cli_memory(NULL);
		if (!access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* Signals from the terminal are for this program, which then ends the VM. */
static void become(const char *program, const char *name, int in, int out)
{
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execl(program, program, name, (char *)NULL);
	printf("err %s: %s\n", program, strerror(errno));
	fflush(stdout);
	_exit(127);
}

static bool run(struct cli_vm *vm, const char *program, const char *name)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC))
		return false;
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return false;
	}
	fflush(stdout);
	vm->pid = fork();
	if (!vm->pid)
		become(program, name, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	vm->to = cli_memory(fdopen(to[1], "w"));
	vm->from = cli_memory(fdopen(from[0], "r"));
	if (vm->pid > 0)
		return true;
	cli_vm_end(vm);
	return false;
}

/* A line at a time goes either way, so there is never more than one to be read. */
static bool read_answer(struct cli_vm *vm, char *answer)
{
	struct pollfd poll_from = { .fd = fileno(vm->from), .events = POLLIN };
	size_t len;

	if (poll(&poll_from, 1, PATIENCE_MS) <= 0) {
		strcpy(answer, "the VM does not answer");
		return false;
	}
	if (!fgets(answer, CLI_VM_ANSWER, vm->from)) {
		strcpy(answer, "the VM has ended");
		return false;
	}
	len = strcspn(answer, "\n");
	answer[len] = '\0';
	if (!strncmp(answer, "ok", 2) && (!answer[2] || answer[2] == ' ')) {
		memmove(answer, answer + 2 + !!answer[2], len - 1 - !!answer[2]);
		return true;
	}
	if (!strncmp(answer, "err ", 4))
		memmove(answer, answer + 4, len - 3);
	return false;
}

bool cli_vm_start(struct cli_vm *vm, const char *name, char *why)
{
	char *program = find_program();
	bool good;

	if (!program) {
		strcpy(why, PROGRAM " is not installed beside this program");
		return false;
	}
	/* A VM that is gone is an answer, and no signal. */
	signal(SIGPIPE, SIG_IGN);
	good = run(vm, program, name);
	free(program);
	if (!good) {
		snprintf(why, CLI_VM_ANSWER, "no process for the VM: %s", strerror(errno));
		return false;
	}
	good = read_answer(vm, why);
	if (!good)
		cli_vm_end(vm);
	return good;
}

bool cli_vm_ask(struct cli_vm *vm, char *answer, const char *fmt, ...)
{
	va_list args;

	if (!vm->to) {
		strcpy(answer, "there is no VM");
		return false;
	}
	va_start(args, fmt);
	vfprintf(vm->to, fmt, args);
	va_end(args);
	fputc('\n', vm->to);
	fflush(vm->to);
	return read_answer(vm, answer);
}

void cli_vm_end(struct cli_vm *vm)
{
	if (vm->to)
		fclose(vm->to);
	if (vm->from)
		fclose(vm->from);
	if (vm->pid > 0) {
		/* It has nothing to put in order. */
		kill(vm->pid, SIGKILL);
		waitpid(vm->pid, NULL, 0);
	}
	*vm = (struct cli_vm) {};
}
