// SPDX-License-Identifier: GPL-2.0-only
/*
 * metrics: OpenMetrics text, for node_exporter's textfile collector.
 *
 * That collector reads the older format, in which "counter" and "gauge" are all
 * the types there are that OpenMetrics has as well: so no other is used here.
 */
#include <ctype.h>
#include <string.h>

#include "cli.h"

#define PREFIX		"s2memattr_"

/* What counters mean; one that is not here is told as it is. */
static const struct {
	const char *name;
	const char *help;
} stats_help[] = {
	{ "faults", "Stage-2 mappings of device memory that the hook saw." },
	{ "rewritten", "Mappings made with another memory type than KVM's." },
	{ "kept", "Mappings made as KVM wanted." },
	{ "retried", "Mappings not made, for the vCPU to fault again." },
	{ "refused", "Requests that broke an assumption; KVM's answer stood." },
	{ "reconciled", "Ranges whose mappings a change of mode or table dropped." },
	{ "alignment", "Alignment faults that went back to the guest." },
	{ "emulated", "Accesses that Device memory did not take, carried out for the guest." },
	{ "coherent", "Times that a vCPU turned its caches on under coherent-ram." },
};

/* What a hook can be in; a word that is not here is told as well. */
static const struct {
	const char *file;
	const char *help;
	const char *words[6];	/* the last is NULL */
} states[] = {
	{ "state", "State of the hook in the fault path: 1 for the one it is in.",
	  { S2M_STATE_OFF, S2M_STATE_STANDBY, S2M_STATE_ARMED, S2M_STATE_CLOSED,
	    S2M_STATE_LOST } },
	{ "survival", "Whether guests get their alignment faults: 1 for the state it is in.",
	  { S2M_STATE_OFF, S2M_STATE_ARMED, S2M_STATE_UNAVAILABLE } },
	{ "coherent", "Whether coherent-ram is at work: 1 for the state it is in.",
	  { S2M_STATE_OFF, S2M_STATE_ARMED, S2M_STATE_NOT_NEEDED, S2M_STATE_UNAVAILABLE } },
};

static void family(const char *name, const char *type, const char *help)
{
	printf("# TYPE " PREFIX "%s %s\n# HELP " PREFIX "%s %s\n", name, type, name, help);
}

static void gauge(const char *name, long long value, const char *help)
{
	family(name, "gauge", help);
	printf(PREFIX "%s %lld\n", name, value);
}

static void counter(const char *name, long long value, const char *help)
{
	family(name, "counter", help);
	printf(PREFIX "%s_total %lld\n", name, value);
}

/* Backslash, quote and line end are all that a label's value escapes. */
static void label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putchar('\\');
		if (*value == '\n')
			fputs("\\n", stdout);
		else
			putchar(*value);
	}
	putchar('"');
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_mode(const char *current)
{
	int mode;

	family("mode", "gauge", "Position of the knob: 1 for the one it is in.");
	for (mode = 0; mode < S2M_NR_MODES; mode++) {
		const char *word = s2m_mode_word((enum s2m_mode)mode);

		fputs(PREFIX "mode{", stdout);
		label("mode", word);
		printf("} %d\n", !strcmp(word, current));
	}
}

static void print_state(const char *file, const char *word, bool current)
{
	printf(PREFIX "hook_%s{", file);
	label("state", word);
	printf("} %d\n", current);
}

static void print_states(json_t *hook)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		const char *current = text_of(hook, states[i].file);
		bool found = false;
		char name[32];

		if (!*current)
			continue;
		snprintf(name, sizeof(name), "hook_%s", states[i].file);
		family(name, "gauge", states[i].help);
		for (j = 0; states[i].words[j]; j++) {
			bool same = !strcmp(states[i].words[j], current);

			print_state(states[i].file, states[i].words[j], same);
			found |= same;
		}
		if (!found)
			print_state(states[i].file, current, true);
	}
}

static void print_stats(json_t *stats)
{
	json_t *value;
	const char *name, *help;
	unsigned int i;

	json_object_foreach(stats, name, value) {
		help = "Counted by the module.";
		for (i = 0; i < ARRAY_SIZE(stats_help); i++)
			if (!strcmp(stats_help[i].name, name))
				help = stats_help[i].help;
		counter(name, (long long)json_integer_value(value), help);
	}
}

/* A series that is not there might as well be zero: so what is left out is told. */
static void print_readable(const char *file, const char *metrics, bool readable)
{
	fputs(PREFIX "readable{", stdout);
	label("file", file);
	printf("} %d\n", readable);
	if (!readable)
		cli_note("%s/%s cannot be read: no " PREFIX "%s (run as root)", S2M_SYSFS, file,
			 metrics);
}

/* Bytes by type: what guests have now, as the stage-2 tables say. */
static void print_mapped(json_t *mappings)
{
	json_t *mapping, *sums = json_object(), *value;
	const char *type;
	size_t i;

	json_array_foreach(mappings, i, mapping) {
		type = text_of(mapping, "type");
		json_object_set_new(sums, type, json_integer(number_of(sums, type) +
							     number_of(mapping, "size")));
	}
	printf("# TYPE " PREFIX "mapped_bytes gauge\n# UNIT " PREFIX "mapped_bytes bytes\n"
	       "# HELP " PREFIX "mapped_bytes Device memory in stage-2 tables, by memory type.\n");
	json_object_foreach(sums, type, value) {
		fputs(PREFIX "mapped_bytes{", stdout);
		label("type", type);
		printf("} %lld\n", (long long)json_integer_value(value));
	}
	json_decref(sums);
}

static void print_all(json_t *status, json_t *mappings)
{
	json_t *hook = json_object_get(status, "hook");
	bool has_rules = json_is_integer(json_object_get(status, "rules"));

	gauge("loaded", json_is_true(json_object_get(status, "loaded")),
	      "Whether the module is loaded.");
	if (!json_is_true(json_object_get(status, "loaded")))
		return;
	family("build_info", "gauge", "Version of the module and the hook it has chosen.");
	fputs(PREFIX "build_info{", stdout);
	label("version", text_of(status, "version"));
	putchar(',');
	label("transport", text_of(hook, "transport"));
	putchar(',');
	label("site", text_of(hook, "site"));
	puts("} 1");
	print_mode(text_of(status, "mode"));
	family("readable", "gauge", "Whether the file that other metrics come from could be read.");
	print_readable(S2M_FILE_POLICY, "rules", has_rules);
	print_readable(S2M_FILE_MAPPINGS, "mapped_bytes", mappings);
	if (has_rules)
		gauge("rules", number_of(status, "rules"), "Rules in the table.");
	counter("changes", number_of(status, "generation"),
		"Changes of mode or table that took effect.");
	gauge("last_write_failed", strcmp(text_of(status, "last_error"), S2M_NO_ERROR) != 0,
	      "Whether the last write to the module was refused; last_error says why.");
	gauge("hook_armed", json_is_true(json_object_get(hook, "armed")),
	      "Whether the hook is in the fault path.");
	print_states(hook);
	counter("hook_missed", number_of(hook, "missed"), "Probes that the kernel missed.");
	print_stats(json_object_get(status, "stats"));
	if (mappings)
		print_mapped(mappings);
}

int cli_metrics(char **args)
{
	json_t *status = cli_gather_status(), *mappings;
	char *why;

	(void)args;
	mappings = cli_gather_mappings(&why);
	free(why);
	print_all(status, mappings);
	json_decref(mappings);
	json_decref(status);
	puts("# EOF");
	return CLI_OK;
}
