/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hook's transports call and come from, for the tests of both.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

struct s2m_symbols s2m_symbols;

/* The kernel's text: instructions of the callers and of the look-up. */
static u32 callers[16], look_up[4];
#define SITE		(&callers[2])

static struct kvm_pgtable pgt;
static struct kvm_pgtable_walker walker;
static struct s2m_map_head head;
static enum s2m_fate fate;
static unsigned int faults, inlined, sentinels_seen, calls;
static bool site_is_inlined;

static int map_walker(void)
{
	return 0;
}

enum s2m_fate s2m_fault(const struct kvm_pgtable *of, u64 ipa, u64 size,
			const struct kvm_pgtable_walker *by)
{
	assert_ptr_equal(of, &pgt);
	assert_ptr_equal(by, &walker);
	assert_int_equal(ipa, 0x1000);
	assert_int_equal(size, 0x2000);
	faults++;
	return fate;
}

void s2m_fault_inlined(struct s2m_walk *of)
{
	assert_ptr_equal(of, &walker);
	inlined++;
}

bool s2m_site_is_inlined(void)
{
	return site_is_inlined;
}

unsigned int s2m_look_up_calls(void)
{
	return calls;
}

void *s2m_look_up_call(unsigned int n)
{
	return &callers[8 + n];
}

void *s2m_look_up_function(void)
{
	return look_up;
}

static void seen(u64 first, u64 second)
{
	assert_int_equal(first, 7);
	assert_int_equal(second, 8);
	sentinels_seen++;
}

#endif
