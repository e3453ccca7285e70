// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table from its text and back: lines, types, and what holds for a rule as a whole.
 * The values of keys are read in keys.c.
 *
 * The text is read twice: once to see that it is right and how much memory it
 * needs, once to fill that memory. So a text with an error takes no memory.
 */
#include "keys.h"

#define COHERENT_RAM	"coherent-ram"
#define FUSE		"fuse"

/* Where a reading of the text stands. */
struct reader {
	struct s2m_rule *rules;		/* NULL: only count */
	u32 count;
	struct s2m_strings strings;
	u32 line;
	struct s2m_text_error *error;
};

static int parse_type(struct reader *reader, struct s2m_span word, struct s2m_rule *rule)
{
	char quote[S2M_QUOTE_SIZE];
	enum s2m_type type;
	const char *because;

	if (s2m_type_parse(word.text, word.len, &type)) {
		rule->type = (u8)type;
		return 0;
	}
	if (s2m_word_matches(word.text, word.len, COHERENT_RAM)) {
		rule->type = S2M_COHERENT_RAM;
		return 0;
	}
	because = s2m_type_refusal(word.text, word.len);
	if (!because)
		because = "is not a type (native, device-nGnRE, device-GRE, normal-nc, normal-wb) nor coherent-ram";
	s2m_text_complain(reader->error, reader->line, "%s %s", s2m_text_quote(quote, word),
			  because);
	return -EINVAL;
}

