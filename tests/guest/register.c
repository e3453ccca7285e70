// SPDX-License-Identifier: GPL-2.0-only
/* The VM control registers of vCPUs, and what resets vCPUs. */
#include <inttypes.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layout.h"
#include "sets.h"
#include "vcpu.h"
#include "vm.h"

#define TTBR0_EL1	ARM64_SYS_REG(3, 0, 2, 0, 0)
#define MAIR_EL1	ARM64_SYS_REG(3, 0, 10, 2, 0)

#define PSCI_CPU_OFF	0x84000002
#define PSCI_CPU_ON	0xc4000003
#define PSCI_ALREADY_ON	-4

/* An idle vCPU does something short. False: the answer has been given. */
static bool does(struct vcpu *v, uint64_t op)
{
	v->ctl->op = op;
	vcpu_start(v);
	if (!vcpu_wait(v) && v->state == VCPU_IDLE)
		return true;
	fail("no answer");
	return false;
}

static bool calls(struct vcpu *v, uint64_t function, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
	v->ctl->value = function;
	v->ctl->va = arg1;
	v->ctl->len = arg2;
	v->ctl->probe = arg3;
	return does(v, OP_PSCI);
}

static void cmd_mair(int argc, char **argv)
{
	struct vcpu *v;
	uint64_t mair;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	if (!does(v, OP_MAIR))
		return;
	if (vcpu_get_reg(v, MAIR_EL1, &mair))
		fail("the VMM cannot read it");
	else
		ok("0x%016" PRIx64 " 0x%016" PRIx64, v->ctl->result, mair);
}

static void cmd_ttbr(int argc, char **argv)
{
	struct vcpu *v;
	uint64_t ttbr;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	if (vcpu_get_reg(v, TTBR0_EL1, &ttbr))
		fail("the VMM cannot read it");
	else
		ok("0x%" PRIx64, ttbr);
}

/* The hypervisor in the VM, not its guest, loads a word from an IPA. */
static void cmd_hypervisor(int argc, char **argv)
{
	struct vcpu *v;
	uint64_t ipa;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v) || !arg_hex(argv[1], &ipa))
		return;
	v->ctl->va = ipa;
	if (vm.el2 == EL2_NONE)
		fail("this VM has no EL2");
	else if (does(v, OP_HYPERVISOR))
		ok("0x%" PRIx64, v->ctl->result);
}

static bool starts(struct vcpu *v)
{
	v->ctl->op = OP_NONE;
	vcpu_start(v);
	if (!vcpu_wait(v) && v->state == VCPU_IDLE)
		return true;
	fail("vCPU %d does not come up", v->id);
	return false;
}

/* One vCPU as it was at first: what a VMM does when its guest resumes. */
static void cmd_resume(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	if (vcpu_reset(v))
		fail("vCPU %d cannot be reset", v->id);
	else if (starts(v))
		ok("%s", "");
}

static bool starts_together(void)
{
	const struct sched_param ahead = { .sched_priority = 1 }, usual = { };
	int i;

	/* No vCPU takes this thread's CPU before all of them have been woken. */
	sched_setscheduler(0, SCHED_FIFO, &ahead);
	for (i = 0; i < vm.cpus; i++) {
		vcpu_get(i)->ctl->op = OP_NONE;
		vcpu_start(vcpu_get(i));
	}
	sched_setscheduler(0, SCHED_OTHER, &usual);
	for (i = 0; i < vm.cpus; i++) {
		if (vcpu_wait(vcpu_get(i)) || vcpu_get(i)->state != VCPU_IDLE) {
			fail("vCPU %d does not come up", i);
			return false;
		}
	}
	return true;
}

static bool starts_in_turn(void)
{
	int i;

	for (i = 0; i < vm.cpus; i++)
		if (!starts(vcpu_get(i)))
			return false;
	return true;
}

