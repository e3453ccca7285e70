// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the hook gets from KVM's text to the module by kprobes (src/module/hook/transport_kprobe.c),
 * compiled here against a kernel whose text is an array: what a handler does to the call, hits
 * that are missed, and what cannot be registered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/hook/transport_kprobe.c"

#include "transport.h"

static bool patched, rt;
static int register_fails;

bool fake_is_enabled(const char *option)
{
	return rt && !strcmp(option, "CONFIG_PREEMPT_RT");
}

bool s2m_site_patched(void)
{
	return patched;
}

int register_kprobe(struct kprobe *of)
{
	/* What is left of the time before is refused. */
	assert_int_equal(of->nmissed, 0);
	return register_fails;
}

void unregister_kprobe(struct kprobe *of)
{
	of->nmissed += 3;
}

int register_kprobes(struct kprobe **of, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		assert_int_equal(of[i]->nmissed, 0);
		*(u32 *)of[i]->addr = INSN_BRK;
	}
	return register_fails;
}

void unregister_kprobes(struct kprobe **of, int n)
{
	int i;

	for (i = 0; i < n; i++)
		of[i]->nmissed++;
}

static int text(void **state)
{
	(void)state;
	memset(callers, 0, sizeof(callers));
	memset(look_up, 0, sizeof(look_up));
	walker = (struct kvm_pgtable_walker) { map_walker, &head };
	head.attr = S2M_MEMATTR_DEVICE_NGNRE << S2M_MEMATTR_SHIFT;
	s2m_symbols.map_walker = map_walker;
	fate = S2M_PROCEED;
	faults = inlined = sentinels_seen = 0;
	calls = 3;
	site_is_inlined = rt = false;
	patched = true;
	register_fails = 0;
	missed_before = 0;
	memset(&probe, 0, sizeof(probe));
	memset(sentinels, 0, sizeof(sentinels));
	sentinel_count = 0;
	return 0;
}

static const struct s2m_transport *const kprobe = &s2m_transport_kprobe;

static u64 probed(void)
{
	struct pt_regs regs = {
		.regs = { (uintptr_t)&pgt, 0x1000, 0x2000, (uintptr_t)&walker },
	};

	if (site_is_inlined)
		regs.regs[0] = (uintptr_t)&walker;
	assert_int_equal(probe.pre_handler(&probe, &regs), 0);
	return regs.regs[2];
}

static void kprobe_takes_the_call(void **state)
{
	(void)state;
	assert_null(kprobe->offered());
	rt = true;
	assert_non_null(kprobe->offered());
	assert_int_equal(kprobe->arm(SITE), 0);
	assert_ptr_equal(probe.addr, SITE);
	assert_int_equal(probed(), 0x2000);
	fate = S2M_FAULT_AGAIN;
	assert_int_equal(probed(), 0);
	assert_int_equal(faults, 2);
	head.attr = 0xfULL << S2M_MEMATTR_SHIFT;
	assert_int_equal(probed(), 0x2000);
	assert_int_equal(faults, 2);
	/* Misses of the time before count on. */
	kprobe->disarm();
	assert_int_equal(kprobe->missed(), 3);
	site_is_inlined = true;
	assert_int_equal(kprobe->arm(SITE), 0);
	assert_int_equal(kprobe->missed(), 3);
	probed();
	assert_int_equal(inlined, 1);
	kprobe->disarm();
	assert_int_equal(kprobe->missed(), 6);
	register_fails = -EINVAL;
	assert_int_equal(kprobe->arm(SITE), -EINVAL);
	assert_true(kprobe->in_place());
}

static void kprobes_watch_look_ups(void **state)
{
	struct pt_regs regs = { .regs = { 7, 8 } };

	(void)state;
	assert_int_equal(kprobe->watch(seen), 0);
	assert_true(kprobe->watching());
	assert_int_equal(sentinels[2].pre_handler(&sentinels[2], &regs), 0);
	assert_int_equal(sentinels_seen, 1);
	callers[9] = INSN_BL;
	assert_false(kprobe->watching());
	kprobe->unwatch();
	assert_int_equal(kprobe->missed(), 3);
	/* Without a call that is known, at the entry. */
	calls = 0;
	assert_int_equal(kprobe->watch(seen), 0);
	assert_int_equal(look_up[0], INSN_BRK);
	assert_true(kprobe->watching());
	kprobe->unwatch();
	register_fails = -ENOMEM;
	assert_int_equal(kprobe->watch(seen), -ENOMEM);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, text)
	const struct CMUnitTest tests[] = {
		TEST(kprobe_takes_the_call),
		TEST(kprobes_watch_look_ups),
	};

	return cmocka_run_group_tests_name("kprobe", tests, NULL, NULL);
}
