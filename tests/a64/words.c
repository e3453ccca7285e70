// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder of A64 loads and stores against another one, binutils' objdump.
 *
 *	words write SHARE SEED	instructions to disassemble, on stdout: each SHARE-th
 *				word in the space of loads and stores, with six choices
 *				of bits 9 to 0, Rt and Rn; and some of all others
 *	words compare		reads what objdump makes of them, says what differs
 *	words all		runs the decoder on all 2^32 words: what it makes of one
 *				does not depend on Rt and Rn, but where the choice of
 *				registers makes it UNPREDICTABLE, and beside loads and
 *				stores it takes DC ZVA only
 *	words table		the forms, for the documents
 */
#include <inttypes.h>
#include <regex.h>
#include <s2memattr/a64.h>

#define RT_RN	0x3ffU

static uint64_t state;

static uint32_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

static bool in_space(uint32_t word)
{
	return (word & 0x0a000000) == 0x08000000;
}

/* The @n-th word in the space of loads and stores, with Rt and Rn zero; n < 2^20. */
static uint32_t nth(uint32_t n)
{
	/* Bits 31 to 28, 26, and 24 to 10. */
	return n >> 16 << 28 | 1U << 27 | (n >> 15 & 1) << 26 | (n & 0x7fff) << 10;
}

static void put(uint32_t word)
{
	fwrite(&word, sizeof(word), 1, stdout);
}

static int write_words(uint32_t share)
{
	static const uint32_t registers[] = {
		1 | 2 << 5, 31 | 31 << 5, 2 | 2 << 5, 30 | 31 << 5, 31 | 4 << 5,
	};
	uint32_t n, i;

	for (n = 0; n < 1U << 20; n++) {
		if (any() % share)
			continue;
		for (i = 0; i < ARRAY_SIZE(registers); i++)
			put(nth(n) | registers[i]);
		put(nth(n) | (any() & RT_RN));
	}
	for (n = 0; n < (1U << 20) / share; n++) {
		uint32_t word = any();

		put(in_space(word) ? word ^ 0x02000000 : word);
	}
	for (i = 0; i < 32; i++)
		put(0xd50b7420 | i);
	return 0;
}

/* Printing as objdump does with -M no-aliases. */

static const char *base_name(unsigned int n)
{
	static char text[8];

	if (n == S2M_A64_SP)
		return "sp";
	sprintf(text, "x%u", n);
	return text;
}

static const char *integer(char size, unsigned int n)
{
	static char text[2][8];
	static int turn;
	char *to = text[turn ^= 1];

	sprintf(to, n == S2M_A64_ZR ? "%czr" : "%c%u", size, n);
	return to;
}

static const char *mnemonic(uint32_t word, const struct s2m_a64_insn *i)
{
	static const char * const narrow[] = { "b", "h", "w" };
	static char text[16];
	bool unscaled = (i->form == S2M_A64_SINGLE || i->form == S2M_A64_SIMD_SINGLE) &&
			i->index == S2M_A64_OFFSET && i->rm == S2M_A64_NO_REG &&
			!(word >> 24 & 1);
	bool no_allocate = (i->form == S2M_A64_PAIR || i->form == S2M_A64_SIMD_PAIR) &&
			   !(word >> 23 & 3);
	const char *kind = i->form == S2M_A64_UNPRIVILEGED ? "tr" : unscaled ? "ur" :
			   no_allocate ? "np" : i->nr_regs == 2 ? "p" : "r";
	const char *size = "";

	if (!i->simd && (i->sign || i->log2_element < 2))
		size = narrow[i->log2_element];
	sprintf(text, "%s%s%s%s", i->store ? "st" : "ld", kind, i->sign ? "s" : "", size);
	return text;
}

