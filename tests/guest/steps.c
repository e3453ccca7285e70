// SPDX-License-Identifier: GPL-2.0-only
/*
 * steps: random loads and stores, each made twice by the same vCPU at the same
 * virtual address with the same registers: over one BAR, and over another. If the
 * types of the two let the CPU do it once and somebody else the other time, then
 * what is compared here is the CPU and somebody else.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <s2memattr/a64.h>

#include "layout.h"
#include "sets.h"
#include "slots.h"
#include "steps.h"
#include "vcpu.h"
#include "vm.h"

#define BATCH		32	/* within the time that a vCPU has */
#define DATA_VA		(STEPS_VA + STEPS_DATA)
#define DATA_BYTES	(STEPS_PAGES * 4096ULL)
#define REACH		64	/* bytes of the largest access */

_Static_assert(BATCH <= STEPS_MAX, "steps do not fit");

static uint64_t state;

static uint64_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dULL;
}

static uint64_t below(uint64_t n)
{
	return (any() >> 16) % n;
}

/* A word of some kind of load or store; perhaps not one that is allocated. */
static uint32_t random_word(void)
{
	static const struct {
		uint32_t mask, value;
	} kinds[] = {
		{ 0x3b000000, 0x39000000 },	/* unsigned offset */
		{ 0x3b200000, 0x38000000 },	/* nine bits of offset */
		{ 0x3b200c00, 0x38200800 },	/* register offset */
		{ 0x3a000000, 0x28000000 },	/* pairs */
		{ 0x3b000000, 0x18000000 },	/* literal */
		{ 0xbfbf0000, 0x0c000000 },	/* multiple structures */
		{ 0xbfa00000, 0x0c800000 },
		{ 0xbf9f0000, 0x0d000000 },	/* single structure */
		{ 0xbf800000, 0x0d800000 },
	};
	unsigned int i = below(sizeof(kinds) / sizeof(kinds[0]));

	return ((uint32_t)(any() >> 24) & ~kinds[i].mask) | kinds[i].value;
}

/* One that cannot be made to reach what it should. */
static bool is_useless(const struct s2m_a64_insn *insn)
{
	return insn->rm != S2M_A64_NO_REG && insn->rm == insn->rn &&
	       insn->index != S2M_A64_POST;
}

/* Often near the end of a page; and, for whom that is defined, beyond the last one. */
static uint64_t random_target(const struct s2m_a64_insn *insn, uint32_t level)
{
	bool simple = insn->nr_regs == 1 && insn->lanes == 1 && insn->log2_element < 4 &&
		      insn->form < S2M_A64_MULTIPLE && insn->rn != S2M_A64_SP &&
		      level != STEP_EL1H && insn->form != S2M_A64_LITERAL &&
		      insn->form != S2M_A64_SIMD_LITERAL;
	uint64_t last = DATA_BYTES - REACH;

	if (simple && !below(40))
		return DATA_VA + DATA_BYTES - 1 - below(7);
	if (!below(3))
		return DATA_VA + below(STEPS_PAGES - 1) * 4096 + 4096 - below(REACH);
	return DATA_VA + below(last);
}

static uint64_t random_offset(void)
{
	switch (below(4)) {
	case 0:
		return any();
	case 1:
		return -below(300);
	default:
		return (any() << 32) | below(300);
	}
}

static void put_literal(struct step *step, struct s2m_a64_insn *insn, uint64_t pc)
{
	uint64_t target = DATA_VA + below(DATA_BYTES - REACH);

	step->word &= ~(0x7ffffU << 5);
	step->word |= ((target - pc) / 4 & 0x7ffff) << 5;
	s2m_a64_decode(step->word, insn);
	step->target = s2m_a64_address(insn, pc, 0);
}

static void put_registers(struct step *step, const struct s2m_a64_insn *insn)
{
	uint64_t offset = 0, base, delta;

	if (insn->rm != S2M_A64_NO_REG && insn->rm != S2M_A64_ZR) {
		offset = random_offset();
		step->x[insn->rm] = offset;
	}
	delta = s2m_a64_address(insn, 0, offset);
	step->target = random_target(insn, step->level);
	base = step->target - delta;
	if (insn->rn != S2M_A64_SP) {
		/* TCR_EL1.TBI0 is set. */
		if (!below(4))
			base += any() << 56;
		step->x[insn->rn] = base;
		return;
	}
	/* SCTLR_EL1.SA and SA0 are set. */
	step->sp = (base + 15) & ~15ULL;
	step->target = step->sp + delta;
}

