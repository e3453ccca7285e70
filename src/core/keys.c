// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of a rule, as text: for each a function that reads its value, the inverse
 * that prints it, and a line in the table at the end. What a key matches is in match.c.
 */
#include <s2memattr/index.h>

#include "keys.h"

void s2m_out(struct s2m_out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	out->len += (size_t)s2m_vscnprintf(out->buf + out->len, out->size - out->len, fmt, args);
	va_end(args);
}

static bool is(struct s2m_span span, const char *word)
{
	return span.len == strlen(word) && !memcmp(span.text, word, span.len);
}

/* A hex number of at most @max, or "*", which sets @any in the rule. */
static bool parse_part(struct s2m_span part, u32 max, u32 any, struct s2m_rule *rule, u32 *value)
{
	u64 number;

	*value = 0;
	if (is(part, "*")) {
		rule->any |= (u8)any;
		return true;
	}
	if (!s2m_text_number(part, 16, max, &number))
		return false;
	*value = (u32)number;
	return true;
}

static void print_part(struct s2m_out *out, bool any, int width, u32 value)
{
	if (any)
		s2m_out(out, "*");
	else
		s2m_out(out, "%0*x", width, value);
}

static bool parse_pci_parts(struct s2m_span value, struct s2m_rule *rule)
{
	struct s2m_span domain, bus, slot, function, rest;
	u32 b, s, f;

	s2m_text_split(value, ':', &domain, &rest);
	if (!s2m_text_split(rest, ':', &bus, &rest)) {
		rest = bus;
		bus = domain;
		domain.text = is(bus, "*") ? "*" : "0";
		domain.len = 1;
	}
	if (!s2m_text_split(rest, '.', &slot, &function))
		return false;
	if (!parse_part(domain, U32_MAX, S2M_ANY_DOMAIN, rule, &rule->domain) ||
	    !parse_part(bus, 0xff, S2M_ANY_BUS, rule, &b) ||
	    !parse_part(slot, 0x1f, S2M_ANY_SLOT, rule, &s) ||
	    !parse_part(function, 7, S2M_ANY_FUNCTION, rule, &f))
		return false;
	rule->bus = (u8)b;
	rule->devfn = (u8)(s << 3 | f);
	return true;
}

bool s2m_function_parse(const char *text, size_t len, struct s2m_device *function)
{
	const struct s2m_span value = { .text = text, .len = len };
	struct s2m_rule rule = { 0 };

	if (!parse_pci_parts(value, &rule) || rule.any)
		return false;
	*function = (struct s2m_device) {
		.domain = rule.domain, .bus = rule.bus, .devfn = rule.devfn,
	};
	return true;
}

static const char *parse_pci(struct s2m_span value, struct s2m_rule *rule,
			     struct s2m_strings *strings)
{
	if (!parse_pci_parts(value, rule))
		return "is not [domain:]bus:device.function, hex or *";
	return NULL;
}

static void print_pci(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	print_part(out, rule->any & S2M_ANY_DOMAIN, 4, rule->domain);
	s2m_out(out, ":");
	print_part(out, rule->any & S2M_ANY_BUS, 2, rule->bus);
	s2m_out(out, ":");
	print_part(out, rule->any & S2M_ANY_SLOT, 2, rule->devfn >> 3);
	s2m_out(out, ".");
	print_part(out, rule->any & S2M_ANY_FUNCTION, 1, rule->devfn & 7);
}

/* "a:b" into one half of id=. */
static bool parse_id_pair(struct s2m_span left, struct s2m_span right, u32 any_left, u32 any_right,
			  struct s2m_rule *rule, u16 *l, u16 *r)
{
	u32 a, b;

	if (!parse_part(left, 0xffff, any_left, rule, &a) ||
	    !parse_part(right, 0xffff, any_right, rule, &b))
		return false;
	*l = (u16)a;
	*r = (u16)b;
	return true;
}

static bool parse_id_parts(struct s2m_span value, struct s2m_rule *rule)
{
	const struct s2m_span any = { .text = "*", .len = 1 };
	struct s2m_span vendor, device, subvendor = any, subdevice = any;

	s2m_text_split(value, ':', &vendor, &device);
	if (s2m_text_split(device, ':', &device, &subvendor))
		s2m_text_split(subvendor, ':', &subvendor, &subdevice);
	else
		subvendor = any;
	return parse_id_pair(vendor, device, S2M_ANY_VENDOR, S2M_ANY_DEVICE, rule, &rule->vendor,
			     &rule->device) &&
	       parse_id_pair(subvendor, subdevice, S2M_ANY_SUBVENDOR, S2M_ANY_SUBDEVICE, rule,
			     &rule->subvendor, &rule->subdevice);
}

