// SPDX-License-Identifier: GPL-2.0-only
/* Background loops in the guest, and the timer interrupt. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "layout.h"
#include "vcpu.h"
#include "vm.h"

static void begin(struct vcpu *v, const char *name, uint64_t op, uint64_t va,
		  uint64_t len, uint64_t write)
{
	v->ctl->op = op;
	v->ctl->va = va;
	v->ctl->len = len;
	v->ctl->value = write;
	vcpu_start(v);
	v->background = name;
	ok("%s", "");
}

static void cmd_count(int argc, char **argv)
{
	struct vcpu *v;
	uint64_t ipa;
	int window;

	(void)argc;
	if (arg_idle_vcpu(argv[0], &v) && arg_window(argv[1], &window) && arg_ipa(argv[2], &ipa))
		begin(v, "count", OP_COUNT, guest_va(window, ipa), 0, 0);
}

static void cmd_storm(int argc, char **argv)
{
	uint64_t ipa, len;
	struct vcpu *v;
	int window;

	if (!arg_idle_vcpu(argv[0], &v) || !arg_window(argv[1], &window) ||
	    !arg_ipa(argv[2], &ipa) || !arg_hex(argv[3], &len))
		return;
	if (argc > 4 && strcmp(argv[4], "write"))
		fail("not write: %s", argv[4]);
	else if (!len || len % 4096 || ipa % 4096 || len > (1ULL << IPA_BITS) - ipa)
		fail("range must be pages of 4 KiB in the guest's %d bits (hex)", IPA_BITS);
	else
		begin(v, "storm", OP_STORM, guest_va(window, ipa), len, argc > 4);
}

/* N BAD, then what went wrong on the way, if anything did. */
static void totals(struct vcpu *v)
{
	struct ctl *ctl = v->ctl;
	char extra[200] = "";
	size_t n = 0;

	if (ctl->el1_count)
		n += snprintf(extra + n, sizeof(extra) - n,
			      " el1 %" PRIu64 " 0x%" PRIx64 " 0x%" PRIx64,
			      ctl->el1_count, ctl->el1_esr, ctl->el1_far);
	if (v->el2_count)
		n += snprintf(extra + n, sizeof(extra) - n, " el2 %" PRIu64 " %d",
			      v->el2_count, v->el2_errno);
	if (v->mmio_count)
		snprintf(extra + n, sizeof(extra) - n, " mmio %" PRIu64 " 0x%" PRIx64,
			 v->mmio_count, v->mmio_ipa);
	ok("%" PRIu64 " %" PRIu64 "%s", ctl->iters, ctl->bad, extra);
}

static bool arg_working_vcpu(const char *word, struct vcpu **v)
{
	if (!arg_vcpu(word, v))
		return false;
	if (!(*v)->background) {
		fail("CPU %s has nothing running", word);
		return false;
	}
	return true;
}

static void cmd_poll(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (arg_working_vcpu(argv[0], &v))
		totals(v);
}

static void cmd_stop(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (!arg_working_vcpu(argv[0], &v))
		return;
	v->ctl->stop = 1;
	v->background = NULL;
	if (vcpu_wait(v)) {
		vcpu_rescue(v);
		fail("timeout");
	} else if (v->state == VCPU_DEAD) {
		fail("%s", v->why);
	} else {
		totals(v);
	}
}

static void cmd_tick(int argc, char **argv)
{
	struct vcpu *v;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	if (!vm.gic) {
		fail("this VM has no GIC");
		return;
	}
	v->ctl->op = OP_TICK;
	vcpu_start(v);
	if (vcpu_wait(v)) {
		vcpu_rescue(v);
		fail("timeout");
	} else if (v->state == VCPU_DEAD) {
		fail("%s", v->why);
	} else if (!v->ctl->result) {
		fail("timeout");
	} else {
		ok("%s", "");
	}
}

const struct command work_commands[] = {
	{ "count", 3, 3, cmd_count, "CPU TYPE IPA" },
	{ "storm", 4, 5, cmd_storm, "CPU TYPE IPA LEN [write]" },
	{ "poll", 1, 1, cmd_poll, "CPU" },
	{ "stop", 1, 1, cmd_stop, "CPU" },
	{ "tick", 1, 1, cmd_tick, "CPU" },
	{ }
};