/* All vCPUs as they were at first, then started. */
static void cmd_reboot(int argc, char **argv)
{
	bool together = argc > 0 && !strcmp(argv[0], "together");
	int i;

	if (argc > 0 && !together) {
		fail("together, or nothing");
		return;
	}
	for (i = 0; i < vm.cpus; i++) {
		if (vcpu_get(i)->state != VCPU_IDLE) {
			fail("vCPU %d is not idle", i);
			return;
		}
	}
	for (i = 0; i < vm.cpus; i++) {
		if (vcpu_reset(vcpu_get(i))) {
			fail("vCPU %d cannot be reset", i);
			return;
		}
	}
	if (together ? starts_together() : starts_in_turn())
		ok("%s", "");
}

static void cmd_takeover(int argc, char **argv)
{
	uint64_t function = 0;
	struct vcpu *v;

	if (!arg_idle_vcpu(argv[0], &v) || (argc > 1 && !arg_hex(argv[1], &function)))
		return;
	v->ctl->value = function;
	if (does(v, OP_TAKE_OVER))
		ok("%s", "");
}

static void cmd_way(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (arg_idle_vcpu(argv[0], &v) && does(v, OP_WAY))
		ok("%s", "");
}

static void cmd_psci(int argc, char **argv)
{
	uint64_t function;
	struct vcpu *v;

	(void)argc;
	if (arg_idle_vcpu(argv[0], &v) && arg_hex(argv[1], &function) &&
	    calls(v, function, 0, 0, 0))
		ok("%" PRId64, (int64_t)v->ctl->result);
}

/* It does not come back from there, and is not waited for. */
static void cmd_off(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	v->ctl->op = OP_PSCI;
	v->ctl->value = PSCI_CPU_OFF;
	vcpu_start(v);
	v->background = "being off";
	ok("%s", "");
}

static void cmd_on(int argc, char **argv)
{
	struct vcpu *v, *other;
	int tries = 100;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v) || !arg_vcpu(argv[1], &other))
		return;
	do {
		usleep(10000);
		if (!calls(v, PSCI_CPU_ON, other->id, RAM_BASE, other->id))
			return;
	} while ((int64_t)v->ctl->result == PSCI_ALREADY_ON && --tries);
	if (v->ctl->result || vcpu_wait(other) || other->state != VCPU_IDLE) {
		fail("it does not come: %" PRId64, (int64_t)v->ctl->result);
		return;
	}
	other->background = NULL;
	ok("%s", "");
}

static void cmd_switches(int argc, char **argv)
{
	struct vcpu *v;

	if (!arg_idle_vcpu(argv[0], &v))
		return;
	v->ctl->len = strtoul(argv[1], NULL, 10);
	v->ctl->value = argc > 2;
	if (does(v, OP_SWITCHES))
		ok("%" PRIu64, v->ctl->result);
}

/* Like "switches 1 trapped", but the answer does not wait for it: "stop" does. */
static void cmd_bgflush(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	v->ctl->op = OP_SWITCHES;
	v->ctl->value = 1;
	v->ctl->len = 1;
	vcpu_start(v);
	v->background = "flush";
	ok("%s", "");
}

const struct command register_commands[] = {
	{ "bgflush", 1, 1, cmd_bgflush, "CPU" },
	{ "hypervisor", 2, 2, cmd_hypervisor, "CPU IPA" },
	{ "mair", 1, 1, cmd_mair, "CPU" },
	{ "reboot", 0, 1, cmd_reboot, "[together]" },
	{ "resume", 1, 1, cmd_resume, "CPU" },
	{ "takeover", 1, 2, cmd_takeover, "CPU [FUNCTION]" },
	{ "way", 1, 1, cmd_way, "CPU" },
	{ "psci", 2, 2, cmd_psci, "CPU FUNCTION" },
	{ "off", 1, 1, cmd_off, "CPU" },
	{ "on", 2, 2, cmd_on, "CPU OTHER" },
	{ "ttbr", 1, 1, cmd_ttbr, "CPU" },
	{ "switches", 2, 3, cmd_switches, "CPU N [trapped]" },
	{ }
};
