// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/wish.h>

static const struct s2m_facts vfio_bar = {
	.kvm_type = S2M_DEVICE_NGNRE,
	.guest_fault = true,
	.memslot = true,
	.pfnmap = true,
	.io = true,
	.pgprot = S2M_PGPROT_DEVICE_NGNRNE,
	.certain = true,
};

static const struct s2m_device bars[] = {
	{ .start = 0x100000, .end = 0x1fffff },
	{ .start = 0x200000, .end = 0x2fffff, .devfn = 8, .blown = true },
};

/* Memory of the first BAR, of one whose fuse has blown, and memory of none. */
#define IN_BAR		0x100000
#define BLOWN		0x200000
#define ELSEWHERE	0x300000

static struct s2m_index *index_of(const char *rules, struct s2m_table **table)
{
	struct s2m_text_error error;
	struct s2m_index *index;

	assert_int_equal(s2m_table_parse(rules, strlen(rules), table, &error), 0);
	assert_int_equal(s2m_index_build(*table, bars, ARRAY_SIZE(bars), 0x1000, &index, &error), 0);
	return index;
}

static struct s2m_wish unsure_wish(enum s2m_mode mode, const char *rules, u64 phys, u32 unknown)
{
	const struct s2m_mapping mapping = {
		.phys = phys, .size = 0x1000, .kvm_type = S2M_DEVICE_NGNRE,
		.pfnmap = true, .io = true,
	};
	struct s2m_table *table;
	struct s2m_index *index = index_of(rules, &table);
	struct s2m_wish wish = s2m_wish_unsure(mode, index, &mapping, NULL, unknown);

	s2m_index_free(index);
	s2m_table_free(table);
	return wish;
}

static struct s2m_wish wish_for(enum s2m_mode mode, const char *rules, u64 phys)
{
	return unsure_wish(mode, rules, phys, 0);
}

static void expect_mode(enum s2m_mode mode, const struct s2m_facts *facts, enum s2m_type type,
			enum s2m_why why)
{
	struct s2m_decision decision = s2m_decide(wish_for(mode, "", IN_BAR).decision, facts);

	assert_int_equal(decision.type, type);
	assert_int_equal(decision.why, why);
}

static void expect_wish(enum s2m_mode mode, const char *rules, u64 phys, enum s2m_type type,
			enum s2m_why why, u32 rule)
{
	struct s2m_wish wish = wish_for(mode, rules, phys);

	assert_int_equal(wish.decision.type, type);
	assert_int_equal(wish.decision.why, why);
	assert_int_equal(wish.rule, rule);
}

static void expect_rule(enum s2m_type rule, const struct s2m_facts *facts, enum s2m_type type,
			enum s2m_why why)
{
	struct s2m_decision wish = { rule, S2M_WHY_RULE };
	struct s2m_decision decision = s2m_decide(wish, facts);

	assert_int_equal(decision.type, type);
	assert_int_equal(decision.why, why);
}

static void an_eligible_bar_gets_the_mode(void **state)
{
	struct s2m_facts facts = vfio_bar;

	(void)state;
	expect_mode(S2M_MODE_NATIVE, &facts, S2M_NATIVE, S2M_WHY_MODE);
	expect_mode(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);
	expect_mode(S2M_MODE_NORMAL_NC, &facts, S2M_NORMAL_NC, S2M_WHY_MODE);

	facts.kvm_type = S2M_NORMAL_NC;
	expect_mode(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);

	/* Either flag makes a VMA one of I/O memory. More than KVM gives asks for it. */
	facts.kvm_type = S2M_DEVICE_NGNRE;
	facts.io = false;
	expect_mode(S2M_MODE_NORMAL_NC, &facts, S2M_NORMAL_NC, S2M_WHY_MODE);
	facts.io = true;
	facts.pfnmap = false;
	expect_mode(S2M_MODE_NORMAL_NC, &facts, S2M_NORMAL_NC, S2M_WHY_MODE);
}

static void an_eligible_bar_gets_its_rule(void **state)
{
	(void)state;
	expect_rule(S2M_NATIVE, &vfio_bar, S2M_NATIVE, S2M_WHY_RULE);
	expect_rule(S2M_DEVICE_NGNRE, &vfio_bar, S2M_DEVICE_NGNRE, S2M_WHY_RULE);
	expect_rule(S2M_DEVICE_GRE, &vfio_bar, S2M_DEVICE_GRE, S2M_WHY_RULE);
	expect_rule(S2M_NORMAL_NC, &vfio_bar, S2M_NORMAL_NC, S2M_WHY_RULE);
}

static void the_normal_nc_knob_is_for_pci(void **state)
{
	(void)state;
	expect_wish(S2M_MODE_NORMAL_NC, "", ELSEWHERE, S2M_NATIVE, S2M_WHY_NOT_PCI, S2M_NO_RULE);
	expect_wish(S2M_MODE_DEVICE_NGNRE, "", ELSEWHERE, S2M_DEVICE_NGNRE, S2M_WHY_MODE,
		    S2M_NO_RULE);
	expect_wish(S2M_MODE_NATIVE, "normal-nc", IN_BAR, S2M_NATIVE, S2M_WHY_MODE, S2M_NO_RULE);
}

