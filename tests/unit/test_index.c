// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/index.h>

#include "memory.h"
#include "random.h"

/* A table with its index. */
struct compiled {
	struct s2m_table *table;
	struct s2m_index *index;
};

static struct compiled compile_len(const char *text, size_t len, const struct s2m_device *devices,
				   u32 n, u32 page_size)
{
	struct s2m_text_error error = { 0 };
	struct compiled c = { 0 };
	int err = s2m_table_parse(text, len, &c.table, &error);

	if (!err)
		err = s2m_index_build(c.table, devices, n, page_size, &c.index, &error);
	if (err)
		print_error("%s\n", error.sentence);
	assert_int_equal(err, 0);
	return c;
}

static struct compiled compile(const char *text, const struct s2m_device *devices, u32 n)
{
	return compile_len(text, strlen(text), devices, n, PAGE);
}

static void discard(struct compiled *c)
{
	s2m_index_free(c->index);
	s2m_table_free(c->table);
}

static const struct s2m_device nic = {
	.start = 0x8000000000, .end = 0x8001ffffff, .domain = 1, .bus = 0x81, .devfn = 0x0a,
	.vendor = 0x15b3, .device = 0x1017, .subvendor = 0x1af4, .subdevice = 5,
	.class_code = 0x020001, .bar = 2, .prefetch = true, .driver = "vfio-pci",
};

static const char * const nic_groups[] = { "machine.slice", "vm 1", "deep" };

static const struct s2m_task nic_task = {
	.pid = 42, .uid = 64055, .comm = "CPU 0/KVM", .cgroup = nic_groups, .cgroup_depth = 3,
};

static const struct s2m_mapping nic_page = {
	.phys = 0x8000003000, .size = PAGE, .kvm_type = S2M_NORMAL_NC, .pfnmap = true, .io = true,
	.pgprot = S2M_PGPROT_DEVICE_NGNRNE,
};

static struct s2m_verdict decide(const struct compiled *c, u64 phys, u64 size)
{
	struct s2m_mapping mapping = nic_page;

	mapping.phys = phys;
	mapping.size = size;
	return s2m_index_decide(c->index, &mapping, &nic_task);
}

static void expect(const struct compiled *c, u64 phys, u64 size, enum s2m_type type, u32 rule)
{
	struct s2m_verdict verdict = decide(c, phys, size);

	assert_int_equal(verdict.rule, rule);
	assert_int_equal(verdict.type, type);
}

static void each_key_matches_and_does_not(void **state)
{
	static const char * const cases[][2] = {
		{ "pci=0001:81:01.2", "pci=0000:81:01.2" },
		{ "pci=*:81:01.2", "pci=*:82:01.2" },
		{ "pci=1:*:01.2", "pci=1:*:02.2" },
		{ "pci=1:81:*.2", "pci=1:81:*.3" },
		{ "pci=1:81:01.*", "pci=1:81:02.*" },
		{ "pci=*:*.*", "pci=81:01.2" },
		{ "id=15b3:1017", "id=15b3:1018" },
		{ "id=15b3:*", "id=15b4:*" },
		{ "id=*:1017", "id=*:1016" },
		{ "id=15b3:1017:1af4:5", "id=15b3:1017:1af4:6" },
		{ "id=*:*:1af4:*", "id=*:*:1af5:*" },
		{ "class=020001", "class=020000" },
		{ "class=02xxxx", "class=03xxxx" },
		{ "class=xxxxx1", "class=xxxxx0" },
		{ "bar=2", "bar=0" },
		{ "prefetch=1", "prefetch=0" },
		{ "driver=vfio-pci", "driver=vfio-pc" },
		{ "phys=0x8000003000-0x8000003fff", "phys=0x8000004000-0x8000004fff" },
		{ "phys=0-0xfffffffffffff", "phys=0-0x8000002fff" },
		{ "vma=pfnmap+io", "vma=pfnmap" },
		{ "vma=pfnmap+io", "vma=io" },
		{ "pgprot=device-nGnRnE", "pgprot=device-nGnRE" },
		{ "pgprot=device-nGnRnE", "pgprot=normal-nc" },
		{ "pid=42", "pid=43" },
		{ "uid=64055", "uid=0" },
		{ "comm=CPU%200/KVM", "comm=CPU%200/KVN" },
		{ "comm=CPU%200/KVM", "comm=CPU%200" },
		{ "cgroup=/", "cgroup=/machine" },
		{ "cgroup=/machine.slice", "cgroup=/vm%201" },
		{ "cgroup=/machine.slice/vm%201", "cgroup=/machine.slice/vm" },
		{ "cgroup=/machine.slice/vm%201/deep", "cgroup=/machine.slice/vm%201/deeper" },
		{ "cgroup=/machine.slice", "cgroup=/machine.slice/vm%201/deep/x" },
		{ "cgroup=/*", "cgroup=/*/*/*/*" },
		{ "cgroup=/machine.slice/*", "cgroup=/machine.slice/*2" },
		{ "cgroup=/machine.slice/vm%201*", "cgroup=/machine.slice/%2a" },
		{ "cgroup=/machine.slice/*vm*1*", "cgroup=/machine.slice/*vm*m*1" },
		{ "cgroup=/*.slice/vm*/deep", "cgroup=/*slice/vm*/deeper" },
		{ "cgroup=/*/vm%201", "cgroup=/*/vm" },
		{ "cgroup=/*e*e", "cgroup=/machine*deep" },
		{ "cgroup=/**e", "cgroup=/*.slice*x" },
		{ "cgroup=/machine.slice/vm%201/*ep", "cgroup=/machine.slice/vm%201/*ex" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct compiled c;

		snprintf(text, sizeof(text), "normal-nc %s\ndevice-nGnRE %s", cases[i][1],
			 cases[i][0]);
		c = compile(text, &nic, 1);
		expect(&c, nic_page.phys, PAGE, S2M_DEVICE_NGNRE, 1);
		discard(&c);
		snprintf(text, sizeof(text), "normal-nc %s", cases[i][1]);
		c = compile(text, &nic, 1);
		expect(&c, nic_page.phys, PAGE, S2M_NATIVE, S2M_NO_RULE);
		discard(&c);
	}
}

/* A function's number has three bits, whatever the slot. */
static void a_function_of_any_slot(void **state)
{
	struct s2m_device device = nic;
	struct compiled c;

	(void)state;
	device.devfn = 1 << 3 | 5;
	c = compile("normal-nc pci=*:*:*.1\ndevice-nGnRE pci=*:*:*.5", &device, 1);
	expect(&c, nic_page.phys, PAGE, S2M_DEVICE_NGNRE, 1);
	discard(&c);
}

static void vma_flags_are_exact(void **state)
{
	struct compiled c = compile("native vma=pfnmap\ndevice-GRE vma=io\nnormal-nc vma=pfnmap+io",
				    &nic, 1);
	struct s2m_mapping mapping = nic_page;

	(void)state;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).rule, 2);
	mapping.pfnmap = false;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).rule, 1);
	mapping.pfnmap = true;
	mapping.io = false;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).rule, 0);
	mapping.pfnmap = false;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).rule, S2M_NO_RULE);
	discard(&c);
}

static void a_cacheable_vma_matches_no_pgprot(void **state)
{
	struct compiled c = compile("native pgprot=normal-nc\nnative pgprot=device-nGnRE\n"
				    "native pgprot=device-nGnRnE\nnormal-wb", &nic, 1);
	struct s2m_mapping mapping = nic_page;

	(void)state;
	mapping.pgprot = S2M_PGPROT_CACHEABLE;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).type, S2M_NORMAL_WB);
	discard(&c);
}

static void the_first_match_wins_across_all_kinds(void **state)
{
	static const char * const lines[] = {
		"native pid=42\n", "device-GRE pci=*:*.*\n", "normal-nc phys=0-0xfffffffffffff\n",
		"normal-wb driver=vfio-pci uid=64055\n",
		"device-nGnRE phys=0-0xfffffffffffff comm=CPU%200/KVM\n",
		"native\n",
	};
	char text[1024];
	u32 first, i;

	(void)state;
	for (first = 0; first < ARRAY_SIZE(lines); first++) {
		struct compiled c;

		strcpy(text, lines[first]);
		for (i = 0; i < ARRAY_SIZE(lines); i++)
			strcat(text, lines[(first + i) % ARRAY_SIZE(lines)]);
		c = compile(text, &nic, 1);
		assert_int_equal(decide(&c, nic_page.phys, PAGE).rule, 0);
		discard(&c);
	}
}

