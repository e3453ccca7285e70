// SPDX-License-Identifier: GPL-2.0-only
/* Every Attr encoding, sorted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <s2memattr/mair.h>

/* Arm ARM, MAIR_EL1: what an outer and an inner half of a Normal type say. */
static bool is_write_back(unsigned int half)
{
	return (half >= 0x5 && half <= 0x7) || half >= 0xc;
}

static void each_attr_alone(void **state)
{
	unsigned int attr, place;

	(void)state;
	for (attr = 0; attr < 256; attr++) {
		unsigned int outer = attr >> 4, inner = attr & 0xf;
		bool untouched = !outer || !inner ||
				 (is_write_back(outer) && is_write_back(inner));

		for (place = 0; place < 8; place++)
			assert_int_equal(s2m_mair_coherent((u64)attr << 8 * place),
					 (u64)(untouched ? attr : 0xff) << 8 * place);
	}
}

static void what_systems_use(void **state)
{
	(void)state;
	/* Linux: WB, tagged, NC, nGnRnE, nGnRE (arch/arm64/mm/proc.S); WT before 5.13. */
	assert_int_equal(s2m_mair_coherent(0x000000040044f0ffULL), 0x0000000400fff0ffULL);
	assert_int_equal(s2m_mair_coherent(0x00bbff440c0400ffULL), 0x00ffffff0c0400ffULL);
	/* edk2: nGnRnE, NC, WT, WB. */
	assert_int_equal(s2m_mair_coherent(0xffbb4400ULL), 0xffffff00ULL);
	/* Inner and outer differ; transient; no allocation. */
	assert_int_equal(s2m_mair_coherent(0x4ff4773355ccbfaaULL), 0xffff77ff55ccffffULL);
	/* XS and tags, reserved elsewhere. */
	assert_int_equal(s2m_mair_coherent(0x40a0f00d01020f10ULL), 0x40a0f00d01020f10ULL);
	/* Nothing is left for a second time. */
	assert_int_equal(s2m_mair_coherent(s2m_mair_coherent(0x0123456789abcdefULL)),
			 s2m_mair_coherent(0x0123456789abcdefULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_attr_alone),
		cmocka_unit_test(what_systems_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
