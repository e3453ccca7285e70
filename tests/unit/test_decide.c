// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/decide.h>

static const struct s2m_facts vfio_bar = {
	.kvm_type = S2M_DEVICE_NGNRE,
	.guest_fault = true,
	.memslot = true,
	.pfnmap = true,
	.io = true,
	.pgprot = S2M_PGPROT_DEVICE_NGNRNE,
	.pci_bar = true,
};

static void expect(enum s2m_mode mode, const struct s2m_facts *facts, enum s2m_type type,
		   enum s2m_why why)
{
	struct s2m_decision decision = s2m_decide(mode, facts);

	assert_int_equal(decision.type, type);
	assert_int_equal(decision.why, why);
}

static void an_eligible_bar_gets_the_mode(void **state)
{
	struct s2m_facts facts = vfio_bar;

	(void)state;
	expect(S2M_MODE_NATIVE, &facts, S2M_NATIVE, S2M_WHY_MODE);
	expect(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);
	expect(S2M_MODE_NORMAL_NC, &facts, S2M_NORMAL_NC, S2M_WHY_MODE);

	facts.kvm_type = S2M_NORMAL_NC;
	expect(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);

	/* Either flag makes a VMA one of I/O memory. */
	facts.io = false;
	expect(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);
	facts.io = true;
	facts.pfnmap = false;
	expect(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);
}

static void normal_nc_is_for_pci(void **state)
{
	struct s2m_facts facts = vfio_bar;

	(void)state;
	facts.pci_bar = false;
	expect(S2M_MODE_NORMAL_NC, &facts, S2M_NATIVE, S2M_WHY_NOT_PCI);
	expect(S2M_MODE_DEVICE_NGNRE, &facts, S2M_DEVICE_NGNRE, S2M_WHY_MODE);
}

/* Spoil one fact at a time: no mode may touch the mapping then. */
static void each_condition_is_needed(void **state)
{
	enum s2m_mode mode;
	struct s2m_facts facts;

	(void)state;
	for (mode = S2M_MODE_NATIVE; mode < S2M_NR_MODES; mode++) {
		facts = vfio_bar;
		facts.kvm_type = S2M_NATIVE;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_NOT_DEVICE);
		facts = vfio_bar;
		facts.guest_fault = false;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_NOT_GUEST);
		facts = vfio_bar;
		facts.nested = true;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_NESTED);
		facts = vfio_bar;
		facts.memslot = false;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_NO_MEMSLOT);
		facts = vfio_bar;
		facts.pfnmap = false;
		facts.io = false;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_NOT_IO);
		facts = vfio_bar;
		facts.pgprot = S2M_PGPROT_CACHEABLE;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_CACHEABLE);
		facts = vfio_bar;
		facts.ram = true;
		expect(mode, &facts, S2M_NATIVE, S2M_WHY_RAM);
	}
}

static void nothing_known_changes_nothing(void **state)
{
	const struct s2m_facts nothing = { 0 };
	enum s2m_mode mode;

	(void)state;
	for (mode = S2M_MODE_NATIVE; mode < S2M_NR_MODES; mode++)
		assert_int_equal(s2m_decide(mode, &nothing).type, S2M_NATIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_eligible_bar_gets_the_mode),
		cmocka_unit_test(normal_nc_is_for_pci),
		cmocka_unit_test(each_condition_is_needed),
		cmocka_unit_test(nothing_known_changes_nothing),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