static void an_empty_table_leaves_all_native(void **state)
{
	struct compiled c = compile("", &nic, 1);

	(void)state;
	expect(&c, nic.start, 0x2000000, S2M_NATIVE, S2M_NO_RULE);
	expect(&c, 0, PAGE, S2M_NATIVE, S2M_NO_RULE);
	expect(&c, S2M_MAX_PHYS - PAGE + 1, PAGE, S2M_NATIVE, S2M_NO_RULE);
	assert_ptr_not_equal(s2m_index_device(c.index, nic.start, PAGE), NULL);
	discard(&c);
}

static void a_block_gets_the_strictest_answer(void **state)
{
	struct compiled c = compile("normal-nc phys=0x8000000000-0x80000fffff\n"
				    "device-GRE phys=0x8000100000-0x80001fffff\n"
				    "normal-wb phys=0x8000200000-0x80002fffff\n"
				    "device-nGnRE phys=0x8000300000-0x80003fffff\n", &nic, 1);
	struct s2m_mapping mapping = nic_page;

	(void)state;
	expect(&c, 0x8000000000, 0x100000, S2M_NORMAL_NC, 0);
	expect(&c, 0x8000000000, 0x200000, S2M_DEVICE_GRE, 1);
	expect(&c, 0x80000ff000, 2 * PAGE, S2M_DEVICE_GRE, 1);
	expect(&c, 0x80001ff000, 2 * PAGE, S2M_DEVICE_GRE, 1);
	expect(&c, 0x8000200000, 0x100000, S2M_NORMAL_WB, 2);
	expect(&c, 0x8000000000, 0x40000000, S2M_DEVICE_NGNRE, 3);

	/* Native is as strict as KVM's own answer is. */
	expect(&c, 0x80003ff000, 2 * PAGE, S2M_DEVICE_NGNRE, 3);
	mapping.phys = 0x7fffff0000;
	mapping.size = 0x20000;
	mapping.kvm_type = S2M_DEVICE_NGNRE;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).type, S2M_NATIVE);
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).rule, S2M_NO_RULE);
	mapping.kvm_type = S2M_NORMAL_NC;
	mapping.phys = 0x80001f0000;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).type, S2M_DEVICE_GRE);
	mapping.phys = 0x7ffffff000;
	mapping.size = 0x1000000;
	assert_int_equal(s2m_index_decide(c.index, &mapping, NULL).type, S2M_DEVICE_NGNRE);
	discard(&c);
}

static void parts_of_a_page_count(void **state)
{
	struct compiled c = compile("device-nGnRE phys=0x8000001100-0x80000011ff\nnormal-nc",
				    &nic, 1);

	(void)state;
	expect(&c, 0x8000000000, PAGE, S2M_NORMAL_NC, 1);
	expect(&c, 0x8000001000, PAGE, S2M_DEVICE_NGNRE, 0);
	expect(&c, 0x8000002000, PAGE, S2M_NORMAL_NC, 1);
	expect(&c, 0x8000000000, 2 * PAGE, S2M_DEVICE_NGNRE, 0);
	discard(&c);

	/* One byte of the BAR is enough, at either end. */
	c = compile("device-GRE phys=0-0x8000000000 bar=2\n"
		    "device-GRE phys=0x8001ffffff-0xfffffffffffff bar=2\nnormal-nc", &nic, 1);
	expect(&c, 0x8000000000, PAGE, S2M_DEVICE_GRE, 0);
	expect(&c, 0x8000001000, PAGE, S2M_NORMAL_NC, 2);
	expect(&c, 0x8001fff000, PAGE, S2M_DEVICE_GRE, 1);
	discard(&c);

	/* A cut there takes nothing from the BAR. */
	c = compile("device-nGnRE phys=0x8001ffffff-0x8001ffffff pid=1\nnormal-nc bar=2\n"
		    "device-nGnRE", &nic, 1);
	expect(&c, 0x8001fff000, PAGE, S2M_NORMAL_NC, 1);
	discard(&c);
}

/* Sets of rules that look alike from outside: only their middle differs. */
static void sets_are_shared_only_if_equal(void **state)
{
	struct s2m_device bars[2] = { nic, nic };
	struct s2m_mapping mapping = nic_page;
	struct s2m_task task = nic_task;
	struct compiled c;

	(void)state;
	bars[1].start += 0x10000000;
	bars[1].end += 0x10000000;
	bars[1].bar = 4;
	c = compile("native pci=*:*.* uid=1\nnative bar=2 uid=2\nnative bar=4 uid=3\n"
		    "normal-nc pci=*:*.*", bars, 2);
	task.uid = 2;
	assert_int_equal(s2m_index_decide(c.index, &mapping, &task).rule, 1);
	task.uid = 3;
	assert_int_equal(s2m_index_decide(c.index, &mapping, &task).rule, 3);
	mapping.phys += 0x10000000;
	assert_int_equal(s2m_index_decide(c.index, &mapping, &task).rule, 2);
	task.uid = 2;
	assert_int_equal(s2m_index_decide(c.index, &mapping, &task).rule, 3);
	discard(&c);
}

/* Pages: 0 alone, 1 shared by two, 2 and 3 one BAR to its middle, 4 nobody's. */
static const struct s2m_device small[] = {
	{ .start = 0x100400, .end = 0x1004ff, .bar = 0 },
	{ .start = 0x101800, .end = 0x1018ff, .bar = 2 },
	{ .start = 0x101100, .end = 0x1011ff, .bar = 1 },
	{ .start = 0x102000, .end = 0x1037ff, .bar = 3 },
};

static const struct s2m_device same_byte[] = {
	{ .start = 0x100000, .end = 0x100fff, .bar = 0 },
	{ .start = 0x100fff, .end = 0x101fff, .bar = 1 },
};

static void sub_page_bars_own_or_share_their_page(void **state)
{
	struct compiled c = compile("normal-nc bar=0\nnormal-nc bar=1\ndevice-GRE bar=2\n"
				    "normal-nc bar=3\ndevice-nGnRE", small, ARRAY_SIZE(small));

	(void)state;
	expect(&c, 0x100000, PAGE, S2M_NORMAL_NC, 0);
	expect(&c, 0x101000, PAGE, S2M_DEVICE_GRE, 2);
	expect(&c, 0x102000, PAGE, S2M_NORMAL_NC, 3);
	expect(&c, 0x103000, PAGE, S2M_NORMAL_NC, 3);
	expect(&c, 0x104000, PAGE, S2M_DEVICE_NGNRE, 4);
	discard(&c);

	/* The first of two that claim the same byte has it. */
	c = compile("", same_byte, ARRAY_SIZE(same_byte));
	assert_int_equal(s2m_index_device(c.index, 0x100000, PAGE)->bar, 0);
	assert_int_equal(s2m_index_device(c.index, 0x101000, PAGE)->bar, 1);
	discard(&c);

	/* With pages of 64 KiB they are all in one. */
	c = compile_len("normal-nc bar=3\ndevice-GRE bar=0", 32, small, ARRAY_SIZE(small), 65536);
	expect(&c, 0x100000, 65536, S2M_DEVICE_GRE, 1);
	assert_null(s2m_index_device(c.index, 0x100000, 65536));
	discard(&c);
}

static void the_device_of_a_range(void **state)
{
	struct compiled c = compile("", small, ARRAY_SIZE(small));
	const struct s2m_device *device;

	(void)state;
	device = s2m_index_device(c.index, 0x100000, PAGE);
	assert_non_null(device);
	assert_int_equal(device->bar, 0);
	assert_null(s2m_index_device(c.index, 0x101000, PAGE));
	device = s2m_index_device(c.index, 0x102000, 2 * PAGE);
	assert_non_null(device);
	assert_int_equal(device->bar, 3);
	assert_null(s2m_index_device(c.index, 0x102000, 4 * PAGE));
	assert_null(s2m_index_device(c.index, 0x104000, PAGE));
	assert_null(s2m_index_device(c.index, 0xff000, PAGE));
	assert_null(s2m_index_device(c.index, 0xff000, 2 * PAGE));
	discard(&c);
}

