// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which leaves a change drops (src/module/change/refault.c), compiled here against a VM of
 * our own: each leaf that is told of is dropped or stays, whatever the VMA or the process
 * behind it may have been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/change/refault.c"

#define BAR		0x8000000000ULL
#define BAR_SIZE	0x40000000ULL
#define RAM		0x40000000ULL
#define IPA		0x10000000ULL
#define BLOCK		0x200000ULL

struct s2m_stats s2m_stats;
struct task_struct fake_current;

static struct kvm vm;
static struct { struct s2m_ruleset set; atomic_long_t hits[4]; } sets[2];
static struct s2m_rules rules[2];
static struct s2m_change change;
static bool with_fwb, killed;

/* What stage 2 has: one leaf of each of some tables. */
static struct s2m_stage2_run leaf;
static unsigned int tables, rounds;
static bool dropped;

bool cpus_have_final_cap(int capability)
{
	return with_fwb;
}

bool pfn_is_map_memory(unsigned long pfn)
{
	return pfn >= PHYS_PFN(RAM) && pfn < PHYS_PFN(2 * RAM);
}

bool fatal_signal_pending(struct task_struct *task)
{
	return killed;
}

int s2m_every_vm(s2m_visit_vm_fn *visit, void *context)
{
	return visit(&vm, NULL, context);
}

bool s2m_stage2_drop(struct kvm *kvm, struct s2m_stage2_look *look)
{
	assert_int_equal(kvm->srcu.readers, 1);
	rounds++;
	dropped = look->picks(&leaf, look->context);
	look->dropped = dropped ? 2 : 0;
	return ++look->table < tables;
}

static void table(int which, const char *text)
{
	const struct s2m_device bar = { .start = BAR, .end = BAR + BAR_SIZE - 1, .bar = 2 };
	struct s2m_text_error error;
	struct s2m_rules *of = &rules[which];

	s2m_index_free(of->index);
	s2m_table_free(sets[which].set.table);
	assert_int_equal(s2m_table_parse(text, strlen(text), &sets[which].set.table, &error), 0);
	assert_int_equal(s2m_index_build(sets[which].set.table, &bar, 1, PAGE_SIZE, &of->index,
					 &error), 0);
	of->set = &sets[which].set;
}

static void modes(enum s2m_mode from, enum s2m_mode to)
{
	change.from = (struct s2m_policy) { from, &rules[0] };
	change.to = (struct s2m_policy) { to, &rules[1] };
}

/* A page of a BAR, Normal-NC. */
static int a_page(void **state)
{
	(void)state;
	vm = (struct kvm) { .memslots.slot = { .base_gfn = IPA >> PAGE_SHIFT, .npages = 0x1000 } };
	leaf = (struct s2m_stage2_run) { IPA, BAR, PAGE_SIZE, PAGE_SIZE, 3, 5 };
	tables = 1;
	with_fwb = killed = false;
	memset(&change, 0, sizeof(change));
	table(0, "");
	table(1, "");
	modes(S2M_MODE_NATIVE, S2M_MODE_NORMAL_NC);
	return 0;
}

static int forget(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s2m_index_free(rules[i].index);
		s2m_table_free(sets[i].set.table);
		rules[i].index = NULL;
		sets[i].set.table = NULL;
	}
	return 0;
}

static bool drops(void)
{
	s2m_stats.count[S2M_STAT_RECONCILED] = 0;
	rounds = 0;
	assert_int_equal(s2m_refault(&change, true), 0);
	assert_int_equal(rounds, tables);
	assert_int_equal(vm.srcu.readers, 0);
	if (tables == 1)
		assert_int_equal(s2m_stats.count[S2M_STAT_RECONCILED], dropped ? 2 : 0);
	return dropped;
}

/* From one table to another, in mode policy. */
static bool drops_for(const char *from, const char *to)
{
	table(0, from);
	table(1, to);
	modes(S2M_MODE_POLICY, S2M_MODE_POLICY);
	return drops();
}

