// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge <OUTPUT: does this CPU model combine memory types as src/core/combine.c
 * says the architecture does? Reads what combine.elf printed, all of it.
 *
 * judge some <LINES: the same of single combinations,
 *
 *	fwb memattr sh1 sh2 MAIR ATTRSH
 *
 * Where the emulator is known to differ, the list below says how. It is exact in
 * both directions: an unlisted difference fails, and so does a listed one that
 * is not there. No other test relies on what the list names.
 */
#include <inttypes.h>

#include <s2memattr/combine.h>

struct model {
	bool fwb, mte, xs;
};

struct combination {
	struct s2m_memory s1;
	struct s2m_stage2 s2;
	struct s2m_memory right;	/* what the architecture says */
};

static bool is_device(u8 attr)
{
	return attr < 0x10;
}

/* Write-Back, transient: 0b01RW with a hint. */
static bool is_transient_wb(u8 half)
{
	return half >= 0x5 && half <= 0x7;
}

static u8 not_transient(u8 s1, u8 right)
{
	return is_transient_wb(s1) && right < 0x4 ? right | 0x8 : right;
}

/* Each says whether it applies, and then what the emulator answers instead. */
static bool fwb_device_replaces_stricter(const struct combination *c, struct s2m_memory *seen)
{
	if (!c->s2.fwb || c->s2.memattr >= 4 || !is_device(c->s1.attr) ||
	    c->s1.attr >= c->s2.memattr << 2)
		return false;
	seen->attr = c->s2.memattr << 2;
	return true;
}

static bool half_taken_for_device(const struct combination *c, struct s2m_memory *seen)
{
	u8 half, device;

	if (c->s2.fwb || is_device(c->s1.attr) == (c->s2.memattr < 4))
		return false;
	if (is_device(c->s1.attr)) {
		half = (c->s2.memattr & 3) == 1 ? 0x4 : 0xf;
		device = c->s1.attr;
	} else {
		half = c->s1.attr & 0xf;
		device = c->s2.memattr << 2;
	}
	if ((half != 0x4 && half != 0x8) || half >= device)
		return false;
	seen->attr = half;
	return true;
}

static bool transient_is_lost(const struct combination *c, struct s2m_memory *seen)
{
	u8 outer = not_transient(c->s1.attr >> 4, c->right.attr >> 4);
	u8 inner = not_transient(c->s1.attr & 0xf, c->right.attr & 0xf);

	if (c->s2.fwb || is_device(c->right.attr) || (outer << 4 | inner) == c->right.attr)
		return false;
	seen->attr = outer << 4 | inner;
	return true;
}

static bool fwb_res0_bit_is_device(const struct combination *c, struct s2m_memory *seen)
{
	if (!c->s2.fwb || c->s2.memattr < 8 || c->right.attr == 0)
		return false;
	*seen = (struct s2m_memory) { 0, S2M_SH_OUTER };
	return true;
}

static bool fwb_forced_wb_has_descriptors_sh(const struct combination *c, struct s2m_memory *seen)
{
	if (!c->s2.fwb || c->s2.memattr != 6 ||
	    !(is_device(c->s1.attr) || c->s1.attr == 0x44) ||
	    c->s1.sh == S2M_SH_OUTER || c->s2.sh == S2M_SH_OUTER)
		return false;
	seen->sh = c->s1.sh > c->s2.sh ? c->s1.sh : c->s2.sh;
	return true;
}

static const struct deviation {
	const char *name;
	const char *because;
	bool needs_fwb;
	bool (*applies)(const struct combination *c, struct s2m_memory *seen);
} deviations[] = {
	{ "fwb-device-replaces-stricter",
	  "with FWB, stage 2's Device type replaces a stricter one of stage 1",
	  true, fwb_device_replaces_stricter },
	{ "half-taken-for-device",
	  "without FWB, the inner half of a Normal type over or under Device is taken for a Device type",
	  false, half_taken_for_device },
	{ "transient-is-lost",
	  "without FWB, Write-Back Transient made Write-Through by stage 2 is no longer Transient",
	  false, transient_is_lost },
	{ "fwb-res0-bit-is-device",
	  "with FWB, MemAttr[3], which is RES0, makes everything Device-nGnRnE",
	  true, fwb_res0_bit_is_device },
	{ "fwb-forced-wb-has-descriptors-sh",
	  "Device or Non-cacheable, forced to Write-Back, keeps the SH of its stage-1 descriptor: IMPLEMENTATION DEFINED, the other choice",
	  true, fwb_forced_wb_has_descriptors_sh },
};

#define NR_DEVIATIONS	ARRAY_SIZE(deviations)

/* What it answers for these follows no rule, so only that it is wrong can be expected. */
#define XS_DEVIATION	"xs-encodings-unknown"
#define XS_BECAUSE	"Attr encodings with XS=0 are not decoded, although FEAT_XS is announced"

static struct {
	unsigned long right, wrong, illegal, xs_wrong;
	unsigned long deviates[NR_DEVIATIONS];
} count;

static bool has_xs0(u8 attr)
{
	return attr == 0x40 || attr == 0xa0 || (is_device(attr) && attr & 1);
}