static size_t print_address(char *to, const struct s2m_a64_insn *i)
{
	static const char * const extend[] = {
		[2] = "uxtw", [3] = "lsl", [6] = "sxtw", [7] = "sxtx"
	};
	const char *base = base_name(i->rn);
	char size = i->extend & 1 ? 'x' : 'w';

	if (i->rm != S2M_A64_NO_REG && i->index == S2M_A64_POST)
		return sprintf(to, "[%s], x%u", base, i->rm);
	if (i->index == S2M_A64_POST)
		return sprintf(to, "[%s], #%" PRId64, base, (int64_t)i->imm);
	if (i->index == S2M_A64_PRE)
		return sprintf(to, "[%s, #%" PRId64 "]!", base, (int64_t)i->imm);
	if (i->rm == S2M_A64_NO_REG && i->imm)
		return sprintf(to, "[%s, #%" PRId64 "]", base, (int64_t)i->imm);
	if (i->rm == S2M_A64_NO_REG)
		return sprintf(to, "[%s]", base);
	return sprintf(to, "[%s, %s, %s #%u]", base, integer(size, i->rm), extend[i->extend],
		       i->shift);
}

static void print_plain(char *to, uint32_t word, uint64_t pc, const struct s2m_a64_insn *i)
{
	static const char simd[] = "bhsdq";
	unsigned int n;

	to += sprintf(to, "%s\t", mnemonic(word, i));
	for (n = 0; n < i->nr_regs; n++) {
		unsigned int reg = s2m_a64_data_reg(i, n);

		if (i->simd)
			to += sprintf(to, "%c%u, ", simd[i->log2_element], reg);
		else
			to += sprintf(to, "%s, ", integer(i->wide ? 'x' : 'w', reg));
	}
	if (i->rn == S2M_A64_BASE_PC)
		sprintf(to, "0x%" PRIx64, (uint64_t)s2m_a64_address(i, pc, 0));
	else
		print_address(to, i);
}

/* The number in LD1 to LD4 is that of registers which take turns. */
static void print_structure(char *to, uint32_t word, const struct s2m_a64_insn *i)
{
	static const char size[] = "bhsd";
	unsigned int n, turns = i->form == S2M_A64_MULTIPLE && i->repeat == i->nr_regs ?
				1 : i->nr_regs;
	char shape[8];
	bool range = i->nr_regs > 2 && i->rt + i->nr_regs <= 32;

	if (i->form == S2M_A64_LANE)
		sprintf(shape, ".%c", size[i->log2_element]);
	else
		sprintf(shape, ".%u%c", (word >> 30 & 1 ? 16 : 8) >> i->log2_element,
			size[i->log2_element]);
	to += sprintf(to, "%s%u%s\t{", i->store ? "st" : "ld", turns,
		      i->form == S2M_A64_REPLICATE ? "r" : "");
	if (range)
		to += sprintf(to, "v%u%s-v%u%s", i->rt, shape, i->rt + i->nr_regs - 1, shape);
	for (n = 0; n < i->nr_regs && !range; n++)
		to += sprintf(to, "%sv%u%s", n ? ", " : "", s2m_a64_data_reg(i, n), shape);
	to += sprintf(to, "}");
	if (i->form == S2M_A64_LANE)
		to += sprintf(to, "[%u]", i->lane);
	to += sprintf(to, ", ");
	print_address(to, i);
}

static void print_insn(char *to, uint32_t word, uint64_t pc, const struct s2m_a64_insn *i)
{
	if (i->form == S2M_A64_ZERO)
		sprintf(to, i->rm == S2M_A64_ZR ? "sys\t#3, C7, C4, #1" :
			"sys\t#3, C7, C4, #1, x%u", i->rm);
	else if (i->form >= S2M_A64_MULTIPLE && i->form <= S2M_A64_REPLICATE)
		print_structure(to, word, i);
	else
		print_plain(to, word, pc, i);
}

/* An index register without a shift is printed without one. */
static void normalise(char *text, const struct s2m_a64_insn *i, uint32_t word)
{
	char *shift;

	if (i->rm == S2M_A64_NO_REG || i->form == S2M_A64_ZERO || word >> 12 & 1)
		return;
	shift = strstr(text, ", lsl #0");
	if (shift)
		memmove(shift, shift + 8, strlen(shift + 8) + 1);
	shift = strstr(text, " #0]");
	if (shift)
		strcpy(shift, "]");
}

#define UNDEFINED	"^(\\.inst|undefined|udf)"

