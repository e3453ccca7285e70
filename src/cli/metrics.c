// SPDX-License-Identifier: GPL-2.0-only
/*
 * metrics: Prometheus' text format, for node_exporter's textfile collector.
 *
 * It is not OpenMetrics, which that collector does not read: there a counter's type
 * stands under another name than its samples, and would be lost.
 */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers.h"

#define PREFIX		"s2memattr_"
#define MAX_RULES_TOLD	1000u

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
	{ "bus_errors", "Uncorrected errors that the kernel told of while there was a fuse." },
	{ "blown", "Fuses that have blown, those that were reset included." },
};

/* What a hook can be in; a word that is not here is told as well. */
static const struct {
	const char *file;
	const char *help;
	const char *words[6];	/* and NULL */
} states[] = {
	{ "state", "State of the hook in the fault path: 1 for the one it is in.",
	  { S2M_STATE_OFF, S2M_STATE_STANDBY, S2M_STATE_ARMED, S2M_STATE_CLOSED,
	    S2M_STATE_LOST } },
	{ "survival", "Whether guests get their alignment faults: 1 for the state it is in.",
	  { S2M_STATE_OFF, S2M_STATE_ARMED, S2M_STATE_UNAVAILABLE } },
	{ "coherent", "Whether coherent-ram is at work: 1 for the state it is in.",
	  { S2M_STATE_OFF, S2M_STATE_ARMED, S2M_STATE_NOT_NEEDED, S2M_STATE_UNAVAILABLE } },
	{ "fuse", "Whether errors are listened to for fuses: 1 for the state it is in.",
	  { S2M_STATE_OFF, S2M_STATE_ARMED, S2M_STATE_UNAVAILABLE } },
};

static void family(const char *name, const char *type, const char *help)
{
	printf("# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void gauge(const char *name, long long value, const char *help)
{
	family(name, "gauge", help);
	printf(PREFIX "%s %lld\n", name, value);
}

static void counter(const char *name, long long value, const char *help)
{
	char total[64];

	snprintf(total, sizeof(total), "%s_total", name);
	family(total, "counter", help);
	printf(PREFIX "%s %lld\n", total, value);
}

/* Backslash, quote and line end are all that a label's value escapes. */
static void label(const char *name, const char *value)
{
	json_t *text = cli_json_text(value);

	printf("%s=\"", name);
	for (value = json_string_value(text); *value; value++) {
		if (*value == '\\' || *value == '"')
			putchar('\\');
		if (*value == '\n')
			fputs("\\n", stdout);
		else
			putchar(*value);
	}
	putchar('"');
	json_decref(text);
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
		const char *current = cli_text_of(hook, states[i].file, "");
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

/* A gauge says which file could not be read: a series that is missing might as well be zero. */
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
		type = cli_text_of(mapping, "type", "");
		json_object_set_new(sums, type, json_integer(cli_number_of(sums, type) +
							     cli_number_of(mapping, "size")));
	}
	family("mapped_bytes", "gauge", "Device memory in stage-2 tables, by memory type.");
	json_object_foreach(sums, type, value) {
		fputs(PREFIX "mapped_bytes{", stdout);
		label("type", type);
		printf("} %lld\n", (long long)json_integer_value(value));
	}
	json_decref(sums);
}

/* A line of policy_hits: "<count> <rule>"; the last has no rule. */
static void print_hits_of(char *line, u32 number, const struct cli_layers *layers)
{
	const struct cli_layer *owner = cli_layers_owner(layers, number);
	char *rule, *hits = strtok_r(line, " ", &rule), *told;

	if (!strcmp(rule, S2M_HITS_NO_RULE)) {
		counter("no_rule_hits", strtoll(hits, NULL, 10), "Decisions that no rule made.");
		return;
	}
	if (!number)
		family("rule_hits_total", "counter",
		       "Decisions by rule, its number in the table, and its layer.");
	fputs(PREFIX "rule_hits_total{", stdout);
	printf("number=\"%u\",", number + 1);
	/* Whoever reads metrics need not know the names of VMs. */
	told = cli_without_names(rule);
	label("rule", told);
	putchar(',');
	label("layer", !owner ? "" : owner->kind == CLI_LAYER_SET ? "set" : owner->name);
	printf("} %s\n", hits);
	free(told);
}

/*
 * Each rule is a time series, so only so many are told, the first. Their numbers keep
 * equal ones apart.
 */
static void print_hits(void)
{
	char *text = cli_attr(S2M_FILE_HITS), *line, *rest = NULL, *last = NULL;
	struct s2m_table *live = cli_live_table();
	struct cli_layers layers = {};
	u32 number = 0;

	if (live)
		cli_layers_live_owners(&layers, live);
	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (last && number <= MAX_RULES_TOLD)
			print_hits_of(last, number - 1, &layers);
		last = line;
		number++;
	}
	if (last)
		print_hits_of(last, number - 1, &layers);
	cli_layers_free(&layers);
	s2m_table_free(live);
	free(text);
}

