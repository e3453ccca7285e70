/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a table says about a BAR, by the module's own index.
 */
#ifndef S2MEMATTR_CLI_VERDICT_H
#define S2MEMATTR_CLI_VERDICT_H

#include "cli.h"
#include "pci.h"

/**
 * struct cli_task - the facts of a process, with room for what they point to
 * @task: the facts
 * @comm: its name
 * @path: its cgroup, cut into names
 * @groups: the names
 */
struct cli_task {
	struct s2m_task task;
	char *comm;
	char *path;
	const char *groups[S2M_MAX_CGROUP_DEPTH];
};

/**
 * cli_task_of() - look at a process
 * @pid: the process; 0 for one that no rule names
 * @task: where its facts go; for cli_task_free()
 *
 * Return: whether there is such a process.
 */
bool cli_task_of(u32 pid, struct cli_task *task);

/**
 * cli_task_free() - forget a process
 * @task: what cli_task_of() has filled
 */
void cli_task_free(struct cli_task *task);

/**
 * struct cli_judge - who answers
 * @mode: the position of the knob
 * @errata: those of the host that are not lifted, for s2m_erratum_against()
 * @table: the table in force, or the one to be tested
 * @index: the table, compiled
 * @task: the process that is asked for, or NULL
 */
struct cli_judge {
	enum s2m_mode mode;
	u32 errata;
	struct s2m_table *table;
	struct s2m_index *index;
	const struct cli_task *task;
};

/**
 * cli_judge_index() - compile the judge's table for the devices
 * @judge: the judge, with its table
 * @bars: the devices
 *
 * Return: CLI_OK, or CLI_FAILED after saying why.
 */
int cli_judge_index(struct cli_judge *judge, const struct cli_bars *bars);

/**
 * cli_judge_free() - forget table and index
 * @judge: the judge
 */
void cli_judge_free(struct cli_judge *judge);

/**
 * cli_answers() - what a BAR gets when vfio-pci maps it into a guest
 * @judge: who answers
 * @bar: the BAR
 *
 * Return: a JSON array of parts of the BAR with one answer each: start, end,
 * type, wanted (the type before it was granted or not), why (a word of
 * s2m_why_word()), rule (a number or null), text (of the rule, or null),
 * asks_process (a rule about processes might decide otherwise for another one).
 */
json_t *cli_answers(const struct cli_judge *judge, const struct s2m_device *bar);

/**
 * cli_bar_json() - a BAR
 * @bar: the BAR
 *
 * Return: a JSON object: bar, start, end, size, prefetchable.
 */
json_t *cli_bar_json(const struct s2m_device *bar);

#endif