static void of_modes(void **state)
{
	(void)state;
	assert_true(drops());
	modes(S2M_MODE_NORMAL_NC, S2M_MODE_NORMAL_NC);
	assert_false(drops());
	change.everything = true;
	assert_true(drops());
	change.everything = false;
	modes(S2M_MODE_DEVICE_NGNRE, S2M_MODE_NATIVE);
	assert_true(drops());
	/* It is no BAR, so the mode has said nothing of it. */
	leaf.phys = BAR + BAR_SIZE;
	modes(S2M_MODE_NATIVE, S2M_MODE_NORMAL_NC);
	assert_false(drops());
	leaf.phys = RAM;
	modes(S2M_MODE_NATIVE, S2M_MODE_DEVICE_NGNRE);
	assert_false(drops());
	change.everything = true;
	assert_false(drops());
}

static void of_tables(void **state)
{
	(void)state;
	assert_false(drops_for("normal-nc", "normal-nc"));
	assert_true(drops_for("normal-nc", "device-GRE"));
	assert_false(drops_for("normal-nc\ndevice-nGnRE", "normal-nc"));
	assert_true(drops_for("native", "device-nGnRE bar=2"));
	assert_false(drops_for("native", "device-nGnRE bar=1"));
}

/* The VMA that was behind it is not known any more. */
static void whatever_vma(void **state)
{
	static const char *const vmas[] = {
		"vma=pfnmap", "vma=io", "vma=pfnmap+io", "pgprot=device-nGnRnE",
		"pgprot=device-nGnRE", "pgprot=normal-nc", "vma=io pgprot=normal-nc",
	};
	char text[80];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vmas); i++) {
		snprintf(text, sizeof(text), "device-GRE %s", vmas[i]);
		assert_true(drops_for("", text));
		assert_true(drops_for(text, ""));
		assert_false(drops_for(text, text));
	}
	/* None of them: what the VMM has cacheable. */
	assert_true(drops_for("normal-nc pgprot=normal-nc\nnormal-nc pgprot=device-nGnRE\n"
			      "normal-nc pgprot=device-nGnRnE", "normal-nc"));
}

/* Nor is what the process was called. */
static void whoever_mapped_it(void **state)
{
	(void)state;
	assert_true(drops_for("device-GRE uid=3\nnormal-nc", "normal-nc"));
	assert_true(drops_for("normal-nc", "device-GRE uid=3\nnormal-nc"));
	assert_true(drops_for("normal-nc uid=3", "normal-nc uid=3"));
	assert_false(drops_for("normal-nc uid=3 bar=1", "normal-nc uid=3 bar=1"));
}

static void parts_of_a_block(void **state)
{
	(void)state;
	leaf = (struct s2m_stage2_run) { IPA, BAR, BLOCK, BLOCK, 2, 5 };
	/* Within it, at its end, and across all of it by whom it is cut. */
	assert_true(drops_for("normal-nc", "device-GRE phys=0x8000100000-0x8000100fff\nnormal-nc"));
	assert_true(drops_for("normal-nc", "device-GRE phys=0x80001ff000-0x80001fffff\nnormal-nc"));
	assert_false(drops_for("normal-nc", "device-GRE phys=0x8000200000-0x8000200fff\nnormal-nc"));
	assert_false(drops_for("device-GRE phys=0x8000100000-0x8000100fff\nnormal-nc",
			       "device-GRE phys=0x8000100000-0x8000100fff\nnormal-nc"));
	/* The strictest of its parts stays, one of the others does not. */
	assert_true(drops_for("device-nGnRE phys=0x8000000000-0x8000000fff\nnormal-nc",
			      "device-nGnRE phys=0x8000000000-0x8000000fff\ndevice-GRE"));
	/* Parts that are less than a page. */
	assert_true(drops_for("normal-nc", "device-GRE phys=0x8000100010-0x8000100020\nnormal-nc"));
	/* What was found cut by a VMA is the same block. */
	leaf.ipa += 0x100000;
	leaf.phys += 0x100000;
	leaf.size -= 0x100000;
	assert_true(drops_for("normal-nc", "device-GRE phys=0x8000000000-0x8000000fff\nnormal-nc"));
}

/* So many that they are not looked at one by one. */
static void many_parts_of_a_block(void **state)
{
	static char text[70 * 64];
	size_t used = 0;
	unsigned int i, n;

	(void)state;
	leaf = (struct s2m_stage2_run) { IPA, BAR, BLOCK, BLOCK, 2, 5 };
	for (n = 32; n <= 33; n++) {
		for (used = 0, i = 0; i < n; i++)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "native phys=0x%llx-0x%llx\n", BAR + i * 0x2000,
						 BAR + i * 0x2000 + 0xfff);
		snprintf(text + used, sizeof(text) - used, "normal-nc");
		/* 64 pieces, and 66. */
		assert_int_equal(drops_for(text, text), n == 33);
	}
}