/* Each blown fuse is a series of its own, which an alert can name. */
static void print_fuses(json_t *fuses)
{
	json_t *fuse;
	size_t i;

	gauge("fuses", (long long)json_array_size(fuses),
	      "PCI functions that are device-nGnRE for an error, until they are reset.");
	if (!json_array_size(fuses))
		return;
	family("fuse_since_seconds", "gauge", "When the fuse of a function has blown.");
	json_array_foreach(fuses, i, fuse) {
		fputs(PREFIX "fuse_since_seconds{", stdout);
		label("device", cli_text_of(fuse, "device", ""));
		putchar(',');
		label("error", cli_text_of(fuse, "error", ""));
		printf("} %lld\n", cli_number_of(fuse, "since"));
	}
}

static void print_in_force(void)
{
	json_t *reasons;

	gauge("config_in_force", cli_conf_in_force(&reasons),
	      "Whether mode and table are what configuration and layers say; config status says why not.");
	json_decref(reasons);
}

static void print_all(json_t *status, json_t *mappings, json_t *fuses)
{
	json_t *hook = json_object_get(status, "hook");
	bool has_rules = json_is_integer(json_object_get(status, "rules"));

	gauge("loaded", json_is_true(json_object_get(status, "loaded")),
	      "Whether the module is loaded.");
	print_in_force();
	if (!json_is_true(json_object_get(status, "loaded")))
		return;
	family("build_info", "gauge", "Version of the module and the hook it has chosen.");
	fputs(PREFIX "build_info{", stdout);
	label("version", cli_text_of(status, "version", ""));
	putchar(',');
	label("transport", cli_text_of(hook, "transport", ""));
	putchar(',');
	label("site", cli_text_of(hook, "site", ""));
	puts("} 1");
	print_mode(cli_text_of(status, "mode", ""));
	gauge("mode_in_force", json_is_true(json_object_get(status, "in_force")),
	      "Whether that mode is true of all guests.");
	family("readable", "gauge", "Whether the file that other metrics come from could be read.");
	print_readable(S2M_FILE_POLICY, "rules", has_rules);
	print_readable(S2M_FILE_MAPPINGS, "mapped_bytes", mappings);
	print_readable(S2M_FILE_FUSES, "fuses", fuses);
	if (has_rules)
		gauge("rules", cli_number_of(status, "rules"), "Rules in the table.");
	counter("changes", cli_number_of(status, "generation"),
		"Changes of mode or table that took effect.");
	gauge("last_write_failed", strcmp(cli_text_of(status, "last_error", ""), S2M_NO_ERROR) != 0,
	      "Whether the last write to the module was refused; last_error says why.");
	gauge("hook_armed", json_is_true(json_object_get(hook, "armed")),
	      "Whether the hook is in the fault path.");
	print_states(hook);
	counter("hook_missed", cli_number_of(hook, "missed"), "Probes that the kernel missed.");
	print_stats(json_object_get(status, "stats"));
	print_hits();
	if (fuses)
		print_fuses(fuses);
	if (mappings)
		print_mapped(mappings);
}

static int write_metrics(void)
{
	json_t *status = cli_gather_status(), *mappings, *fuses = cli_gather_fuses();
	char *why;

	mappings = cli_gather_mappings(&why);
	free(why);
	print_all(status, mappings, fuses);
	json_decref(fuses);
	json_decref(mappings);
	json_decref(status);
	return fflush(stdout) || ferror(stdout) ? errno : 0;
}

/* The collector may read at any moment: what it finds is whole. */
static int write_to(const char *name)
{
	struct stat status;
	char *tmp;
	int fd, err;

	/* What takes its place would be a file: /dev/null of the whole system, say. */
	if (!stat(name, &status) && !S_ISREG(status.st_mode))
		return cli_fail("%s: is there and is no regular file", name);
	if (asprintf(&tmp, "%s.%d.tmp", name, (int)getpid()) < 0)
		cli_memory(NULL);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	err = fd < 0 || dup2(fd, STDOUT_FILENO) < 0 ? errno : write_metrics();
	if (fd >= 0 && close(fd) && !err)
		err = errno;
	if (!err && rename(tmp, name))
		err = errno;
	if (err && fd >= 0)
		unlink(tmp);
	free(tmp);
	return err ? cli_fail("%s: %s", name, strerror(err)) : CLI_OK;
}

int cli_metrics(char **args)
{
	if (args[0] && strcmp(args[0], "-"))
		return write_to(args[0]);
	/* What cannot be written is told for all verbs. */
	write_metrics();
	return CLI_OK;
}