static void devices_are_copied_with_their_drivers(void **state)
{
	char driver[] = "vfio-pci";
	struct s2m_device device = nic;
	struct compiled c;
	const struct s2m_device *found;

	(void)state;
	device.driver = driver;
	c = compile("", &device, 1);
	memset(driver, 'x', sizeof(driver) - 1);
	memset(&device, 0, sizeof(device));
	found = s2m_index_device(c.index, nic.start, PAGE);
	assert_non_null(found);
	assert_string_equal(found->driver, "vfio-pci");
	assert_int_equal(found->vendor, 0x15b3);
	discard(&c);
}

static void impossible_devices_are_left_out(void **state)
{
	const struct s2m_device odd[] = {
		{ .start = 0x2000, .end = 0x1fff },
		{ .start = 0x1000, .end = ~0ULL },
		{ .start = S2M_MAX_PHYS - 0xff, .end = S2M_MAX_PHYS },
	};
	struct compiled c = compile("normal-nc pci=*:*.*", odd, ARRAY_SIZE(odd));
	struct s2m_index_stats stats;

	(void)state;
	s2m_index_stats(c.index, &stats);
	assert_int_equal(stats.regions, 1);
	expect(&c, 0x1000, PAGE, S2M_NATIVE, S2M_NO_RULE);
	expect(&c, S2M_MAX_PHYS - PAGE + 1, PAGE, S2M_NORMAL_NC, 0);
	discard(&c);
}

static void a_device_that_comes_later(void **state)
{
	struct compiled c = compile("normal-nc pci=1:81:01.2\n"
				    "normal-nc phys=0x8000000000-0x80ffffffff bar=2",
				    NULL, 0);
	struct s2m_text_error error;

	(void)state;
	expect(&c, nic_page.phys, PAGE, S2M_NATIVE, S2M_NO_RULE);
	s2m_index_free(c.index);
	assert_int_equal(s2m_index_build(c.table, &nic, 1, PAGE, &c.index, &error), 0);
	expect(&c, nic_page.phys, PAGE, S2M_NORMAL_NC, 0);
	discard(&c);
}

static void a_block_over_too_many_parts_is_strict(void **state)
{
	char *text = test_malloc(1024 * 64);
	struct compiled c;
	size_t len = 0;
	u32 i;

	(void)state;
	/* Every other page has its rule: two parts for each. */
	for (i = 0; i < 1024; i++)
		len += (size_t)sprintf(text + len, "normal-wb phys=0x%x-0x%x\n", i * 0x2000,
				       i * 0x2000 + 0xfff);
	c = compile_len(text, len, NULL, 0, PAGE);
	expect(&c, 0, (u64)S2M_MAX_SPAN * PAGE, S2M_NATIVE, S2M_NO_RULE);
	expect(&c, 0, (u64)(S2M_MAX_SPAN + 1) * PAGE, S2M_DEVICE_NGNRE, S2M_NO_RULE);
	assert_false(s2m_index_needs_task(c.index, 0, 0x40000000));
	discard(&c);
	test_free(text);
}

static void who_maps_matters_only_where_a_rule_says_so(void **state)
{
	static const struct {
		const char *text;
		bool here, there;
	} cases[] = {
		{ "", false, false },
		{ "native\nnormal-nc pid=1", false, false },
		{ "native pid=1", true, true },
		{ "native vma=io\nnative pgprot=normal-nc", false, false },
		{ "native bar=2\ndevice-nGnRE uid=1", false, true },
		{ "native bar=2 uid=1\nnormal-nc", true, false },
		/* What loosens is not for memory that is no BAR. */
		{ "normal-nc uid=1\nnative", true, false },
		{ "normal-nc phys=0-0xffffffffff uid=1\nnative", true, true },
		{ "native bar=0 uid=1", false, false },
		{ "native phys=0x8000000000-0x8000000fff comm=a", true, false },
		{ "native vma=io\nnative cgroup=/a\nnative bar=2", true, true },
		{ "native phys=0x8000000000-0x8000000fff\nnative bar=2 pid=1", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct compiled c = compile(cases[i].text, &nic, 1);

		assert_int_equal(s2m_index_needs_task(c.index, 0x8000000000, PAGE), cases[i].here);
		assert_int_equal(s2m_index_needs_task(c.index, 0x9000000000, PAGE), cases[i].there);
		if (!cases[i].here)
			assert_int_equal(s2m_index_decide(c.index, &nic_page, NULL).rule,
					 s2m_index_decide(c.index, &nic_page, &nic_task).rule);
		discard(&c);
	}
}

/* KVM's reviewers: PCIe, and not much else. */
static void what_loosens_needs_a_bar_or_an_address(void **state)
{
	static const char * const loose[] = { "device-GRE", "normal-nc", "normal-wb" };
	static const char * const keys[] = { "", " uid=64055", " vma=pfnmap+io", " comm=CPU%200/KVM" };
	const u64 bar = nic_page.phys, elsewhere = 0x9000000;
	char text[256];
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(loose); i++) {
		for (j = 0; j < ARRAY_SIZE(keys); j++) {
			struct compiled c;

			/* The rule behind it decides where it does not reach. */
			sprintf(text, "%s%s\ndevice-nGnRE uid=64055", loose[i], keys[j]);
			c = compile(text, &nic, 1);
			assert_int_equal(decide(&c, bar, PAGE).rule, 0);
			expect(&c, elsewhere, PAGE, S2M_DEVICE_NGNRE, 1);
			/* Nor do both in one block. */
			expect(&c, nic.start - PAGE, 2 * PAGE, S2M_DEVICE_NGNRE, 1);
			discard(&c);

			sprintf(text, "%s%s phys=0x9000000-0x9000fff\ndevice-nGnRE", loose[i],
				keys[j]);
			c = compile(text, &nic, 1);
			assert_int_equal(decide(&c, elsewhere, PAGE).rule, 0);
			assert_int_equal(decide(&c, elsewhere + PAGE, PAGE).rule, 1);
			discard(&c);
		}
	}
}

static void deep_groups(void **state)
{
	const char *names[40];
	struct s2m_task task = nic_task;
	char text[128] = "normal-nc cgroup=";
	struct compiled c;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = "g";
	for (i = 0; i < S2M_MAX_CGROUP_DEPTH; i++)
		strcat(text, "/g");
	c = compile(text, &nic, 1);
	task.cgroup = names;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		task.cgroup_depth = i;
		assert_int_equal(s2m_index_decide(c.index, &nic_page, &task).rule,
				 i < S2M_MAX_CGROUP_DEPTH ? S2M_NO_RULE : 0);
	}
	discard(&c);
}

/*
 * The oracle: who owns each cell, and the first rule for each cell, by walking
 * through everything. It shares nothing with the index but the parsed rules.
 */
struct oracle {
	const struct s2m_table *table;
	const struct s2m_device *devices;
	u32 n;
	int owner[CELLS];
};

static void own_cells(struct oracle *oracle)
{
	u32 cell, i, page, first;

	for (cell = 0; cell < CELLS; cell++) {
		u64 at = SPACE_START + (u64)cell * CELL;
		int best = -1;

		/* The one that starts first, or was listed first. */
		for (i = 0; i < oracle->n; i++) {
			const struct s2m_device *d = &oracle->devices[i];

			if (d->start <= at && at <= d->end &&
			    (best < 0 || d->start < oracle->devices[best].start))
				best = (int)i;
		}
		oracle->owner[cell] = best;
	}
	/* The rest of a page: the owner before, or else behind. */
	for (page = 0; page < SPACE_PAGES; page++) {
		int *owner = &oracle->owner[page * (PAGE / CELL)];

		for (first = 0; first < PAGE / CELL && owner[first] < 0; first++)
			;
		if (first == PAGE / CELL)
			continue;
		for (i = 0; i < first; i++)
			owner[i] = owner[first];
		for (; i < PAGE / CELL; i++)
			if (owner[i] < 0)
				owner[i] = owner[i - 1];
	}
}

static bool any(const struct s2m_rule *rule, u32 bit, u32 a, u32 b)
{
	return rule->any & bit || a == b;
}