/* VFIO drivers of other buses: a rule knows the drivers of PCI devices only. */
static bool drives_no_pci_device(struct s2m_span name)
{
	static const char * const drivers[] = {
		"vfio-platform", "vfio-amba", "vfio-fsl-mc", "vfio-cdx",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		if (name.len == strlen(drivers[i]) && !memcmp(name.text, drivers[i], name.len))
			return true;
	return false;
}

/*
 * Why a rule for a type that loosens can match nothing with this key, or NULL.
 * It is refused, because whoever wrote it meant memory that it will not reach.
 */
static const char *matches_nothing(const struct s2m_rule *rule, enum s2m_key key,
				   struct s2m_span value)
{
	if (s2m_rule_is_about_vm(rule) || !s2m_type_loosens((enum s2m_type)rule->type))
		return NULL;
	if (key == S2M_KEY_DRIVER && drives_no_pci_device(value))
		return "drives no PCI device: types looser than device-nGnRE reach its memory only by phys=, without driver=";
	if (key == S2M_KEY_PGPROT && rule->type == S2M_NORMAL_WB)
		return "is not cacheable, and normal-wb is only for memory that the VMM maps cacheable";
	return NULL;
}

static int parse_pair(struct reader *reader, struct s2m_span word, struct s2m_rule *rule)
{
	char quote[S2M_QUOTE_SIZE], list[S2M_KEY_LIST_SIZE];
	struct s2m_span name, value;
	const char *wrong;
	enum s2m_key key;

	if (!s2m_text_split(word, '=', &name, &value)) {
		s2m_text_complain(reader->error, reader->line, "%s is not key=value",
				  s2m_text_quote(quote, word));
		return -EINVAL;
	}
	key = s2m_key_find(name);
	if (key == S2M_NR_KEYS) {
		s2m_text_complain(reader->error, reader->line, "%s is not a key (%s)",
				  s2m_text_quote(quote, name),
				  s2m_key_list(list, (1u << S2M_NR_KEYS) - 1));
		return -EINVAL;
	}
	if (s2m_rule_is_about_vm(rule) && !(S2M_TASK_KEYS & 1u << key)) {
		s2m_text_complain(reader->error, reader->line,
				  "%s is about a mapping, coherent-ram about a VM (%s)",
				  s2m_key_word(key), s2m_key_list(list, S2M_TASK_KEYS));
		return -EINVAL;
	}
	if (rule->keys & 1u << key) {
		s2m_text_complain(reader->error, reader->line, "%s is given twice",
				  s2m_key_word(key));
		return -EINVAL;
	}
	wrong = s2m_key_parse(key, value, rule, &reader->strings);
	if (!wrong)
		wrong = matches_nothing(rule, key, value);
	if (wrong) {
		s2m_text_complain(reader->error, reader->line, "%s: %s %s", s2m_key_word(key),
				  s2m_text_quote(quote, value), wrong);
		return -EINVAL;
	}
	rule->keys |= (u16)(1u << key);
	return 0;
}

/* Why a fuse would do nothing for a rule of this type, or no good; NULL if it would. */
static const char *takes_no_fuse(const struct s2m_rule *rule)
{
	if (s2m_rule_is_about_vm(rule))
		return "is about the type of a mapping, coherent-ram about a VM";
	if (rule->type == S2M_DEVICE_NGNRE)
		return "takes a device back to device-nGnRE, which the rule gives it anyway";
	if (rule->type == S2M_NORMAL_WB)
		return "would make Device memory of what the VMM has cacheable: not with normal-wb";
	return NULL;
}

static int parse_fuse(struct reader *reader, struct s2m_rule *rule)
{
	const char *wrong = rule->fuse ? "is given twice" : takes_no_fuse(rule);

	if (wrong) {
		s2m_text_complain(reader->error, reader->line, FUSE " %s", wrong);
		return -EINVAL;
	}
	rule->fuse = 1;
	return 0;
}

static int parse_word(struct reader *reader, struct s2m_span word, struct s2m_rule *rule)
{
	if (s2m_word_matches(word.text, word.len, FUSE))
		return parse_fuse(reader, rule);
	return parse_pair(reader, word, rule);
}

/* What holds for the line as a whole, comments included. */
static int check_line(struct reader *reader, struct s2m_span line)
{
	int bad;

	if (line.len > S2M_MAX_LINE) {
		s2m_text_complain(reader->error, reader->line, "longer than %u bytes",
				  S2M_MAX_LINE);
		return -E2BIG;
	}
	bad = s2m_text_bad_byte(line);
	if (bad == '\r') {
		s2m_text_complain(reader->error, reader->line,
				  "a carriage return that no newline follows");
		return -EINVAL;
	}
	if (bad >= 0) {
		s2m_text_complain(reader->error, reader->line, "a byte 0x%02x, which is not text",
				  (unsigned int)bad);
		return -EINVAL;
	}
	return 0;
}

static int parse_line(struct reader *reader, struct s2m_span line)
{
	struct s2m_rule rule;
	struct s2m_span word;
	int err;

	err = check_line(reader, line);
	if (err || !s2m_text_word(&line, &word))
		return err;

	if (reader->count == S2M_MAX_RULES) {
		s2m_text_complain(reader->error, reader->line, "one rule too many: %u at most",
				  S2M_MAX_RULES);
		return -E2BIG;
	}
	memset(&rule, 0, sizeof(rule));
	err = parse_type(reader, word, &rule);
	while (!err && s2m_text_word(&line, &word))
		err = parse_word(reader, word, &rule);
	if (err)
		return err;

	if (reader->rules)
		memcpy(&reader->rules[reader->count], &rule, sizeof(rule));
	reader->count++;
	return 0;
}

static int parse_text(struct reader *reader, struct s2m_span rest)
{
	struct s2m_span line;
	int err;

	reader->count = 0;
	reader->line = 0;
	reader->strings.used = 0;
	reader->strings.patterns = 0;
	while (s2m_text_line(&rest, &line)) {
		reader->line++;
		err = parse_line(reader, line);
		if (err)
			return err;
		if (!(reader->line & 0xfff))
			s2m_breathe();
	}
	return 0;
}

int s2m_table_parse(const char *text, size_t len, struct s2m_table **table,
		    struct s2m_text_error *error)
{
	const struct s2m_span all = { .text = text, .len = len };
	struct reader reader = { .error = error };
	struct s2m_table *new;
	size_t bytes;
	int err;

	err = parse_text(&reader, all);
	if (err)
		return err;

	bytes = sizeof(*new) + reader.count * sizeof(new->rules[0]);
	new = s2m_alloc(bytes + reader.strings.used);
	if (!new) {
		s2m_text_complain(error, 0, "no memory for %u rules", reader.count);
		return -ENOMEM;
	}
	reader.rules = new->rules;
	reader.strings.bytes = (char *)new + bytes;
	new->count = reader.count;
	new->bytes = bytes + reader.strings.used;
	new->strings = reader.strings.bytes;
	err = parse_text(&reader, all);
	if (err) {
		s2m_free(new);
		return err;
	}
	*table = new;
	return 0;
}

void s2m_table_free(struct s2m_table *table)
{
	s2m_free(table);
}

const char *s2m_rule_word(const struct s2m_rule *rule)
{
	return s2m_rule_is_about_vm(rule) ? COHERENT_RAM :
					    s2m_type_word((enum s2m_type)rule->type);
}

const char *s2m_rule_remark(const struct s2m_rule *rule)
{
	if (rule->type == S2M_NORMAL_WB && !(rule->keys & S2M_HAS(PHYS)))
		return "normal-wb without phys= reaches PCI BARs only, and VFIO maps none of them cacheable: coherent GPU memory is in no BAR, phys= names it";
	return NULL;
}

u32 s2m_table_first_about_vm(const struct s2m_table *table)
{
	u32 i;

	for (i = 0; i < table->count; i++)
		if (s2m_rule_is_about_vm(&table->rules[i]))
			return i;
	return S2M_NO_RULE;
}

u32 s2m_table_first_fuse(const struct s2m_table *table)
{
	u32 i;

	for (i = 0; i < table->count; i++)
		if (table->rules[i].fuse)
			return i;
	return S2M_NO_RULE;
}

size_t s2m_rule_print(const struct s2m_table *table, u32 i, char *buf, size_t size)
{
	const struct s2m_rule *rule = &table->rules[i];
	struct s2m_out out = { .buf = buf, .size = size };
	unsigned int key;

	s2m_out(&out, "%s", s2m_rule_word(rule));
	for (key = 0; key < S2M_NR_KEYS; key++) {
		if (!(rule->keys & 1u << key))
			continue;
		s2m_out(&out, " %s=", s2m_key_word((enum s2m_key)key));
		s2m_key_print((enum s2m_key)key, rule, table->strings, &out);
	}
	if (rule->fuse)
		s2m_out(&out, " " FUSE);
	return out.len;
}

static bool same_name(const struct s2m_table *a, u32 a_offset, const struct s2m_table *b,
		      u32 b_offset, bool used)
{
	return !used || !strcmp(a->strings + a_offset, b->strings + b_offset);
}

static bool same_rule(const struct s2m_table *a, const struct s2m_table *b, u32 i)
{
	struct s2m_rule x, y;

	memcpy(&x, &a->rules[i], sizeof(x));
	memcpy(&y, &b->rules[i], sizeof(y));
	if (x.keys != y.keys ||
	    !same_name(a, x.driver, b, y.driver, x.keys & S2M_HAS(DRIVER)) ||
	    !same_name(a, x.comm, b, y.comm, x.keys & S2M_HAS(COMM)) ||
	    !same_name(a, x.cgroup, b, y.cgroup, x.keys & S2M_HAS(CGROUP)))
		return false;

	/* Equal names may lie in different places. All else is plain bytes. */
	x.driver = 0;
	x.comm = 0;
	x.cgroup = 0;
	y.driver = 0;
	y.comm = 0;
	y.cgroup = 0;
	return !memcmp(&x, &y, sizeof(x));
}

bool s2m_table_equal(const struct s2m_table *a, const struct s2m_table *b)
{
	u32 i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!same_rule(a, b, i))
			return false;
	return true;
}
