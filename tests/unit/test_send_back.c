// SPDX-License-Identifier: GPL-2.0-only
/*
 * All interleavings of what reads and changes the number of a VM's invalidations:
 * faults that are sent back without mmu_lock (src/module/compat/send_back.h) beside
 * KVM's invalidations, whose increment is a load and a store under that lock.
 *
 * What must hold at the moment that a fault makes its mapping: it has not been sent
 * back since it read the number, and no invalidation has ended since.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

#define THREADS		4
#define NOBODY		THREADS

/* How sending back is done. The first is the module's. */
enum way {
	STRIDE,			/* cmpxchg of a multiple of 2^32 */
	INCREMENT,		/* cmpxchg of one */
	LOAD_AND_STORE,		/* a multiple of 2^32, not atomic */
};

enum role {
	NONE,
	INVALIDATES,		/* KVM's MMU notifier, at its end */
	FAULTS,			/* a fault that the sentinel sees */
	FAULTS_ON_RAM,		/* one that it does not */
};

/* No padding: worlds are compared as bytes. */
struct thread {
	uint64_t role;
	uint64_t step;
	uint64_t rounds;	/* what an invalidation still has to do */
	uint64_t stale;		/* the mapping must not be made any more */
	uint64_t seen;		/* what KVM has read for this fault */
	uint64_t before;	/* what it read before it changes the number */
};

struct world {
	uint64_t number;
	uint64_t lock;
	struct thread thread[THREADS];
};

static enum way way;
static bool broken;
static unsigned long worlds;

static void is_stale(struct world *w)
{
	int i;

	for (i = 0; i < THREADS; i++)
		w->thread[i].stale = true;
}

static bool take(struct world *w, int i)
{
	if (w->lock != NOBODY)
		return false;
	w->lock = i;
	return true;
}

/* One step of a thread; false if it has to wait or is done. */
static bool invalidate(struct world *w, int i)
{
	struct thread *t = &w->thread[i];

	switch (t->step) {
	case 0:
		if (!t->rounds || !take(w, i))
			return false;
		break;
	case 1:
		t->before = w->number;
		break;
	case 2:
		w->number = t->before + 1;
		is_stale(w);
		break;
	case 3:
		w->lock = NOBODY;
		t->rounds--;
		t->step = 0;
		return true;
	}
	t->step++;
	return true;
}

static void send_back(struct world *w, struct thread *t)
{
	uint64_t stride = way == INCREMENT ? 1 : 1ULL << 32;

	if (way == LOAD_AND_STORE || w->number == t->before)
		w->number = t->before + stride;
}

static bool fault(struct world *w, int i)
{
	struct thread *t = &w->thread[i];

	switch (t->step) {
	case 0:
		t->seen = w->number;
		t->stale = false;
		if (t->role == FAULTS_ON_RAM)
			t->step = 2;
		break;
	case 1:
		t->before = w->number;
		break;
	case 2:
		send_back(w, t);
		t->stale = true;
		break;
	case 3:
		if (!take(w, i))
			return false;
		break;
	case 4:
		broken |= w->number == t->seen && t->stale;
		w->lock = NOBODY;
		break;
	default:
		return false;
	}
	t->step++;
	return true;
}

/* What has been seen, by a hash of 64 bits: two worlds share one in 10^7 programs. */
#define SEEN_SIZE	(1UL << 22)
static uint64_t seen[SEEN_SIZE];

static bool is_new(const struct world *w)
{
	const uint64_t *word = (const uint64_t *)w;
	uint64_t hash = 0x9e3779b97f4a7c15;
	size_t i;

	for (i = 0; i < sizeof(*w) / sizeof(*word); i++) {
		hash = (hash ^ word[i]) * 0xff51afd7ed558ccd;
		hash ^= hash >> 32;
	}
	for (i = hash % SEEN_SIZE; seen[i]; i = (i + 1) % SEEN_SIZE)
		if (seen[i] == hash)
			return false;
	seen[i] = hash;
	worlds++;
	assert_true(worlds < SEEN_SIZE / 2);
	return true;
}

static void explore(const struct world *w)
{
	int i;

	if (!is_new(w))
		return;
	for (i = 0; i < THREADS && !broken; i++) {
		struct world next = *w;
		bool moved = false;

		if (next.thread[i].role == INVALIDATES)
			moved = invalidate(&next, i);
		else if (next.thread[i].role != NONE)
			moved = fault(&next, i);
		if (moved)
			explore(&next);
	}
}

/* Is there an interleaving in which a mapping is made that must not be? */
static bool goes_wrong(enum way how, enum role a, enum role b, enum role c, int rounds)
{
	struct world w = {
		.number = 7,
		.lock = NOBODY,
		.thread = {
			{ .role = INVALIDATES, .rounds = rounds },
			{ .role = a }, { .role = b }, { .role = c },
		},
	};

	way = how;
	broken = false;
	worlds = 0;
	memset(seen, 0, sizeof(seen));
	explore(&w);
	return broken;
}

static void sending_back_is_never_undone(void **state)
{
	assert_false(goes_wrong(STRIDE, FAULTS, NONE, NONE, 3));
	assert_false(goes_wrong(STRIDE, FAULTS, FAULTS, NONE, 2));
	assert_false(goes_wrong(STRIDE, FAULTS, FAULTS_ON_RAM, NONE, 2));
	assert_false(goes_wrong(STRIDE, FAULTS, FAULTS, FAULTS, 3));
	assert_false(goes_wrong(STRIDE, FAULTS, FAULTS, FAULTS_ON_RAM, 3));
	assert_true(worlds > 1000);
}

/* This would find what it is to find. */
static void other_ways_are_wrong(void **state)
{
	assert_true(goes_wrong(INCREMENT, FAULTS, FAULTS, NONE, 1));
	assert_true(goes_wrong(LOAD_AND_STORE, FAULTS, FAULTS, FAULTS_ON_RAM, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sending_back_is_never_undone),
		cmocka_unit_test(other_ways_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
