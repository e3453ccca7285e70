// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch: each decision as it is made, from the trace event.
 *
 * In a trace instance of its own, so that nobody else's tracing is touched and
 * nothing is left when it is gone. It goes in any case: signals that end the
 * program are waited for together with the events.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* What the event is called in a line of a trace. */
#define EVENT		" decision: "

static const char * const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

/* Where tracefs is, with --root, or NULL. */
static char *find_tracefs(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (cli_exists("%s/instances", places[i]))
			return cli_path("%s", places[i]);
	return NULL;
}

static int put(const char *dir, const char *name, const char *text)
{
	size_t len = strlen(text);
	char *path;
	int fd, err = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		cli_memory(NULL);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		err = cli_fail("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	return err;
}

static void set_pair(json_t *event, char *word)
{
	char *value = strchr(word, '='), *end;
	long long number;

	if (!value)
		return;
	*value++ = '\0';
	number = strtoll(value, &end, 10);
	if (*value && !*end)
		json_object_set_new(event, word, json_integer(number));
	else
		json_object_set_new(event, word, cli_json_text(value));
}

/* What stands before an event in a line of a trace: "TASK-PID [CPU] FLAGS TIME:". */
struct head {
	char *task;		/* NULL if it is not understood */
	const char *thread;
	const char *time;
};

/* Cut the head of a line, which ends where the event begins. */
static struct head cut_head(char *line)
{
	struct head head = {};
	char *word, *dash;

	/* The time is the last word before the event's name, and ends with a colon. */
	word = strrchr(line, ' ');
	if (word && strchr(word, ':')) {
		head.time = word + 1;
		*strchr(word, ':') = '\0';
	}
	line += strspn(line, " ");
	/* A name may have blanks and dashes: the number is behind the last dash. */
	dash = strchr(line, '[');
	while (dash && dash > line && *dash != '-')
		dash--;
	if (!dash || *dash != '-')
		return head;
	*dash = '\0';
	head.task = line;
	head.thread = dash + 1;
	dash[1 + strspn(dash + 1, "0123456789")] = '\0';
	return head;
}

static int print_json(const struct head *head, char *event)
{
	json_t *json = json_object();
	char *word, *rest;
	int err;

	if (head->time)
		json_object_set_new(json, "time", json_real(strtod(head->time, NULL)));
	if (head->task) {
		json_object_set_new(json, "task", cli_json_text(head->task));
		json_object_set_new(json, "thread", json_integer(atoll(head->thread)));
	}
	for (word = strtok_r(event, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		set_pair(json, word);
	err = json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17));
	json_decref(json);
	putchar('\n');
	return err ? cli_fail("cannot print JSON") : CLI_OK;
}

/* Seconds since boot, the thread that faulted, and the event. */
static void print_text(const struct head *head, const char *event)
{
	printf("%s ", head->time ? head->time : "-");
	if (head->task)
		printf("%s-%s ", head->task, head->thread);
	else
		printf("- ");
	puts(event);
}

/* One line of the trace; counts down what is still to be printed. */
static int print(char *line, unsigned long *left)
{
	char *event = strstr(line, EVENT);
	struct head head;
	int err = CLI_OK;

	/* Lost events are told as such. */
	if (!event && !cli.json)
		puts(line);
	if (!event)
		return CLI_OK;
	*event = '\0';
	event += strlen(EVENT);
	head = cut_head(line);
	if (cli.json)
		err = print_json(&head, event);
	else
		print_text(&head, event);
	if (fflush(stdout))
		return cli_fail("cannot write: %s", strerror(errno));
	if (*left)
		--*left;
	return err;
}

/* Lines out of what was read; what is left over begins the next piece. */
static int print_lines(char *text, size_t *used, unsigned long *left)
{
	char *line = text, *end;
	int err = CLI_OK;

	while (!err && (end = memchr(line, '\n', *used - (size_t)(line - text)))) {
		*end = '\0';
		err = print(line, left);
		line = end + 1;
		if (cli.count && !*left)
			break;
	}
	*used -= (size_t)(line - text);
	memmove(text, line, *used);
	return err;
}

static int follow(int trace, int signals)
{
	struct pollfd fds[] = {
		{ .fd = trace, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		/* No events: only its end is told. */
		{ .fd = STDOUT_FILENO },
	};
	unsigned long left = cli.count;
	char text[8192];
	size_t used = 0;
	ssize_t n;
	int err = CLI_OK;

	do {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return cli_fail("cannot wait: %s", strerror(errno));
		if (fds[1].revents || (fds[2].revents & (POLLERR | POLLNVAL)))
			return CLI_OK;
		n = read(trace, text + used, sizeof(text) - used);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return cli_fail("cannot read the trace: %s", strerror(errno));
		if (n > 0) {
			used += (size_t)n;
			err = print_lines(text, &used, &left);
		}
		/* A line that does not fit is none of ours. */
		if (used == sizeof(text))
			used = 0;
	} while (!err && !(cli.count && !left));
	return err;
}

static int watch_instance(const char *dir, int signals)
{
	char *path;
	int trace, err;

	err = put(dir, S2M_TRACE_EVENT "/enable", "1");
	if (err)
		return err;
	if (asprintf(&path, "%s/trace_pipe", dir) < 0)
		cli_memory(NULL);
	trace = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (trace < 0)
		err = cli_fail("%s: %s", path, strerror(errno));
	free(path);
	if (err)
		return err;
	err = follow(trace, signals);
	close(trace);
	put(dir, S2M_TRACE_EVENT "/enable", "0");
	return err;
}

/* Signals become something to read, so that none ends us before we have cleaned up. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int cli_watch(char **args)
{
	char *tracefs, *dir;
	int err = cli_need_module(), signals;

	(void)args;
	if (err)
		return err;
	tracefs = find_tracefs();
	if (!tracefs)
		return cli_fail("there is no tracefs: \"mount -t tracefs tracefs %s\" (root, and no lockdown=confidentiality)",
				places[0]);
	if (asprintf(&dir, "%s/instances/%s-%d", tracefs, S2M_MODULE, (int)getpid()) < 0)
		cli_memory(NULL);
	free(tracefs);
	signals = catch_signals();
	if (signals < 0 || mkdir(dir, 0700)) {
		err = cli_fail("%s: %s", dir, strerror(errno));
	} else {
		err = watch_instance(dir, signals);
		/* A reader that has just closed the trace may still hold it. */
		if (rmdir(dir) && !err)
			err = cli_fail("%s: %s", dir, strerror(errno));
	}
	if (signals >= 0)
		close(signals);
	free(dir);
	return err;
}
