// SPDX-License-Identifier: GPL-2.0-only
/*
 * devices, policy test: PCI memory BARs and what guests get of them.
 */
#include <string.h>

#include "../core/compile.h"
#include "platform.h"
#include "verdict.h"

/* The mode and the table in force, which answers are asked of. */
static int find_judge(struct cli_judge *judge, struct cli_bars *bars)
{
	int err = cli_need_module();
	bool in_force;

	if (err)
		return err;
	if (!cli_current_mode(&judge->mode, &in_force))
		return cli_fail("%s/%s: not understood", S2M_SYSFS, S2M_FILE_MODE);
	if (!in_force)
		cli_note("mode %s is not in force for all guests", s2m_mode_word(judge->mode));
	judge->errata = cli_errata_in_force();
	cli_fuses_mark(bars);
	judge->table = judge->mode == S2M_MODE_POLICY ? cli_live_table() : cli_empty_table();
	return judge->table ? cli_judge_index(judge, bars) : CLI_FAILED;
}

static json_t *device_json(const struct cli_judge *judge, const struct cli_bars *bars, u32 i)
{
	const struct s2m_device *bar = &bars->bars[i];
	char address[32], name[256], id[16];
	json_t *device;

	snprintf(id, sizeof(id), "%04x:%04x", bar->vendor, bar->device);
	device = json_pack("{s:s, s:s, s:o, s:o}", "device", cli_bar_address(bar, address),
			   "id", id, "name",
			   cli_json_text(cli_bar_name(bars, i, name, sizeof(name))),
			   "driver", cli_json_text(bar->driver));
	json_object_update_new(device, cli_bar_json(bar));
	if (judge)
		json_object_set_new(device, "answers", cli_answers(judge, bar));
	return device;
}

static json_t *list_devices(const struct cli_judge *judge, const struct cli_bars *bars)
{
	json_t *devices = json_array();
	u32 i;

	for (i = 0; i < bars->count; i++)
		json_array_append_new(devices, device_json(judge, bars, i));
	return devices;
}

/* 4K, 2M, 1G. */
static const char *human(json_int_t size, char buf[24])
{
	const char *unit = "BKMGTP";

	for (; size >= 1024 && size % 1024 == 0 && unit[1]; unit++)
		size /= 1024;
	snprintf(buf, 24, "%lld%c", (long long)size, *unit);
	return buf;
}

/* Is it a fuse that answers, and no rule? */
static bool is_blown(json_t *answer)
{
	return !strcmp(cli_text_of(answer, "why", ""), s2m_why_word(S2M_WHY_FUSE));
}

static void print_devices(json_t *devices)
{
	json_t *device, *answers, *answer;
	char size[24], rule[16];
	size_t i;

	printf("%s%-12s %3s %6s %-8s %-16s %-13s %4s  %s%s\n", cli_color(CLI_STRONG), "DEVICE",
	       "BAR", "SIZE", "PREFETCH", "DRIVER", "ANSWER", "RULE", "NAME", cli_plain());
	json_array_foreach(devices, i, device) {
		answers = json_object_get(device, "answers");
		answer = json_array_get(answers, 0);
		snprintf(rule, sizeof(rule), "%lld",
			 (long long)json_integer_value(json_object_get(answer, "rule")));
		if (!json_is_integer(json_object_get(answer, "rule")))
			strcpy(rule, is_blown(answer) ? "fuse" : "-");
		printf("%-12s %3lld %6s %-8s %-16s %-13s %4s  %s\n",
		       cli_text_of(device, "device", "-"),
		       (long long)json_integer_value(json_object_get(device, "bar")),
		       human(json_integer_value(json_object_get(device, "size")), size),
		       json_is_true(json_object_get(device, "prefetchable")) ? "yes" : "no",
		       cli_text_of(device, "driver", "-"),
		       json_array_size(answers) > 1 ? "several" : cli_text_of(answer, "type", "-"),
		       json_array_size(answers) > 1 ? "-" : rule, cli_text_of(device, "name", "-"));
	}
}

int cli_devices(char **args)
{
	struct cli_judge judge = {};
	struct cli_bars bars;
	json_t *devices;
	int err;

	(void)args;
	if (!cli_bars_collect(&bars))
		return cli_fail("this machine has no PCI bus");
	err = find_judge(&judge, &bars);
	if (!err) {
		devices = list_devices(&judge, &bars);
		if (cli.json) {
			err = cli_json_print(devices);
		} else {
			print_devices(devices);
			json_decref(devices);
		}
	}
	cli_judge_free(&judge);
	cli_bars_free(&bars);
	return err;
}

