// SPDX-License-Identifier: GPL-2.0-only
/*
 * load, store, zva: one access and what became of it. exception: the whole of it.
 * type: three accesses.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "layout.h"
#include "vcpu.h"

#define ESR_EC(esr)	((esr) >> 26 & 0x3f)
#define ESR_DFSC(esr)	((esr) & 0x3f)
#define EC_DABT_LOWER_EL	0x24
#define EC_DABT_SAME_EL		0x25
#define DFSC_ALIGNMENT		0x21
#define DFSC_EXTERNAL		0x10

/* What the guest, or its VMM, saw. */
enum outcome {
	DONE,		/* the access worked */
	FAULT_EL1,	/* alignment fault, taken by the guest */
	FAULT_EL2,	/* KVM_RUN failed with EFAULT: so alignment, or no host mapping */
	REFUSED,	/* translated and sent, then refused by the device */
	OTHER,		/* any other exception or exit */
	LOST,		/* no answer: timeout, dead vCPU */
};

static const char * const timed_out = "timeout";

static enum outcome classify(uint64_t esr)
{
	if (ESR_EC(esr) != EC_DABT_SAME_EL && ESR_EC(esr) != EC_DABT_LOWER_EL)
		return OTHER;
	switch (ESR_DFSC(esr)) {
	case DFSC_ALIGNMENT:
		return FAULT_EL1;
	case DFSC_EXTERNAL:
		return REFUSED;
	default:
		return OTHER;
	}
}

/* How an access is made. */
struct how {
	unsigned int form, from;
};

static enum outcome perform(struct vcpu *v, unsigned int access, unsigned int log2size,
			    struct how how, uint64_t va, uint64_t value)
{
	struct ctl *ctl = v->ctl;

	ctl->op = OP_ACCESS;
	ctl->probe = (access * 4 + log2size) * FORMS + how.form;
	ctl->from = how.from;
	ctl->va = va;
	ctl->value = value;
	vcpu_start(v);
	if (vcpu_wait(v)) {
		vcpu_rescue(v);
		return LOST;
	}
	if (v->state == VCPU_DEAD)
		return LOST;
	if (v->el2_count)
		return v->el2_errno == EFAULT ? FAULT_EL2 : OTHER;
	if (ctl->el1_count)
		return classify(ctl->el1_esr);
	return v->mmio_count ? OTHER : DONE;
}

static void report(struct vcpu *v, enum outcome o, uint64_t value)
{
	struct ctl *ctl = v->ctl;

	if (o == LOST)
		fail("%s", v->state == VCPU_DEAD ? v->why : timed_out);
	else if (v->el2_count)
		ok("el2 %d", v->el2_errno);
	else if (ctl->el1_count)
		ok("el1 0x%" PRIx64 " 0x%" PRIx64, ctl->el1_esr, ctl->el1_far);
	else if (v->mmio_count)
		fail("MMIO exit: no memslot at 0x%" PRIx64, v->mmio_ipa);
	else
		ok("0x%" PRIx64, value);
}

static bool arg_how(char **argv, struct how *how)
{
	static const char * const forms[FORMS] = {
		[FORM_PLAIN] = "plain", [FORM_MISS] = "miss", [FORM_HIT] = "hit",
	};
	static const char * const froms[FROMS] = {
		[FROM_EL1] = "el1", [FROM_EL0] = "el0", [FROM_A32] = "a32", [FROM_T32] = "t32",
	};

	*how = (struct how){ FORM_PLAIN, FROM_EL1 };
	if (!argv[0])
		return true;
	for (how->form = 0; how->form < FORMS; how->form++)
		if (!strcmp(argv[0], forms[how->form]))
			break;
	if (how->form == FORMS) {
		fail("not miss, hit or plain: %s", argv[0]);
		return false;
	}
	if (!argv[1])
		return true;
	for (how->from = 0; how->from < FROMS; how->from++)
		if (!strcmp(argv[1], froms[how->from]))
			return true;
	fail("not el1, el0, a32 or t32: %s", argv[1]);
	return false;
}

/* The payload knows just two instructions of each AArch32 set, and those reach 4 GiB. */
static bool possible(struct vcpu *v, unsigned int access, unsigned int log2size,
		     struct how how, uint64_t va)
{
	if (how.from == FROM_EL1 || how.from == FROM_EL0)
		return true;
	if (!vcpu_has_aarch32(v))
		fail("no AArch32 at EL0");
	else if (access == ACCESS_ZVA || log2size != 2 || how.form == FORM_HIT)
		fail("AArch32: only loads and stores of 4 bytes, plain or miss");
	else if (va >> 32)
		fail("AArch32: only type wb, below 100000000");
	else
		return true;
	return false;
}

static void perform_and_report(struct vcpu *v, unsigned int access, unsigned int log2size,
			       struct how how, uint64_t va, uint64_t value)
{
	enum outcome o;

	if (!possible(v, access, log2size, how, va))
		return;
	o = perform(v, access, log2size, how, va, value);
	report(v, o, access == ACCESS_LOAD ? v->ctl->result : value);
}

static bool arg_size(const char *word, unsigned int *log2size)
{
	for (*log2size = 0; *log2size < 4; ++*log2size)
		if (!word[1] && word[0] - '0' == 1 << *log2size)
			return true;
	fail("not a size of 1, 2, 4 or 8: %s", word);
	return false;
}

