// SPDX-License-Identifier: GPL-2.0-only
/*
 * One lock for all who change layers; the kernel gives it back when its holder ends.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers.h"

/* Not named "lock": earlier libvirt hooks hold a file of that name while they call this program. */
#define LAYERS_LOCK		CLI_RUN "/layers.lock"

static int make_run(void)
{
	char *run = cli_path("%s", CLI_RUN), *slash;
	int err = 0;

	/* All but the last exist, except below --root. */
	for (slash = run + strlen(cli.root) + 1; slash && !err; ) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(run, 0755) && errno != EEXIST)
			err = errno;
		if (slash)
			*slash++ = '/';
	}
	free(run);
	return err;
}

/* How long a change may take while somebody looks, in pieces. */
#define LOOK_PIECE_US		20000
#define LOOK_PIECES		100

int cli_layers_look(void)
{
	char *path = cli_path("%s", LAYERS_LOCK);
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;

	free(path);
	for (i = 0; fd >= 0 && i < LOOK_PIECES && flock(fd, LOCK_SH | LOCK_NB); i++)
		usleep(LOOK_PIECE_US);
	return fd;
}

/* Open while the lock is held: it goes with the process. */
static int lock = -1;

/*
 * A selftest and its watcher were killed: what it has left hits nobody, but it is in the
 * way. If it cannot be put in order, that has been said, and what is to be done next may
 * be a remedy.
 */
static void end_the_dead(void)
{
	struct cli_layers layers;
	struct cli_trial trial;
	bool dead;

	if (!cli_layers_peek(&layers))
		return;
	dead = cli_trial_of(&layers, &trial) && cli_trial_is_over(&trial);
	cli_layers_free(&layers);
	if (dead)
		cli_trial_end(&trial);
}

int cli_layers_lock(void)
{
	char *path = cli_path("%s", LAYERS_LOCK);
	int err = make_run();

	if (!err)
		lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (!err && lock < 0)
		err = errno;
	while (!err && flock(lock, LOCK_EX))
		if (errno != EINTR)
			err = errno;
	if (err)
		return cli_fail("%s: %s", LAYERS_LOCK, strerror(err));
	end_the_dead();
	return CLI_OK;
}

void cli_layers_unlock(void)
{
	close(lock);
	lock = -1;
}
