// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules that only the selftest's VM meets, and who takes them away.
 *
 * Who: a process of its own, the watcher, which is there before anything is changed and
 * waits for the end of this one, whichever it is. It puts things back in any case, so that
 * what is seldom needed is what is always done. If both are killed, the rules stay in the
 * table and meet nobody: they name the process by its number and by a name of 12 random
 * characters. The next command that changes anything puts things back then
 * (cli_layers_lock()).
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

/* The watcher: it waits for the end of the one pipe, and complains through the other. */
static int alive = -1, complaint = -1;
static pid_t watcher;

/* One sentence on why not, or nothing. */
static int put_back(const struct cli_trial *trial, char **why)
{
	int err;

	cli_catch(why);
	err = cli_layers_lock();
	if (!err)
		err = cli_trial_end(trial);
	cli_layers_unlock();
	cli_catch(NULL);
	return err;
}

/* In a session of its own: what is sent to a terminal, or to a job, does not come here. */
static void watch(const struct cli_trial *trial, int from, int to)
{
	int fd, err, null = open("/dev/null", O_RDWR);
	char *why = NULL, byte;

	setsid();
	for (fd = SIGHUP; fd <= SIGTERM; fd++)
		signal(fd, SIG_IGN);
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	while (read(from, &byte, 1) < 0 && errno == EINTR)
		;
	err = put_back(trial, &why);
	if (err && why)
		(void)!write(to, why, strlen(why));
	_exit(err);
}

static bool start_watcher(const struct cli_trial *trial, char **why)
{
	int from[2] = { -1, -1 }, to[2] = { -1, -1 };

	if (!pipe2(from, O_CLOEXEC) && !pipe2(to, O_CLOEXEC)) {
		fflush(stdout);
		watcher = fork();
		if (!watcher) {
			close(from[1]);
			watch(trial, from[0], to[1]);
		}
	}
	alive = from[1];
	complaint = to[0];
	close(from[0]);
	close(to[1]);
	if (watcher > 0)
		return true;
	*why = cli_memory(strdup("there is no process to put things back"));
	return false;
}

/* What the watcher says is one thing. The guest goes on, under what all others have. */
static void check_put_back(struct cli_test *test)
{
	char *text = cli_read(S2M_SYSFS "/" S2M_FILE_POLICY, NULL), answer[CLI_VM_ANSWER];
	enum s2m_mode mode = S2M_NR_MODES;
	bool loads = cli_test_loads(test, answer);

	if (!loads && *test->native && !test->failed)
		cli_wrong(test, "put back", "a load of the guest afterwards: %s", answer);
	else if (!cli_current_mode(&mode, NULL) || mode != test->trial.mode)
		cli_wrong(test, "put back", "the mode is not %s, which it was before",
			  s2m_mode_word(test->trial.mode));
	else if (text && strstr(text, test->comm))
		cli_wrong(test, "put back", "a rule of this test is in the table");
	else
		cli_shown(test, "put back", "mode %s, and no rule of this test in the table",
			  s2m_mode_word(test->trial.mode));
	free(text);
}

void cli_test_put_back(struct cli_test *test)
{
	char why[512] = "";
	size_t len = 0;
	int status = 0;
	ssize_t n;

	if (!test->begun)
		return;
	test->begun = false;
	close(alive);
	while ((n = read(complaint, why + len, sizeof(why) - 1 - len)) > 0)
		len += (size_t)n;
	why[len] = '\0';
	close(complaint);
	if (waitpid(watcher, &status, 0) == watcher && !status) {
		check_put_back(test);
		return;
	}
	if (WIFSIGNALED(status)) {
		char *again = NULL;

		if (!put_back(&test->trial, &again))
			cli_wrong(test, "put back", "its watcher was killed; put back by the test itself");
		else
			cli_wrong(test, "put back", "its watcher was killed: %s",
				  again ? again : "not put back");
		free(again);
		return;
	}
	cli_wrong(test, "put back", "%s", *why ? why : "not put back");
}

/* Mode and table before; from here on, something may have to be put back. */
static bool begin(struct cli_test *test, char **why)
{
	test->trial.pid = (u32)getpid();
	test->trial.start = cli_trial_start_of(test->trial.pid);
	strcpy(test->trial.unaligned, "keep");
	if (!cli_current_mode(&test->trial.mode, NULL)) {
		*why = cli_memory(strdup("the mode is not understood"));
		return false;
	}
	test->begun = start_watcher(&test->trial, why);
	return test->begun;
}

/* The mode normal-nc may have a fuse, which nobody is to lose. */
static bool has_fuse(enum s2m_mode mode)
{
	char *word = mode == S2M_MODE_NORMAL_NC ?
		     cli_read_line("/sys/module/s2memattr/parameters/fuse") : NULL;
	bool has = word && *word == 'Y';

	free(word);
	return has;
}

/*
 * First the VM's rule. In a mode other than policy, one that says to everybody else what
 * the mode says: no mapping of theirs is touched, since its answer stays.
 */
static char *rules_for(const struct cli_test *test, enum s2m_type type)
{
	enum s2m_mode mode = test->trial.mode;
	char *rules;

	if (asprintf(&rules, "%s pci=%s pid=%d comm=%s\n%s%s\n", s2m_type_word(type),
		     test->target.device, (int)test->vm.pid, test->comm,
		     mode == S2M_MODE_POLICY ? "" : s2m_type_word(s2m_mode_type(mode)),
		     has_fuse(mode) ? " fuse" : "") < 0)
		cli_memory(NULL);
	return rules;
}

/* With the lock held: is there no other one? */
static bool is_free(struct cli_test *test, char **why)
{
	struct cli_layers layers;
	struct cli_trial other;

	if (cli_layers_read(&layers))
		return false;
	test->taken = cli_trial_of(&layers, &other) && other.pid != test->trial.pid;
	cli_layers_free(&layers);
	if (test->taken && asprintf(why, "another selftest is under way, process %u", other.pid) < 0)
		cli_memory(NULL);
	return !test->taken;
}

static bool set(struct cli_test *test, enum s2m_type type, char **why)
{
	char *rules = rules_for(test, type), *said = NULL;
	bool good;

	cli_catch(&said);
	good = !cli_layers_lock() && is_free(test, why) && !cli_trial_set(&test->trial, rules);
	cli_layers_unlock();
	cli_catch(NULL);
	free(rules);
	if (!good && !*why)
		*why = said ? said : cli_memory(strdup("refused"));
	else
		free(said);
	return good;
}

bool cli_test_give(struct cli_test *test, enum s2m_type type, char **why)
{
	*why = NULL;
	if (!test->begun && !begin(test, why))
		return false;
	return set(test, type, why);
}

bool cli_test_unaligned(struct cli_test *test, bool emulate, char **why)
{
	const char *word = s2m_unaligned_word(emulate);
	bool good;

	/* What it was is written down first, with the rules. */
	strcpy(test->trial.unaligned, s2m_unaligned_word(test->emulates));
	if (!cli_test_give(test, S2M_DEVICE_NGNRE, why))
		return false;
	cli_catch(why);
	good = !cli_attr_set(S2M_FILE_UNALIGNED, word, strlen(word));
	cli_catch(NULL);
	return good;
}
