/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of rules: read from text, printed back, never changed in between.
 *
 *     <type> [key=value]... [fuse]
 *     coherent-ram [pid=...] [uid=...] [comm=...] [cgroup=...]
 *
 * One rule a line, the first that matches decides. Types, keys, and values that are
 * words of this project are read in any case and with "_" for "-". A line ends with "\n" or
 * "\r\n". Words are separated by blanks and tabs; a '#' at the start of a word
 * begins a comment. A rule matches if all its keys do; each key may be given
 * once, in any order, and the word fuse among them.
 *
 *     pci       [domain:]bus:device.function in hex, "*" for any of the four.
 *               Without a domain it is 0, as lspci prints it where there is
 *               only one; "*:..." is any bus of any domain.
 *     id        vendor:device[:subvendor:subdevice] in hex, "*" for any
 *     class     six hex digits, x for any digit
 *     bar       0 to 5
 *     prefetch  0 or 1
 *     driver    the name of the driver bound to the device
 *     phys      start-end, inclusive; hex after 0x, else decimal
 *     vma       exactly these flags of the two: pfnmap, io or pfnmap+io.
 *               "pfnmap" does not match a VMA that has VM_IO as well.
 *     pgprot    what the VMM mapped it with: device-nGnRnE, device-nGnRE or
 *               normal-nc
 *     pid       of the VMM process (its thread group), 1 to 4194304
 *     uid       0 to 4294967294
 *     comm      its name, 1 to 15 bytes
 *     cgroup    absolute path in the v2 hierarchy; matches the group and all
 *               below it; "/" matches every process. "*" stands for any bytes of
 *               a group's name, none included, but never for a "/".
 *
 * A rule for a type looser than device-nGnRE (device-GRE, normal-nc, normal-wb)
 * reaches memory that is in no PCI memory BAR only through phys=. Where it does not
 * reach it does not match, and the rules behind it are asked.
 *
 * A coherent-ram rule is about a VM, not about a mapping, and takes no key that
 * is about a mapping. The two kinds do not see each other: the first rule of its
 * kind that matches decides, wherever those of the other kind stand.
 *
 * fuse: where the PCI bus reports an uncorrected error of a function that the rule is
 * about, the function loses what this or any other rule gives it, and has Device-nGnRE
 * until somebody resets it. For types that are, or may be, laxer than that and that no
 * VMM maps cacheable: native, device-GRE and normal-nc.
 *
 * In driver, comm and cgroup, %XX (two hex digits) stands for any byte but
 * zero; blanks, control characters and '%' itself can only be written so, and in
 * cgroup a '*' that stands for itself. No group's name has a line end (the kernel
 * sees to it), so cgroup takes no %0a.
 */
#ifndef S2MEMATTR_RULE_H
#define S2MEMATTR_RULE_H

#include <s2memattr/decide.h>

#define S2M_MAX_RULES		262144u	/* of a table */
#define S2M_MAX_LINE		4095u	/* bytes of a line, without its end */
#define S2M_MAX_DRIVER		63u	/* bytes */
#define S2M_MAX_COMM		15u	/* bytes: TASK_COMM_LEN - 1 */
#define S2M_MAX_CGROUP		1023u	/* bytes of the path */
#define S2M_MAX_CGROUP_DEPTH	32u	/* groups in the path, the root not counted */
#define S2M_MAX_PATTERNS	1024u	/* rules of a table with "*" in cgroup= */
#define S2M_MAX_PHYS		((1ULL << 52) - 1)
#define S2M_MAX_PID		4194304u

/*
 * Stands in the value of cgroup= for a "*" that is none itself: a byte that no
 * group's name has.
 */
#define S2M_ANY_BYTES		'\n'

/* What a decision says instead of a rule's number if there was no rule. */
#define S2M_NO_RULE		U32_MAX

/*
 * The keys, in the order in which they are printed. The masks in struct
 * s2m_rule have bit S2M_KEY_x set for a key that the rule has.
 */
