// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as the text of a table. What is no table must be refused with a
 * sentence, without keeping memory; a table must survive being printed, and
 * its index must keep what it promises.
 */
#include <assert.h>

#include <s2memattr/index.h>

#define PAGE	4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct s2m_device devices[] = {
	{ .start = 0x1000, .end = 0x1fff, .vendor = 0x1af4, .device = 0x1110, .bus = 1,
	  .class_code = 0x020000, .driver = "vfio-pci" },
	/* Three that share a page, then one that fills more than its own. */
	{ .start = 0x3000, .end = 0x30ff, .bar = 0, .driver = "a" },
	{ .start = 0x3200, .end = 0x32ff, .bar = 1 },
	{ .start = 0x3e00, .end = 0x3eff, .bar = 2, .prefetch = true },
	{ .start = 0x5000, .end = 0x67ff, .domain = 1, .devfn = 0x0a, .class_code = 0x030000 },
	/* These overlap, which real ones do not. */
	{ .start = 0x8000000000, .end = 0x8000ffffff, .vendor = 0x15b3, .device = 0x1017,
	  .subvendor = 1, .subdevice = 2, .bus = 0x81, .prefetch = true, .driver = "vfio-pci" },
	{ .start = 0x8000800000, .end = 0x80017fffff, .vendor = 0x15b3, .bus = 0x81 },
	{ .start = S2M_MAX_PHYS - 0xfff, .end = S2M_MAX_PHYS, .bar = 5, .blown = true },
};

static const char * const groups[] = { "a", "b", "machine.slice" };

static const struct s2m_task task = {
	.pid = 1, .uid = 0, .comm = "qemu", .cgroup = groups, .cgroup_depth = 3,
};

/* As strict as it is for the guest. */
static enum s2m_type effect(const struct s2m_mapping *mapping, struct s2m_verdict verdict)
{
	return verdict.type == S2M_NATIVE ? mapping->kvm_type : verdict.type;
}

static struct s2m_verdict decide(const struct s2m_table *table, const struct s2m_index *index,
				 const struct s2m_mapping *mapping)
{
	struct s2m_verdict verdict = s2m_index_decide(index, mapping, &task);

	/* No type that no rule said. */
	if (verdict.rule != S2M_NO_RULE) {
		assert(verdict.rule < table->count);
		assert(!s2m_rule_is_about_vm(&table->rules[verdict.rule]));
		assert(verdict.type == (enum s2m_type)table->rules[verdict.rule].type);
	}
	if (!s2m_index_needs_task(index, mapping->phys, mapping->size))
		assert(s2m_index_decide(index, mapping, NULL).rule == verdict.rule);
	s2m_index_device(index, mapping->phys, mapping->size);
	return verdict;
}

/* A block is exactly as strict as the strictest of its pages. */
static void check_block(const struct s2m_table *table, const struct s2m_index *index, u64 phys)
{
	struct s2m_mapping block = {
		.phys = phys & ~(16 * PAGE - 1ULL),
		.size = 16 * PAGE,
		.kvm_type = phys & PAGE ? S2M_DEVICE_NGNRE : S2M_NORMAL_NC,
		.pfnmap = phys & 2 * PAGE,
		.io = phys & 4 * PAGE,
		.pgprot = (enum s2m_pgprot)(phys / PAGE & 3),
	};
	struct s2m_mapping page = block;
	struct s2m_verdict of_block = decide(table, index, &block), of_page;
	enum s2m_type strictest = S2M_NR_TYPES;
	u32 i;

	page.size = PAGE;
	for (i = 0; i < 16; i++, page.phys += PAGE) {
		of_page = decide(table, index, &page);
		if (of_page.rule == S2M_NO_RULE)
			assert(of_page.type == (of_page.blown ? S2M_DEVICE_NGNRE : S2M_NATIVE));
		if (effect(&page, of_page) < strictest)
			strictest = effect(&page, of_page);
	}
	if (of_block.rule == S2M_NO_RULE && of_block.type != S2M_NATIVE && !of_block.blown)
		assert(of_block.type == S2M_DEVICE_NGNRE);	/* too many parts */
	else
		assert(effect(&block, of_block) == strictest);
}

/* Rules about VMs: the first of them that matches, whatever else is there. */
static void check_vm(const struct s2m_table *table, const struct s2m_index *index)
{
	u32 first = s2m_table_first_about_vm(table), rule = s2m_index_decide_vm(index, &task);

	assert(first <= rule);
	if (rule != S2M_NO_RULE)
		assert(s2m_rule_is_about_vm(&table->rules[rule]));
	if (first != S2M_NO_RULE && !table->rules[first].keys)
		assert(rule == first);
}

/* A fuse is a rule's that has one. */
static void check_fuses(const struct s2m_table *table, const struct s2m_index *index)
{
	u32 first = s2m_table_first_fuse(table), rule, i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		rule = s2m_index_fuse(index, &devices[i]);
		assert(rule == S2M_NO_RULE || (first <= rule && table->rules[rule].fuse));
	}
}

static void check_index(const struct s2m_table *table)
{
	struct s2m_text_error error = { 0 };
	struct s2m_index *index;
	u32 i;
	int err;

	err = s2m_index_build(table, devices, ARRAY_SIZE(devices), PAGE, &index, &error);
	if (err) {
		assert(err == -E2BIG && error.sentence[0]);
		return;
	}
	check_vm(table, index);
	check_fuses(table, index);
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		check_block(table, index, devices[i].start);
		check_block(table, index, devices[i].end);
	}
	for (i = 0; i < table->count && i < 64; i++) {
		check_block(table, index, table->rules[i].phys_start);
		check_block(table, index, table->rules[i].phys_end);
	}
	s2m_index_free(index);
}

static void check_print(const struct s2m_table *table)
{
	size_t room = (size_t)table->count * (S2M_MAX_LINE + 1), len = 0;
	struct s2m_text_error error = { 0 };
	struct s2m_table *again;
	char *text = malloc(room + 1);
	u32 i;

	assert(text);
	for (i = 0; i < table->count; i++) {
		size_t line = s2m_rule_print(table, i, text + len, S2M_MAX_LINE + 1);

		assert(line <= S2M_MAX_LINE);
		len += line;
		text[len++] = '\n';
	}
	assert(!s2m_table_parse(text, len, &again, &error));
	assert(s2m_table_equal(table, again));
	s2m_table_free(again);
	free(text);
}

/* A sentence is one printable line that begins with its number. */
static void check_error(const struct s2m_text_error *error)
{
	char number[24];
	const char *c;

	assert(error->line);
	snprintf(number, sizeof(number), "line %u: ", error->line);
	assert(!strncmp(error->sentence, number, strlen(number)));
	assert(error->sentence[strlen(number)]);
	assert(strlen(error->sentence) < sizeof(error->sentence) - 1);
	for (c = error->sentence; *c; c++)
		assert(*c >= ' ' && *c < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s2m_text_error error = { 0 };
	struct s2m_table *table = NULL;
	int err = s2m_table_parse((const char *)data, size, &table, &error);

	if (err) {
		assert(err == -EINVAL || err == -E2BIG);
		assert(!table);
		check_error(&error);
		return 0;
	}
	assert(!error.line);
	check_print(table);
	check_index(table);
	s2m_table_free(table);
	return 0;
}