/* CPU TYPE IPA, which all three begin with. */
static bool arg_target(char **argv, struct vcpu **v, uint64_t *va)
{
	uint64_t ipa;
	int window;

	if (!arg_idle_vcpu(argv[0], v) || !arg_window(argv[1], &window) ||
	    !arg_ipa(argv[2], &ipa))
		return false;
	*va = guest_va(window, ipa);
	return true;
}

static void cmd_load(int argc, char **argv)
{
	unsigned int size;
	struct vcpu *v;
	struct how how;
	uint64_t va;

	(void)argc;
	if (arg_target(argv, &v, &va) && arg_size(argv[3], &size) && arg_how(argv + 4, &how))
		perform_and_report(v, ACCESS_LOAD, size, how, va, 0);
}

static void cmd_store(int argc, char **argv)
{
	uint64_t va, value;
	unsigned int size;
	struct vcpu *v;
	struct how how;

	(void)argc;
	if (arg_target(argv, &v, &va) && arg_size(argv[3], &size) &&
	    arg_hex(argv[4], &value) && arg_how(argv + 5, &how))
		perform_and_report(v, ACCESS_STORE, size, how, va, value);
}

static void cmd_zva(int argc, char **argv)
{
	struct vcpu *v;
	struct how how;
	uint64_t va;

	(void)argc;
	if (arg_target(argv, &v, &va) && arg_how(argv + 3, &how))
		perform_and_report(v, ACCESS_ZVA, 0, how, va, 0);
}

/* All that the guest's handler found, and where the instruction was. */
static void cmd_exception(int argc, char **argv)
{
	struct ctl *ctl;
	struct vcpu *v;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	ctl = v->ctl;
	if (ctl->op != OP_ACCESS || !ctl->el1_count)
		fail("the last operation was no access, or not taken by the guest");
	else
		ok("0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64,
		   ctl->el1_esr, ctl->el1_far, ctl->el1_elr, ctl->el1_spsr, ctl->access_pc);
}

static void describe(struct vcpu *v, enum outcome o, char *buf, size_t len)
{
	if (o == DONE)
		snprintf(buf, len, "done");
	else if (o == LOST)
		snprintf(buf, len, "%s", v->state == VCPU_DEAD ? "dead" : timed_out);
	else if (v->el2_count)
		snprintf(buf, len, "el2:%d", v->el2_errno);
	else if (v->ctl->el1_count)
		snprintf(buf, len, "el1:0x%" PRIx64, v->ctl->el1_esr);
	else
		snprintf(buf, len, "mmio");
}

static bool faulted(enum outcome o)
{
	return o == FAULT_EL1 || o == FAULT_EL2;
}

/* For the memory type it is all one whether the device liked the access. */
static bool passed(enum outcome o)
{
	return o == DONE || o == REFUSED;
}

/*
 * What the guest can tell. A Normal window shows stage 2 in both forms; a
 * Device window must fault whatever stage 2 says, or this very test is blind
 * (or stage 2 forces write-back). Whether a fault ends at EL1 or kills KVM_RUN
 * is for the caller to ask, with load.
 */
static void cmd_type(int argc, char **argv)
{
	static const struct { int window; struct how how; } step[] = {
		{ WIN_NC, { FORM_MISS, FROM_EL1 } },
		{ WIN_NC, { FORM_HIT, FROM_EL1 } },
		{ WIN_NGNRE, { FORM_MISS, FROM_EL1 } },
	};
	static const struct how plain = { FORM_PLAIN, FROM_EL1 };
	enum outcome o[3];
	char seen[3][40];
	struct vcpu *v;
	uint64_t ipa;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v) || !arg_ipa(argv[1], &ipa))
		return;

	/* A mapping that is not there must not pass for one that is Device. */
	o[0] = perform(v, ACCESS_LOAD, 2, plain, guest_va(WIN_NC, ipa & ~3ULL), 0);
	if (!passed(o[0])) {
		describe(v, o[0], seen[0], sizeof(seen[0]));
		fail("an aligned load does not work: %s", seen[0]);
		return;
	}

	for (int i = 0; i < 3; i++) {
		o[i] = perform(v, ACCESS_LOAD, 2, step[i].how,
			       guest_va(step[i].window, ipa | 1), 0);
		if (o[i] == LOST) {
			report(v, o[i], 0);
			return;
		}
		describe(v, o[i], seen[i], sizeof(seen[i]));
	}
	if (faulted(o[0]) && faulted(o[1]) && faulted(o[2]))
		ok("device");
	else if (passed(o[0]) && passed(o[1]) && faulted(o[2]))
		ok("nc");
	else
		ok("mixed nc-miss=%s nc-hit=%s nGnRE-miss=%s", seen[0], seen[1], seen[2]);
}

const struct command access_commands[] = {
	{ "load", 4, 6, cmd_load, "CPU TYPE IPA SIZE [miss|hit|plain [el1|el0|a32|t32]]" },
	{ "store", 5, 7, cmd_store, "CPU TYPE IPA SIZE VALUE [miss|hit|plain [el1|el0|a32|t32]]" },
	{ "zva", 3, 5, cmd_zva, "CPU TYPE IPA [miss|hit|plain [el1|el0]]" },
	{ "exception", 1, 1, cmd_exception, "CPU" },
	{ "type", 2, 2, cmd_type, "CPU IPA" },
	{ }
};
