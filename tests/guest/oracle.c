// SPDX-License-Identifier: GPL-2.0-only
/*
 * desc and leaves: this VM's stage-2 table, read by an oracle module. par: what
 * the CPU makes of both stages, asked by another.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../modules/oracle/s2par.h"
#include "../modules/oracle/s2walk.h"
#include "sets.h"
#include "vcpu.h"
#include "vm.h"

static const char *query_table(uint64_t ipa, unsigned int table, struct s2walk_query *q)
{
	static int dev = -1;

	if (dev < 0)
		dev = open(S2WALK_PATH, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return "no " S2WALK_PATH ": is the oracle module loaded?";
	*q = (struct s2walk_query){ .vm_fd = vm.fd, .ipa = ipa, .table = table };
	return ioctl(dev, S2WALK_QUERY, q) ? strerror(errno) : NULL;
}

static const char *query(uint64_t ipa, struct s2walk_query *q)
{
	return query_table(ipa, S2WALK_ANY, q);
}

/* What each table has at an IPA: "own:0x1 shadow:0x5", with nothing for nothing. */
static void cmd_tables(int argc, char **argv)
{
	struct s2walk_query q;
	unsigned int table;
	char text[256] = "";
	size_t n = 0;
	uint64_t ipa;

	(void)argc;
	if (!arg_hex(argv[0], &ipa))
		return;
	for (table = S2WALK_OWN; n < sizeof(text) - 16; table++) {
		const char *error = query_table(ipa, table, &q);

		if (error && errno == ENXIO)
			break;
		if (error && errno != ENOENT) {
			fail("%s in table %u", error, table);
			return;
		}
		if (!error && q.leaf)
			n += snprintf(text + n, sizeof(text) - n, "%s%s:0x%x", n ? " " : "",
				      table == S2WALK_OWN ? "own" : "shadow",
				      s2walk_memattr(q.desc));
	}
	ok("%s", n ? text : "none");
}

static void cmd_desc(int argc, char **argv)
{
	struct s2walk_query q;
	const char *error;
	uint64_t ipa;

	(void)argc;
	if (!arg_hex(argv[0], &ipa))
		return;
	error = query(ipa, &q);
	if (error)
		fail("%s", error);
	else if (q.leaf)
		ok("%d 0x%016llx 0x%x", q.level, (unsigned long long)q.desc,
		   s2walk_memattr(q.desc));
	else
		ok("%d 0x%016llx none", q.level, (unsigned long long)q.desc);
}

static void cmd_leaves(int argc, char **argv)
{
	unsigned int count[16] = {}, total = 0;
	struct s2walk_query q;
	uint64_t ipa, len, end;
	char text[256] = "";
	size_t n = 0;

	(void)argc;
	if (!arg_hex(argv[0], &ipa) || !arg_hex(argv[1], &len))
		return;
	for (end = ipa + len; ipa < end; ipa = ((ipa >> q.size_shift) + 1) << q.size_shift) {
		const char *error = query(ipa, &q);

		if (error) {
			fail("%s at 0x%llx", error, (unsigned long long)ipa);
			return;
		}
		if (q.leaf) {
			count[s2walk_memattr(q.desc)]++;
			total++;
		}
	}
	for (int i = 0; i < 16; i++)
		if (count[i])
			n += snprintf(text + n, sizeof(text) - n, " 0x%x:%u", i, count[i]);
	ok("%u leaves:%s", total, total ? text : " none");
}

#define PAR_F		1
#define SH_INNER	3	/* of all of the guest's stage 1 */
#define MAIR_BYTE(mair, window)	((mair) >> 8 * (window) & 0xff)

/* The guest's stage 1 is in its registers; the oracle has no other way to them. */
static bool read_stage1(struct vcpu *v, struct s2par_query *q)
{
	uint64_t sctlr, tcr, ttbr0, mair;

	if (vcpu_get_reg(v, ARM64_SYS_REG(3, 0, 1, 0, 0), &sctlr) ||
	    vcpu_get_reg(v, ARM64_SYS_REG(3, 0, 2, 0, 2), &tcr) ||
	    vcpu_get_reg(v, ARM64_SYS_REG(3, 0, 2, 0, 0), &ttbr0) ||
	    vcpu_get_reg(v, ARM64_SYS_REG(3, 0, 10, 2, 0), &mair))
		return false;
	q->sctlr_el1 = sctlr;
	q->tcr_el1 = tcr;
	q->ttbr0_el1 = ttbr0;
	q->mair_el1 = mair;
	return true;
}

static const char *ask_cpu(struct s2par_query *q)
{
	static int dev = -1;

	if (dev < 0)
		dev = open(S2PAR_PATH, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return "no " S2PAR_PATH ": is the oracle module loaded, on VHE?";
	return ioctl(dev, S2PAR_QUERY, q) ? strerror(errno) : NULL;
}

/* In the form that tests/calibrate/judge.c reads. */
static void cmd_par(int argc, char **argv)
{
	struct s2par_query q = { .vm_fd = vm.fd };
	struct s2walk_query leaf;
	const char *error;
	struct vcpu *v;
	uint64_t ipa;
	int window;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v) || !arg_window(argv[1], &window) ||
	    !arg_ipa(argv[2], &ipa))
		return;
	q.va = guest_va(window, ipa);
	error = query(ipa, &leaf);
	if (!error && !read_stage1(v, &q))
		error = "cannot read the vCPU's registers";
	if (!error)
		error = ask_cpu(&q);
	if (error)
		fail("%s", error);
	else if (!leaf.leaf || q.par & PAR_F)
		fail("not mapped: PAR 0x%llx", (unsigned long long)q.par);
	else
		ok("%d 0x%x %d %d 0x%02x 0x%02x%x", q.fwb, s2walk_memattr(leaf.desc), SH_INNER,
		   (int)(leaf.desc >> 8 & 3), (int)MAIR_BYTE(q.mair_el1, window),
		   (int)(q.par >> 56), (int)(q.par >> 7 & 3));
}

const struct command oracle_commands[] = {
	{ "desc", 1, 1, cmd_desc, "IPA" },
	{ "tables", 1, 1, cmd_tables, "IPA" },
	{ "leaves", 2, 2, cmd_leaves, "IPA LEN" },
	{ "par", 3, 3, cmd_par, "CPU TYPE IPA" },
	{ }
};
