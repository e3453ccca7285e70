// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a table makes of a BAR for a process: the core is asked as the module asks it. How
 * the answer is shown is for devices.c and others.
 */
#include <string.h>
#include <unistd.h>
#include <s2memattr/wish.h>

#include "verdict.h"

/* The second number of "Uid:" is the effective one. */
static bool read_uid(u32 pid, u32 *uid)
{
	char *path, *status, *line;
	bool found = false;

	if (asprintf(&path, "/proc/%u/status", pid) < 0)
		cli_memory(NULL);
	status = cli_read(path, NULL);
	free(path);
	line = status ? strstr(status, "\nUid:") : NULL;
	if (line)
		found = sscanf(line, " Uid: %*u %u", uid) == 1;
	free(status);
	return found;
}

/* The v2 hierarchy has the line "0::/path". */
static void read_groups(u32 pid, struct cli_task *task)
{
	char *path, *text, *line, *name, *rest;

	if (asprintf(&path, "/proc/%u/cgroup", pid) < 0)
		cli_memory(NULL);
	text = cli_read(path, NULL);
	free(path);
	if (!text)
		return;
	line = strncmp(text, "0::", 3) ? strstr(text, "\n0::") : text;
	if (line) {
		line = strchr(line, '/');
		task->path = cli_memory(strdup(line ? line : ""));
		task->path[strcspn(task->path, "\n")] = '\0';
		for (name = strtok_r(task->path, "/", &rest);
		     name && task->task.cgroup_depth < S2M_MAX_CGROUP_DEPTH;
		     name = strtok_r(NULL, "/", &rest))
			task->groups[task->task.cgroup_depth++] = name;
	}
	free(text);
}

bool cli_task_of(u32 pid, struct cli_task *task)
{
	*task = (struct cli_task) { .task = { .uid = U32_MAX, .pid = pid } };
	if (pid && !read_uid(pid, &task->task.uid))
		return false;
	if (pid) {
		task->comm = cli_read_line("/proc/%u/comm", pid);
		read_groups(pid, task);
	}
	task->task.comm = task->comm ? task->comm : "";
	task->task.cgroup = task->groups;
	return true;
}

void cli_task_free(struct cli_task *task)
{
	free(task->comm);
	free(task->path);
}

static u32 page_size(void)
{
	return (u32)sysconf(_SC_PAGESIZE);
}

int cli_judge_index(struct cli_judge *judge, const struct cli_bars *bars)
{
	struct s2m_text_error error;

	if (!s2m_index_build(judge->table, bars->bars, bars->count, page_size(), &judge->index,
			     &error))
		return CLI_OK;
	return cli_fail("%s", error.sentence);
}

void cli_judge_free(struct cli_judge *judge)
{
	s2m_index_free(judge->index);
	s2m_table_free(judge->table);
}

/* One answer, for a part of a BAR. */
struct answer {
	enum s2m_type type;
	enum s2m_type wanted;
	enum s2m_why why;
	u32 rule;
	bool asks_process;
};

/* As the module would answer a fault on what vfio-pci maps. */
static struct answer ask(const struct cli_judge *judge, u64 start, u64 size)
{
	const struct s2m_facts facts = {
		.pgprot = S2M_PGPROT_DEVICE_NGNRNE,
		.errata = judge->errata,
	};
	const struct s2m_mapping mapping = {
		.phys = start,
		.size = size,
		.kvm_type = S2M_NATIVE,
		.pgprot = facts.pgprot,
		.pfnmap = true,
		.io = true,
	};
	struct s2m_decision decision;
	struct cli_task nobody;
	struct s2m_wish wish;

	cli_task_of(0, &nobody);
	wish = s2m_wish(judge->mode, judge->index, &mapping,
			judge->task ? &judge->task->task : &nobody.task);
	decision = s2m_grant(wish.decision, &facts);
	return (struct answer) {
		.type = decision.type,
		.wanted = wish.decision.type,
		.why = decision.why,
		.rule = wish.rule,
		.asks_process = !judge->task &&
				s2m_wish_asks_task(judge->mode, judge->index, start, size),
	};
}

static bool same(struct answer a, struct answer b)
{
	return a.type == b.type && a.wanted == b.wanted && a.why == b.why && a.rule == b.rule &&
	       a.asks_process == b.asks_process;
}

static json_t *part_json(const struct cli_judge *judge, u64 start, u64 end, struct answer answer)
{
	char line[S2M_MAX_LINE + 1];
	json_t *part;

	part = json_pack("{s:o, s:o, s:s, s:s, s:s, s:b}", "start", cli_json_hex(start),
			 "end", cli_json_hex(end), "type", s2m_type_word(answer.type),
			 "wanted", s2m_type_word(answer.wanted), "why", s2m_why_word(answer.why),
			 "asks_process", answer.asks_process);
	if (answer.rule == S2M_NO_RULE) {
		json_object_set_new(part, "rule", json_null());
		json_object_set_new(part, "text", json_null());
	} else {
		s2m_rule_print(judge->table, answer.rule, line, sizeof(line));
		json_object_set_new(part, "rule", json_integer((json_int_t)answer.rule + 1));
		json_object_set_new(part, "text", cli_json_text(line));
	}
	return part;
}

/* The end of the pages from @at on that have one answer. */
static u64 part_end(const struct cli_judge *judge, u64 at, u64 end)
{
	u64 page = page_size(), uniform;

	uniform = s2m_index_uniform_end(judge->index, at) / page * page;
	if (uniform < at + page)
		uniform = at + page;
	return uniform < end ? uniform : end;
}

json_t *cli_answers(const struct cli_judge *judge, const struct s2m_device *bar)
{
	u64 page = page_size();
	u64 at = bar->start / page * page, end = (bar->end / page + 1) * page;
	u64 start = at, next = part_end(judge, at, end);
	struct answer answer = ask(judge, at, next - at), more;
	json_t *answers = json_array();

	for (at = next; at < end; at = next) {
		next = part_end(judge, at, end);
		more = ask(judge, at, next - at);
		if (same(answer, more))
			continue;
		json_array_append_new(answers, part_json(judge, start, at - 1, answer));
		start = at;
		answer = more;
	}
	json_array_append_new(answers, part_json(judge, start, end - 1, answer));
	return answers;
}

json_t *cli_bar_json(const struct s2m_device *bar)
{
	return json_pack("{s:i, s:o, s:o, s:I, s:b}", "bar", bar->bar,
			 "start", cli_json_hex(bar->start), "end", cli_json_hex(bar->end),
			 "size", (json_int_t)(bar->end - bar->start + 1),
			 "prefetchable", bar->prefetch);
}