static void swap(uint64_t *value)
{
	*value = __builtin_bswap64(*value);
}

/* What EL0 loads from the context, as it has to be there. */
static void make_big(struct step *step)
{
	uint64_t low, high;
	int i;

	step->level |= STEP_BIG;
	for (i = 0; i < 31; i++)
		swap(&step->x[i]);
	swap(&step->sp);
	swap(&step->nzcv);
	for (i = 0; i < 32; i++) {
		memcpy(&low, step->v[i], 8);
		memcpy(&high, step->v[i] + 8, 8);
		swap(&low);
		swap(&high);
		memcpy(step->v[i], &high, 8);
		memcpy(step->v[i] + 8, &low, 8);
	}
}

/* A step of some kind; returns whether the CPU could make it itself, whatever the type. */
static bool draw(struct step *step, int cpu)
{
	struct s2m_a64_insn insn;
	uint64_t i;

	do {
		step->word = random_word();
	} while (!s2m_a64_decode(step->word, &insn) || is_useless(&insn));

	for (i = 0; i < 31; i++)
		step->x[i] = any();
	for (i = 0; i < sizeof(step->v); i++)
		step->v[i / 16][i % 16] = any() >> 20;
	step->nzcv = any() & 0xf0000000;
	step->level = below(3);
	step->sp = step->level == STEP_EL1H ? STACK_BASE + cpu * STACK_STRIDE + 0x1000ULL :
		   any() & ~15ULL;
	if (insn.rn == S2M_A64_BASE_PC)
		put_literal(step, &insn, vm.step_pc);
	else
		put_registers(step, &insn);
	return !(step->target & ((1U << insn.log2_element) - 1));
}

static void generate(struct step *step, int cpu)
{
	uint64_t first = DATA_VA;

	/* What is aligned is the same twice: a few of these are enough. */
	while (draw(step, cpu) && below(8))
		;

	/* What is looked at afterwards. */
	step->target = (step->target & ~7ULL) - REACH;
	if (step->target < first)
		step->target = first;
	if (step->target > first + DATA_BYTES - STEP_WINDOW)
		step->target = first + DATA_BYTES - STEP_WINDOW;
	if (step->level == STEP_EL0 && !below(3))
		make_big(step);
}

struct bar {
	uint64_t ipa;
	volatile uint64_t *words;
};

static bool arg_bar(const char *id, struct bar *bar)
{
	const char *error;
	void *p;

	error = slot_address(id, DATA_BYTES - 8, 8, &p);
	if (!error)
		error = slot_address(id, 0, 8, &p);
	if (error) {
		fail("%s: %s", id, error);
		return false;
	}
	bar->words = p;
	bar->ipa = slot_ipa(id);
	return true;
}

static struct step *steps_of_guest(void)
{
	return (struct step *)(vm.ram + (STEPS_BASE - RAM_BASE) + STEPS_TABLES);
}

/* What a machine with too little of its CPUs does slowly is no step that never ends. */
static int wait_while_it_goes_on(struct vcpu *v)
{
	uint64_t before;
	int ret;

	do {
		alarm(WATCHDOG_SECONDS);
		before = v->ctl->iters;
		ret = vcpu_wait(v);
	} while (ret && v->ctl->iters != before);
	return ret;
}

static bool attempt(struct vcpu *v, const struct bar *bar, unsigned int n)
{
	char where[400];

	v->ctl->op = OP_STEPS;
	v->ctl->va = bar->ipa;
	v->ctl->len = n;
	vcpu_start(v);
	if (wait_while_it_goes_on(v)) {
		uint64_t made = v->ctl->iters;
		uint32_t word = made < n ? steps_of_guest()[made].word : 0;

		vcpu_where(v, where, sizeof(where));
		vcpu_rescue(v);
		fail("over %" PRIx64 ": step %" PRIu64 " of %u, %08x, does not end: exceptions %" PRIu64
		     ", KVM_RUN failed %" PRIu64 ", MMIO %" PRIu64 ", in%s", bar->ipa, made, n, word,
		     v->ctl->el1_count, v->el2_count, v->mmio_count, where);
		return false;
	}
	if (v->state != VCPU_DEAD)
		return true;
	fail("over %" PRIx64 ": %s", bar->ipa, v->why);
	return false;
}

