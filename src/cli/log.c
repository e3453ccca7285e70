// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

/*
 * /dev/kmsg gives one record a read: "priority,number,time,flags;text", and
 * lines that begin with a blank and are no text.
 */
static char *read_records(int fd)
{
	size_t used = 0, size = 0;
	char *text = NULL;
	ssize_t n;

	do {
		if (size - used < 16384) {
			size = 2 * size + 65536;
			text = cli_memory(realloc(text, size));
		}
		n = read(fd, text + used, 8192);
		if (n > 0)
			used += (size_t)n;
		/* EPIPE: what would have been next is no longer there. */
	} while (n > 0 || (n < 0 && (errno == EPIPE || errno == EINTR)));
	text[used] = '\0';
	return text;
}

/* Leave the texts of the messages; false if the first ones are gone. */
static bool strip(char *log)
{
	char *line, *next, *text, *to = log;
	unsigned long first = 0;
	bool begun = false;

	for (line = log; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		text = strchr(line, ';');
		if (*line == ' ' || !text)
			continue;
		if (!begun)
			sscanf(line, "%*u,%lu", &first);
		begun = true;
		memmove(to, text + 1, strlen(text + 1));
		to += strlen(text + 1);
		*to++ = '\n';
	}
	*to = '\0';
	return begun && !first;
}

/* The journal has the beginning even when the kernel's buffer has overflowed. */
static char *read_journal(void)
{
	FILE *journal = popen("journalctl -k -b -q -o cat --no-pager 2>/dev/null", "r");
	char *text;
	size_t len;

	if (!journal)
		return NULL;
	text = cli_read_fd(fileno(journal), &len);
	if (pclose(journal) || !len) {
		free(text);
		text = NULL;
	}
	return text;
}

char *cli_kernel_log(void)
{
	char *path = cli_path("/dev/kmsg"), *log, *journal;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	free(path);
	if (fd < 0)
		return NULL;
	log = read_records(fd);
	close(fd);
	if (strip(log) || *cli.root)
		return log;
	journal = read_journal();
	if (!journal)
		return log;
	free(log);
	return journal;
}