static bool naive_device(const struct s2m_table *t, const struct s2m_rule *r,
			 const struct s2m_device *d)
{
	if (!(r->keys & S2M_DEVICE_KEYS))
		return true;
	if (!d)
		return false;
	if (r->keys & S2M_HAS(PCI) &&
	    !(any(r, S2M_ANY_DOMAIN, r->domain, d->domain) && any(r, S2M_ANY_BUS, r->bus, d->bus) &&
	      any(r, S2M_ANY_SLOT, r->devfn >> 3, d->devfn >> 3) &&
	      any(r, S2M_ANY_FUNCTION, r->devfn & 7, d->devfn & 7)))
		return false;
	if (r->keys & S2M_HAS(ID) &&
	    !(any(r, S2M_ANY_VENDOR, r->vendor, d->vendor) &&
	      any(r, S2M_ANY_DEVICE, r->device, d->device) &&
	      any(r, S2M_ANY_SUBVENDOR, r->subvendor, d->subvendor) &&
	      any(r, S2M_ANY_SUBDEVICE, r->subdevice, d->subdevice)))
		return false;
	if (r->keys & S2M_HAS(CLASS) && (d->class_code ^ r->class_value) & r->class_mask)
		return false;
	if (r->keys & S2M_HAS(BAR) && r->bar != d->bar)
		return false;
	if (r->keys & S2M_HAS(PREFETCH) && r->prefetch != d->prefetch)
		return false;
	return !(r->keys & S2M_HAS(DRIVER)) ||
	       (d->driver && !strcmp(d->driver, t->strings + r->driver));
}

/* Is the path @want, with its patterns, the beginning of @path, up to a '/'? */
static bool naive_path(const char *want, const char *path)
{
	if (!*want)
		return *path == '/';
	if (*want == S2M_ANY_BYTES)
		return naive_path(want + 1, path) ||
		       (*path && *path != '/' && naive_path(want, path + 1));
	return *want == *path && naive_path(want + 1, path + 1);
}

static bool naive_cgroup(const char *want, const struct s2m_task *task)
{
	char path[256] = "";
	u32 i;

	for (i = 0; i < task->cgroup_depth; i++) {
		strcat(path, "/");
		strcat(path, task->cgroup[i]);
	}
	strcat(path, "/");
	return !strcmp(want, "/") || naive_path(want, path);
}

static bool naive_match(const struct oracle *o, const struct s2m_rule *r, u32 cell,
			const struct s2m_mapping *m, const struct s2m_task *task)
{
	u64 at = SPACE_START + (u64)cell * CELL;
	const char *strings = o->table->strings;

	if (!naive_device(o->table, r, o->owner[cell] < 0 ? NULL : &o->devices[o->owner[cell]]))
		return false;
	/* Looser than Device: a BAR, or an address. */
	if (r->type > S2M_DEVICE_NGNRE && r->type < S2M_NR_TYPES && o->owner[cell] < 0 &&
	    !(r->keys & S2M_HAS(PHYS)))
		return false;
	if (r->keys & S2M_HAS(PHYS) && (at < r->phys_start || at > r->phys_end))
		return false;
	if (r->keys & S2M_HAS(VMA) && r->vma != m->pfnmap + 2 * m->io)
		return false;
	if (r->keys & S2M_HAS(PGPROT) && r->pgprot != m->pgprot)
		return false;
	if (r->keys & S2M_HAS(PID) && r->pid != task->pid)
		return false;
	if (r->keys & S2M_HAS(UID) && r->uid != task->uid)
		return false;
	if (r->keys & S2M_HAS(COMM) && strcmp(strings + r->comm, task->comm))
		return false;
	return !(r->keys & S2M_HAS(CGROUP)) || naive_cgroup(strings + r->cgroup, task);
}

static u32 first_cell(const struct s2m_mapping *m)
{
	return (u32)((m->phys - SPACE_START) / CELL);
}

static struct s2m_verdict naive_decide(const struct oracle *o, const struct s2m_mapping *m,
				       const struct s2m_task *task)
{
	struct s2m_verdict verdict = { .type = S2M_NATIVE, .rule = S2M_NO_RULE };
	u32 cell, end = first_cell(m) + (u32)(m->size / CELL), i;
	int strictest = 99;

	for (cell = first_cell(m); cell < end; cell++) {
		const struct s2m_device *owner = o->owner[cell] < 0 ? NULL :
						 &o->devices[o->owner[cell]];
		bool blown = owner && owner->blown;
		enum s2m_type type = blown ? S2M_DEVICE_NGNRE : S2M_NATIVE, effect;
		u32 rule = S2M_NO_RULE;

		for (i = 0; i < o->table->count && rule == S2M_NO_RULE && !blown; i++) {
			if (s2m_rule_is_about_vm(&o->table->rules[i]) ||
			    !naive_match(o, &o->table->rules[i], cell, m, task))
				continue;
			rule = i;
			type = (enum s2m_type)o->table->rules[i].type;
		}
		effect = type == S2M_NATIVE ? m->kvm_type : type;
		if ((int)effect < strictest) {
			strictest = (int)effect;
			verdict.type = type;
			verdict.rule = rule;
			verdict.blown = blown;
		}
	}
	return verdict;
}

/* The first rule with a fuse that some process and some VMA of some cell might have. */
static u32 naive_fuse(const struct oracle *o, const struct s2m_device *function)
{
	u32 first = S2M_NO_RULE, cell, i;

	for (cell = 0; cell < CELLS; cell++) {
		const struct s2m_device *owner = o->owner[cell] < 0 ? NULL :
						 &o->devices[o->owner[cell]];
		struct s2m_rule bare;

		if (!owner || owner->domain != function->domain || owner->bus != function->bus ||
		    owner->devfn != function->devfn)
			continue;
		for (i = 0; i < o->table->count; i++) {
			bare = o->table->rules[i];
			if (s2m_rule_is_about_vm(&bare))
				continue;
			bare.keys &= (u16)~S2M_LATE_KEYS;
			if (!naive_match(o, &bare, cell, NULL, NULL))
				continue;
			if (bare.fuse && i < first)
				first = i;
			if (!(o->table->rules[i].keys & S2M_LATE_KEYS))
				break;
		}
	}
	return first;
}

/* The first rule with a fuse that has no other address. */
static u32 naive_fuse_of(const struct oracle *o, const struct s2m_device *function)
{
	struct s2m_rule bare;
	u32 i;

	for (i = 0; i < o->table->count; i++) {
		bare = o->table->rules[i];
		bare.keys &= S2M_HAS(PCI);
		if (bare.fuse && naive_device(o->table, &bare, function))
			return i;
	}
	return S2M_NO_RULE;
}

/* Each BAR that owns a cell is told, and no other. */
static void check_bars(const struct compiled *c, const struct oracle *o)
{
	const struct s2m_device *bar;
	bool told[12] = { };
	u32 i, j, cell, known = 0;

	for (i = 0; (bar = s2m_index_bar(c->index, i)); i++) {
		for (j = 0; j < o->n; j++) {
			if (o->devices[j].start != bar->start || o->devices[j].end != bar->end ||
			    !s2m_same_function(&o->devices[j], bar))
				continue;
			told[j] = true;
			known++;
		}
		assert_in_range(known, i + 1, ~0u);
	}
	for (cell = 0; cell < CELLS; cell++)
		if (o->owner[cell] >= 0)
			assert_true(told[o->owner[cell]]);
	for (i = 0; i < o->n; i++)
		assert_int_equal(s2m_table_fuse_of(o->table, &o->devices[i]),
				 naive_fuse_of(o, &o->devices[i]));
}

static u32 naive_decide_vm(const struct oracle *o, const struct s2m_mapping *anywhere,
			   const struct s2m_task *task)
{
	u32 i;

	for (i = 0; i < o->table->count; i++)
		if (s2m_rule_is_about_vm(&o->table->rules[i]) &&
		    naive_match(o, &o->table->rules[i], first_cell(anywhere), anywhere, task))
			return i;
	return S2M_NO_RULE;
}

static const struct s2m_device *naive_owner(const struct oracle *o, const struct s2m_mapping *m)
{
	u32 cell = first_cell(m), end = cell + (u32)(m->size / CELL);
	int owner = o->owner[cell];

	for (; cell < end; cell++)
		if (o->owner[cell] != owner || owner < 0)
			return NULL;
	return &o->devices[owner];
}

static enum s2m_type effect(struct s2m_verdict verdict, const struct s2m_mapping *m)
{
	return verdict.type == S2M_NATIVE ? m->kvm_type : verdict.type;
}