enum s2m_key {
	S2M_KEY_PCI,
	S2M_KEY_ID,
	S2M_KEY_CLASS,
	S2M_KEY_BAR,
	S2M_KEY_PREFETCH,
	S2M_KEY_DRIVER,
	S2M_KEY_PHYS,
	S2M_KEY_VMA,
	S2M_KEY_PGPROT,
	S2M_KEY_PID,
	S2M_KEY_UID,
	S2M_KEY_COMM,
	S2M_KEY_CGROUP,
	S2M_NR_KEYS
};

#define S2M_HAS(key)		(1u << S2M_KEY_##key)

/* Where a mapping is: known when the table or the PCI topology changes. */
#define S2M_DEVICE_KEYS		(S2M_HAS(PCI) | S2M_HAS(ID) | S2M_HAS(CLASS) | S2M_HAS(BAR) | \
				 S2M_HAS(PREFETCH) | S2M_HAS(DRIVER))
/* Who maps it, and how: known when it is made. */
#define S2M_TASK_KEYS		(S2M_HAS(PID) | S2M_HAS(UID) | S2M_HAS(COMM) | S2M_HAS(CGROUP))
#define S2M_VMA_KEYS		(S2M_HAS(VMA) | S2M_HAS(PGPROT))
#define S2M_LATE_KEYS		(S2M_TASK_KEYS | S2M_VMA_KEYS)

/* A sum: a key that is in none of the groups, or in two, gives another one. */
static_assert(S2M_DEVICE_KEYS + S2M_HAS(PHYS) + S2M_VMA_KEYS + S2M_TASK_KEYS ==
	      (1u << S2M_NR_KEYS) - 1, "each key is in one group");

/* Parts of pci= and id= that are "*": bits of s2m_rule.any. */
#define S2M_ANY_DOMAIN		0x01u
#define S2M_ANY_BUS		0x02u
#define S2M_ANY_SLOT		0x04u
#define S2M_ANY_FUNCTION	0x08u
#define S2M_ANY_VENDOR		0x10u
#define S2M_ANY_DEVICE		0x20u
#define S2M_ANY_SUBVENDOR	0x40u
#define S2M_ANY_SUBDEVICE	0x80u

/* Values of vma=. */
#define S2M_VMA_PFNMAP		1u
#define S2M_VMA_IO		2u

/* Stands in s2m_rule.type for no memory type: the rule is about a VM. */
#define S2M_COHERENT_RAM	0xffu

/**
 * struct s2m_rule - one rule
 * @phys_start: first address of phys=
 * @phys_end: last address of phys=, inclusive
 * @domain: of pci=
 * @class_value: of class=, with zeros where any digit will do
 * @class_mask: bits of @class_value that must match
 * @pid: of pid=
 * @uid: of uid=
 * @driver: offset of the value of driver= in the table's strings
 * @comm: offset of the value of comm=
 * @cgroup: offset of the value of cgroup=
 * @vendor: of id=
 * @device: of id=
 * @subvendor: of id=
 * @subdevice: of id=
 * @keys: the keys that the rule has, S2M_HAS() of each
 * @type: an enum s2m_type, or S2M_COHERENT_RAM
 * @bus: of pci=
 * @devfn: of pci=; device in bits [7:3], function in bits [2:0]
 * @any: parts of pci= and id= that match anything, S2M_ANY_x
 * @cgroup_depth: number of groups in cgroup=; 0 for "/"
 * @fuse: an uncorrected error takes back what the rule gives
 * @bar: of bar=
 * @prefetch: of prefetch=
 * @vma: of vma=, S2M_VMA_x
 * @pgprot: of pgprot=, an enum s2m_pgprot
 *
 * What a rule does not say is zero. One cache line.
 */
