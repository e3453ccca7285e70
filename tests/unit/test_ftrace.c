// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the hook gets from KVM's text to the module by ftrace (src/module/hook/transport_ftrace.c),
 * compiled here against a kernel whose text is an array: every caller of the walk, kretprobes
 * beside it, and what cannot be registered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/hook/transport_ftrace.c"

#include "transport.h"

/* More of the kernel's text: instructions of the walk. */
static u32 walk[4];
#define OTHER		(&callers[6])
#define KRETPROBE	(&callers[12])
#define behind(at)	((unsigned long)((at) + 1))

static int preempt;
static int register_fails, filter_fails;
static unsigned long filter_at;
static struct ftrace_ops *registered_ops[2];

void preempt_disable_notrace(void)
{
	preempt++;
}

void preempt_enable_notrace(void)
{
	preempt--;
}

static int other_walker(void)
{
	return 0;
}

void *s2m_site(void)
{
	return SITE;
}

const void *s2m_site_callee(void)
{
	return walk;
}

int ftrace_set_filter_ip(struct ftrace_ops *of, unsigned long ip, int remove, int reset)
{
	if (filter_fails)
		return filter_fails;
	if (ip != filter_at && ip != (unsigned long)look_up)
		return -EINVAL;
	of->filter = ip;
	return 0;
}

int ftrace_set_filter(struct ftrace_ops *of, unsigned char *text, int len, int reset)
{
	of->filter = 0;
	return 0;
}

int register_ftrace_function(struct ftrace_ops *of)
{
	assert_int_equal(of->flags, FTRACE_OPS_FL_PERMANENT);
	if (register_fails)
		return register_fails;
	registered_ops[of->filter == (unsigned long)look_up] = of;
	of->flags |= FTRACE_OPS_FL_ENABLED;
	*(u32 *)(of->filter + 4) = INSN_BL;
	return 0;
}

int unregister_ftrace_function(struct ftrace_ops *of)
{
	of->flags &= ~FTRACE_OPS_FL_ENABLED;
	*(u32 *)(of->filter + 4) = 0;
	return 0;
}

static int text(void **state)
{
	(void)state;
	memset(walk, 0, sizeof(walk));
	memset(callers, 0, sizeof(callers));
	memset(look_up, 0, sizeof(look_up));
	*SITE = INSN_BL;
	*OTHER = INSN_BL;
	callers[8] = callers[9] = callers[10] = INSN_BL;
	walker = (struct kvm_pgtable_walker) { map_walker, &head };
	head.attr = S2M_MEMATTR_DEVICE_NGNRE << S2M_MEMATTR_SHIFT;
	s2m_symbols.map_walker = map_walker;
	fate = S2M_PROCEED;
	faults = inlined = sentinels_seen = 0;
	calls = 3;
	preempt = 0;
	site_is_inlined = false;
	register_fails = filter_fails = 0;
	filter_at = (unsigned long)walk;
	return 0;
}

static const struct s2m_transport *const ftrace = &s2m_transport_ftrace;

/* KVM comes to the walk from here; returns the size that the walk is made with. */
static u64 traced(const u32 *from)
{
	struct ftrace_regs regs = {
		{ (uintptr_t)&pgt, 0x1000, 0x2000, (uintptr_t)&walker },
	};

	if (site_is_inlined)
		regs.regs[0] = (uintptr_t)&walker;
	registered_ops[0]->func(0, behind(from), registered_ops[0], &regs);
	assert_int_equal(preempt, 0);
	return regs.regs[2];
}