static bool exists(const struct model *model, u8 attr)
{
	if (!s2m_attr_is_legal(attr))
		return false;
	if (attr == 0xf0)
		return model->mte;
	return model->xs || !has_xs0(attr);
}

static void say(const struct combination *c, const struct s2m_memory *want,
		const struct s2m_memory *seen)
{
	char asked[48], s2[48], got[48], right[48];

	s2m_attr_print(c->s1.attr, asked, sizeof(asked));
	s2m_memattr_print(c->s2.memattr, c->s2.fwb, s2, sizeof(s2));
	s2m_attr_print(seen->attr, got, sizeof(got));
	s2m_attr_print(want->attr, right, sizeof(right));
	printf("# FWB=%d stage 1 0x%02x (%s, %s), MemAttr 0x%x (%s, %s): ",
	       c->s2.fwb, c->s1.attr, asked, s2m_sh_word(c->s1.sh),
	       c->s2.memattr, s2, s2m_sh_word(c->s2.sh));
	printf("0x%02x (%s, %s), expected 0x%02x (%s, %s)\n",
	       seen->attr, got, s2m_sh_word(seen->sh), want->attr, right, s2m_sh_word(want->sh));
}

static void judge(struct combination *c, const struct s2m_memory *seen)
{
	struct s2m_memory want;
	unsigned int i;

	if (!s2m_combine(&c->s1, &c->s2, &c->right)) {
		count.illegal++;
		return;
	}
	want = c->right;
	if (has_xs0(c->s1.attr)) {
		count.xs_wrong += want.attr != seen->attr || want.sh != seen->sh;
		return;
	}
	for (i = 0; i < NR_DEVIATIONS; i++) {
		if (deviations[i].applies(c, &want)) {
			count.deviates[i]++;
			break;
		}
	}
	if (want.attr == seen->attr && want.sh == seen->sh)
		count.right++;
	else if (count.wrong++ < 20)
		say(c, &want, seen);
}

static bool read_line(const char *line, const struct model *model)
{
	unsigned int fwb, memattr, sh1, sh2, value;
	unsigned int mair;
	int used;

	if (sscanf(line, "%x %x %x %x%n", &fwb, &memattr, &sh1, &sh2, &used) != 4)
		return false;
	for (mair = 0; mair < 0x100; mair++) {
		struct combination c = {
			.s1 = { mair, sh1 }, .s2 = { memattr, sh2, fwb },
		};
		struct s2m_memory seen;

		line += used;
		if (sscanf(line, " %x%n", &value, &used) != 1)
			return false;
		seen = (struct s2m_memory) { value >> 4, value & 3 };
		if (exists(model, mair))
			judge(&c, &seen);
	}
	return true;
}

static int judge_some(void)
{
	unsigned int fwb, memattr, sh1, sh2, mair, value;
	static char line[128];

	while (fgets(line, sizeof(line), stdin)) {
		struct s2m_memory seen;
		struct combination c;

		if (sscanf(line, "%x %x %x %x %x %x", &fwb, &memattr, &sh1, &sh2,
			   &mair, &value) != 6) {
			printf("not a combination: %s", line);
			return 2;
		}
		c = (struct combination) { .s1 = { mair, sh1 }, .s2 = { memattr, sh2, fwb } };
		seen = (struct s2m_memory) { value >> 4, value & 3 };
		judge(&c, &seen);
	}
	printf("# %lu combinations, %lu of them as expected, %lu reserved\n",
	       count.right + count.wrong, count.right, count.illegal);
	return count.wrong || count.illegal || !count.right;
}

static int judge_all(void)
{
	unsigned int fwb, mte, xs, lines = 0, i;
	static char line[4096];
	struct model model;
	bool done = false, good;

	if (!fgets(line, sizeof(line), stdin) ||
	    sscanf(line, "id fwb=%x mte=%x xs=%x", &fwb, &mte, &xs) != 3) {
		printf("not a run of combine.elf\n");
		return 2;
	}
	model = (struct model) { fwb, mte >= 2, xs };
	while (!done && fgets(line, sizeof(line), stdin)) {
		done = !strncmp(line, "combine: done", 13);
		if (!done && !read_line(line, &model)) {
			printf("not a line of combine.elf: %.60s\n", line);
			return 2;
		}
		lines += !done;
	}
	good = done && lines == (model.fwb ? 2 : 1) * 16 * 3 * 3 && !count.wrong;

	printf("# %lu combinations, %lu of them as expected, %lu reserved; FWB %s, MTE %s, XS %s\n",
	       count.right + count.wrong, count.right, count.illegal,
	       model.fwb ? "on and off" : "off", model.mte ? "yes" : "no", model.xs ? "yes" : "no");
	for (i = 0; i < NR_DEVIATIONS; i++) {
		if (deviations[i].needs_fwb && !model.fwb)
			continue;
		good &= count.deviates[i] > 0;
		printf("# known deviation %s (%lu): %s\n", deviations[i].name,
		       count.deviates[i], deviations[i].because);
	}
	if (model.xs) {
		good &= count.xs_wrong > 0;
		printf("# known deviation %s (%lu): %s\n",
		       XS_DEVIATION, count.xs_wrong, XS_BECAUSE);
	}
	return !good;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "some"))
		return judge_some();
	return judge_all();
}