struct s2m_rule {
	u64 phys_start;
	u64 phys_end;
	u32 domain;
	u32 class_value;
	u32 class_mask;
	u32 pid;
	u32 uid;
	u32 driver;
	u32 comm;
	u32 cgroup;
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u16 keys;
	u8 type;
	u8 bus;
	u8 devfn;
	u8 any;
	u8 cgroup_depth : 6;
	u8 fuse : 1;
	u8 bar : 3;
	u8 prefetch : 1;
	u8 vma : 2;
	u8 pgprot : 2;
};

/**
 * s2m_rule_is_about_vm() - of which kind is a rule?
 * @rule: the rule
 *
 * Return: whether it is about a VM, not about a mapping.
 */
static inline bool s2m_rule_is_about_vm(const struct s2m_rule *rule)
{
	return rule->type == S2M_COHERENT_RAM;
}

/**
 * s2m_rule_word() - what a rule begins with
 * @rule: the rule
 *
 * Return: the word.
 */
const char *s2m_rule_word(const struct s2m_rule *rule);

/**
 * s2m_rule_remark() - is there something to say about a rule that is accepted?
 * @rule: the rule
 *
 * About what whoever wrote it has most likely not meant. What cannot match at all
 * is refused by s2m_table_parse().
 *
 * Context: any.
 * Return: a sentence for people, or NULL.
 */
const char *s2m_rule_remark(const struct s2m_rule *rule);

/**
 * struct s2m_table - rules in the order of their lines
 * @count: number of rules
 * @bytes: memory that the table takes, all of it
 * @strings: values that are names, each with a terminating zero
 * @rules: the rules
 */
struct s2m_table {
	u32 count;
	size_t bytes;
	const char *strings;
	struct s2m_rule rules[];
};

/**
 * struct s2m_text_error - what is wrong with a text
 * @line: number of the line, from 1; 0 if it is not about one line
 * @sentence: one line for people, with the number of the line in it
 */
struct s2m_text_error {
	u32 line;
	char sentence[240];
};

/**
 * s2m_table_parse() - read a table
 * @text: the text; need not be terminated
 * @len: its length in bytes
 * @table: where the table goes; untouched on failure
 * @error: what was wrong; set on failure only
 *
 * A text with an error is refused before any memory is taken. A text without
 * rules makes an empty table.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a text that is not a table, -E2BIG for a line too
 * long or a rule too many, -ENOMEM.
 */
int s2m_table_parse(const char *text, size_t len, struct s2m_table **table,
		    struct s2m_text_error *error);

/**
 * s2m_table_free() - free a table
 * @table: from s2m_table_parse(), or NULL
 *
 * Context: may sleep.
 */
void s2m_table_free(struct s2m_table *table);

/**
 * s2m_rule_print() - print one rule in its canonical form
 * @table: the table
 * @i: number of the rule, from 0
 * @buf: where the text goes, with a terminating zero and without a line end
 * @size: bytes at @buf, at least 1; S2M_MAX_LINE + 1 is always enough
 *
 * Parsing what is printed gives the same rule.
 *
 * Context: any.
 * Return: the length of the text in @buf; it is cut where @size ends.
 */
size_t s2m_rule_print(const struct s2m_table *table, u32 i, char *buf, size_t size);

/**
 * s2m_table_first_about_vm() - find a rule about VMs
 * @table: the table
 *
 * Context: any.
 * Return: the number of the first, or %S2M_NO_RULE.
 */
u32 s2m_table_first_about_vm(const struct s2m_table *table);

/**
 * s2m_table_first_fuse() - find a rule with a fuse
 * @table: the table
 *
 * Context: any.
 * Return: the number of the first, or %S2M_NO_RULE.
 */
u32 s2m_table_first_fuse(const struct s2m_table *table);

/**
 * s2m_table_equal() - do two tables have the same rules in the same order?
 * @a: a table
 * @b: another
 *
 * Context: any.
 * Return: whether they do.
 */
bool s2m_table_equal(const struct s2m_table *a, const struct s2m_table *b);

#endif