/* For everything that the VMA could be, by asking for each. */
static enum s2m_type naive_unknown_vma(const struct oracle *o, const struct s2m_mapping *m,
				       const struct s2m_task *task)
{
	enum s2m_type strictest = S2M_NR_TYPES, type;
	struct s2m_mapping maybe = *m;
	u32 vma, pgprot;

	for (vma = 0; vma < 4; vma++) {
		for (pgprot = 0; pgprot <= S2M_PGPROT_CACHEABLE; pgprot++) {
			maybe.pfnmap = vma & 1;
			maybe.io = vma & 2;
			maybe.pgprot = (enum s2m_pgprot)pgprot;
			type = effect(naive_decide(o, &maybe, task), m);
			if (type < strictest)
				strictest = type;
		}
	}
	return strictest;
}

/* Any rule that is not behind one that matches everything, or none of them. */
static enum s2m_type naive_unknown_place(const struct s2m_table *table,
					 const struct s2m_mapping *m)
{
	enum s2m_type strictest = m->kvm_type;
	u32 i;

	for (i = 0; i < table->count; i++) {
		const struct s2m_rule *rule = &table->rules[i];

		if (s2m_rule_is_about_vm(rule))
			continue;
		if (rule->type != S2M_NATIVE && rule->type < strictest)
			strictest = (enum s2m_type)rule->type;
		if (!rule->keys && !s2m_type_loosens((enum s2m_type)rule->type))
			break;
	}
	return strictest;
}

/* Answers that took too much to find, and all of them. */
static u32 given_up, unsure;

static void expect_unsure(const struct compiled *c, const struct s2m_mapping *m,
			  const struct s2m_task *task, u32 unknown, enum s2m_type should)
{
	struct s2m_verdict is = s2m_index_decide_unsure(c->index, m, task, unknown);

	unsure++;
	if (unknown & S2M_UNKNOWN_VMA && is.type == S2M_DEVICE_NGNRE && is.rule == S2M_NO_RULE &&
	    should > S2M_DEVICE_NGNRE) {
		given_up++;
		return;
	}
	assert_int_equal(effect(is, m), should);
	if (is.rule != S2M_NO_RULE)
		assert_int_equal(c->table->rules[is.rule].type, is.type);
}

/* What is not known counts as all that it may be, and no less. */
/* The last of all VMAs that may be behind a mapping: both flags, and no pgprot of a rule. */
static void an_unknown_vma_may_be_cacheable(void **state)
{
	struct compiled c = compile("native pgprot=device-nGnRnE\nnative pgprot=device-nGnRE\n"
				    "native pgprot=normal-nc\ndevice-GRE vma=pfnmap+io\n"
				    "normal-nc", &nic, 1);
	struct s2m_verdict verdict;

	(void)state;
	verdict = s2m_index_decide_unsure(c.index, &nic_page, &nic_task, S2M_UNKNOWN_VMA);
	assert_int_equal(verdict.type, S2M_DEVICE_GRE);
	assert_int_equal(verdict.rule, 3);
	discard(&c);
}

/* Where it is not known to which device a mapping leads, a rule decides if it is stricter. */
static void an_unknown_place_gets_what_is_stricter(void **state)
{
	struct compiled c = compile("device-GRE bar=2\ndevice-nGnRE bar=4", &nic, 1);
	struct s2m_mapping mapping = nic_page;
	struct s2m_verdict verdict;

	(void)state;
	verdict = s2m_index_decide_unsure(c.index, &mapping, &nic_task, S2M_UNKNOWN_PLACE);
	assert_int_equal(verdict.type, S2M_DEVICE_NGNRE);
	assert_int_equal(verdict.rule, 1);
	mapping.kvm_type = S2M_DEVICE_NGNRE;
	verdict = s2m_index_decide_unsure(c.index, &mapping, &nic_task, S2M_UNKNOWN_PLACE);
	assert_int_equal(verdict.type, S2M_NATIVE);
	assert_int_equal(verdict.rule, S2M_NO_RULE);
	discard(&c);
}

static void check_unsure(const struct compiled *c, const struct oracle *o,
			 const struct s2m_mapping *m, const struct s2m_task *task)
{
	enum s2m_type place = naive_unknown_place(c->table, m);
	enum s2m_type vma = naive_unknown_vma(o, m, task);
	struct s2m_mapping all = *m;

	expect_unsure(c, m, task, 0, effect(naive_decide(o, m, task), m));
	expect_unsure(c, m, task, S2M_UNKNOWN_VMA, vma);
	expect_unsure(c, m, task, S2M_UNKNOWN_PLACE, place);
	expect_unsure(c, m, task, S2M_UNKNOWN_PLACE | S2M_UNKNOWN_VMA, place);
	all.phys = SPACE_START;
	all.size = (u64)SPACE_PAGES * PAGE;
	/* That a fuse may have blown is another thing not to know: who asks says so. */
	if (!s2m_index_is_blown(c->index, all.phys, all.size))
		assert_true(place <= effect(naive_decide(o, &all, task), m));
}

/* A name that a hypervisor's own numbers are in, and those of many others. */
static struct compiled compile_patterns(const char *format, u32 n, const char *last)
{
	char *text = test_malloc(n * 96ul + 96);
	struct compiled c;
	size_t len = 0;
	u32 i;

	for (i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, format, i);
	len += (size_t)sprintf(text + len, "%s", last);
	c = compile_len(text, len, &nic, 1, PAGE);
	test_free(text);
	return c;
}

static void what_ends_a_pattern_finds_it(void **state)
{
	static const char *const groups[] = { "machine.slice", "qemu-77-vm1023.scope", "libvirt" };
	static const char *const others[] = { "machine.slice", "qemu-77-vm2023.scope", "libvirt" };
	static const char *const longer[] = { "machine.slice", "qemu-77-vm1023.scope2", "libvirt" };
	static const char *const brief[] = { "machine.slice", "q3.scope", "libvirt" };
	static const char *const at_end[] = { "machine.slice" };
	static const char format[] = "normal-nc cgroup=/machine.slice/qemu*-vm%u.scope\n";
	struct compiled c = compile_patterns(format, S2M_MAX_PATTERNS, "");
	const struct { const char *const *groups; u32 depth, rule; } cases[] = {
		{ groups, 3, 1023 }, { groups, 2, 1023 }, { groups, 1, S2M_NO_RULE },
		{ others, 3, S2M_NO_RULE }, { longer, 3, S2M_NO_RULE },
		{ brief, 3, S2M_NO_RULE }, { at_end, 1, S2M_NO_RULE },
	};
	struct s2m_task task = nic_task;
	struct s2m_verdict verdict;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		task.cgroup = cases[i].groups;
		task.cgroup_depth = cases[i].depth;
		verdict = s2m_index_decide(c.index, &nic_page, &task);
		assert_int_equal(verdict.rule, cases[i].rule);
		assert_int_equal(verdict.type == S2M_NATIVE, cases[i].rule == S2M_NO_RULE);
	}
	discard(&c);
	/* What follows the group with the pattern has an end of its own. */
	c = compile_patterns("normal-nc cgroup=/machine.slice/qemu*-vm1%u23.scope/libvirt\n", 1, "");
	task.cgroup = groups;
	task.cgroup_depth = 3;
	assert_int_equal(s2m_index_decide(c.index, &nic_page, &task).rule, 0);
	discard(&c);
	c = compile_patterns("normal-nc cgroup=/machine*/qemu-77-vm1%u23.scope\n", 1, "");
	assert_int_equal(s2m_index_decide(c.index, &nic_page, &task).rule, 0);
	discard(&c);
}