/* What objdump says to each form that is refused; the list of what is not covered. */
static const char * const refused[S2M_A64_NR_FORMS] = {
	[S2M_A64_EXCLUSIVE] = "^(ldxr|ldaxr|stxr|stlxr|ldxp|ldaxp|stxp|stlxp)|" UNDEFINED,
	[S2M_A64_ORDERED] = "^(ldar|ldlar|stlr|stllr|ldapr|ldapur|stlur)|" UNDEFINED,
	[S2M_A64_ATOMIC] = "^(cas|swp|ldadd|ldclr|ldeor|ldset|ld[su]max|ld[su]min|"
			   "ld64b|st64b)|" UNDEFINED,
	[S2M_A64_TAGS] = "^(st2?z?2?gm?|ldgm?|stgp|sys\t#3, C7, C4)|" UNDEFINED,
	[S2M_A64_AUTHENTICATED] = "^ldra[ab]",
	[S2M_A64_PREFETCH] = "^(prfm|prfum|rprfm)",
	[S2M_A64_COPY] = "^(cpy|set)|" UNDEFINED,
	[S2M_A64_SVE] = ".",
	[S2M_A64_OTHER] = UNDEFINED,
};

/* Outside of the space of loads and stores: anything that is none. */
static const char *wanted(uint32_t word, enum s2m_a64_form form)
{
	if (in_space(word) || form != S2M_A64_OTHER)
		return refused[form];
	return "^([^ls]|sy?[^ty]|st?$|[ls]s[lr]|sys|sysl|ls)|" UNDEFINED;
}

static unsigned long counts[S2M_A64_NR_FORMS], failures;
static regex_t compiled[S2M_A64_NR_FORMS + 2];

static bool matches(const char *pattern, unsigned int slot, const char *text)
{
	static bool ready[S2M_A64_NR_FORMS + 2];

	if (!ready[slot]) {
		if (regcomp(&compiled[slot], pattern, REG_EXTENDED | REG_NOSUB))
			abort();
		ready[slot] = true;
	}
	return !regexec(&compiled[slot], text, 0, NULL, 0);
}

static bool is_undefined(const char *theirs)
{
	return matches(UNDEFINED, S2M_A64_NR_FORMS + 1, theirs);
}

/* A form that is covered, or would be if it named other registers. */
static bool prints_the_same(uint64_t pc, uint32_t word, const struct s2m_a64_insn *insn,
			    const char *theirs, char *ours)
{
	struct s2m_a64_insn like = *insn;

	if (insn->form == S2M_A64_UNPREDICTABLE) {
		/* The other decoder takes some of these, and some it does not. */
		if (is_undefined(theirs))
			return true;
		like.form = insn->nr_regs == 2 ? S2M_A64_PAIR : S2M_A64_SINGLE;
		if (insn->simd)
			like.form = S2M_A64_SIMD_PAIR;
	}
	print_insn(ours, word, pc, &like);
	normalise(ours, &like, word);
	return !strcmp(ours, theirs);
}

static void compare_one(uint64_t pc, uint32_t word, const char *theirs)
{
	struct s2m_a64_insn insn;
	char ours[128] = "";
	bool same;

	s2m_a64_decode(word, &insn);
	counts[insn.form]++;
	if (insn.form < S2M_A64_NR_COVERED || insn.form == S2M_A64_UNPREDICTABLE) {
		same = prints_the_same(pc, word, &insn, theirs, ours);
	} else {
		const char *pattern = wanted(word, insn.form);

		same = matches(pattern, pattern == refused[insn.form] ? insn.form :
			       S2M_A64_NR_FORMS, theirs);
	}
	if (same || failures++ > 20)
		return;
	printf("%08x: objdump '%s', decoder '%s' (%s)\n", word, theirs, ours,
	       s2m_a64_form_word(insn.form));
}

static int compare_words(void)
{
	unsigned long total = 0;
	char line[256];
	int i;

	while (fgets(line, sizeof(line), stdin)) {
		unsigned long long pc;
		unsigned int word;
		char *text, *end;
		int at;

		if (sscanf(line, " %llx:\t%x \t%n", &pc, &word, &at) != 2)
			continue;
		text = line + at;
		end = strstr(text, " //");
		if (!end)
			end = strstr(text, "  ;");
		if (!end)
			end = text + strcspn(text, "\n");
		while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*end = '\0';
		compare_one(pc, word, text);
		total++;
	}
	for (i = 0; i < S2M_A64_NR_FORMS; i++)
		printf("%-14s %9lu\n", s2m_a64_form_word(i), counts[i]);
	printf("%lu words compared, %lu differ\n", total, failures);
	return failures || !total;
}

