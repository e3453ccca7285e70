// SPDX-License-Identifier: GPL-2.0-only
/*
 * report: what whoever looks into a bug report needs, and nothing of whom it is.
 *
 * Names of VMs, hosts, users and processes stay here: of rules and layers only the
 * form is told, of the kernel's log only what module and KVM have written.
 */
#include <string.h>

#include "doctor.h"
#include "layers.h"

/* The value of these may be somebody's name. */
static const char * const private_keys[] = { " comm=", " cgroup=" };

char *cli_without_names(const char *rule)
{
	char *text = cli_memory(malloc(strlen(rule) + 8 * ARRAY_SIZE(private_keys)));
	size_t i, len = 0;

	while (*rule) {
		text[len++] = *rule;
		for (i = 0; i < ARRAY_SIZE(private_keys); i++) {
			size_t key = strlen(private_keys[i]);

			if (strncmp(rule, private_keys[i], key))
				continue;
			memcpy(text + len - 1, private_keys[i], key);
			len += key - 1;
			memcpy(text + len, "...", 3);
			len += 3;
			rule += key + strcspn(rule + key, " ") - 1;
			break;
		}
		rule++;
	}
	text[len] = '\0';
	return text;
}

static json_t *rules(void)
{
	struct s2m_table *live = cli_loaded() ? cli_live_table() : NULL;
	char line[S2M_MAX_LINE + 1], *text;
	json_t *json = json_array();
	u32 i;

	for (i = 0; live && i < live->count && i < 1000; i++) {
		s2m_rule_print(live, i, line, sizeof(line));
		text = cli_without_names(line);
		json_array_append_new(json, cli_json_text(text));
		free(text);
	}
	s2m_table_free(live);
	return json;
}

static json_t *layers_by_kind(void)
{
	struct cli_layers layers;
	json_t *json = json_array();
	size_t i;

	if (cli_layers_read(&layers))
		return json;
	for (i = 0; i < layers.count; i++)
		json_array_append_new(json, json_pack("{s:i, s:i}", "kind",
						      (int)layers.list[i].kind, "rules",
						      (int)layers.list[i].table->count));
	cli_layers_free(&layers);
	return json;
}

/*
 * A line of the log or a complaint, up to where it begins to quote: the name of the
 * process that made a change, or a word of a rule.
 */
static json_t *without_quote(const char *line)
{
	size_t len = strcspn(line, "\"");
	json_t *json;
	char *told;

	if (asprintf(&told, "%.*s%s", (int)len, line, line[len] ? "..." : "") < 0)
		cli_memory(NULL);
	json = cli_json_text(told);
	free(told);
	return json;
}

/* Words of a mode are nobody's names. */
static json_t *status_without_names(void)
{
	json_t *status = cli_gather_status();
	const char *error = json_string_value(json_object_get(status, "last_error"));

	if (error && !strncmp(error, S2M_FILE_POLICY, strlen(S2M_FILE_POLICY)))
		json_object_set_new(status, "last_error", without_quote(error));
	return status;
}

/* Lines of the kernel's log that module and KVM have written. */
static json_t *log_lines(void)
{
	char *log = cli_kernel_log(), *line, *rest = NULL;
	json_t *json = json_array();

	for (line = log ? strtok_r(log, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, S2M_MODULE ": ", strlen(S2M_MODULE ": ")) ||
		    !strncmp(line, "kvm ", 4) || !strncmp(line, "kvm: ", 5))
			json_array_append_new(json, without_quote(line));
	free(log);
	return json;
}

static char *distribution(void)
{
	char *text = cli_read("/etc/os-release", NULL), *line, *rest = NULL, *name = NULL;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line && !name;
	     line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, "PRETTY_NAME=", 12))
			name = cli_memory(strdup(line + 12));
	free(text);
	return name;
}

int cli_report(char **args)
{
	char *os = distribution(), *kernel = cli_read_line("/proc/version");
	json_t *reasons;
	bool in_force = cli_conf_in_force(&reasons);

	(void)args;
	/* Reasons name files and modes, and no rule. */
	reasons = json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}",
			    "tool", CLI_VERSION, "os", cli_json_text(os),
			    "kernel", cli_json_text(kernel), "status", status_without_names(),
			    "doctor", cli_gather_doctor(), "config_in_force", in_force,
			    "config_reasons", reasons, "rules", rules(),
			    "layers", layers_by_kind(), "log", log_lines());
	free(os);
	free(kernel);
	return cli_json_print(reasons);
}