/* The rule that matches is the last, and nobody gets that far. */
static void what_takes_too_long_is_strict(void **state)
{
	static const char *const groups[] = { "machine.slice" };
	struct compiled c = compile_patterns("normal-nc cgroup=/*machine.slice*%u*\n",
					     S2M_MAX_PATTERNS, "");
	struct s2m_mapping mapping = nic_page;
	struct s2m_task task = nic_task;
	struct s2m_verdict verdict;

	(void)state;
	task.cgroup = groups;
	task.cgroup_depth = 1;
	mapping.kvm_type = S2M_NORMAL_NC;
	verdict = s2m_index_decide(c.index, &mapping, &task);
	assert_int_equal(verdict.type, S2M_DEVICE_NGNRE);
	assert_int_equal(verdict.rule, S2M_NO_RULE);
	verdict = s2m_index_decide_unsure(c.index, &mapping, &task, S2M_UNKNOWN_VMA);
	assert_int_equal(verdict.type, S2M_DEVICE_NGNRE);
	discard(&c);

	/* Nor is a VM coherent then, whatever the last rule says. */
	c = compile_patterns("coherent-ram cgroup=/*machine.slice*%u*\n", S2M_MAX_PATTERNS,
			     "coherent-ram\n");
	assert_int_equal(s2m_index_decide_vm(c.index, &task), S2M_NO_RULE);
	discard(&c);
}

/* Rules that cut the first @parts pages into as many parts. */
static void cut_into_parts(char *text, u32 parts)
{
	u32 i;

	for (i = 0; i < parts; i += 2)
		sprintf(text + strlen(text), "native phys=0x%x-0x%x\n", i * PAGE,
			i * PAGE + PAGE - 1);
}

/* Is a mapping of so many parts strict because too much would have to be looked at? */
static bool is_too_much(const struct compiled *c, u32 parts, const struct s2m_task *task)
{
	struct s2m_mapping mapping = nic_page;
	struct s2m_verdict verdict;

	mapping.phys = 0;
	mapping.size = parts * PAGE;
	mapping.kvm_type = S2M_NORMAL_NC;
	verdict = s2m_index_decide(c->index, &mapping, task);
	if (verdict.type == S2M_NATIVE)
		return false;
	assert_int_equal(verdict.type, S2M_DEVICE_NGNRE);
	assert_int_equal(verdict.rule, S2M_NO_RULE);
	return true;
}

/* None of these rules matches, and to see that takes time. */
static void what_is_passed_over_takes_time_too(void **state)
{
	static const char *const groups[] = { "machine.slice", "qemu-77-vm2023.scope" };
	static const char *const deep[] = { "g", "g", "g", "g", "g", "g", "g", "g", "g", "h" };
	char text[8192] = "";
	struct s2m_task task = nic_task;
	struct compiled c;
	u32 depth, i;

	(void)state;
	/* A chain of rules that end in another way. */
	cut_into_parts(text, 70);
	c = compile_patterns("device-nGnRE cgroup=/machine.slice/qemu*-vm%u.scope\n",
			     S2M_MAX_PATTERNS, text);
	task.cgroup = groups;
	task.cgroup_depth = 2;
	assert_false(is_too_much(&c, 20, &task));
	assert_true(is_too_much(&c, 70, &task));
	discard(&c);

	/* Chains that are empty: one for each depth, at each part. */
	text[0] = '\0';
	for (depth = 1; depth <= 10; depth++) {
		sprintf(text + strlen(text), "device-nGnRE phys=0-0xfffff cgroup=");
		for (i = 1; i < depth; i++)
			strcat(text, "/g");
		strcat(text, "/x\n");
	}
	cut_into_parts(text, 64);
	c = compile(text, NULL, 0);
	task.cgroup = deep;
	task.cgroup_depth = 10;
	assert_false(is_too_much(&c, 30, &task));
	assert_true(is_too_much(&c, 64, &task));
	discard(&c);
}

static void a_block_over_many_parts_of_an_unknown_vma_is_strict(void **state)
{
	char text[64 * (S2M_MAX_UNSURE_SPAN + 2)] = "normal-nc vma=pfnmap\n";
	struct s2m_mapping mapping = nic_page;
	struct s2m_verdict verdict;
	struct compiled c;
	u32 i;

	(void)state;
	for (i = 0; i < S2M_MAX_UNSURE_SPAN; i++)
		sprintf(text + strlen(text), "normal-nc phys=0x%x-0x%x\n", 2 * i * PAGE,
			2 * i * PAGE + PAGE - 1);
	c = compile(text, NULL, 0);
	mapping.phys = 0;
	mapping.size = S2M_MAX_UNSURE_SPAN * PAGE;
	verdict = s2m_index_decide_unsure(c.index, &mapping, NULL, S2M_UNKNOWN_VMA);
	assert_int_equal(effect(verdict, &mapping), S2M_NORMAL_NC);
	mapping.size = (S2M_MAX_UNSURE_SPAN + 1) * PAGE;
	verdict = s2m_index_decide_unsure(c.index, &mapping, NULL, S2M_UNKNOWN_VMA);
	assert_int_equal(verdict.type, S2M_DEVICE_NGNRE);
	assert_int_equal(verdict.rule, S2M_NO_RULE);
	discard(&c);
}

static void check_device(const struct compiled *c, const struct oracle *o,
			 const struct s2m_mapping *m)
{
	const struct s2m_device *is = s2m_index_device(c->index, m->phys, m->size);
	const struct s2m_device *should = naive_owner(o, m);

	assert_int_equal(!is, !should);
	if (is) {
		assert_int_equal(is->start, should->start);
		assert_int_equal(is->end, should->end);
	}
}

/* What has no answer of a fuse may have one in some part, if the others are as strict. */
static void check_blown(const struct compiled *c, const struct oracle *o,
			const struct s2m_mapping *m)
{
	u32 cell = first_cell(m), end = cell + (u32)(m->size / CELL), i;
	bool blown = false;

	for (; cell < end; cell++)
		blown |= o->owner[cell] >= 0 && o->devices[o->owner[cell]].blown;
	assert_int_equal(s2m_index_is_blown(c->index, m->phys, m->size), blown);
	for (i = 0; i < o->n; i++)
		assert_int_equal(s2m_index_fuse(c->index, &o->devices[i]),
				 naive_fuse(o, &o->devices[i]));
}

static void check_round(u32 round)
{
	static char text[24 * RANDOM_RULE_SIZE];
	struct s2m_device devices[12];
	struct oracle oracle = { .devices = devices };
	struct random_task task, other;
	struct s2m_mapping mapping;
	struct compiled c;
	u32 i;

	random_state = round;
	oracle.n = random_devices(devices, chance(12), round % 4 == 3);
	c = compile_len(text, random_table(text, chance(20)), devices, oracle.n, PAGE);
	oracle.table = c.table;
	own_cells(&oracle);
	check_bars(&c, &oracle);
	for (i = 0; i < 8; i++) {
		struct s2m_verdict is, should;

		random_task(&task);
		random_mapping(&mapping);
		is = s2m_index_decide(c.index, &mapping, &task.task);
		should = naive_decide(&oracle, &mapping, &task.task);
		if (is.rule != should.rule || is.type != should.type)
			print_error("round %u: 0x%llx+0x%llx: rule %d, should be %d\n%s\n", round,
				    mapping.phys, mapping.size, (int)is.rule, (int)should.rule,
				    text);
		assert_int_equal(is.rule, should.rule);
		assert_int_equal(is.type, should.type);
		assert_int_equal(is.blown, should.blown);
		check_blown(&c, &oracle, &mapping);

		assert_int_equal(s2m_index_decide_vm(c.index, &task.task),
				 naive_decide_vm(&oracle, &mapping, &task.task));
		check_device(&c, &oracle, &mapping);
		if (!i && !(round % 8))
			check_unsure(&c, &oracle, &mapping, &task.task);
		random_task(&other);
		if (!s2m_index_needs_task(c.index, mapping.phys, mapping.size)) {
			should = s2m_index_decide(c.index, &mapping, &other.task);
			assert_int_equal(should.rule, is.rule);
			should = s2m_index_decide(c.index, &mapping, NULL);
			assert_int_equal(should.rule, is.rule);
		}
	}
	discard(&c);
}

static void the_index_agrees_with_the_oracle(void **state)
{
	u32 round;

	(void)state;
	for (round = 0; round < 20000; round++)
		check_round(round);
	/* Where a VMA is not known, sixteen are tried; these tables are thick. */
	assert_in_range(given_up, 1, unsure / 20);
}

/* What a rule can be about, by each way in which the index finds it. */
static const char *const every_key[] = {
	"", " bar=2", " bar=1", " phys=%1$lld-%2$lld", " phys=%1$lld-%3$lld",
	" phys=%1$lld-%3$lld bar=2", " vma=io", " pgprot=device-nGnRE", " uid=1", " uid=1 bar=2",
	" comm=a vma=io phys=%1$lld-%3$lld", " cgroup=/g",
};

