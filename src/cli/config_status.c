// SPDX-License-Identifier: GPL-2.0-only
/*
 * config status: is what the configuration says what the kernel does?
 */
#include <string.h>

#include "layers.h"

__printf(2, 3)
static void because(json_t *reasons, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		cli_memory(NULL);
	va_end(args);
	json_array_append_new(reasons, cli_json_text(text));
	free(text);
}

static u32 rules_of_kind(const struct cli_layers *layers, enum cli_layer_kind kind)
{
	u32 rules = 0;
	size_t i;

	for (i = 0; i < layers->count; i++)
		if (layers->list[i].kind == kind)
			rules += layers->list[i].table->count;
	return rules;
}

static void compare_mode(json_t *reasons, const struct cli_layers *conf,
			 const struct cli_layers *layers)
{
	enum s2m_mode mode;
	bool in_force;
	char *state;

	if (!cli_current_mode(&mode, &in_force)) {
		because(reasons, "%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
		return;
	}
	if (mode != conf->mode)
		because(reasons, "the mode is %s, the configuration says %s", s2m_mode_word(mode),
			s2m_mode_word(conf->mode));
	if (mode != S2M_MODE_POLICY && rules_of_kind(layers, CLI_LAYER_SET))
		because(reasons, "layers have rules, which mode %s does not ask",
			s2m_mode_word(mode));
	if (cli_emulates() != conf->emulate)
		because(reasons, "unaligned accesses get %s, the configuration says %s",
			s2m_unaligned_word(!conf->emulate), s2m_unaligned_word(conf->emulate));
	if (!in_force)
		because(reasons, "mode %s is not in force for all guests", s2m_mode_word(mode));
	state = cli_attr(S2M_FILE_STATE);
	if (mode != S2M_MODE_NATIVE && state && strcmp(state, S2M_STATE_ARMED) &&
	    strcmp(state, S2M_STATE_STANDBY))
		because(reasons, "the hook is %s: \"s2memattr doctor\" says why", state);
	free(state);
}

static void compare_trial(json_t *reasons, const struct cli_layers *layers)
{
	struct cli_trial trial;

	if (!cli_trial_of(layers, &trial))
		return;
	if (cli_trial_is_over(&trial))
		because(reasons, "a selftest was killed and could not put back what it had changed: \"s2memattr config apply\" does");
	else
		because(reasons, "a selftest is under way, process %u: it puts back what it changes",
			trial.pid);
}

static void compare_table(json_t *reasons, const struct cli_layers *conf,
			  const struct cli_layers *layers)
{
	struct s2m_table *live;

	if (!layers->configured)
		because(reasons, "no configuration has been applied, or something else since");
	else if (!cli_layers_same(conf, layers, CLI_LAYER_FILE) || conf->mode != layers->mode ||
		 conf->emulate != layers->emulate)
		because(reasons, "the configuration's files say something else than when they were applied");
	live = cli_live_table();
	if (!live || !cli_layers_are_live(layers, live))
		because(reasons, "the table in force is not the one that the layers make");
	s2m_table_free(live);
}

static void compare(json_t *reasons, const struct cli_layers *conf)
{
	struct cli_layers layers;
	bool asks;

	if (cli_layers_read(&layers)) {
		because(reasons, "%s: not understood", CLI_RUN);
		return;
	}
	asks = conf->mode != S2M_MODE_NATIVE || rules_of_kind(conf, CLI_LAYER_FILE) ||
		rules_of_kind(&layers, CLI_LAYER_SET);
	/* A configuration that asks for nothing is in force without the module as well. */
	if (!cli_loaded() && asks)
		because(reasons, "the module is not loaded");
	if (cli_loaded() && (asks || conf->emulate || layers.configured)) {
		compare_trial(reasons, &layers);
		compare_mode(reasons, conf, &layers);
		compare_table(reasons, conf, &layers);
	}
	cli_layers_free(&layers);
}

bool cli_conf_in_force(json_t **reasons)
{
	struct s2m_text_error error;
	struct cli_layers conf;

	*reasons = json_array();
	if (cli_conf_read(NULL, &conf, NULL, &error)) {
		because(*reasons, "%s", error.sentence);
		return false;
	}
	compare(*reasons, &conf);
	cli_layers_free(&conf);
	return !json_array_size(*reasons);
}

int cli_config_status(char **args)
{
	json_t *reasons, *reason;
	bool in_force = cli_conf_in_force(&reasons);
	int err = in_force ? CLI_OK : cli_loaded() ? CLI_FAILED : CLI_NOT_LOADED;
	size_t i;

	(void)args;
	if (cli.json) {
		if (cli_json_print(json_pack("{s:b, s:o}", "in_force", in_force, "reasons",
					     reasons)))
			return CLI_FAILED;
		return err;
	}
	puts(in_force ? "in force" : "not in force");
	json_array_foreach(reasons, i, reason)
		printf("  %s\n", json_string_value(reason));
	json_decref(reasons);
	return err;
}