static void print_answer(json_t *answer)
{
	json_t *rule = json_object_get(answer, "rule");

	printf("    %s-%s  %s%s%s", cli_text_of(answer, "start", "-"),
	       cli_text_of(answer, "end", "-"), cli_color(CLI_STRONG),
	       cli_text_of(answer, "type", "-"), cli_plain());
	if (json_is_integer(rule))
		printf("  rule %lld: %s", (long long)json_integer_value(rule),
		       cli_text_of(answer, "text", "-"));
	else
		printf(is_blown(answer) ? "  its fuse has blown" : "  no rule");
	if (strcmp(cli_text_of(answer, "wanted", "-"), cli_text_of(answer, "type", "-")))
		printf("  (%s is not granted: %s)", cli_text_of(answer, "wanted", "-"),
		       cli_text_of(answer, "why", "-"));
	if (json_is_true(json_object_get(answer, "asks_process")))
		printf("  (rules about the process come first: ask with --pid)");
	putchar('\n');
}

static void print_test(json_t *bars)
{
	json_t *bar, *answer;
	size_t i, j;

	json_array_foreach(bars, i, bar) {
		printf("%s BAR %lld  %s-%s  %s  driver %s\n", cli_text_of(bar, "device", "-"),
		       (long long)json_integer_value(json_object_get(bar, "bar")),
		       cli_text_of(bar, "start", "-"), cli_text_of(bar, "end", "-"),
		       json_is_true(json_object_get(bar, "prefetchable")) ?
			       "prefetchable" : "not prefetchable",
		       cli_text_of(bar, "driver", "-"));
		json_array_foreach(json_object_get(bar, "answers"), j, answer)
			print_answer(answer);
	}
}

/* A table of one rule, since DEVICE is written as pci= is. NULL after saying why not. */
static struct s2m_table *parse_device(const char *device)
{
	struct s2m_text_error error;
	struct s2m_table *rule = NULL;
	const char *wrong;
	char *text;

	if (strpbrk(device, " \t\n\r#")) {
		cli_fail("\"%s\" is not the address of a PCI device", device);
		return NULL;
	}
	if (asprintf(&text, "native pci=%s", device) < 0)
		cli_memory(NULL);
	if (s2m_table_parse(text, strlen(text), &rule, &error)) {
		wrong = strstr(error.sentence, "pci: ");
		cli_fail("%s", wrong ? wrong + strlen("pci: ") : error.sentence);
		rule = NULL;
	}
	free(text);
	return rule;
}

/* The BARs of those functions that @rule matches. */
static json_t *test_devices(const struct cli_judge *judge, const struct cli_bars *bars,
			    const struct s2m_table *rule)
{
	json_t *tested = json_array();
	u32 i;

	for (i = 0; i < bars->count; i++)
		if (s2m_match_device(rule, &rule->rules[0], &bars->bars[i]))
			json_array_append_new(tested, device_json(judge, bars, i));
	return tested;
}

static struct s2m_table *table_to_test(void)
{
	struct s2m_text_error error;
	struct s2m_table *table;
	size_t len;
	char *text;
	int err;

	if (!cli.file)
		return cli_live_table();
	text = cli_read_input(cli.file, &len);
	if (!text) {
		cli_fail("%s: %s", cli.file, strerror(errno));
		return NULL;
	}
	err = s2m_table_parse(text, len, &table, &error);
	free(text);
	if (!err)
		return table;
	cli_fail("%s: %s", cli.file, error.sentence);
	return NULL;
}

static int test(const char *device, const struct s2m_table *rule, const struct cli_bars *bars,
		const struct cli_task *task)
{
	struct cli_judge judge = {
		.mode = S2M_MODE_POLICY,
		.errata = cli_errata_in_force(),
		.task = task,
	};
	json_t *tested;
	int err;

	judge.table = table_to_test();
	if (!judge.table)
		return CLI_FAILED;
	err = cli_judge_index(&judge, bars);
	if (!err) {
		tested = test_devices(&judge, bars, rule);
		if (!json_array_size(tested))
			err = cli_fail("%s: no such PCI device, or none with a memory BAR",
				       device);
		else if (cli.json)
			err = cli_json_print(json_incref(tested));
		else
			print_test(tested);
		json_decref(tested);
	}
	cli_judge_free(&judge);
	return err;
}

int cli_policy_test(char **args)
{
	int err = cli.file ? CLI_OK : cli_need_module();
	struct s2m_table *rule;
	struct cli_task task = {};
	struct cli_bars bars = {};
	enum s2m_mode mode;

	if (err)
		return err;
	rule = parse_device(args[0]);
	if (!rule)
		return CLI_USAGE;
	if (cli.pid && !cli_task_of(cli.pid, &task)) {
		err = cli_fail("there is no process %u", cli.pid);
		goto out;
	}
	if (!cli_bars_collect(&bars)) {
		err = cli_fail("this machine has no PCI bus");
		goto out;
	}
	/* What a table would say is asked with --file; what a guest gets, without. */
	if (!cli.file)
		cli_fuses_mark(&bars);
	if (!cli.file && cli_current_mode(&mode, NULL) && mode != S2M_MODE_POLICY)
		cli_note("mode is %s: the table does not decide now", s2m_mode_word(mode));
	err = test(args[0], rule, &bars, cli.pid ? &task : NULL);
out:
	s2m_table_free(rule);
	cli_bars_free(&bars);
	cli_task_free(&task);
	return err;
}