static const char *parse_id(struct s2m_span value, struct s2m_rule *rule,
			    struct s2m_strings *strings)
{
	if (!parse_id_parts(value, rule))
		return "is not vendor:device[:subvendor:subdevice], hex or *";
	return NULL;
}

static void print_id(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	const u8 no_sub = S2M_ANY_SUBVENDOR | S2M_ANY_SUBDEVICE;

	print_part(out, rule->any & S2M_ANY_VENDOR, 4, rule->vendor);
	s2m_out(out, ":");
	print_part(out, rule->any & S2M_ANY_DEVICE, 4, rule->device);
	if ((rule->any & no_sub) == no_sub)
		return;
	s2m_out(out, ":");
	print_part(out, rule->any & S2M_ANY_SUBVENDOR, 4, rule->subvendor);
	s2m_out(out, ":");
	print_part(out, rule->any & S2M_ANY_SUBDEVICE, 4, rule->subdevice);
}

static const char *parse_class(struct s2m_span value, struct s2m_rule *rule,
			       struct s2m_strings *strings)
{
	static const char wrong[] = "is not six hex digits, x for any";
	size_t i;

	if (value.len != 6)
		return wrong;
	for (i = 0; i < 6; i++) {
		bool any = value.text[i] == 'x' || value.text[i] == 'X';
		int digit = any ? 0 : s2m_text_hex(value.text[i]);

		if (digit < 0)
			return wrong;
		rule->class_value = rule->class_value << 4 | (u32)digit;
		rule->class_mask = rule->class_mask << 4 | (any ? 0 : 0xf);
	}
	return NULL;
}

static void print_class(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	int shift;

	for (shift = 20; shift >= 0; shift -= 4) {
		if (rule->class_mask >> shift & 0xf)
			s2m_out(out, "%x", rule->class_value >> shift & 0xf);
		else
			s2m_out(out, "x");
	}
}

static const char *parse_bar(struct s2m_span value, struct s2m_rule *rule,
			     struct s2m_strings *strings)
{
	u64 number;

	if (!s2m_text_number(value, 10, 5, &number))
		return "is not 0 to 5";
	rule->bar = number & 7;
	return NULL;
}

static void print_bar(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "%u", rule->bar);
}

static const char *parse_prefetch(struct s2m_span value, struct s2m_rule *rule,
				  struct s2m_strings *strings)
{
	u64 number;

	if (!s2m_text_number(value, 10, 1, &number))
		return "is not 0 or 1";
	rule->prefetch = number & 1;
	return NULL;
}

static void print_prefetch(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "%u", rule->prefetch);
}

static bool parse_address(struct s2m_span span, u64 *value)
{
	if (span.len > 2 && span.text[0] == '0' && (span.text[1] == 'x' || span.text[1] == 'X')) {
		span.text += 2;
		span.len -= 2;
		return s2m_text_number(span, 16, S2M_MAX_PHYS, value);
	}
	return s2m_text_number(span, 10, S2M_MAX_PHYS, value);
}

static const char *parse_phys(struct s2m_span value, struct s2m_rule *rule,
			      struct s2m_strings *strings)
{
	struct s2m_span start, end;

	if (!s2m_text_split(value, '-', &start, &end) ||
	    !parse_address(start, &rule->phys_start) || !parse_address(end, &rule->phys_end))
		return "is not start-end, two addresses up to 0xfffffffffffff";
	if (rule->phys_start > rule->phys_end)
		return "is reversed: it ends before it starts";
	return NULL;
}

static void print_phys(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "0x%llx-0x%llx", rule->phys_start, rule->phys_end);
}

static const char * const vma_words[] = {
	[S2M_VMA_PFNMAP]		= "pfnmap",
	[S2M_VMA_IO]			= "io",
	[S2M_VMA_PFNMAP | S2M_VMA_IO]	= "pfnmap+io",
};

static const char *parse_vma(struct s2m_span value, struct s2m_rule *rule,
			     struct s2m_strings *strings)
{
	unsigned int i;

	for (i = S2M_VMA_PFNMAP; i < ARRAY_SIZE(vma_words); i++) {
		if (s2m_word_matches(value.text, value.len, vma_words[i])) {
			rule->vma = i & 3;
			return NULL;
		}
	}
	return "is not pfnmap, io or pfnmap+io";
}

static void print_vma(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "%s", vma_words[rule->vma]);
}

