// SPDX-License-Identifier: GPL-2.0-only
/*
 * The values of keys, read from any bytes: nothing outside of them is read, nothing outside
 * of what was counted is written, and what is accepted is what a rule may have. Each value is
 * read as tables are: once to count, once to fill.
 *
 * BOUNDS numbers: values up to 8 bytes, of bar=, prefetch=, pid= and uid=
 * BOUNDS class: values up to 7 bytes
 * BOUNDS modes_of_vmas: values up to 15 bytes, of vma= and pgprot=
 * BOUNDS phys: values up to 8 bytes
 * BOUNDS pci: values up to 8 bytes
 * BOUNDS id: values up to 8 bytes
 * BOUNDS names: values up to 6 bytes, of driver= and comm=
 * BOUNDS cgroup: values up to 5 bytes
 * SEED numbers src/core/keys.c: s/(value, 10, 5, /(value, 10, 7, /
 * SEED class src/core/keys.c: s/value.len != 6/value.len > 6/
 * SEED modes_of_vmas src/core/keys.c: s/i = S2M_VMA_PFNMAP; i < ARRAY_SIZE(vma/i = 0; i < ARRAY_SIZE(vma/
 * SEED phys src/core/keys.c: s/rule->phys_start > rule->phys_end/rule->phys_start < rule->phys_end/
 * SEED pci src/core/keys.c: s/^\t\*value = 0;/\t;/
 * SEED id src/core/keys.c: s/^\t\*value = 0;/\t;/
 * SEED names src/core/keys.c: s/if (name->len < 2)/if (name->len < 1)/
 * SEED cgroup src/core/keys.c: s/strings->bytes\[at\] = /strings->bytes[at + 1] = /
 */
#include "../../src/core/keys.h"
#include "proofs.h"

static struct s2m_rule rule;
static struct s2m_strings strings;

/* A value of @len bytes, twice. Returns whether it is accepted. */
static bool accepted(enum s2m_key key, size_t len)
{
	struct s2m_span value = { any_text(len), len };
	const char *wrong;
	u32 used;

	rule = (struct s2m_rule) { 0 };
	strings = (struct s2m_strings) { 0 };
	wrong = s2m_key_parse(key, value, &rule, &strings);
	if (wrong)
		return false;
	used = strings.used;
	prove(used <= len + 1);
	if (used)
		strings.bytes = any_text(used);
	strings.used = 0;
	strings.patterns = 0;
	rule = (struct s2m_rule) { 0 };
	prove(!s2m_key_parse(key, value, &rule, &strings));
	prove(strings.used == used);
	return true;
}

static size_t up_to(size_t most)
{
	size_t len = any_u8();

	assume(len <= most);
	return len;
}

void numbers(void)
{
	if (accepted(S2M_KEY_BAR, up_to(8)))
		prove(rule.bar <= 5);
	accepted(S2M_KEY_PREFETCH, up_to(8));
	if (accepted(S2M_KEY_PID, up_to(8)))
		prove(rule.pid && rule.pid <= S2M_MAX_PID);
	if (accepted(S2M_KEY_UID, up_to(8)))
		prove(rule.uid != U32_MAX);
}

void class(void)
{
	unsigned int i;

	if (!accepted(S2M_KEY_CLASS, up_to(7)))
		return;
	prove(!(rule.class_value & ~rule.class_mask) && !(rule.class_mask >> 24));
	for (i = 0; i < 24; i += 4)
		prove((rule.class_mask >> i & 0xf) == 0 || (rule.class_mask >> i & 0xf) == 0xf);
}

void modes_of_vmas(void)
{
	if (accepted(S2M_KEY_VMA, up_to(15)))
		prove(rule.vma);
	if (accepted(S2M_KEY_PGPROT, up_to(15)))
		prove(rule.pgprot != S2M_PGPROT_CACHEABLE);
}

void phys(void)
{
	if (accepted(S2M_KEY_PHYS, up_to(8)))
		prove(rule.phys_start <= rule.phys_end && rule.phys_end <= S2M_MAX_PHYS);
}

void pci(void)
{
	if (!accepted(S2M_KEY_PCI, up_to(8)))
		return;
	prove(!(rule.any & ~0xf));
	if (rule.any & S2M_ANY_SLOT)
		prove(!(rule.devfn >> 3));
	if (rule.any & S2M_ANY_FUNCTION)
		prove(!(rule.devfn & 7));
	if (rule.any & S2M_ANY_BUS)
		prove(!rule.bus);
}

void id(void)
{
	if (!accepted(S2M_KEY_ID, up_to(8)))
		return;
	prove(!(rule.any & 0xf));
	if (rule.any & S2M_ANY_VENDOR)
		prove(!rule.vendor);
	if (rule.any & S2M_ANY_SUBDEVICE)
		prove(!rule.subdevice);
}

/* A name ends where its zero is, and has none before. */
static void is_name(u32 offset)
{
	u32 i;

	prove(offset == 0 && strings.used >= 2);
	for (i = 0; i + 1 < strings.used; i++)
		prove(strings.bytes[i]);
	prove(!strings.bytes[i]);
}

void names(void)
{
	if (accepted(S2M_KEY_DRIVER, up_to(6)))
		is_name(rule.driver);
	if (accepted(S2M_KEY_COMM, up_to(6)))
		is_name(rule.comm);
}

void cgroup(void)
{
	u32 i, slashes = 0;

	if (!accepted(S2M_KEY_CGROUP, up_to(5)))
		return;
	is_name(rule.cgroup);
	prove(strings.bytes[0] == '/' && rule.cgroup_depth <= S2M_MAX_CGROUP_DEPTH);
	for (i = 0; i < strings.used; i++)
		slashes += strings.bytes[i] == '/';
	prove(rule.cgroup_depth == (strings.used == 2 ? 0 : slashes));
	prove(strings.patterns <= 1);
}
