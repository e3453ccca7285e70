/* SPDX-License-Identifier: GPL-2.0-only */
/* The line protocol: one command in, one line out. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_ARGS	10

/* A handler calls exactly one of these, once. */
void ok(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* ok() or fail(), by whether there is a sentence. */
void answer(const char *error);

/* Arguments. False: the answer has been given. */
bool arg_hex(const char *word, uint64_t *value);
bool arg_ipa(const char *word, uint64_t *ipa);
bool arg_window(const char *word, int *window);
struct vcpu;
bool arg_idle_vcpu(const char *word, struct vcpu **v);
bool arg_vcpu(const char *word, struct vcpu **v);

uint64_t guest_va(int window, uint64_t ipa);

struct command {
	const char *name;
	int min, max;		/* arguments */
	void (*run)(int argc, char **argv);
	const char *usage;
};

/* What a program knows, up to a NULL: each program has a list of its own. */
extern const struct command * const command_sets[];

/* Of the programs that are built from here, in one file each. */
extern const struct command access_commands[], work_commands[], memory_commands[],
			    stream_commands[];

/* Runs what comes on stdin, line by line, until "quit" or its end. */
void command_loop(void);

/* For a command that hangs in the kernel, where no timeout of ours can help: see alarm(). */
#define WATCHDOG_SECONDS	120

#endif
