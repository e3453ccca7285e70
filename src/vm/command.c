// SPDX-License-Identifier: GPL-2.0-only
/* Parsing a line, finding its handler, printing its answer. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "command.h"
#include "layout.h"
#include "vcpu.h"

/* For a command that hangs in the kernel, where no timeout of ours can help. */
#define WATCHDOG_SECONDS	120

static const char * const windows[WINDOWS] = {
	[WIN_WB] = "wb", [WIN_NC] = "nc", [WIN_NGNRNE] = "nGnRnE", [WIN_NGNRE] = "nGnRE",
	[WIN_NGRE] = "nGRE", [WIN_GRE] = "GRE", [WIN_WT] = "wt",
};

static void print(const char *head, const char *fmt, va_list ap)
{
	char text[900];

	vsnprintf(text, sizeof(text), fmt, ap);
	printf("%s%s%s\n", head, *text ? " " : "", text);
	fflush(stdout);
}

void ok(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("ok", fmt, ap);
	va_end(ap);
}

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("err", fmt, ap);
	va_end(ap);
}

void answer(const char *error)
{
	if (error)
		fail("%s", error);
	else
		ok("%s", "");
}

bool arg_hex(const char *word, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 16);
	if (!errno && end != word && !*end)
		return true;
	fail("not a hexadecimal number: %s", word);
	return false;
}

bool arg_ipa(const char *word, uint64_t *ipa)
{
	if (!arg_hex(word, ipa))
		return false;
	if (*ipa >> IPA_BITS) {
		fail("beyond the guest's %d bits: %s", IPA_BITS, word);
		return false;
	}
	return true;
}

bool arg_window(const char *word, int *window)
{
	for (*window = 0; *window < WINDOWS; ++*window)
		if (!strcasecmp(word, windows[*window]))
			return true;
	fail("no such stage-1 type: %s", word);
	return false;
}

bool arg_vcpu(const char *word, struct vcpu **v)
{
	char *end;
	long id = strtol(word, &end, 10);

	*v = *word && !*end ? vcpu_get(id) : NULL;
	if (!*v) {
		fail("no such CPU: %s", word);
		return false;
	}
	if ((*v)->state == VCPU_DEAD) {
		fail("CPU %s is dead: %s", word, (*v)->why);
		return false;
	}
	return true;
}

bool arg_idle_vcpu(const char *word, struct vcpu **v)
{
	if (!arg_vcpu(word, v))
		return false;
	if ((*v)->background) {
		fail("CPU %s is busy with %s", word, (*v)->background);
		return false;
	}
	return true;
}

uint64_t guest_va(int window, uint64_t ipa)
{
	return (uint64_t)window << IPA_BITS | ipa;
}

static const struct command *find(const char *name)
{
	const struct command * const *set, *c;

	for (set = command_sets; *set; set++)
		for (c = *set; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

/* Runs one line; false for quit. */
static bool command_line(char *line)
{
	const struct command *c;
	char *argv[MAX_ARGS + 2] = { };	/* NULL after the last */
	int argc = 0;

	for (char *w = strtok(line, " \t\n"); w && argc <= MAX_ARGS; w = strtok(NULL, " \t\n"))
		argv[argc++] = w;
	if (!argc) {
		fail("empty command");
		return true;
	}
	if (!strcmp(argv[0], "quit")) {
		ok("%s", "");
		return false;
	}
	if (!strcmp(argv[0], "pid")) {
		ok("%d", getpid());
		return true;
	}

	c = find(argv[0]);
	if (!c)
		fail("unknown command: %s", argv[0]);
	else if (argc - 1 < c->min || argc - 1 > c->max)
		fail("usage: %s %s", c->name, c->usage);
	else
		c->run(argc - 1, argv + 1);
	return true;
}

static void on_alarm(int sig)
{
	static const char text[] = "err timeout: stuck in the kernel\n";

	(void)sig;
	(void)!write(1, text, sizeof(text) - 1);
	_exit(1);
}

void command_loop(void)
{
	char line[512];
	bool more = true;

	signal(SIGALRM, on_alarm);
	while (more && fgets(line, sizeof(line), stdin)) {
		alarm(WATCHDOG_SECONDS);
		more = command_line(line);
		alarm(0);
	}
}
