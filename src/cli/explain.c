// SPDX-License-Identifier: GPL-2.0-only
/*
 * explain: what a guest's driver gets of a stage-1 and a stage-2 type.
 */
#include <string.h>
#include <s2memattr/combine.h>

#include "cli.h"

static const struct {
	enum s2m_permission bit;
	const char *word;
} permissions[] = {
	{ S2M_PERMITS_EARLY_ACK, "early-ack" },
	{ S2M_PERMITS_REORDERING, "reordering" },
	{ S2M_PERMITS_GATHERING, "gathering" },
	{ S2M_PERMITS_SPECULATION, "speculation" },
	{ S2M_PERMITS_UNALIGNED, "unaligned" },
	{ S2M_PERMITS_CACHING, "caching" },
};

/* KVM maps with Inner Shareable; what is Device or Non-cacheable ignores it. */
static bool combine(u8 s1, u8 memattr, bool fwb, struct s2m_memory *effect)
{
	const struct s2m_memory guest = { .attr = s1, .sh = S2M_SH_INNER };
	const struct s2m_stage2 host = { .memattr = memattr, .sh = S2M_SH_INNER, .fwb = fwb };

	return s2m_combine(&guest, &host, effect);
}

static json_t *effect_json(u8 s1, const char *s2, bool fwb)
{
	json_t *json = json_object(), *allowed;
	struct s2m_memory effect;
	char word[64];
	unsigned int i;
	u8 memattr;

	json_object_set_new(json, "fwb", json_boolean(fwb));
	if (!s2m_memattr_parse(s2, strlen(s2), fwb, &memattr) ||
	    !combine(s1, memattr, fwb, &effect)) {
		json_object_set_new(json, "type", json_null());
		return json;
	}
	s2m_attr_print(effect.attr, word, sizeof(word));
	json_object_set_new(json, "type", json_string(word));
	json_object_set_new(json, "shareability", json_string(s2m_sh_word(effect.sh)));
	allowed = json_array();
	for (i = 0; i < ARRAY_SIZE(permissions); i++)
		if (s2m_attr_permits(effect.attr) & permissions[i].bit)
			json_array_append_new(allowed, json_string(permissions[i].word));
	json_object_set_new(json, "permits", allowed);
	return json;
}

static void print_effect(json_t *effect)
{
	const char *type = json_string_value(json_object_get(effect, "type"));
	json_t *allowed = json_object_get(effect, "permits");
	unsigned int i;

	printf("%s FEAT_S2FWB: ", json_is_true(json_object_get(effect, "fwb")) ? "with   " :
									       "without");
	if (!type) {
		puts("stage 2 has no such type");
		return;
	}
	printf("%s%s%s, %s", cli_color(CLI_STRONG), type, cli_plain(),
	       json_string_value(json_object_get(effect, "shareability")));
	for (i = 0; i < json_array_size(allowed); i++)
		printf("%s%s", i ? ", " : "; permits ",
		       json_string_value(json_array_get(allowed, i)));
	puts(json_array_size(allowed) ? "" : "; permits nothing");
}

int cli_explain(char **args)
{
	json_t *effects;
	u8 s1, unused;
	int err = CLI_OK;
	size_t i;

	if (!s2m_attr_parse(args[0], strlen(args[0]), &s1) || !s2m_attr_is_legal(s1))
		return cli_fail("\"%s\" is no stage-1 type (device-nGnRnE, device-nGnRE, device-nGRE, device-GRE, normal-nc, normal-wt, normal-wb)",
				args[0]);
	if (!s2m_memattr_parse(args[1], strlen(args[1]), false, &unused) &&
	    !s2m_memattr_parse(args[1], strlen(args[1]), true, &unused))
		return cli_fail("\"%s\" is no stage-2 type (device-nGnRnE, device-nGnRE, device-nGRE, device-GRE, normal-nc, normal-wt, normal-wb; stage-1 with FEAT_S2FWB)",
				args[1]);
	effects = json_array();
	for (i = 0; i < 2; i++)
		json_array_append_new(effects, effect_json(s1, args[1], i));
	if (cli.json)
		return cli_json_print(json_pack("{s:o, s:o, s:o}",
						"stage1", cli_json_text(args[0]),
						"stage2", cli_json_text(args[1]),
						"effects", effects));
	for (i = 0; i < 2; i++)
		print_effect(json_array_get(effects, i));
	json_decref(effects);
	return err;
}