/* All rules of these keys and types, as a table. */
static struct s2m_table *every_rule(void)
{
	static const char *const types[] = { "native", "device-nGnRE", "normal-nc" };
	const long long page = SPACE_START + PAGE;
	char text[4096] = "coherent-ram\n", *end = text + strlen(text);
	struct s2m_text_error error;
	struct s2m_table *table;
	u32 type, key;

	for (type = 0; type < ARRAY_SIZE(types); type++) {
		for (key = 0; key < ARRAY_SIZE(every_key); key++) {
			end += sprintf(end, "%s", types[type]);
			end += sprintf(end, every_key[key], page, page + PAGE - 1,
				       page + 2 * PAGE - 1);
			end += sprintf(end, "\n");
		}
	}
	assert_int_equal(s2m_table_parse(text, strlen(text), &table, &error), 0);
	return table;
}

/* Pages before the BAR, in it and behind, by two VMMs. */
static void check_every_mapping(const struct s2m_index *index, const struct oracle *oracle)
{
	static const char *const groups[] = { "g" };
	static const struct s2m_task tasks[] = {
		{ .comm = "b" }, { .comm = "a", .uid = 1, .cgroup = groups, .cgroup_depth = 1 },
	};
	struct s2m_verdict is, should;
	struct s2m_mapping mapping = { .kvm_type = S2M_NORMAL_NC };
	u32 i;

	for (i = 0; i < 10; i++) {
		/* Four pages, and all of them at once. */
		mapping.phys = SPACE_START + (i / 2 == 4 ? 0 : i / 2) * PAGE;
		mapping.size = i / 2 == 4 ? 4 * PAGE : PAGE;
		mapping.io = i % 2;
		mapping.pfnmap = !(i % 2);
		mapping.pgprot = i % 2 ? S2M_PGPROT_DEVICE_NGNRE : S2M_PGPROT_DEVICE_NGNRNE;
		is = s2m_index_decide(index, &mapping, &tasks[i % 2]);
		should = naive_decide(oracle, &mapping, &tasks[i % 2]);
		assert_int_equal(is.rule, should.rule);
		assert_int_equal(is.type, should.type);
		assert_int_equal(s2m_index_decide_vm(index, &tasks[i % 2]),
				 naive_decide_vm(oracle, &mapping, &tasks[i % 2]));
	}
}

static void every_table_of_up_to_three_rules(void **state)
{
	const struct s2m_device bar = {
		.start = SPACE_START + PAGE, .end = SPACE_START + 2 * PAGE - 1, .bar = 2,
	};
	struct s2m_table *all = every_rule();
	struct { struct s2m_table table; struct s2m_rule rules[3]; } *some = test_malloc(sizeof(*some));
	struct oracle oracle = { .table = &some->table, .devices = &bar, .n = 1 };
	struct s2m_text_error error;
	struct s2m_index *index;
	u32 number, rest, end = 1;

	(void)state;
	own_cells(&oracle);
	some->table.strings = all->strings;
	for (some->table.count = 0; some->table.count <= 3; some->table.count++, end *= all->count) {
		for (number = 0; number < end; number++) {
			u32 i;

			for (i = 0, rest = number; i < some->table.count; i++, rest /= all->count)
				memcpy(&some->table.rules[i], &all->rules[rest % all->count],
				       sizeof(some->rules[0]));
			assert_int_equal(s2m_index_build(&some->table, &bar, 1, PAGE, &index,
							 &error), 0);
			check_every_mapping(index, &oracle);
			s2m_index_free(index);
		}
	}
	test_free(some);
	s2m_table_free(all);
}

static u32 cell_of(u64 address)
{
	return (u32)((address - SPACE_START) / CELL);
}

/* Does a device or a rule about addresses begin or end right before this cell? */
static bool is_edge(const struct oracle *o, u32 cell)
{
	u64 at = SPACE_START + (u64)cell * CELL;
	u32 i;

	for (i = 0; i < o->table->count; i++) {
		const struct s2m_rule *rule = &o->table->rules[i];

		if (rule->keys & S2M_HAS(PHYS) &&
		    (rule->phys_start == at || rule->phys_end + 1 == at))
			return true;
	}
	return o->owner[cell] != o->owner[cell - 1];
}

/* Every mapping that fits into [@phys, @end) has the answer of its first cell. */
static void check_mappings_within(const struct compiled *c, const struct oracle *o, u64 phys,
				  u64 end, struct s2m_mapping *m, const struct s2m_task *task)
{
	int owner = o->owner[cell_of(phys)];
	struct s2m_verdict should;
	u64 size;

	m->phys = SPACE_START + (u64)cell_of(phys) * CELL;
	m->size = CELL;
	should = naive_decide(o, m, task);
	for (; m->phys < end; m->phys += CELL) {
		assert_int_equal(naive_decide(o, m, task).rule, should.rule);
		assert_int_equal(o->owner[cell_of(m->phys)], owner);
	}
	for (size = PAGE; size <= PAGE << 6; size *= 2) {
		m->size = size;
		m->phys = (phys + size - 1) & ~(size - 1);
		for (; m->phys + size <= end; m->phys += size) {
			struct s2m_verdict is = s2m_index_decide(c->index, m, task);

			assert_int_equal(is.rule, should.rule);
			assert_int_equal(is.type, should.type);
			assert_int_equal(!s2m_index_device(c->index, m->phys, size), owner < 0);
		}
	}
}

static void check_uniform_round(u32 round)
{
	static char text[24 * RANDOM_RULE_SIZE];
	struct s2m_device devices[12];
	struct oracle oracle = { .devices = devices };
	struct random_task task;
	struct s2m_mapping mapping;
	struct compiled c;
	u32 i;

	random_state = 1000000 + round;
	oracle.n = random_devices(devices, chance(12), round % 4 == 3);
	c = compile_len(text, random_table(text, chance(20)), devices, oracle.n, PAGE);
	oracle.table = c.table;
	own_cells(&oracle);
	for (i = 0; i < 8; i++) {
		u64 phys = SPACE_START + chance(CELLS * CELL);
		u64 end = s2m_index_uniform_end(c.index, phys);
		u64 space_end = SPACE_START + CELLS * CELL;

		assert_true(end > phys);
		if (end < space_end)
			assert_true(is_edge(&oracle, cell_of(end)));
		random_task(&task);
		random_mapping(&mapping);
		check_mappings_within(&c, &oracle, phys, end < space_end ? end : space_end,
				      &mapping, &task.task);
	}
	discard(&c);
}

static void all_is_the_same_up_to_the_uniform_end(void **state)
{
	u32 round;

	(void)state;
	for (round = 0; round < 2000; round++)
		check_uniform_round(round);
}

static void the_uniform_end_of_simple_tables(void **state)
{
	struct s2m_device small = nic;
	struct compiled c;

	(void)state;
	c = compile("normal-nc", NULL, 0);
	assert_true(s2m_index_uniform_end(c.index, 0) == U64_MAX);
	assert_true(s2m_index_uniform_end(c.index, 0x8000000123) == U64_MAX);
	discard(&c);

	/* A device matters with no rule about it as well: modes ask for it. */
	c = compile("", &nic, 1);
	assert_int_equal(s2m_index_uniform_end(c.index, 0), 0x8000000000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x7fffffffff), 0x8000000000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8000000000), 0x8002000000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8001ffffff), 0x8002000000);
	assert_true(s2m_index_uniform_end(c.index, 0x8002000000) == U64_MAX);
	discard(&c);

	/* The edges of a rule, within a device and across its end. */
	c = compile("normal-nc phys=0x8000001000-0x8000002fff\n"
		    "device-GRE phys=0x8001ffff00-0x8002000fff", &nic, 1);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8000000000), 0x8000001000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8000001000), 0x8000003000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8000002fff), 0x8000003000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8000003000), 0x8001ffff00);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8001ffff00), 0x8002000000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8002000000), 0x8002001000);
	assert_true(s2m_index_uniform_end(c.index, 0x8002001000) == U64_MAX);
	discard(&c);

	/* What no rule can tell apart is one: the second one never decides. */
	c = compile("normal-nc phys=0x1000-0x3fff\nnative phys=0x2000-0x2fff", NULL, 0);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x1000), 0x4000);
	discard(&c);

	/* A BAR smaller than a page owns all of it. */
	small.start = 0x8000000400;
	small.end = 0x80000004ff;
	c = compile("", &small, 1);
	assert_int_equal(s2m_index_uniform_end(c.index, 0), 0x8000000000);
	assert_int_equal(s2m_index_uniform_end(c.index, 0x8000000000), 0x8000001000);
	discard(&c);
}

