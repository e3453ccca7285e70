// SPDX-License-Identifier: GPL-2.0-only
/*
 * config check, apply, reset, release: mode and table as the configuration says.
 */
#include <s2memattr/errata.h>
#include <string.h>

#include "layers.h"
#include "platform.h"

static u32 count_rules(const struct cli_layers *conf)
{
	u32 rules = 0;
	size_t i;

	for (i = 0; i < conf->count; i++)
		rules += conf->list[i].table->count;
	return rules;
}

/* --- check ----------------------------------------------------------------- */

static void warn(json_t *warnings, const char *fmt, ...) __printf(2, 3);

static void warn(json_t *warnings, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		cli_memory(NULL);
	va_end(args);
	json_array_append_new(warnings, cli_json_text(text));
	free(text);
}

/* Warn of types that an erratum of this host speaks against: the module would refuse them. */
static void warn_of_errata(json_t *warnings, const struct cli_layers *conf)
{
	u32 present = cli_errata_in_force(), i;
	const struct s2m_erratum *erratum = s2m_erratum_against(present, s2m_mode_type(conf->mode));
	size_t at;

	for (at = 0; at < conf->count && conf->mode == S2M_MODE_POLICY; at++) {
		const struct s2m_table *table = conf->list[at].table;

		for (i = 0; i < table->count && !erratum; i++)
			if (!s2m_rule_is_about_vm(&table->rules[i]))
				erratum = s2m_erratum_against(present, (enum s2m_type)
							      table->rules[i].type);
	}
	if (erratum)
		warn(warnings, "this host is one that corrupts what this permits, and the module will refuse it: %s, %s",
		     erratum->name, erratum->because);
}

static json_t *warnings_about(const struct cli_layers *conf, bool given)
{
	json_t *warnings = json_array();
	u32 rules = count_rules(conf);

	if (rules && conf->mode != S2M_MODE_POLICY)
		warn(warnings, "rules are not asked in mode %s: they need \"mode = policy\"",
		     s2m_mode_word(conf->mode));
	if (!rules && conf->mode == S2M_MODE_POLICY && given)
		warn(warnings, "mode policy without rules: every guest gets the kernel's own types");
	if (conf->emulate && conf->mode == S2M_MODE_NATIVE)
		warn(warnings, "unaligned accesses are not carried out in mode %s: \"unaligned = %s\" needs another one",
		     s2m_mode_word(conf->mode), S2M_EMULATE);
	warn_of_errata(warnings, conf);
	return warnings;
}

static int print_checked(const char *name, const struct cli_layers *conf, json_t *warnings)
{
	const char *mode = s2m_mode_word(conf->mode), *unaligned = s2m_unaligned_word(conf->emulate);
	u32 rules = count_rules(conf);
	json_t *warning;
	size_t i;

	if (cli.json)
		return cli_json_print(json_pack("{s:o, s:b, s:s, s:s, s:i, s:O}", "file",
						cli_json_text(name), "valid", 1, "mode", mode,
						"unaligned", unaligned, "rules", (int)rules,
						"warnings", warnings));
	printf("%s: mode %s, unaligned %s, %u rule%s, no error\n", name, mode, unaligned, rules,
	       rules == 1 ? "" : "s");
	json_array_foreach(warnings, i, warning)
		cli_note("%s: %s", name, json_string_value(warning));
	return CLI_OK;
}

int cli_config_check(char **args)
{
	const char *name = args[0] ? args[0] : CLI_CONF;
	struct s2m_text_error error;
	struct cli_layers conf;
	json_t *warnings;
	bool given;
	int err;

	if (cli_conf_read(args[0], &conf, &given, &error)) {
		if (!cli.json)
			return cli_fail("%s", error.sentence);
		cli_json_print(json_pack("{s:o, s:b, s:i, s:o}", "file", cli_json_text(name),
					 "valid", 0, "line", (int)error.line, "error",
					 cli_json_text(error.sentence)));
		return CLI_FAILED;
	}
	warnings = warnings_about(&conf, given);
	err = print_checked(name, &conf, warnings);
	json_decref(warnings);
	cli_layers_free(&conf);
	return err;
}

/* --- apply, reset ---------------------------------------------------------- */

/* What is to come, and what stood there before. */
struct change {
	enum s2m_mode mode, old_mode;
	bool emulate, old_emulate;
	const struct s2m_table *old_table;
};

static int set_unaligned(bool emulate)
{
	const char *word = s2m_unaligned_word(emulate);

	return cli_attr_set(S2M_FILE_UNALIGNED, word, strlen(word));
}

static int set_mode_and_table(const struct s2m_table *table, const struct change *change)
{
	return cli_mode_and_table(change->mode, table, change->old_mode, change->old_table);
}

/*
 * Unaligned accesses are carried out from before the first to behind the last of
 * these writes, if they are on one side: no guest gets a fault that neither
 * configuration has. A module without that file need not have it for "fault".
 */
