/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the selftest share: the VM that it has made for itself, the rules for
 * that VM, and what has been shown.
 */
#ifndef S2MEMATTR_CLI_SELFTEST_H
#define S2MEMATTR_CLI_SELFTEST_H

#include <sys/types.h>

#include "layers.h"

/* Where the VM has the BAR, and at most how much of the BAR it accesses. */
#define CLI_TEST_IPA		0x800000000ull
#define CLI_TEST_REACH		0x10000u
#define CLI_TEST_PAGE		0x1000u

/* An answer of the VM. */
#define CLI_VM_ANSWER		1024

/**
 * struct cli_vm - the VM, a process that takes commands: src/vm/README.md
 * @pid: the process
 * @to: commands go there
 * @from: answers come from there
 */
struct cli_vm {
	pid_t pid;
	FILE *to;
	FILE *from;
};

/**
 * cli_vm_start() - make a VM
 * @vm: where it goes
 * @name: what the process is to be called
 * @why: where it goes why not, CLI_VM_ANSWER bytes
 *
 * Return: whether there is one now.
 */
bool cli_vm_start(struct cli_vm *vm, const char *name, char *why);

/**
 * cli_vm_ask() - a command, and the answer to it
 * @vm: the VM
 * @answer: where the answer goes, without "ok" or "err", CLI_VM_ANSWER bytes
 * @fmt: the command
 *
 * Return: whether the answer was "ok".
 */
__printf(3, 4)
bool cli_vm_ask(struct cli_vm *vm, char *answer, const char *fmt, ...);

/**
 * cli_vm_end() - end a VM
 * @vm: the VM; nothing is done if there is none
 */
void cli_vm_end(struct cli_vm *vm);

/**
 * struct cli_target - the BAR under test
 * @device: its function, as lspci -D prints it
 * @id: vendor and device
 * @bar: its number
 * @size: its size
 * @prefetchable: whether it is
 * @mapped: how much of it the VM has, from @offset's gigabyte on
 * @way: how vfio opens it: group, cdev or noiommu
 */
struct cli_target {
	char device[32];
	char id[16];
	int bar;
	u64 size;
	bool prefetchable;
	u64 mapped;
	const char *way;
};

struct cli_saved;

/**
 * struct cli_test - a selftest under way
 * @verdicts: what has been shown, and what not, in order
 * @failed: something was not as it has to be
 * @untried: something could not be tried
 * @comm: the name of the VM's process, which nobody else has
 * @vm: the VM
 * @target: the BAR
 * @trial: what has to be put back
 * @begun: something has been changed that has to be put back
 * @taken: another selftest is under way
 * @emulates: unaligned was "emulate" before
 * @holder: a process whose VM has device memory; 0 if there is none
 * @both: the device is tried by the second interface of vfio now
 * @native: what KVM gives by itself, as seen; a word
 * @sees: this CPU lets a guest see the type at all
 * @others_before: mappings of other VMs
 * @bench: what was measured, or NULL
 */
struct cli_test {
	json_t *verdicts;
	bool failed;
	bool untried;
	char comm[16];
	struct cli_vm vm;
	struct cli_target target;
	struct cli_trial trial;
	bool begun;
	bool taken;
	bool emulates;
	u32 holder;
	bool both;
	char native[24];
	bool sees;
	json_t *others_before;
	json_t *bench;
};

/**
 * cli_shown() - something is as it has to be
 * @test: the selftest
 * @what: what it is about
 * @fmt: what was seen
 */
__printf(3, 4)
void cli_shown(struct cli_test *test, const char *what, const char *fmt, ...);

/**
 * cli_wrong() - something is not as it has to be
 * @test: the selftest
 * @what: what it is about
 * @fmt: what was seen
 *
 * Return: false.
 */
__printf(3, 4)
bool cli_wrong(struct cli_test *test, const char *what, const char *fmt, ...);

/**
 * cli_untried() - something could not be tried
 * @test: the selftest
 * @what: what it is about
 * @fmt: why not, and what to do
 *
 * Return: false.
 */