static void in_mode_policy_the_table_wishes(void **state)
{
	static const char rules[] = "native bar=5\nnormal-nc";

	(void)state;
	expect_wish(S2M_MODE_POLICY, rules, IN_BAR, S2M_NORMAL_NC, S2M_WHY_RULE, 1);
	expect_wish(S2M_MODE_POLICY, rules, ELSEWHERE, S2M_NATIVE, S2M_WHY_NO_RULE, S2M_NO_RULE);
	/* A rule has named the memory: that may be a platform device. */
	expect_wish(S2M_MODE_POLICY, "normal-nc phys=0x300000-0x300fff", ELSEWHERE, S2M_NORMAL_NC,
		    S2M_WHY_RULE, 0);
}

/* In whatever mode the hook is in for; which rules there are does not matter. */
static void a_blown_fuse_is_before_all(void **state)
{
	static const char rules[] = "normal-nc";

	(void)state;
	expect_wish(S2M_MODE_POLICY, rules, BLOWN, S2M_DEVICE_NGNRE, S2M_WHY_FUSE, S2M_NO_RULE);
	expect_wish(S2M_MODE_POLICY, "", BLOWN, S2M_DEVICE_NGNRE, S2M_WHY_FUSE, S2M_NO_RULE);
	expect_wish(S2M_MODE_NORMAL_NC, "", BLOWN, S2M_DEVICE_NGNRE, S2M_WHY_FUSE, S2M_NO_RULE);
	expect_wish(S2M_MODE_NORMAL_NC, "", IN_BAR, S2M_NORMAL_NC, S2M_WHY_MODE, S2M_NO_RULE);
	expect_wish(S2M_MODE_DEVICE_NGNRE, "", BLOWN, S2M_DEVICE_NGNRE, S2M_WHY_MODE, S2M_NO_RULE);
	expect_wish(S2M_MODE_NATIVE, rules, BLOWN, S2M_NATIVE, S2M_WHY_MODE, S2M_NO_RULE);
}

/* A fuse that has blown and is in no index yet. */
static void a_fuse_that_is_not_known_may_have_blown(void **state)
{
	enum s2m_mode mode;

	(void)state;
	for (mode = S2M_MODE_DEVICE_NGNRE; mode < S2M_NR_MODES; mode++)
		assert_int_equal(unsure_wish(mode, "normal-nc", IN_BAR, S2M_UNKNOWN_FUSE).decision.type,
				 S2M_DEVICE_NGNRE);
	assert_int_equal(unsure_wish(S2M_MODE_NATIVE, "normal-nc", IN_BAR,
				     S2M_UNKNOWN_FUSE).decision.type, S2M_NATIVE);
}

static void only_a_table_asks_who(void **state)
{
	struct s2m_table *table;
	struct s2m_index *index = index_of("native uid=5", &table);
	int mode;

	(void)state;
	for (mode = 0; mode < S2M_NR_MODES; mode++)
		assert_int_equal(s2m_wish_asks_task((enum s2m_mode)mode, index, IN_BAR, 0x1000),
				 mode == S2M_MODE_POLICY);
	/* Of a blown fuse nobody asks who maps it. */
	assert_true(s2m_index_needs_task(index, IN_BAR, 0x1000));
	assert_false(s2m_index_needs_task(index, BLOWN, 0x1000));
	s2m_index_free(index);
	s2m_table_free(table);
}

static void spoil_and_expect(struct s2m_facts facts, enum s2m_why why)
{
	int i;

	for (i = 0; i < S2M_MODE_POLICY; i++)
		expect_mode((enum s2m_mode)i, &facts, S2M_NATIVE, why);
	for (i = 0; i < S2M_NR_TYPES; i++)
		expect_rule((enum s2m_type)i, &facts, S2M_NATIVE, why);
}

/* Spoil one fact at a time: nothing may touch the mapping then. */
static void each_condition_is_needed(void **state)
{
	struct s2m_facts facts;

	(void)state;
	facts = vfio_bar;
	facts.kvm_type = S2M_NATIVE;
	spoil_and_expect(facts, S2M_WHY_NOT_DEVICE);
	facts = vfio_bar;
	facts.guest_fault = false;
	spoil_and_expect(facts, S2M_WHY_NOT_GUEST);
	facts = vfio_bar;
	facts.nested = true;
	spoil_and_expect(facts, S2M_WHY_NESTED);
	facts = vfio_bar;
	facts.memslot = false;
	spoil_and_expect(facts, S2M_WHY_NO_MEMSLOT);
	facts = vfio_bar;
	facts.pfnmap = false;
	facts.io = false;
	spoil_and_expect(facts, S2M_WHY_NOT_IO);
	facts = vfio_bar;
	facts.ram = true;
	spoil_and_expect(facts, S2M_WHY_RAM);
	facts = vfio_bar;
	facts.certain = false;
	expect_mode(S2M_MODE_NORMAL_NC, &facts, S2M_NATIVE, S2M_WHY_DOUBT);
	expect_rule(S2M_NORMAL_NC, &facts, S2M_NATIVE, S2M_WHY_DOUBT);
	expect_rule(S2M_NORMAL_WB, &facts, S2M_NATIVE, S2M_WHY_DOUBT);
}

