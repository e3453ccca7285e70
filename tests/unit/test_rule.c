// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <s2memattr/rule.h>

#include "memory.h"
#include "random.h"

/* Parse what must be right. */
static struct s2m_table *parse(const char *text, size_t len)
{
	struct s2m_text_error error = { 0 };
	struct s2m_table *table = NULL;
	int err = s2m_table_parse(text, len, &table, &error);

	if (err)
		print_error("%.*s\n%s\n", (int)(len < 2000 ? len : 2000), text, error.sentence);
	assert_int_equal(err, 0);
	return table;
}

/* One line, and how it is printed. */
static void reads_as(const char *text, const char *canonical)
{
	struct s2m_table *table = parse(text, strlen(text));
	char line[S2M_MAX_LINE + 1];

	assert_int_equal(table->count, 1);
	assert_int_equal(s2m_rule_print(table, 0, line, sizeof(line)), strlen(canonical));
	assert_string_equal(line, canonical);
	s2m_table_free(table);
}

static void each_key_in_all_its_forms(void **state)
{
	static const char * const forms[][2] = {
		{ "native", "native" },
		{ "DEVICE_nGnRE", "device-nGnRE" },
		{ "device-gre", "device-GRE" },
		{ "Normal-NC", "normal-nc" },
		{ "normal_wb", "normal-wb" },
		{ "Coherent_RAM", "coherent-ram" },
		{ "coherent-ram cgroup=/a comm=b uid=1 pid=2",
		  "coherent-ram pid=2 uid=1 comm=b cgroup=/a" },
		{ "native pci=81:00.0", "native pci=0000:81:00.0" },
		{ "native pci=1:2:3.4", "native pci=0001:02:03.4" },
		{ "native pci=ABCDEF01:ff:1f.7", "native pci=abcdef01:ff:1f.7" },
		{ "native pci=0000:81:00.*", "native pci=0000:81:00.*" },
		{ "native pci=*:81:00.0", "native pci=*:81:00.0" },
		{ "native pci=81:*.0", "native pci=0000:81:*.0" },
		{ "native pci=*:*.*", "native pci=*:*:*.*" },
		{ "native pci=0:*:*.*", "native pci=0000:*:*.*" },
		{ "native id=15b3:*", "native id=15b3:*" },
		{ "native id=*:1:*:*", "native id=*:0001" },
		{ "native id=15B3:1017:*:5", "native id=15b3:1017:*:0005" },
		{ "native class=0200xx", "native class=0200xx" },
		{ "native class=X2FFff", "native class=x2ffff" },
		{ "native bar=0", "native bar=0" },
		{ "native bar=5", "native bar=5" },
		{ "native prefetch=0", "native prefetch=0" },
		{ "native prefetch=1", "native prefetch=1" },
		{ "native driver=vfio-pci", "native driver=vfio-pci" },
		{ "native driver=a%20b", "native driver=a%20b" },
		{ "native phys=0x80000000-0X80FFFFFF", "native phys=0x80000000-0x80ffffff" },
		{ "native phys=4096-8191", "native phys=0x1000-0x1fff" },
		{ "native phys=0-0XfffffFFFFFFFF", "native phys=0x0-0xfffffffffffff" },
		{ "native phys=0x10-0x10", "native phys=0x10-0x10" },
		{ "native vma=pfnmap", "native vma=pfnmap" },
		{ "native vma=io", "native vma=io" },
		{ "native vma=PFNMAP+IO", "native vma=pfnmap+io" },
		{ "native pgprot=DEVICE_nGnRnE", "native pgprot=device-nGnRnE" },
		{ "native pgprot=device-nGnRE", "native pgprot=device-nGnRE" },
		{ "native pgprot=NORMAL_NC", "native pgprot=normal-nc" },
		{ "native pid=1", "native pid=1" },
		{ "native PID=1 Uid=2", "native pid=1 uid=2" },
		{ "native driver=vfio-platform", "native driver=vfio-platform" },
		{ "device-nGnRE driver=vfio-amba", "device-nGnRE driver=vfio-amba" },
		{ "native pid=4194304", "native pid=4194304" },
		{ "native uid=0", "native uid=0" },
		{ "native uid=0004294967294", "native uid=4294967294" },
		{ "native comm=123456789012345", "native comm=123456789012345" },
		{ "native comm=a%20%09%25%23#=b", "native comm=a%20%09%25##=b" },
		{ "native comm=\xc3\xa9%C3", "native comm=\xc3\xa9\xc3" },
		{ "native cgroup=/", "native cgroup=/" },
		{ "native cgroup=/a/b.slice/...", "native cgroup=/a/b.slice/..." },
		{ "native cgroup=%2fa%20b", "native cgroup=/a%20b" },
		{ "native cgroup=/*/a*b/%2a*", "native cgroup=/*/a*b/%2a*" },
		{ "native comm=a*b driver=*", "native driver=* comm=a*b" },
		{ "\t normal-nc \t uid=1\tid=15b3:* # why", "normal-nc id=15b3:* uid=1" },
		{ "normal-nc prefetch=1 fuse", "normal-nc prefetch=1 fuse" },
		{ "native Fuse", "native fuse" },
		{ "device-GRE FUSE cgroup=/fuse bar=2", "device-GRE bar=2 cgroup=/fuse fuse" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		reads_as(forms[i][0], forms[i][1]);
		reads_as(forms[i][1], forms[i][1]);
	}
}

static void all_keys_in_one_rule(void **state)
{
	(void)state;
	reads_as("normal-nc cgroup=/a comm=b uid=1 pid=2 pgprot=normal-nc vma=io phys=1-2 driver=c "
		 "prefetch=1 bar=2 class=xxxxxx id=*:* pci=*:*.*",
		 "normal-nc pci=*:*:*.* id=*:* class=xxxxxx bar=2 prefetch=1 driver=c phys=0x1-0x2 "
		 "vma=io pgprot=normal-nc pid=2 uid=1 comm=b cgroup=/a");
}

static void lines_comments_and_blanks(void **state)
{
	static const struct {
		const char *text;
		u32 rules;
	} texts[] = {
		{ "", 0 },
		{ "\n", 0 },
		{ "\r\n\r\n", 0 },
		{ "# nothing", 0 },
		{ " \t # nothing\n\n#", 0 },
		{ "native", 1 },
		{ "native\nnative", 2 },
		{ "native\r\nnative uid=1\r\n", 2 },
		{ "native # one\n#native\nnative uid=1 #two\r\n", 2 },
		{ "native comm=a#b\n", 1 },
	};
	struct s2m_table *table;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		table = parse(texts[i].text, strlen(texts[i].text));
		assert_int_equal(table->count, texts[i].rules);
		s2m_table_free(table);
	}
}