/* Rules about VMs and rules about mappings, in one table, do not see each other. */
static void two_kinds_of_rules_side_by_side(void **state)
{
	struct s2m_task task = nic_task;
	struct compiled c;

	(void)state;
	task.uid = 7;
	c = compile("coherent-ram uid=1\nnative\ncoherent-ram uid=7\nnormal-nc\n", &nic, 1);
	assert_int_equal(s2m_table_first_about_vm(c.table), 0);
	expect(&c, 0x8000000000, PAGE, S2M_NATIVE, 1);
	assert_int_equal(s2m_index_decide_vm(c.index, &task), 2);
	task.uid = 1;
	assert_int_equal(s2m_index_decide_vm(c.index, &task), 0);
	task.uid = 2;
	assert_int_equal(s2m_index_decide_vm(c.index, &task), S2M_NO_RULE);
	assert_false(s2m_index_needs_task(c.index, 0x8000000000, PAGE));
	discard(&c);

	/* Without keys: every VM, and still no mapping. */
	c = compile("coherent-ram\nnormal-nc bar=2\ncoherent-ram uid=2\n", &nic, 1);
	assert_int_equal(s2m_index_decide_vm(c.index, &task), 0);
	expect(&c, 0x8000000000, PAGE, S2M_NORMAL_NC, 1);
	expect(&c, 0x7000000000, PAGE, S2M_NATIVE, S2M_NO_RULE);
	discard(&c);

	c = compile("normal-nc\n", &nic, 1);
	assert_int_equal(s2m_table_first_about_vm(c.table), S2M_NO_RULE);
	assert_int_equal(s2m_index_decide_vm(c.index, &task), S2M_NO_RULE);
	discard(&c);
}

/* Let each allocation fail in turn, until none is left that could. */
static void without_memory_nothing_is_kept(void **state)
{
	static const char text[] = "normal-nc pci=1:81:01.2 uid=1\nnormal-nc id=15b3:1017 pid=1\n"
				   "normal-nc phys=0-0xffff bar=0\nnative phys=0-0xfff comm=a\n"
				   "native cgroup=/a\nnative phys=0x100000-0x10ffff bar=0\nnative";
	struct s2m_device devices[64];
	struct s2m_text_error error = { 0 };
	struct s2m_table *table = NULL;
	struct s2m_index *index = NULL;
	unsigned long n;
	int err;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		devices[i] = nic;
		devices[i].start = 0x100000 + i * 0x10000;
		devices[i].end = devices[i].start + 0xffff;
		devices[i].bar = i % 6;
		devices[i].devfn = (u8)(i / 2);
	}
	assert_int_equal(s2m_table_parse(text, sizeof(text) - 1, &table, &error), 0);
	for (n = 1;; n++) {
		memory_reset(n);
		err = s2m_index_build(table, devices, ARRAY_SIZE(devices), PAGE, &index, &error);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_null(index);
		assert_int_equal(memory_held, 0);
		assert_string_equal(error.sentence,
				    "no memory for an index of 7 rules and 64 BARs");
	}
	assert_true(n > 20);
	s2m_index_free(index);
	assert_int_equal(memory_held, 0);
	s2m_index_free(NULL);
	memory_reset(0);
	s2m_table_free(table);
}

/* Text of @n lines, each made by printing the line's number into @fmt twice. */
static char *many(const char *fmt, u32 n, size_t *len)
{
	char *text = test_malloc((size_t)n * 96);
	u32 i;

	*len = 0;
	for (i = 0; i < n; i++)
		*len += (size_t)sprintf(text + *len, fmt, i, i);
	return text;
}

static void rules_that_overlap_too_much_are_refused(void **state)
{
	struct s2m_text_error error = { 0 };
	struct s2m_table *table = NULL;
	struct s2m_index *index = NULL;
	size_t len;
	char *text = many("native phys=0x%x000-0xfffffffffffff uid=%u\n", 3000, &len);

	(void)state;
	assert_int_equal(s2m_table_parse(text, len, &table, &error), 0);
	memory_reset(0);
	assert_int_equal(s2m_index_build(table, NULL, 0, PAGE, &index, &error), -E2BIG);
	assert_null(index);
	assert_int_equal(memory_held, 0);
	assert_string_equal(error.sentence,
			    "rule 808: rules overlap too much: more than 2097152 pairs "
			    "of a rule and a device or range");
	s2m_table_free(table);
	test_free(text);
}

static void a_full_table_of_each_kind(void **state)
{
	static const char * const kinds[] = {
		"native phys=0x%x000-0x%x7ff\n",
		"native phys=0x%x000-0xfffffffffffff\n",
		"native pci=%x:0:0.0\n",
		"native id=15b3:1017 pci=*:*.* uid=%u\n",
		"native uid=%u\n",
		"native comm=vm%u\n",
		"native cgroup=/machine.slice/vm%u\n",
		"native uid=1\n",
	};
	struct compiled c;
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct s2m_index_stats stats;

		text = many(kinds[i], S2M_MAX_RULES, &len);
		c = compile_len(text, len, &nic, 1, PAGE);
		s2m_index_stats(c.index, &stats);
		decide(&c, nic_page.phys, PAGE);
		assert_true(stats.bytes < 56 * (size_t)S2M_MAX_RULES);
		discard(&c);
		test_free(text);
	}
}

static void equal_rules_about_processes_are_kept_once(void **state)
{
	struct compiled c = compile("native uid=1\ndevice-nGnRE uid=1\nnative uid=1 vma=io\n"
				    "native uid=1 vma=io\nnative vma=io\nnative vma=io", NULL, 0);
	struct s2m_index_stats stats;

	(void)state;
	s2m_index_stats(c.index, &stats);
	assert_int_equal(stats.entries, 3);
	discard(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_over_many_parts_of_an_unknown_vma_is_strict),
		cmocka_unit_test(an_unknown_vma_may_be_cacheable),
		cmocka_unit_test(an_unknown_place_gets_what_is_stricter),
		cmocka_unit_test(each_key_matches_and_does_not),
		cmocka_unit_test(a_function_of_any_slot),
		cmocka_unit_test(vma_flags_are_exact),
		cmocka_unit_test(a_cacheable_vma_matches_no_pgprot),
		cmocka_unit_test(the_first_match_wins_across_all_kinds),
		cmocka_unit_test(an_empty_table_leaves_all_native),
		cmocka_unit_test(a_block_gets_the_strictest_answer),
		cmocka_unit_test(parts_of_a_page_count),
		cmocka_unit_test(two_kinds_of_rules_side_by_side),
		cmocka_unit_test(sets_are_shared_only_if_equal),
		cmocka_unit_test(sub_page_bars_own_or_share_their_page),
		cmocka_unit_test(the_device_of_a_range),
		cmocka_unit_test(devices_are_copied_with_their_drivers),
		cmocka_unit_test(impossible_devices_are_left_out),
		cmocka_unit_test(a_device_that_comes_later),
		cmocka_unit_test(a_block_over_too_many_parts_is_strict),
		cmocka_unit_test(who_maps_matters_only_where_a_rule_says_so),
		cmocka_unit_test(what_loosens_needs_a_bar_or_an_address),
		cmocka_unit_test(deep_groups),
		cmocka_unit_test(what_ends_a_pattern_finds_it),
		cmocka_unit_test(what_takes_too_long_is_strict),
		cmocka_unit_test(what_is_passed_over_takes_time_too),
		cmocka_unit_test(the_index_agrees_with_the_oracle),
		cmocka_unit_test(every_table_of_up_to_three_rules),
		cmocka_unit_test(all_is_the_same_up_to_the_uniform_end),
		cmocka_unit_test(the_uniform_end_of_simple_tables),
		cmocka_unit_test(without_memory_nothing_is_kept),
		cmocka_unit_test(rules_that_overlap_too_much_are_refused),
		cmocka_unit_test(a_full_table_of_each_kind),
		cmocka_unit_test(equal_rules_about_processes_are_kept_once),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