static int apply(const struct s2m_table *table, const void *data)
{
	const struct change *change = data;
	struct change back = { .mode = change->old_mode, .old_mode = change->mode,
			       .old_table = table };
	int err = 0;

	if (change->emulate && !change->old_emulate)
		err = set_unaligned(true);
	if (err)
		return err;
	err = set_mode_and_table(table, change);
	if (err && change->emulate && !change->old_emulate)
		set_unaligned(false);
	if (err || change->emulate || !change->old_emulate)
		return err;
	err = set_unaligned(false);
	if (err)
		set_mode_and_table(change->old_table, &back);
	return err;
}

/* Layers that were set by name stay; those of the configuration are replaced. A selftest is over. */
static void take_configuration(struct cli_layers *layers, struct cli_layers *conf)
{
	size_t i;

	cli_layers_drop(layers, CLI_LAYER_TEST, NULL);
	cli_layers_drop(layers, CLI_LAYER_FILE, NULL);
	cli_layers_drop(layers, CLI_LAYER_HAND, NULL);
	for (i = 0; i < conf->count; i++) {
		cli_layers_add(layers, CLI_LAYER_FILE, conf->list[i].name, conf->list[i].table);
		conf->list[i].table = NULL;
	}
	layers->configured = true;
	layers->mode = conf->mode;
	layers->emulate = conf->emulate;
}

static int replace(struct cli_layers *conf)
{
	struct change change = { .mode = conf->mode, .emulate = conf->emulate,
				 .old_emulate = cli_emulates() };
	struct s2m_table *old_table;
	struct cli_layers layers;
	int err;

	if (!cli_current_mode(&change.old_mode, NULL))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	if (cli_layers_read(&layers))
		return CLI_FAILED;
	old_table = cli_live_table();
	if (!old_table) {
		cli_layers_free(&layers);
		return CLI_FAILED;
	}
	take_configuration(&layers, conf);
	change.old_table = old_table;
	err = cli_layers_change(&layers, apply, &change);
	s2m_table_free(old_table);
	cli_layers_free(&layers);
	return err;
}

/*
 * Read twice: before the lock, so that nobody waits behind a mistake, or for who types a
 * table; and behind it, since of two reloads the one that comes last has to know the
 * last word. What a user names is read once, it may be stdin.
 */
int cli_config_apply(char **args)
{
	struct s2m_text_error error;
	struct cli_layers conf;
	int err;

	if (cli_conf_read(args[0], &conf, NULL, &error))
		return cli_fail("%s", error.sentence);
	err = cli_need_module();
	if (!err)
		err = cli_layers_lock();
	if (!err && !args[0]) {
		cli_layers_free(&conf);
		if (cli_conf_read(NULL, &conf, NULL, &error))
			return cli_fail("%s", error.sentence);
	}
	if (!err)
		err = replace(&conf);
	cli_layers_free(&conf);
	return err;
}

static int reset(void)
{
	struct s2m_text_error error;
	struct s2m_table *empty;
	int err;

	if (s2m_table_parse("", 0, &empty, &error))
		return cli_fail("%s", error.sentence);
	err = cli_set_mode(S2M_MODE_NATIVE);
	if (!err)
		err = cli_table_apply(empty);
	if (!err && cli_emulates())
		err = set_unaligned(false);
	s2m_table_free(empty);
	return err;
}

/*
 * With the lock held. The kernel comes first: this is the way back, on a full /run as well.
 * Layers set by name stay in the file of layers, for the next "apply".
 */
static int reset_all(void)
{
	struct cli_layers layers;
	int err;

	if (cli_layers_read(&layers))
		layers = (struct cli_layers) {};
	cli_layers_drop(&layers, CLI_LAYER_TEST, NULL);
	cli_layers_drop(&layers, CLI_LAYER_FILE, NULL);
	cli_layers_drop(&layers, CLI_LAYER_HAND, NULL);
	layers.configured = false;
	layers.emulate = false;
	err = reset();
	if (!err)
		cli_layers_remember(&layers);
	cli_layers_free(&layers);
	return err;
}

int cli_config_reset(char **args)
{
	int err;

	(void)args;
	/* Without the module every guest has what the kernel chose. */
	if (!cli_loaded())
		return CLI_OK;
	err = cli_layers_lock();
	return err ? err : reset_all();
}

/* Is there a rule in force that is about VMs and not about their device memory? */
static bool is_about_vms(enum s2m_mode mode)
{
	struct s2m_table *live;
	bool found;

	if (mode != S2M_MODE_POLICY)
		return false;
	live = cli_live_table();
	found = !live || s2m_table_first_about_vm(live) != S2M_NO_RULE;
	s2m_table_free(live);
	return found;
}

/*
 * In every mode but native a VM has something to lose: a type, or that it gets its
 * alignment faults where a stock kernel ends it.
 */
int cli_config_release(char **args)
{
	enum s2m_mode mode;
	u32 pid;
	int err;

	(void)args;
	if (!cli_loaded())
		return CLI_OK;
	err = cli_layers_lock();
	if (err)
		return err;
	if (!cli_current_mode(&mode, NULL))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	if (mode == S2M_MODE_NATIVE)
		return reset_all();
	pid = cli_holder(is_about_vms(mode));
	if (pid)
		return cli_fail("mode %s stays in force: the VM of process %u has something to lose; end it, or say \"s2memattr config reset\"",
				s2m_mode_word(mode), pid);
	return reset_all();
}