/* Answers are kept for the memory that they hold for, and for no other. */
static void one_after_the_other(void **state)
{
	struct refault refault = { .change = &change };

	(void)state;
	table(0, "normal-nc");
	table(1, "normal-nc phys=0x8000000000-0x80000fffff\ndevice-GRE");
	modes(S2M_MODE_POLICY, S2M_MODE_POLICY);
	assert_false(affected(&refault, BAR, PAGE_SIZE));
	assert_false(affected(&refault, BAR + 0xff000, PAGE_SIZE));
	assert_true(affected(&refault, BAR + 0x100000, PAGE_SIZE));
	assert_true(affected(&refault, BAR + 0x200000, BLOCK));
	assert_false(affected(&refault, BAR, PAGE_SIZE));
	assert_true(affected(&refault, BAR, BLOCK));
}

static void the_gic_of_a_vm(void **state)
{
	(void)state;
	vm.arch.vgic = (struct vgic_dist) { KVM_DEV_TYPE_ARM_VGIC_V2, 0x8010000 };
	leaf.ipa = 0x8011000;
	leaf.phys = 0x3000000;
	modes(S2M_MODE_NATIVE, S2M_MODE_DEVICE_NGNRE);
	assert_false(drops());
	/* Each of these is no page that KVM has mapped by itself. */
	leaf.ipa = 0x8012000;
	assert_true(drops());
	leaf.ipa = 0x800f000;
	assert_true(drops());
	leaf.ipa = 0x8010000;
	assert_false(drops());
	vm.memslots.slot.base_gfn = 0x8010000 >> PAGE_SHIFT;
	assert_true(drops());
	vm.memslots.slot.base_gfn = IPA >> PAGE_SHIFT;
	vm.arch.vgic.vgic_model++;
	assert_true(drops());
	/* In the table of a guest's guest that address means nothing. */
	vm.arch.vgic.vgic_model--;
	tables = 2;
	assert_true(drops());
}

/* What has the type of RAM is RAM, unless some table gives that type. */
static void leaves_like_ram(void **state)
{
	static const char wb[] = "normal-wb phys=0x8000000000-0x80003fffff";

	(void)state;
	leaf.memattr = 0xf;
	modes(S2M_MODE_NATIVE, S2M_MODE_DEVICE_NGNRE);
	assert_false(drops());
	change.everything = true;
	assert_true(drops());
	change.everything = false;
	vm.arch.mmu.split_page_chunk_size = BLOCK;
	assert_true(drops());
	vm.arch.mmu.split_page_chunk_size = 0;
	with_fwb = true;
	assert_true(drops());
	leaf.memattr = 6;
	assert_false(drops());
	assert_true(drops_for(wb, ""));
	assert_true(drops_for("", wb));
	assert_false(drops_for("", "normal-nc"));
	modes(S2M_MODE_NATIVE, S2M_MODE_NATIVE);
	table(0, wb);
	assert_false(drops());
	/* A table that is not in force gives none. */
	modes(S2M_MODE_NATIVE, S2M_MODE_DEVICE_NGNRE);
	assert_false(drops());
}

static void a_writer_that_is_killed(void **state)
{
	(void)state;
	tables = 3;
	killed = true;
	rounds = 0;
	assert_int_equal(s2m_refault(&change, true), -EINTR);
	assert_int_equal(rounds, 1);
	rounds = 0;
	assert_int_equal(s2m_refault(&change, false), 0);
	assert_int_equal(rounds, 3);
	assert_int_equal(vm.srcu.readers, 0);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, a_page, forget)
	const struct CMUnitTest tests[] = {
		TEST(of_modes),
		TEST(of_tables),
		TEST(whatever_vma),
		TEST(whoever_mapped_it),
		TEST(parts_of_a_block),
		TEST(many_parts_of_a_block),
		TEST(one_after_the_other),
		TEST(the_gic_of_a_vm),
		TEST(leaves_like_ram),
		TEST(a_writer_that_is_killed),
	};

	return cmocka_run_group_tests_name("refault", tests, NULL, NULL);
}
