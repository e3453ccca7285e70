// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernels that are installed: was the module built for each, and rehearsed on it?
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"

#define MODULES		"/lib/modules"
/* s2memattr-rehearse(8) writes a file for each release. */
#define REHEARSED	"/var/lib/s2memattr/rehearsed"

/* The value of a line "key = value" of a record, to be freed; NULL if there is none. */
static char *value_of(const char *record, const char *key)
{
	size_t len = strlen(key);
	const char *line;

	for (line = record; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && !strncmp(line + len, " = ", 3))
			return cli_memory(strndup(line + len + 3, strcspn(line + len + 3, "\n")));
	}
	return NULL;
}

/* depmod has seen it, wherever it is. */
static bool is_built(const char *release)
{
	char *path, *text;
	bool built;

	if (asprintf(&path, MODULES "/%s/modules.dep", release) < 0)
		cli_memory(NULL);
	text = cli_read(path, NULL);
	built = text && strstr(text, "/" S2M_MODULE ".ko");
	free(path);
	free(text);
	return built;
}

/* By size and time, since a checksum takes long: is it the image that was rehearsed? */
static bool is_same_image(const char *record)
{
	char *image = value_of(record, "image"), *size = value_of(record, "image_size");
	char *mtime = value_of(record, "image_mtime"), *path;
	struct stat status;
	bool same = true;

	if (image && size && mtime) {
		path = cli_path("%s", image);
		same = !stat(path, &status) && status.st_size == strtoll(size, NULL, 10) &&
		       status.st_mtime == strtoll(mtime, NULL, 10);
		free(path);
	}
	free(image);
	free(size);
	free(mtime);
	return same;
}

static void find_rehearsed(struct cli_doctor *doctor, const char *release, const char *record,
			   const char *again)
{
	char *verdict = value_of(record, "verdict"), *date = value_of(record, "date");
	char *version = value_of(record, "module_version");
	const char *said = verdict ? verdict : "nothing that is understood";

	if (!is_same_image(record))
		cli_find(doctor, "kernel", CLI_STATE_WARN, again,
			 "%s: built; what was rehearsed was another image of that name", release);
	else if (strcmp(said, "ok"))
		cli_find(doctor, "kernel", CLI_STATE_WARN, again,
			 "%s: built; rehearsed on %s: %s", release, date ? date : "?", said);
	else if (version && strcmp(version, CLI_VERSION))
		cli_find(doctor, "kernel", CLI_STATE_OK, again,
			 "%s: built; rehearsed on %s with version %s: ok", release,
			 date ? date : "?", version);
	else
		cli_find(doctor, "kernel", CLI_STATE_OK, NULL, "%s: built; rehearsed on %s: ok",
			 release, date ? date : "?");
	free(verdict);
	free(date);
	free(version);
}

static void find_kernel(struct cli_doctor *doctor, const char *release)
{
	bool runs = doctor->release && !strcmp(release, doctor->release);
	char *path, *record, *again;

	if (asprintf(&path, REHEARSED "/%s", release) < 0 ||
	    asprintf(&again, "\"s2memattr rehearse %s\" tries it before it is booted", release) < 0)
		cli_memory(NULL);
	record = cli_read(path, NULL);
	if (!is_built(release))
		cli_find(doctor, "kernel", CLI_STATE_WARN,
			 "\"dkms autoinstall\" builds it, where the kernel's headers are",
			 "%s: not built%s", release,
			 runs ? "" : ": booted, it leaves guests the kernel's own types");
	else if (record)
		find_rehearsed(doctor, release, record, again);
	else
		cli_find(doctor, "kernel", CLI_STATE_OK, runs ? NULL : again, "%s: built%s", release,
			 runs ? ", and running" : "; not rehearsed");
	free(path);
	free(again);
	free(record);
}

static int is_kernel(const struct dirent *entry)
{
	return *entry->d_name != '.' &&
	       (cli_exists(MODULES "/%s/modules.order", entry->d_name) ||
		cli_exists(MODULES "/%s/modules.dep", entry->d_name));
}

void cli_check_kernels(struct cli_doctor *doctor)
{
	char *dir = cli_path(MODULES);
	struct dirent **kernels;
	int count = scandir(dir, &kernels, is_kernel, versionsort), i;

	free(dir);
	for (i = 0; i < count; i++) {
		find_kernel(doctor, kernels[i]->d_name);
		free(kernels[i]);
	}
	if (count >= 0)
		free(kernels);
}