static void ftrace_takes_the_walk_of_the_site(void **state)
{
	(void)state;
	assert_null(ftrace->offered());
	assert_int_equal(ftrace->arm(SITE), 0);
	assert_true(ftrace->in_place());
	assert_int_equal(traced(SITE), 0x2000);
	assert_int_equal(faults, 1);
	fate = S2M_FAULT_AGAIN;
	assert_int_equal(traced(SITE), 0);
	assert_int_equal(faults, 2);
	/* Others' walks, with this callback and with another. */
	assert_int_equal(traced(OTHER), 0x2000);
	walker.cb = other_walker;
	assert_int_equal(traced(OTHER), 0x2000);
	assert_int_equal(faults, 2);
	/* A kretprobe's return address stands where no call is in front of it. */
	assert_int_equal(traced(KRETPROBE), 0x2000);
	assert_int_equal(faults, 2);
	walker.cb = map_walker;
	assert_int_equal(traced(KRETPROBE), 0);
	assert_int_equal(faults, 3);
	/* RAM. */
	head.attr = 0xfULL << S2M_MEMATTR_SHIFT;
	assert_int_equal(traced(SITE), 0x2000);
	assert_int_equal(faults, 3);
	ftrace->disarm();
	assert_false(ftrace->in_place());
	assert_int_equal(ftrace->missed(), 0);
}

static void ftrace_takes_a_walk_that_is_inlined(void **state)
{
	(void)state;
	site_is_inlined = true;
	assert_int_equal(ftrace->arm(SITE), 0);
	traced(SITE);
	assert_int_equal(inlined, 1);
	traced(OTHER);
	assert_int_equal(inlined, 1);
	traced(KRETPROBE);
	assert_int_equal(inlined, 2);
	assert_int_equal(faults, 0);
	ftrace->disarm();
}

static void ftrace_that_cannot_be_had(void **state)
{
	(void)state;
	/* The call is the first instruction, the second, the third, and no later one. */
	filter_at = (unsigned long)(walk + 2);
	assert_null(ftrace->offered());
	filter_at = (unsigned long)(walk + 3);
	assert_non_null(ftrace->offered());
	assert_int_equal(ftrace->arm(SITE), -EINVAL);
	filter_at = (unsigned long)walk;
	filter_fails = -ENOMEM;
	assert_int_equal(ftrace->arm(SITE), -ENOMEM);
	assert_int_equal(ftrace->watch(seen), -ENOMEM);
	filter_fails = 0;
	register_fails = -EBUSY;
	assert_int_equal(ftrace->arm(SITE), -EBUSY);
	assert_int_equal(ops.filter, 0);
	assert_int_equal(ftrace->watch(seen), -EBUSY);
	assert_int_equal(sentinel.filter, 0);
	register_fails = 0;
	/* Enabled, and the text does not show it; shown, and not enabled. */
	assert_int_equal(ftrace->arm(SITE), 0);
	walk[1] = 0;
	assert_false(ftrace->in_place());
	walk[2] = INSN_BL;
	assert_true(ftrace->in_place());
	ops.flags = 0;
	assert_false(ftrace->in_place());
	ftrace->disarm();
}

static void look_up_from(const u32 *from)
{
	struct ftrace_regs regs = { { 7, 8 } };

	registered_ops[1]->func(0, behind(from), registered_ops[1], &regs);
	assert_int_equal(preempt, 0);
}

static void ftrace_watches_look_ups(void **state)
{
	(void)state;
	assert_int_equal(ftrace->watch(seen), 0);
	assert_true(ftrace->watching());
	look_up_from(&callers[8]);
	look_up_from(&callers[9]);
	look_up_from(&callers[10]);
	assert_int_equal(sentinels_seen, 3);
	/* VFIO's, on either side; and KVM's beside a kretprobe. */
	callers[7] = callers[11] = INSN_BL;
	look_up_from(&callers[7]);
	look_up_from(&callers[11]);
	assert_int_equal(sentinels_seen, 3);
	look_up_from(KRETPROBE);
	assert_int_equal(sentinels_seen, 4);
	ftrace->unwatch();
	assert_false(ftrace->watching());
	/* Nobody knows where KVM's calls are: all count. */
	calls = 0;
	assert_int_equal(ftrace->watch(seen), 0);
	look_up_from(&callers[7]);
	look_up_from(&callers[8]);
	assert_int_equal(sentinels_seen, 6);
	ftrace->unwatch();
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, text)
	const struct CMUnitTest tests[] = {
		TEST(ftrace_takes_the_walk_of_the_site),
		TEST(ftrace_takes_a_walk_that_is_inlined),
		TEST(ftrace_that_cannot_be_had),
		TEST(ftrace_watches_look_ups),
	};

	return cmocka_run_group_tests_name("ftrace", tests, NULL, NULL);
}
