// SPDX-License-Identifier: GPL-2.0-only
/* How long the guest waits for a page that is not mapped at stage 2. */
#include <inttypes.h>
#include <stdlib.h>

#include "layout.h"
#include "sets.h"
#include "vcpu.h"
#include "vm.h"

static uint32_t times[MAX_CPUS * TIMES_STRIDE / sizeof(uint32_t)];

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void summary(unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += times[i];
	qsort(times, n, sizeof(times[0]), by_value);
	ok("%u min %" PRIu32 " median %" PRIu32 " mean %" PRIu64, n, times[0], times[n / 2],
	   sum / n);
}

/* Waits for all, and collects what they measured. False: it has been said why. */
static bool collect(int cpus, unsigned int pages)
{
	const char *why = NULL;

	for (int cpu = 0; cpu < cpus; cpu++) {
		const uint32_t *from = (uint32_t *)(vm.ram + (TIMES_BASE - RAM_BASE) +
						    cpu * TIMES_STRIDE);
		struct vcpu *v = vcpu_get(cpu);

		if (vcpu_wait(v)) {
			vcpu_rescue(v);
			why = "timeout";
		} else if (v->state == VCPU_DEAD) {
			why = v->why;
		} else if (v->mmio_count) {
			why = "there is no memslot";
		}
		for (unsigned int i = 0; i < pages; i++)
			times[cpu * pages + i] = from[i];
	}
	if (why)
		fail("%s", why);
	return !why;
}

static void cmd_faults(int argc, char **argv)
{
	uint64_t ipa, len, part;
	int window, cpus = atoi(argv[0]);
	struct vcpu *v;

	(void)argc;
	if (cpus < 1 || cpus > vm.cpus) {
		fail("this VM has %d CPUs", vm.cpus);
		return;
	}
	if (!arg_window(argv[1], &window) || !arg_ipa(argv[2], &ipa) || !arg_hex(argv[3], &len))
		return;
	part = len / cpus;
	if (!part || part % 4096 || part / 4096 > TIMES_STRIDE / sizeof(times[0]) ||
	    len > (1ULL << IPA_BITS) - ipa) {
		fail("range must be pages of 4 KiB, some for each CPU, at most %zu",
		     TIMES_STRIDE / sizeof(times[0]));
		return;
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		char id[] = { '0' + cpu, 0 };

		if (!arg_idle_vcpu(id, &v))
			return;
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		v = vcpu_get(cpu);
		v->ctl->op = OP_FAULTS;
		v->ctl->va = guest_va(window, ipa + cpu * part);
		v->ctl->len = part;
		vcpu_start(v);
	}
	if (collect(cpus, part / 4096))
		summary(cpus * (part / 4096));
}

const struct command faults_commands[] = {
	{ "faults", 4, 4, cmd_faults, "CPUS TYPE IPA LEN" },
	{ }
};
