// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the files about fuses. What they say is known elsewhere (policy/fuses.c,
 * kernel/bus_errors.c).
 */
#include <linux/kernel.h>
#include <s2memattr/abi.h>

#include "files/fuses.h"
#include "kernel/bus_errors.h"
#include "policy/fuses.h"

/* The longest line: that of a rule, and what stands before it. */
#define LINE_MAX_BYTES	(S2M_MAX_LINE + 160)

static size_t print_source(const struct s2m_bus_error *error, char *to, size_t size)
{
	switch (error->kind) {
	case S2M_BUS_ERROR_CPU:
		return scnprintf(to, size, S2M_FUSE_PHYS, error->phys);
	case S2M_BUS_ERROR_UNNAMED:
		return scnprintf(to, size, S2M_FUSE_UNNAMED);
	default:
		return scnprintf(to, size, S2M_FUSE_BY, error->domain, error->bus,
				 error->devfn >> 3, error->devfn & 7);
	}
}

static size_t print_line(const struct s2m_fuse *fuse, char *to, size_t size)
{
	const struct s2m_device *function = &fuse->function;
	size_t n;

	n = scnprintf(to, size, S2M_FUSE_BEGIN, function->domain, function->bus,
		      function->devfn >> 3, function->devfn & 7, (long long)fuse->when,
		      s2m_bus_error_word(fuse->error.kind));
	n += print_source(&fuse->error, to + n, size - n);
	if (fuse->rule == S2M_NO_RULE)
		return n + scnprintf(to + n, size - n, S2M_FUSE_NO_RULE);
	return n + scnprintf(to + n, size - n, S2M_FUSE_RULE, fuse->rule + 1, fuse->text ?: "-");
}

static int print(const struct s2m_fuse *fuse, void *context)
{
	struct s2m_printout *report = context;
	int err = s2m_printout_room(report, LINE_MAX_BYTES);

	if (!err)
		report->used += print_line(fuse, report->text + report->used,
					   report->size - report->used);
	return err;
}

int s2m_fuses_print(struct s2m_printout *report)
{
	return s2m_fuses_each(print, report);
}

const char *s2m_fuses_state(void)
{
	if (s2m_bus_errors_missing())
		return S2M_STATE_UNAVAILABLE;
	return s2m_bus_errors_heard() ? S2M_STATE_ARMED : S2M_STATE_OFF;
}
