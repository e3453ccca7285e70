// SPDX-License-Identifier: GPL-2.0-only
/*
 * tables NAME: print a table of the documents in Markdown, by the code that
 * decides. docs/update puts it where it belongs.
 */
#include <s2memattr/a64.h>
#include <s2memattr/combine.h>
#include <s2memattr/errata.h>
#include <s2memattr/memattr.h>

#define WORD	48

static const u8 stage1[] = { 0x00, 0x04, 0x08, 0x0c, 0x44, 0xbb, 0xff };

static const char *attr_word(u8 attr)
{
	static char text[2][WORD];
	static int turn;

	turn = !turn;
	s2m_attr_print(attr, text[turn], sizeof(text[turn]));
	return text[turn];
}

static const char *binary(u8 value)
{
	static char text[8];

	snprintf(text, sizeof(text), "0b%d%d%d%d", value >> 3 & 1, value >> 2 & 1,
		 value >> 1 & 1, value & 1);
	return text;
}

static void rule(unsigned int columns)
{
	printf("|");
	while (columns--)
		printf("---|");
	printf("\n");
}

/* A row for each stage-2 type that is one and not the same as one above. */
static void combined(bool fwb)
{
	unsigned int i, memattr;

	printf("| stage 2 \\ guest asks for |");
	for (i = 0; i < ARRAY_SIZE(stage1); i++)
		printf(" %s |", attr_word(stage1[i]));
	printf("\n");
	rule(1 + ARRAY_SIZE(stage1));
	for (memattr = 0; memattr < (fwb ? 8 : 16); memattr++) {
		const struct s2m_stage2 s2 = { memattr, S2M_SH_INNER, fwb };
		char word[WORD];

		s2m_memattr_print(memattr, fwb, word, sizeof(word));
		/* Two halves that differ are nobody's question. */
		if (!s2m_memattr_is_legal(memattr, fwb) || strstr(word, "-outer-"))
			continue;
		printf("| %s %s |", binary(memattr), word);
		for (i = 0; i < ARRAY_SIZE(stage1); i++) {
			const struct s2m_memory s1 = { stage1[i], S2M_SH_INNER };
			struct s2m_memory effect;

			s2m_combine(&s1, &s2, &effect);
			printf(" %s |", attr_word(effect.attr));
		}
		printf("\n");
	}
}

static void table_without_fwb(void)
{
	combined(false);
}

static void table_with_fwb(void)
{
	combined(true);
}

static void table_permits(void)
{
	static const struct {
		enum s2m_permission permission;
		const char *title;
	} columns[] = {
		{ S2M_PERMITS_EARLY_ACK, "early acknowledgement" },
		{ S2M_PERMITS_REORDERING, "reordering" },
		{ S2M_PERMITS_GATHERING, "gathering" },
		{ S2M_PERMITS_SPECULATION, "speculative reads" },
		{ S2M_PERMITS_UNALIGNED, "unaligned, DC ZVA" },
		{ S2M_PERMITS_CACHING, "caching" },
	};
	unsigned int i, c;

	printf("| effective type |");
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		printf(" %s |", columns[c].title);
	printf("\n");
	rule(1 + ARRAY_SIZE(columns));
	for (i = 0; i < ARRAY_SIZE(stage1); i++) {
		printf("| %s |", attr_word(stage1[i]));
		for (c = 0; c < ARRAY_SIZE(columns); c++)
			printf(" %s |", s2m_attr_permits(stage1[i]) & columns[c].permission ?
			       "yes" : "-");
		printf("\n");
	}
}

static const char *meaning(u8 memattr, bool fwb)
{
	static char text[2][WORD];
	static int turn;

	turn = !turn;
	s2m_memattr_print(memattr, fwb, text[turn], sizeof(text[turn]));
	return text[turn];
}

static void table_words(void)
{
	unsigned int type;

	printf("| word | MemAttr[3:0] | with FEAT_S2FWB it means | without |\n");
	rule(4);
	for (type = S2M_DEVICE_NGNRE; type < S2M_NR_TYPES; type++) {
		u8 memattr = s2m_leaf_set_type(0, (enum s2m_type)type) >> 2;

		printf("| `%s` | %s | %s | %s |\n", s2m_type_word((enum s2m_type)type),
		       binary(memattr), meaning(memattr, true), meaning(memattr, false));
	}
}

static void table_refused(void)
{
	static const char * const words[] = {
		"normal-wt", "device-nGnRnE", "device-nGRE", "device", "normal", "policy",
	};
	unsigned int i;

	printf("| word | the sentence about it goes on |\n");
	rule(2);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		const char *because = s2m_type_refusal(words[i], strlen(words[i]));

		printf("| `%s` | %s |\n", words[i], because ? because : "?");
	}
}

static void table_errata(void)
{
	unsigned int i;

	printf("| platform | known by | what goes wrong |\n");
	rule(3);
	for (i = 0; i < S2M_NR_ERRATA; i++) {
		const struct s2m_erratum *e = &s2m_errata[i];

		printf("| %s | ", e->name);
		if (e->soc_id)
			printf("SoC ID %s, revision %s", e->soc_id, e->soc_revisions);
		else
			printf("PCI device %04x:%04x", e->pci.vendor, e->pci.device);
		printf(" | %s |\n", e->because);
	}
}

/* Random steps have each covered form but DC ZVA, which the emulator never refuses. */
static const char *test_of(unsigned int form)
{
	if (form == S2M_A64_ZERO)
		return "`unaligned`, by a fault that is made one";
	if (form < S2M_A64_NR_COVERED)
		return "`unaligned`, random steps";
	switch (form) {
	case S2M_A64_EXCLUSIVE:
	case S2M_A64_ORDERED:
	case S2M_A64_ATOMIC:
		return "`unaligned`, one by one";
	default:
		return "tests/a64";
	}
}

static void table_forms(void)
{
	unsigned int form;

	printf("| form | instructions | carried out | test |\n");
	rule(4);
	for (form = 0; form < S2M_A64_NR_FORMS; form++)
		printf("| `%s` | %s | %s | %s |\n", s2m_a64_form_word((enum s2m_a64_form)form),
		       s2m_a64_form_text((enum s2m_a64_form)form),
		       form < S2M_A64_NR_COVERED ? "yes" : "no", test_of(form));
}

static const struct {
	const char *name;
	void (*print)(void);
} tables[] = {
	{ "without-fwb", table_without_fwb },
	{ "with-fwb", table_with_fwb },
	{ "permits", table_permits },
	{ "words", table_words },
	{ "refused", table_refused },
	{ "errata", table_errata },
	{ "forms", table_forms },
};

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; argc == 2 && i < ARRAY_SIZE(tables); i++) {
		if (!strcmp(argv[1], tables[i].name)) {
			tables[i].print();
			return 0;
		}
	}
	fprintf(stderr, "tables: no table %s\n", argc == 2 ? argv[1] : "given");
	return 2;
}