static const char * const pgprot_words[] = {
	[S2M_PGPROT_DEVICE_NGNRNE]	= "device-nGnRnE",
	[S2M_PGPROT_DEVICE_NGNRE]	= "device-nGnRE",
	[S2M_PGPROT_NORMAL_NC]		= "normal-nc",
};

static const char *parse_pgprot(struct s2m_span value, struct s2m_rule *rule,
				struct s2m_strings *strings)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pgprot_words); i++) {
		if (s2m_word_matches(value.text, value.len, pgprot_words[i])) {
			rule->pgprot = i & 3;
			return NULL;
		}
	}
	return "is not device-nGnRnE, device-nGnRE or normal-nc";
}

static void print_pgprot(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "%s", pgprot_words[rule->pgprot]);
}

static const char *parse_pid(struct s2m_span value, struct s2m_rule *rule,
			     struct s2m_strings *strings)
{
	u64 number;

	if (!s2m_text_number(value, 10, S2M_MAX_PID, &number) || !number)
		return "is not 1 to 4194304";
	rule->pid = (u32)number;
	return NULL;
}

static void print_pid(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "%u", rule->pid);
}

static const char *parse_uid(struct s2m_span value, struct s2m_rule *rule,
			     struct s2m_strings *strings)
{
	u64 number;

	/* The largest u32 is no user: chown() and the like read it as "none". */
	if (!s2m_text_number(value, 10, U32_MAX - 1, &number))
		return "is not 0 to 4294967294";
	rule->uid = (u32)number;
	return NULL;
}

static void print_uid(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	s2m_out(out, "%u", rule->uid);
}

/* Take a byte off a name. Return: the byte, 0 for a bad escape, -1 at the end. */
static int next_byte(struct s2m_span *name)
{
	int c, high, low;

	if (!name->len)
		return -1;
	c = (u8)*name->text++;
	name->len--;
	if (c != '%')
		return c;
	if (name->len < 2)
		return 0;
	high = s2m_text_hex(name->text[0]);
	low = s2m_text_hex(name->text[1]);
	if (high < 0 || low < 0)
		return 0;
	name->text += 2;
	name->len -= 2;
	return high << 4 | low;
}

static void put_byte(struct s2m_strings *strings, int c)
{
	if (strings->bytes)
		strings->bytes[strings->used] = (char)c;
	strings->used++;
}

static const char *parse_name(struct s2m_span value, size_t max, const char *too_long,
			      struct s2m_strings *strings, u32 *offset)
{
	size_t len = 0;
	int c;

	if (!value.len)
		return "is empty";
	*offset = strings->used;
	while ((c = next_byte(&value)) >= 0) {
		if (!c)
			return "has a % without two hex digits, or %00";
		if (++len > max)
			return too_long;
		put_byte(strings, c);
	}
	put_byte(strings, '\0');
	return NULL;
}

/* Print a byte as itself if it can be part of a word, else as %XX. */
static void print_byte(u8 c, struct s2m_out *out)
{
	if (c <= ' ' || c == 0x7f || c == '%')
		s2m_out(out, "%%%02x", c);
	else
		s2m_out(out, "%c", c);
}

static void print_name(const char *name, struct s2m_out *out)
{
	for (; *name; name++)
		print_byte((u8)*name, out);
}

static const char *parse_driver(struct s2m_span value, struct s2m_rule *rule,
				struct s2m_strings *strings)
{
	return parse_name(value, S2M_MAX_DRIVER, "is longer than 63 bytes", strings,
			  &rule->driver);
}

static void print_driver(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	print_name(strings + rule->driver, out);
}

static const char *parse_comm(struct s2m_span value, struct s2m_rule *rule,
			      struct s2m_strings *strings)
{
	return parse_name(value, S2M_MAX_COMM, "is longer than 15 bytes", strings, &rule->comm);
}

static void print_comm(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	print_name(strings + rule->comm, out);
}

/* Count the groups in a path that parse_name() has taken. */
static const char *count_groups(struct s2m_span path, struct s2m_rule *rule)
{
	unsigned int groups = 0, len = 0, dots = 0;
	int c;

	if (next_byte(&path) != '/')
		return "does not begin with /";
	if (!path.len) {
		rule->cgroup_depth = 0;
		return NULL;
	}
	do {
		c = next_byte(&path);
		if (c >= 0 && c != '/') {
			len++;
			dots += c == '.';
			continue;
		}
		if (!len)
			return "has an empty part";
		if (len <= 2 && dots == len)
			return "has . or .. as a part";
		if (++groups > S2M_MAX_CGROUP_DEPTH)
			return "is deeper than 32 groups";
		len = 0;
		dots = 0;
	} while (c >= 0);
	rule->cgroup_depth = groups & 0x3f;
	return NULL;
}