/* Where KVM's answer is Normal-NC, each fact may be anything: what is less is granted. */
static void restriction_needs_no_facts(void **state)
{
	u32 bits;

	(void)state;
	for (bits = 0; bits < 1 << 11; bits++) {
		const struct s2m_facts facts = {
			.kvm_type = S2M_NORMAL_NC,
			.guest_fault = bits & 1 << 0,
			.nested = bits & 1 << 1,
			.memslot = bits & 1 << 2,
			.pfnmap = bits & 1 << 3,
			.io = bits & 1 << 4,
			.pgprot = (enum s2m_pgprot)(bits >> 5 & 3),
			.ram = bits & 1 << 7,
			.coherent = bits & 1 << 8,
			.mte = bits & 1 << 9,
			.certain = bits & 1 << 10,
		};

		expect_mode(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);
		expect_rule(S2M_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_RULE);
		expect_rule(S2M_DEVICE_GRE, &facts, S2M_DEVICE_GRE, S2M_WHY_RULE);
	}
}

/* Gathering is as bad as what KVM does; the wish is for less than that. */
static void an_erratum_makes_a_restriction_stricter(void **state)
{
	struct s2m_facts facts = vfio_bar;

	(void)state;
	facts.errata = 1;
	expect_rule(S2M_NORMAL_NC, &facts, S2M_NATIVE, S2M_WHY_ERRATUM);
	expect_rule(S2M_DEVICE_GRE, &facts, S2M_NATIVE, S2M_WHY_ERRATUM);
	facts.kvm_type = S2M_NORMAL_NC;
	expect_rule(S2M_DEVICE_GRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_ERRATUM);
	expect_rule(S2M_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_RULE);
}

static void cacheability_is_never_crossed(void **state)
{
	struct s2m_facts facts = vfio_bar;

	(void)state;
	expect_rule(S2M_NORMAL_WB, &facts, S2M_NATIVE, S2M_WHY_NOT_CACHEABLE);
	facts.coherent = true;
	expect_rule(S2M_NORMAL_WB, &facts, S2M_NATIVE, S2M_WHY_NOT_CACHEABLE);

	facts.pgprot = S2M_PGPROT_CACHEABLE;
	expect_mode(S2M_MODE_DEVICE_NGNRE, &facts, S2M_NATIVE, S2M_WHY_CACHEABLE);
	expect_mode(S2M_MODE_NORMAL_NC, &facts, S2M_NATIVE, S2M_WHY_CACHEABLE);
	expect_rule(S2M_DEVICE_NGNRE, &facts, S2M_NATIVE, S2M_WHY_CACHEABLE);
	expect_rule(S2M_DEVICE_GRE, &facts, S2M_NATIVE, S2M_WHY_CACHEABLE);
	expect_rule(S2M_NORMAL_NC, &facts, S2M_NATIVE, S2M_WHY_CACHEABLE);
	expect_rule(S2M_NORMAL_WB, &facts, S2M_NORMAL_WB, S2M_WHY_RULE);
	/* Who asks for nothing is refused nothing. */
	expect_rule(S2M_NATIVE, &facts, S2M_NATIVE, S2M_WHY_RULE);
	expect_mode(S2M_MODE_NATIVE, &facts, S2M_NATIVE, S2M_WHY_MODE);

	facts.mte = true;
	expect_rule(S2M_NORMAL_WB, &facts, S2M_NATIVE, S2M_WHY_MTE);
	facts.mte = false;
	facts.coherent = false;
	expect_rule(S2M_NORMAL_WB, &facts, S2M_NATIVE, S2M_WHY_NOT_COHERENT);
}

static void nothing_known_changes_nothing(void **state)
{
	const struct s2m_facts nothing = { 0 };

	(void)state;
	spoil_and_expect(nothing, S2M_WHY_NOT_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_eligible_bar_gets_the_mode),
		cmocka_unit_test(an_eligible_bar_gets_its_rule),
		cmocka_unit_test(the_normal_nc_knob_is_for_pci),
		cmocka_unit_test(in_mode_policy_the_table_wishes),
		cmocka_unit_test(a_blown_fuse_is_before_all),
		cmocka_unit_test(a_fuse_that_is_not_known_may_have_blown),
		cmocka_unit_test(only_a_table_asks_who),
		cmocka_unit_test(each_condition_is_needed),
		cmocka_unit_test(restriction_needs_no_facts),
		cmocka_unit_test(an_erratum_makes_a_restriction_stricter),
		cmocka_unit_test(cacheability_is_never_crossed),
		cmocka_unit_test(nothing_known_changes_nothing),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