/* No step may come out of KVM_RUN as an error. */
static bool run(struct vcpu *v, const struct bar *bar, unsigned int n)
{
	if (!attempt(v, bar, n))
		return false;
	if (v->el2_count)
		fail("over %" PRIx64 ": KVM_RUN failed with %d at 0x%" PRIx64, bar->ipa,
		     v->el2_errno, v->el2_pc);
	return !v->el2_count;
}

static bool report_difference(const struct step *in, const struct step *a, const struct step *b,
			      uint64_t number)
{
	static const char * const levels[] = { "EL0", "EL1t", "EL1h" };
	char what[64] = "what no one looks at";
	int i;

	for (i = 0; i < STEP_WINDOW; i++)
		if (a->window[i] != b->window[i])
			snprintf(what, sizeof(what), "byte %" PRIx64 ": %02x, %02x",
				 in->target + i, a->window[i], b->window[i]);
	for (i = 0; i < 32; i++)
		if (memcmp(a->v[i], b->v[i], 16))
			snprintf(what, sizeof(what), "v%d", i);
	for (i = 0; i < 31; i++)
		if (a->x[i] != b->x[i])
			snprintf(what, sizeof(what), "x%d: %" PRIx64 ", %" PRIx64, i, a->x[i],
				 b->x[i]);
	if (a->sp != b->sp)
		snprintf(what, sizeof(what), "sp: %" PRIx64 ", %" PRIx64, a->sp, b->sp);
	if (a->nzcv != b->nzcv)
		snprintf(what, sizeof(what), "nzcv: %" PRIx64 ", %" PRIx64, a->nzcv, b->nzcv);
	if (a->faults != b->faults || a->esr != b->esr || a->far != b->far)
		snprintf(what, sizeof(what), "%u faults %x %" PRIx64 ", %u faults %x %" PRIx64,
			 a->faults, a->esr, a->far, b->faults, b->esr, b->far);
	fail("step %" PRIu64 ": %08x at %s%s: %s", number, in->word,
	     levels[STEP_LEVEL(in->level)], in->level & STEP_BIG ? ", big-endian" : "", what);
	return false;
}

/*
 * What is left over of an exception means nothing where there was none. And FAR_EL1 has the
 * tag of the address by the Arm ARM, but not on emulators.
 */
static bool same(struct step *a, struct step *b)
{
	struct step *both[] = { a, b };
	int i;

	for (i = 0; i < 2; i++) {
		if (!both[i]->faults)
			both[i]->esr = both[i]->far = 0;
		both[i]->far &= ~(0xffULL << 56);
	}
	return !memcmp(a, b, offsetof(struct step, stack)) && a->faults == b->faults &&
	       a->esr == b->esr && a->far == b->far && !memcmp(a->window, b->window, STEP_WINDOW);
}

static bool same_bars(const struct bar *a, const struct bar *b)
{
	uint64_t i;

	for (i = 0; i < DATA_BYTES / 8; i++) {
		if (a->words[i] != b->words[i]) {
			fail("at %" PRIx64 " the BARs hold %" PRIx64 " and %" PRIx64, i * 8,
			     a->words[i], b->words[i]);
			return false;
		}
	}
	return true;
}

static bool batch(struct vcpu *v, const struct bar *a, const struct bar *b, unsigned int n,
		  uint64_t first, uint64_t *faults)
{
	static struct step in[BATCH], out[BATCH];
	struct step *live = steps_of_guest();
	unsigned int i;

	for (i = 0; i < n; i++)
		generate(&in[i], v->id);
	memcpy(live, in, n * sizeof(*in));
	if (!run(v, a, n))
		return false;
	memcpy(out, live, n * sizeof(*in));
	memcpy(live, in, n * sizeof(*in));
	if (!run(v, b, n))
		return false;
	for (i = 0; i < n; i++) {
		if (!same(&out[i], &live[i]))
			return report_difference(&in[i], &out[i], &live[i], first + i);
		*faults += out[i].faults;
	}
	return same_bars(a, b);
}

static void cmd_steps(int argc, char **argv)
{
	uint64_t count, done, seed, faults = 0, i;
	struct bar a, b;
	struct vcpu *v;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v) || !arg_bar(argv[1], &a) || !arg_bar(argv[2], &b))
		return;
	count = strtoull(argv[3], NULL, 10);
	if (!arg_hex(argv[4], &seed))
		return;
	state = seed * 2 + 1;
	for (i = 0; i < DATA_BYTES / 8; i++)
		a.words[i] = b.words[i] = any();
	for (done = 0; done < count; done += BATCH) {
		unsigned int n = count - done < BATCH ? count - done : BATCH;

		if (!batch(v, &a, &b, n, done, &faults))
			return;
	}
	ok("%" PRIu64 " %" PRIu64, count, faults);
}

