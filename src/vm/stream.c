// SPDX-License-Identifier: GPL-2.0-only
/* stream: how long so many stores or loads of a piece take the guest. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "layout.h"
#include "vcpu.h"

/* The range that the payload stays within, and a piece is a part of. */
#define RANGE	4096

static uint64_t frequency(void)
{
	uint64_t hz;

	asm("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

/* Ticks, ticks a second, and exceptions that the guest took. */
static void perform(struct vcpu *v)
{
	vcpu_start(v);
	if (vcpu_wait(v)) {
		vcpu_rescue(v);
		fail("timeout");
	} else if (v->state == VCPU_DEAD) {
		fail("%s", v->why);
	} else if (v->el2_count || v->mmio_count) {
		fail("the accesses came out of the guest");
	} else {
		ok("%" PRIu64 " %" PRIu64 " %" PRIu64, v->ctl->result, frequency(),
		   v->ctl->el1_count);
	}
}

static void cmd_stream(int argc, char **argv)
{
	bool store = !strcmp(argv[3], "store");
	uint64_t ipa, piece;
	long count = atol(argv[5]);
	struct vcpu *v;
	int window;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v) || !arg_window(argv[1], &window) ||
	    !arg_ipa(argv[2], &ipa) || !arg_hex(argv[4], &piece))
		return;
	if ((!store && strcmp(argv[3], "load")) || !piece || piece % 8 || piece > RANGE ||
	    count < 1) {
		fail("not store or load, or not 8 to 1000 bytes (hex), or no number of pieces");
		return;
	}
	v->ctl->op = OP_STREAM;
	v->ctl->va = guest_va(window, ipa);
	v->ctl->len = piece;
	v->ctl->probe = count;
	v->ctl->value = store;
	perform(v);
}

const struct command stream_commands[] = {
	{ "stream", 6, 6, cmd_stream, "CPU TYPE IPA store|load PIECE COUNT" },
	{ }
};