/* A bad text: its error, nothing touched, no memory taken. */
static void refused(const char *text, size_t len, int err, u32 line, const char *sentence)
{
	struct s2m_text_error error = { 0 };
	struct s2m_table *table = NULL;

	memory_reset(0);
	assert_int_equal(s2m_table_parse(text, len, &table, &error), err);
	assert_int_equal(memory_asked, 0);
	assert_null(table);
	assert_int_equal(error.line, line);
	if (sentence)
		assert_string_equal(error.sentence, sentence);
}

static void errors_name_the_line_and_the_word(void **state)
{
#define KEYS "(pci, id, class, bar, prefetch, driver, phys, vma, pgprot, pid, uid, comm, cgroup)"
#define NOT_RANGE "is not start-end, two addresses up to 0xfffffffffffff"
#define NOT_PCI "is not [domain:]bus:device.function, hex or *"
#define NOT_ID "is not vendor:device[:subvendor:subdevice], hex or *"
#define TYPES "(native, device-nGnRE, device-GRE, normal-nc, normal-wb) nor coherent-ram"
#define ABOUT_VM " is about a mapping, coherent-ram about a VM (pid, uid, comm, cgroup)"
	static const struct {
		u32 line;
		const char *text, *sentence;
	} bad[] = {
		{ 3, "native\n\nnormal-nc prefetsh=1", "line 3: \"prefetsh\" is not a key " KEYS },
		{ 1, "native PIDS=1", "line 1: \"PIDS\" is not a key " KEYS },
		{ 1, "normal-nc driver=vfio-platform",
		  "line 1: driver: \"vfio-platform\" drives no PCI device: types looser than "
		     "device-nGnRE reach its memory only by phys=, without driver=" },
		{ 1, "normal-wb phys=0-1 pgprot=normal-nc",
		  "line 1: pgprot: \"normal-nc\" is not cacheable, and normal-wb is only for "
		     "memory that the VMM maps cacheable" },
		{ 2, "# a\nnormal-nc bar=7", "line 2: bar: \"7\" is not 0 to 5" },
		{ 1, "bar=1", "line 1: \"bar=1\" is not a type " TYPES },
		{ 1, "native native", "line 1: \"native\" is not key=value" },
		{ 1, "native fuse=1", "line 1: \"fuse\" is not a key " KEYS },
		{ 2, "native fuse\nnative fuse bar=1 fuse", "line 2: fuse is given twice" },
		{ 1, "device-nGnRE fuse", "line 1: fuse takes a device back to device-nGnRE, "
		     "which the rule gives it anyway" },
		{ 1, "normal-wb phys=0-1 fuse", "line 1: fuse would make Device memory of what "
		     "the VMM has cacheable: not with normal-wb" },
		{ 1, "coherent-ram fuse", "line 1: fuse is about the type of a mapping, "
		     "coherent-ram about a VM" },
		{ 1, "native pid=1 uid=2 pid=1", "line 1: pid is given twice" },
		{ 1, "normal-wt",
		  "line 1: \"normal-wt\" is refused: KVM cannot keep it coherent with a "
		     "device, and FEAT_S2FWB has none" },
		{ 1, "Device_nGnRnE",
		  "line 1: \"Device_nGnRnE\" is refused: the guest may choose it at "
		     "stage 1, and device-nGnRE lets it through" },
		{ 1, "coherent-ram uid=1 pci=1:2.3", "line 1: pci" ABOUT_VM },
		{ 1, "coherent-ram id=1:2", "line 1: id" ABOUT_VM },
		{ 1, "coherent-ram class=xxxxxx", "line 1: class" ABOUT_VM },
		{ 1, "coherent-ram bar=0", "line 1: bar" ABOUT_VM },
		{ 1, "coherent-ram prefetch=1", "line 1: prefetch" ABOUT_VM },
		{ 1, "coherent-ram driver=vfio-pci", "line 1: driver" ABOUT_VM },
		{ 2, "native\nCOHERENT_RAM phys=0-1", "line 2: phys" ABOUT_VM },
		{ 1, "coherent-ram vma=io", "line 1: vma" ABOUT_VM },
		{ 1, "coherent-ram pgprot=normal-nc", "line 1: pgprot" ABOUT_VM },
		{ 1, "coherent-ram type=x", "line 1: \"type\" is not a key " KEYS },
		{ 1, "policy", "line 1: \"policy\" is a mode, not a type" },
		{ 1, "native pid=0", "line 1: pid: \"0\" is not 1 to 4194304" },
		{ 1, "native pid=4194305", "line 1: pid: \"4194305\" is not 1 to 4194304" },
		{ 1, "native pid=", "line 1: pid: \"\" is not 1 to 4194304" },
		{ 1, "native pid=-1", "line 1: pid: \"-1\" is not 1 to 4194304" },
		{ 1, "native pid=0x1", "line 1: pid: \"0x1\" is not 1 to 4194304" },
		{ 1, "native pid=18446744073709551617",
		  "line 1: pid: \"18446744073709551617\" is not 1 to 4194304" },
		{ 1, "native uid=4294967295",
		  "line 1: uid: \"4294967295\" is not 0 to 4294967294" },
		{ 1, "native prefetch=2", "line 1: prefetch: \"2\" is not 0 or 1" },
		{ 1, "native vma=both", "line 1: vma: \"both\" is not pfnmap, io or pfnmap+io" },
		{ 1, "native pgprot=cacheable",
		  "line 1: pgprot: \"cacheable\" is not device-nGnRnE, device-nGnRE or normal-nc" },
		{ 1, "native class=0200x",
		  "line 1: class: \"0200x\" is not six hex digits, x for any" },
		{ 1, "native class=0200xy",
		  "line 1: class: \"0200xy\" is not six hex digits, x for any" },
		{ 1, "native phys=0x2000-0x1000",
		  "line 1: phys: \"0x2000-0x1000\" is reversed: it ends before it starts" },
		{ 1, "native phys=0x1000",
		  "line 1: phys: \"0x1000\" " NOT_RANGE },
		{ 1, "native phys=0-0x10000000000000",

		  "line 1: phys: \"0-0x10000000000000\" " NOT_RANGE },
		{ 1, "native phys=0x-0x1",
		  "line 1: phys: \"0x-0x1\" " NOT_RANGE },
		{ 1, "native phys=1-2-3",
		  "line 1: phys: \"1-2-3\" " NOT_RANGE },
		{ 1, "native pci=81:00",
		  "line 1: pci: \"81:00\" " NOT_PCI },
		{ 1, "native pci=81:20.0",
		  "line 1: pci: \"81:20.0\" " NOT_PCI },
		{ 1, "native pci=81:00.8",
		  "line 1: pci: \"81:00.8\" " NOT_PCI },
		{ 1, "native pci=100:00.0",
		  "line 1: pci: \"100:00.0\" " NOT_PCI },
		{ 1, "native pci=0:0:0:0.0",
		  "line 1: pci: \"0:0:0:0.0\" " NOT_PCI },
		{ 1, "native pci=100000000:0:0.0",
		  "line 1: pci: \"100000000:0:0.0\" " NOT_PCI },
		{ 1, "native id=15b3",
		  "line 1: id: \"15b3\" " NOT_ID },
		{ 1, "native id=15b3:1:2",
		  "line 1: id: \"15b3:1:2\" " NOT_ID },
		{ 1, "native id=10000:1",
		  "line 1: id: \"10000:1\" " NOT_ID },
		{ 1, "native id=1:2:3:4:5",
		  "line 1: id: \"1:2:3:4:5\" " NOT_ID },
		{ 1, "native driver=", "line 1: driver: \"\" is empty" },
		{ 1, "native comm=1234567890123456",
		  "line 1: comm: \"1234567890123456\" is longer than 15 bytes" },
		{ 1, "native comm=a%2",
		  "line 1: comm: \"a%2\" has a % without two hex digits, or %00" },
		{ 1, "native comm=%00",
		  "line 1: comm: \"%00\" has a % without two hex digits, or %00" },
		{ 1, "native comm=%gg",
		  "line 1: comm: \"%gg\" has a % without two hex digits, or %00" },
		{ 1, "native cgroup=a", "line 1: cgroup: \"a\" does not begin with /" },
		{ 1, "native cgroup=/a//b", "line 1: cgroup: \"/a//b\" has an empty part" },
		{ 1, "native cgroup=/a/", "line 1: cgroup: \"/a/\" has an empty part" },
		{ 1, "native cgroup=/a/../b", "line 1: cgroup: \"/a/../b\" has . or .. as a part" },
		{ 1, "native cgroup=/.", "line 1: cgroup: \"/.\" has . or .. as a part" },
		{ 1, "native cgroup=/a%0ab",
		  "line 1: cgroup: \"/a%0ab\" has a line end, which no group's name has" },
		{ 1, "native\ruid=1", "line 1: a carriage return that no newline follows" },
		{ 2, "native\nnative\r", "line 2: a carriage return that no newline follows" },
		{ 1, "native # \x1b[0m", "line 1: a byte 0x1b, which is not text" },
		{ 1, "native\x7f", "line 1: a byte 0x7f, which is not text" },
		{ 1, "\xef\xbb\xbfnative",
		  "line 1: \"\\xef\\xbb\\xbfnative\" is not a type " TYPES },
		{ 1, "native 12345678901234567890123456789012345678901234567890",
		  "line 1: \"123456789012345678901234567890123456789...\" is not key=value" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		refused(bad[i].text, strlen(bad[i].text), -EINVAL, bad[i].line, bad[i].sentence);
	refused("native\n\0native\n", 15, -EINVAL, 2, "line 2: a byte 0x00, which is not text");
}

static void limits_of_lines_and_names(void **state)
{
	static char text[3 * S2M_MAX_LINE];
	struct s2m_table *table;
	u32 i;

	(void)state;
	/* A line of the full length, with each kind of end; and one byte more. */
	memset(text, ' ', sizeof(text));
	memcpy(text, "native", 6);
	s2m_table_free(parse(text, S2M_MAX_LINE));
	text[S2M_MAX_LINE] = '\r';
	text[S2M_MAX_LINE + 1] = '\n';
	table = parse(text, S2M_MAX_LINE + 2);
	s2m_table_free(table);
	text[S2M_MAX_LINE] = ' ';
	refused(text, S2M_MAX_LINE + 1, -E2BIG, 1, "line 1: longer than 4095 bytes");
	text[S2M_MAX_LINE + 1] = ' ';
	text[0] = '\n';
	refused(text, S2M_MAX_LINE + 2, -E2BIG, 2, "line 2: longer than 4095 bytes");

	strcpy(text, "native cgroup=");
	for (i = 0; i < S2M_MAX_CGROUP_DEPTH; i++)
		strcat(text, "/g");
	s2m_table_free(parse(text, strlen(text)));
	strcat(text, "/g");
	refused(text, strlen(text), -EINVAL, 1, NULL);

	/* The longest canonical line there can be still fits. */
	strcpy(text, "device-nGnRnE");
	i = (u32)sprintf(text, "device-nGnRE pci=ffffffff:ff:1f.7 id=1111:2222:3333:4444 "
			 "class=020000 bar=0 prefetch=0 phys=0xfffffffffffff-0xfffffffffffff "
			 "vma=pfnmap+io pgprot=device-nGnRnE pid=4194304 uid=4294967294 driver=");
	for (u32 n = 0; n < S2M_MAX_DRIVER; n++)
		i += (u32)sprintf(text + i, "%%01");
	i += (u32)sprintf(text + i, " comm=");
	for (u32 n = 0; n < S2M_MAX_COMM; n++)
		i += (u32)sprintf(text + i, "%%7f");
	i += (u32)sprintf(text + i, " cgroup=/");
	for (u32 n = 1; n < S2M_MAX_CGROUP; n++)
		i += (u32)sprintf(text + i, "%%25");
	assert_true(i <= S2M_MAX_LINE);
	table = parse(text, i);
	assert_int_equal(s2m_rule_print(table, 0, text, S2M_MAX_LINE + 1), i);
	s2m_table_free(table);
	text[i++] = 'x';
	refused(text, i, -EINVAL, 1, NULL);
}

static char *repeat(const char *line, u32 n, size_t *len)
{
	size_t one = strlen(line);
	char *text = test_malloc(one * n + 1);
	u32 i;

	for (i = 0; i < n; i++)
		memcpy(text + one * i, line, one);
	*len = one * n;
	return text;
}

static void patterns_have_a_limit(void **state)
{
	size_t len;
	char *text = repeat("native cgroup=/a/*\n", S2M_MAX_PATTERNS + 1, &len);

	(void)state;
	refused(text, len, -EINVAL, S2M_MAX_PATTERNS + 1,
		"line 1025: cgroup: \"/a/*\" is one pattern too many: 1024 rules of a table may have a *");
	s2m_table_free(parse(text, len - len / (S2M_MAX_PATTERNS + 1)));
	test_free(text);
	/* Those that stand for themselves are none. */
	text = repeat("native cgroup=/a/%2a\n", S2M_MAX_PATTERNS + 1, &len);
	s2m_table_free(parse(text, len));
	test_free(text);
}

static void limit_of_rules(void **state)
{
	struct s2m_table *table;
	char *text;
	size_t len;

	(void)state;
	text = repeat("native uid=1\n", S2M_MAX_RULES, &len);
	table = parse(text, len);
	assert_int_equal(table->count, S2M_MAX_RULES);
	s2m_table_free(table);
	test_free(text);

	text = repeat("native uid=1\n", 1000000, &len);
	refused(text, len, -E2BIG, S2M_MAX_RULES + 1,
		"line 262145: one rule too many: 262144 at most");
	test_free(text);

	/* Comments are not rules. */
	text = repeat("# native\n\n", 500000, &len);
	table = parse(text, len);
	assert_int_equal(table->count, 0);
	s2m_table_free(table);
	test_free(text);
}

static void printing_stops_at_the_end_of_the_buffer(void **state)
{
	struct s2m_table *table = parse("native comm=a%20b cgroup=/x", 27);
	char whole[64], part[64];
	size_t len = s2m_rule_print(table, 0, whole, sizeof(whole)), size;

	(void)state;
	for (size = 1; size <= len + 1; size++) {
		memset(part, 'X', sizeof(part));
		assert_true(s2m_rule_print(table, 0, part, size) < size);
		assert_true(strlen(part) < size);
		assert_memory_equal(part, whole, strlen(part));
		assert_int_equal(part[size], 'X');
	}
	assert_string_equal(part, whole);
	s2m_table_free(table);
}

static struct s2m_table *reparse(const struct s2m_table *table)
{
	char *text = test_malloc((size_t)table->count * 400 + 1);
	struct s2m_table *again;
	size_t len = 0;
	u32 i;

	for (i = 0; i < table->count; i++) {
		len += s2m_rule_print(table, i, text + len, 400);
		text[len++] = '\n';
	}
	again = parse(text, len);
	test_free(text);
	return again;
}

static void what_is_printed_parses_to_the_same(void **state)
{
	static char text[40 * RANDOM_RULE_SIZE];
	u32 round;

	(void)state;
	for (round = 0; round < 5000; round++) {
		struct s2m_table *table, *again;

		random_state = round;
		table = parse(text, random_table(text, chance(30)));
		again = reparse(table);
		assert_true(s2m_table_equal(table, again));
		s2m_table_free(again);
		s2m_table_free(table);
	}
}

static void different_tables_are_not_equal(void **state)
{
	static const char * const texts[] = {
		"", "native", "normal-nc", "native\nnative", "native pci=1:2.3", "native pci=1:2.4",
		"native pci=1:1:2.3", "native pci=1:2.*", "native pci=1:*.3", "native pci=1:2.0",
		"native pci=1:*.0", "native id=1:2", "native id=2:2", "native id=1:2:0:0",
		"native id=*:2", "native class=000000", "native class=x00000", "native bar=0",
		"native bar=1", "native prefetch=0", "native prefetch=1", "native driver=a",
		"native driver=b", "native comm=a", "native phys=0-0", "native phys=0-1",
		"native phys=1-1", "native vma=io", "native vma=pfnmap", "native pgprot=normal-nc",
		"native pgprot=device-nGnRnE", "native pid=1", "native uid=1", "native uid=0",
		"native cgroup=/", "native cgroup=/a", "native cgroup=/a/b", "native uid=1 pid=1",
		"native fuse", "native cgroup=/a/b fuse",
	};
	struct s2m_table *tables[ARRAY_SIZE(texts)];
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		tables[i] = parse(texts[i], strlen(texts[i]));
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		for (j = 0; j < ARRAY_SIZE(texts); j++)
			assert_int_equal(s2m_table_equal(tables[i], tables[j]), i == j);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		s2m_table_free(tables[i]);
}

static void text_need_not_be_terminated(void **state)
{
	static const char text[] = "native comm=a%20b cgroup=/a/b phys=0x1-0x2 pci=1:2.3 id=1:2";
	struct s2m_text_error error;
	struct s2m_table *table;
	size_t len;

	(void)state;
	/* AddressSanitizer watches the end of each copy. */
	for (len = 0; len < sizeof(text); len++) {
		char *copy = test_malloc(len ? len : 1);

		memcpy(copy, text, len);
		table = NULL;
		s2m_table_parse(copy, len, &table, &error);
		s2m_table_free(table);
		test_free(copy);
	}
}

static void without_memory_nothing_is_kept(void **state)
{
	struct s2m_text_error error;
	struct s2m_table *table = NULL;

	(void)state;
	memory_reset(1);
	assert_int_equal(s2m_table_parse("native comm=a\nnative", 20, &table, &error), -ENOMEM);
	assert_null(table);
	assert_int_equal(memory_held, 0);
	assert_int_equal(error.line, 0);
	assert_string_equal(error.sentence, "no memory for 2 rules");

	memory_reset(0);
	s2m_table_free(parse("native", 6));
	assert_int_equal(memory_asked, 1);
	assert_int_equal(memory_held, 0);
	s2m_table_free(NULL);
}

static void a_rule_is_one_cache_line(void **state)
{
	struct s2m_table *table = parse("native comm=qemu\nnative\n", 24);

	(void)state;
	assert_int_equal(sizeof(struct s2m_rule), 64);
	assert_int_equal(table->bytes, sizeof(*table) + 2 * 64 + sizeof("qemu"));
	s2m_table_free(table);
}

static struct s2m_table *parse_file(const char *name)
{
	static char text[65536];
	char path[256];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "../../conf/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	return parse(text, len);
}

static void ready_tables_parse(void **state)
{
	static const struct {
		const char *name;
		enum s2m_type type;	/* of the last rule */
	} files[] = {
		{ "mainline.conf", S2M_NORMAL_NC },
		{ "prefetchable-only.conf", S2M_DEVICE_NGNRE },
		{ "ampere-altra.conf", S2M_DEVICE_NGNRE },
		{ "nvidia-vera.conf", S2M_DEVICE_NGNRE },
	};
	struct s2m_table *table;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		table = parse_file(files[i].name);
		assert_true(table->count > 0);
		assert_int_equal(table->rules[table->count - 1].type, files[i].type);
		s2m_table_free(table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_in_all_its_forms),
		cmocka_unit_test(all_keys_in_one_rule),
		cmocka_unit_test(lines_comments_and_blanks),
		cmocka_unit_test(errors_name_the_line_and_the_word),
		cmocka_unit_test(limits_of_lines_and_names),
		cmocka_unit_test(limit_of_rules),
		cmocka_unit_test(printing_stops_at_the_end_of_the_buffer),
		cmocka_unit_test(what_is_printed_parses_to_the_same),
		cmocka_unit_test(different_tables_are_not_equal),
		cmocka_unit_test(text_need_not_be_terminated),
		cmocka_unit_test(without_memory_nothing_is_kept),
		cmocka_unit_test(a_rule_is_one_cache_line),
		cmocka_unit_test(patterns_have_a_limit),
		cmocka_unit_test(ready_tables_parse),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