/* 0 or 1, and letters. */
static bool arg_level(const char *word, uint32_t *level)
{
	static const char letters[] = "puost";
	static const uint32_t how[] = { STEP_PAN, STEP_UAO, STEP_OWN, STEP_SVE,
				      STEP_TRACED };
	const char *at = word, *letter;

	*level = *at == '1' ? STEP_EL1T : STEP_EL0;
	if (*at == '0' || *at == '1') {
		for (at++; *at && (letter = strchr(letters, *at)); at++)
			*level |= how[letter - letters];
		if (!*at)
			return true;
	}
	fail("not 0 or 1, with or without p, u, o, s, t: %s", word);
	return false;
}

/* CPU ID WORD LEVEL OFFSET: one instruction, whatever it is, and where it reaches. */
static bool arg_step(char **argv, struct vcpu **v, struct bar *bar, struct step *step)
{
	uint64_t word, offset;
	unsigned int rn;

	if (!arg_idle_vcpu(argv[0], v) || !arg_bar(argv[1], bar) ||
	    !arg_hex(argv[2], &word) || !arg_hex(argv[4], &offset))
		return false;
	if (offset > DATA_BYTES) {
		fail("beyond the pages that are mapped: %s", argv[4]);
		return false;
	}
	*step = (struct step){ .word = word, .target = DATA_VA };
	if (!arg_level(argv[3], &step->level))
		return false;
	rn = word >> 5 & 31;
	/* Also for an instruction that comes in its place. */
	step->sp = DATA_VA + offset;
	if (rn != S2M_A64_SP)
		step->x[rn] = DATA_VA + offset;
	/* DC ZVA has its address where others have data. */
	if ((word & ~0x1fULL) == 0xd50b7420)
		step->x[word & 0x1f] = DATA_VA + offset;
	return true;
}

static void cmd_step(int argc, char **argv)
{
	struct step *live = steps_of_guest();
	struct bar bar;
	struct vcpu *v;

	(void)argc;
	if (!arg_step(argv, &v, &bar, live) || !run(v, &bar, 1))
		return;
	if (live->level & (STEP_SVE | STEP_TRACED))
		ok("%u 0x%" PRIx64, live->faults, live->high);
	else
		ok("%u 0x%x 0x%" PRIx64, live->faults, live->faults ? live->esr : 0,
		   live->faults ? live->far - DATA_VA : 0);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* How long it takes, whatever becomes of it. */
static void cmd_cost(int argc, char **argv)
{
	struct step *live = steps_of_guest(), step;
	uint64_t ticks[BATCH], faults = 0;
	struct bar bar;
	struct vcpu *v;
	int i;

	(void)argc;
	if (!arg_step(argv, &v, &bar, &step))
		return;
	for (i = 0; i < BATCH; i++)
		live[i] = step;
	if (!attempt(v, &bar, BATCH))
		return;
	for (i = 0; i < BATCH; i++) {
		ticks[i] = live[i].ticks;
		faults += live[i].faults;
	}
	qsort(ticks, BATCH, sizeof(ticks[0]), by_value);
	ok("median %" PRIu64 " el1 %" PRIu64 " el2 %" PRIu64 " mmio %" PRIu64, ticks[BATCH / 2],
	   faults, v->el2_count, v->mmio_count);
}

/* Where the instruction is, as an IPA. */
static void cmd_stepat(int argc, char **argv)
{
	uint64_t slot;

	(void)argc;
	(void)argv;
	memcpy(&slot, vm.ram + IMAGE_STEP_SLOT, sizeof(slot));
	ok("%" PRIx64, slot);
}

const struct command steps_commands[] = {
	{ "stepat", 0, 0, cmd_stepat, "" },
	{ "steps", 5, 5, cmd_steps, "CPU ID ID COUNT SEED" },
	{ "cost", 5, 5, cmd_cost, "CPU ID WORD 0|1[puost] OFFSET" },
	{ "step", 5, 5, cmd_step, "CPU ID WORD 0|1[puost] OFFSET" },
	{ }
};