__printf(3, 4)
bool cli_untried(struct cli_test *test, const char *what, const char *fmt, ...);

/**
 * cli_test_device() - find the BAR, open and map it in the VM
 * @test: the selftest; its VM is made here
 *
 * Return: whether there is one; if not, it has been said why.
 */
bool cli_test_device(struct cli_test *test);

/**
 * cli_test_other_way() - the same device by the other interface of vfio, if there is one
 * @test: the selftest; its VM ends here, and another one is made
 */
void cli_test_other_way(struct cli_test *test);

/**
 * cli_test_give() - give the VM's BAR a type
 * @test: the selftest
 * @type: the type
 * @why: where it goes why not, to be freed
 *
 * The first call starts who puts things back.
 *
 * Return: whether it is in force.
 */
bool cli_test_give(struct cli_test *test, enum s2m_type type, char **why);

/**
 * cli_test_unaligned() - change what unaligned accesses get, for all VMs
 * @test: the selftest
 * @emulate: carry them out
 * @why: where it goes why not, to be freed
 *
 * Return: whether it is so.
 */
bool cli_test_unaligned(struct cli_test *test, bool emulate, char **why);

/**
 * cli_test_put_back() - end of it: everything is as it was before
 * @test: the selftest
 */
void cli_test_put_back(struct cli_test *test);

/**
 * cli_test_mappings() - what the stage-2 tables say
 * @test: the selftest
 * @ours: of its own VM; or else of all others
 *
 * Return: a JSON array.
 */
json_t *cli_test_mappings(const struct cli_test *test, bool ours);

/**
 * cli_test_place() - where the BAR is accessed
 *
 * Return: the guest's address of it.
 */
u64 cli_test_place(void);

/**
 * cli_test_loads() - does an aligned load work?
 * @test: the selftest
 * @answer: the VM's answer to it, CLI_VM_ANSWER bytes
 *
 * Return: whether it does.
 */
bool cli_test_loads(struct cli_test *test, char *answer);

/**
 * cli_test_sight() - find out whether this CPU lets a guest see types at all
 * @test: the selftest
 */
void cli_test_sight(struct cli_test *test);

/**
 * cli_test_view() - does the guest see the type that it has been given?
 * @test: the selftest
 * @what: what the verdict is about
 * @type: the type
 *
 * Return: whether it does, or cannot see any.
 */
bool cli_test_view(struct cli_test *test, const char *what, enum s2m_type type);

/**
 * cli_test_types() - each type: seen in the tables, by the guest, and switched to
 * @test: the selftest
 */
void cli_test_types(struct cli_test *test);

/**
 * cli_test_other_types() - in short, what cli_test_types() does: by another interface of vfio
 * @test: the selftest
 */
void cli_test_other_types(struct cli_test *test);

/**
 * cli_test_save() - with --write, remember what will be overwritten
 * @test: the selftest
 *
 * Return: for cli_test_restore(); NULL without --write, or if it cannot be read, which
 * has been said.
 */
struct cli_saved *cli_test_save(struct cli_test *test);

/**
 * cli_test_restore() - put it back
 * @test: the selftest
 * @saved: what cli_test_save() returned
 */
void cli_test_restore(struct cli_test *test, struct cli_saved *saved);

/**
 * cli_test_bench() - measure
 * @test: the selftest
 */
void cli_test_bench(struct cli_test *test);

/**
 * cli_bench_print() - what was measured, as a table
 * @bench: what was measured
 */
void cli_bench_print(const json_t *bench);

/**
 * cli_bench_draw() - what was measured, as a picture
 * @bench: what was measured
 * @name: the file
 *
 * Return: CLI_OK, or CLI_FAILED after saying why.
 */
int cli_bench_draw(const json_t *bench, const char *name);

/**
 * cli_test_machine() - what a report tells of the machine
 *
 * Return: a JSON object of texts, in which nothing is secret.
 */
json_t *cli_test_machine(void);

#endif