/* Replace each "*" of the text by S2M_ANY_BYTES; one written as %2a stays a byte like others. */
static const char *mark_patterns(struct s2m_span value, struct s2m_strings *strings, u32 at)
{
	bool found = false, star;
	int c;

	for (;; at++) {
		star = value.len && *value.text == '*';
		c = next_byte(&value);
		if (c < 0)
			break;
		if (c == S2M_ANY_BYTES)
			return "has a line end, which no group's name has";
		if (star && strings->bytes)
			strings->bytes[at] = S2M_ANY_BYTES;
		found |= star;
	}
	/* Patterns are tried one after the other, while a guest waits for its fault. */
	if (found && ++strings->patterns > S2M_MAX_PATTERNS)
		return "is one pattern too many: 1024 rules of a table may have a *";
	return NULL;
}

static const char *parse_cgroup(struct s2m_span value, struct s2m_rule *rule,
				struct s2m_strings *strings)
{
	const char *wrong = parse_name(value, S2M_MAX_CGROUP, "is longer than 1023 bytes", strings,
				       &rule->cgroup);

	if (!wrong)
		wrong = mark_patterns(value, strings, rule->cgroup);
	return wrong ? wrong : count_groups(value, rule);
}

static void print_cgroup(const struct s2m_rule *rule, const char *strings, struct s2m_out *out)
{
	const char *path = strings + rule->cgroup;

	for (; *path; path++) {
		if (*path == S2M_ANY_BYTES)
			s2m_out(out, "*");
		else if (*path == '*')
			s2m_out(out, "%%2a");
		else
			print_byte((u8)*path, out);
	}
}

static const struct {
	const char *word;
	const char *(*parse)(struct s2m_span value, struct s2m_rule *rule,
			     struct s2m_strings *strings);
	void (*print)(const struct s2m_rule *rule, const char *strings, struct s2m_out *out);
} keys[] = {
	[S2M_KEY_PCI]		= { "pci", parse_pci, print_pci },
	[S2M_KEY_ID]		= { "id", parse_id, print_id },
	[S2M_KEY_CLASS]		= { "class", parse_class, print_class },
	[S2M_KEY_BAR]		= { "bar", parse_bar, print_bar },
	[S2M_KEY_PREFETCH]	= { "prefetch", parse_prefetch, print_prefetch },
	[S2M_KEY_DRIVER]	= { "driver", parse_driver, print_driver },
	[S2M_KEY_PHYS]		= { "phys", parse_phys, print_phys },
	[S2M_KEY_VMA]		= { "vma", parse_vma, print_vma },
	[S2M_KEY_PGPROT]	= { "pgprot", parse_pgprot, print_pgprot },
	[S2M_KEY_PID]		= { "pid", parse_pid, print_pid },
	[S2M_KEY_UID]		= { "uid", parse_uid, print_uid },
	[S2M_KEY_COMM]		= { "comm", parse_comm, print_comm },
	[S2M_KEY_CGROUP]	= { "cgroup", parse_cgroup, print_cgroup },
};

static_assert(ARRAY_SIZE(keys) == S2M_NR_KEYS, "each key has a word");

enum s2m_key s2m_key_find(struct s2m_span name)
{
	unsigned int key;

	for (key = 0; key < S2M_NR_KEYS; key++)
		if (s2m_word_matches(name.text, name.len, keys[key].word))
			break;
	return (enum s2m_key)key;
}

const char *s2m_key_word(enum s2m_key key)
{
	return keys[key].word;
}

const char *s2m_key_list(char list[S2M_KEY_LIST_SIZE], u32 some)
{
	struct s2m_out out = { .buf = list, .size = S2M_KEY_LIST_SIZE };
	u32 key;

	for (key = 0; key < S2M_NR_KEYS; key++)
		if (some >> key & 1)
			s2m_out(&out, "%s%s", out.len ? ", " : "", keys[key].word);
	return list;
}

const char *s2m_key_parse(enum s2m_key key, struct s2m_span value, struct s2m_rule *rule,
			  struct s2m_strings *strings)
{
	return keys[key].parse(value, rule, strings);
}

void s2m_key_print(enum s2m_key key, const struct s2m_rule *rule, const char *strings,
		   struct s2m_out *out)
{
	keys[key].print(rule, strings, out);
}