/* All that does not name a data or base register. */
static bool same_but_registers(const struct s2m_a64_insn *a, const struct s2m_a64_insn *b)
{
	return a->form == b->form && a->store == b->store && a->simd == b->simd &&
	       a->sign == b->sign && a->wide == b->wide && a->log2_element == b->log2_element &&
	       a->nr_regs == b->nr_regs && a->repeat == b->repeat && a->lanes == b->lanes &&
	       a->lane == b->lane && a->rm == b->rm && a->index == b->index &&
	       a->extend == b->extend && a->shift == b->shift && a->imm == b->imm;
}

static bool explained(uint32_t word, const struct s2m_a64_insn *i)
{
	bool simd = word >> 26 & 1, load = word >> 22 & 1;
	uint32_t rt = word & 31, rn = word >> 5 & 31, rt2 = word >> 10 & 31;
	bool pair = (word & 0x3a000000) == 0x28000000;
	bool back = i->index != S2M_A64_OFFSET && !simd && rn != 31;

	return (pair && load && rt == rt2) || (back && rt == rn) || (pair && back && rt2 == rn);
}

/* Where others have Rn, these have the lower bits of 19. */
static bool is_literal(uint32_t word, const struct s2m_a64_insn *i,
		       const struct s2m_a64_insn *plain)
{
	struct s2m_a64_insn like = *plain;

	like.imm = (int64_t)((uint64_t)word << 40) >> 45;
	like.imm *= 4;
	return i->rt == (word & 31) && same_but_registers(i, &like);
}

static int all_words(void)
{
	uint32_t plain_form = 0;
	unsigned long taken = 0, bad = 0;
	struct s2m_a64_insn plain = { 0 }, insn;
	uint64_t word;

	for (word = 0; word <= UINT32_MAX; word++) {
		bool zero = (word & ~31ULL) == 0xd50b7420, yes = s2m_a64_decode(word, &insn);

		taken += yes;
		if (!in_space(word)) {
			bad += yes != zero;
			continue;
		}
		/* Rt and Rn of this differ from each other, and from Rt2. */
		if (!(word & RT_RN)) {
			uint32_t rt2 = word >> 10 & 31;

			s2m_a64_decode(word | (rt2 == 5 ? 6 : 5) | (rt2 == 9 ? 10 : 9) << 5, &plain);
			plain_form = plain.form;
		}
		if (insn.form == S2M_A64_UNPREDICTABLE)
			bad += plain_form >= S2M_A64_NR_COVERED || !explained(word, &plain);
		else if (yes && insn.rn == S2M_A64_BASE_PC)
			bad += !is_literal(word, &insn, &plain);
		else if (yes)
			bad += !same_but_registers(&insn, &plain) || explained(word, &plain) ||
			       insn.rt != (word & 31) || insn.rn != (word >> 5 & 31);
		else
			bad += insn.form != plain_form && plain_form < S2M_A64_NR_COVERED;
	}
	printf("2^32 words: %lu taken, %lu wrong\n", taken, bad);
	return bad || !taken;
}

static int print_table(void)
{
	int i;

	puts("| form | instructions | carried out |\n|---|---|---|");
	for (i = 0; i < S2M_A64_NR_FORMS; i++)
		printf("| `%s` | %s | %s |\n", s2m_a64_form_word(i), s2m_a64_form_text(i),
		       i < S2M_A64_NR_COVERED ? "yes" : "no");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "write")) {
		state = strtoull(argv[3], NULL, 0) | 1;
		return write_words(atoi(argv[2]));
	}
	if (argc == 2 && !strcmp(argv[1], "compare"))
		return compare_words();
	if (argc == 2 && !strcmp(argv[1], "all"))
		return all_words();
	if (argc == 2 && !strcmp(argv[1], "table"))
		return print_table();
	fprintf(stderr, "usage: words write SHARE SEED | compare | all | table\n");
	return 2;
}
