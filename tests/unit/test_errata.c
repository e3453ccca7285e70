// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/decide.h>
#include <s2memattr/errata.h>

enum { ALTRA = 0, VERA = 1 };

static void a_good_platform_has_every_type(void **state)
{
	unsigned int type;

	(void)state;
	for (type = 0; type < S2M_NR_TYPES; type++)
		assert_null(s2m_erratum_against(0, (enum s2m_type)type));
}

static void what_gathers_is_dangerous(void **state)
{
	static const bool gathers[S2M_NR_TYPES] = {
		[S2M_DEVICE_GRE] = true, [S2M_NORMAL_NC] = true,
	};
	unsigned int type, erratum;

	(void)state;
	for (erratum = 0; erratum < S2M_NR_ERRATA; erratum++)
		for (type = 0; type < S2M_NR_TYPES; type++)
			assert_ptr_equal(s2m_erratum_against(1U << erratum, (enum s2m_type)type),
					 gathers[type] ? &s2m_errata[erratum] : NULL);
	assert_ptr_equal(s2m_erratum_against(1U << ALTRA | 1U << VERA, S2M_NORMAL_NC),
			 &s2m_errata[ALTRA]);
	/* No number of an erratum: not ours. */
	assert_null(s2m_erratum_against(1U << S2M_NR_ERRATA, S2M_NORMAL_NC));
}

static void they_are_known_by_their_ids(void **state)
{
	(void)state;
	assert_int_equal(s2m_errata[ALTRA].pci.vendor, 0x1def);
	assert_int_equal(s2m_errata[ALTRA].pci.device, 0xe100);
	assert_null(s2m_errata[ALTRA].soc_id);
	assert_non_null(strstr(s2m_errata[ALTRA].name, "82288"));
	assert_string_equal(s2m_errata[VERA].soc_id, "jep106:036b:0410");
	assert_string_equal(s2m_errata[VERA].soc_revisions, "0x0000000[0-4]");
	assert_int_equal(s2m_errata[VERA].pci.vendor, 0);
}

/* Found while a guest runs: nothing dangerous is granted any more. */
static void an_erratum_is_a_reason_not_to_grant(void **state)
{
	struct s2m_facts facts = {
		.kvm_type = S2M_DEVICE_NGNRE, .guest_fault = true, .memslot = true, .pfnmap = true,
		.pgprot = S2M_PGPROT_DEVICE_NGNRNE, .coherent = true,
	};
	unsigned int type;

	(void)state;
	for (type = S2M_DEVICE_NGNRE; type <= S2M_NORMAL_NC; type++) {
		const struct s2m_decision wish = { (enum s2m_type)type, S2M_WHY_RULE };
		struct s2m_decision decision;

		facts.errata = 0;
		decision = s2m_grant(wish, &facts);
		assert_int_equal(decision.type, type);
		facts.errata = 1U << VERA;
		decision = s2m_grant(wish, &facts);
		if (type == S2M_DEVICE_NGNRE) {
			assert_int_equal(decision.type, type);
		} else {
			assert_int_equal(decision.type, S2M_NATIVE);
			assert_int_equal(decision.why, S2M_WHY_ERRATUM);
		}
	}
	facts.pgprot = S2M_PGPROT_CACHEABLE;
	assert_int_equal(s2m_grant((struct s2m_decision) { S2M_NORMAL_WB, S2M_WHY_RULE },
				   &facts).type, S2M_NORMAL_WB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_platform_has_every_type),
		cmocka_unit_test(what_gathers_is_dangerous),
		cmocka_unit_test(they_are_known_by_their_ids),
		cmocka_unit_test(an_erratum_is_a_reason_not_to_grant),
	};

	return cmocka_run_group_tests_name("errata", tests, NULL, NULL);
}
