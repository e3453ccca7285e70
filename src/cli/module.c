// SPDX-License-Identifier: GPL-2.0-only
/*
 * load, unload: through libkmod, as modprobe does it.
 */
#include <fcntl.h>
#include <libkmod.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Parameters as the kernel takes them: words with blanks between. */
static char *join_words(char **words)
{
	size_t size = 1;
	char *text;
	int i;

	for (i = 0; words[i]; i++)
		size += strlen(words[i]) + 1;
	text = cli_memory(calloc(1, size));
	for (i = 0; words[i]; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, words[i]);
	}
	return text;
}

/*
 * A module that does not load says why in the kernel's log, in one line. Its
 * records from the time of opening on.
 */
static int open_log(void)
{
	char *path = cli_path("/dev/kmsg");
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	free(path);
	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* A record is "priority,number,time,flags;text\n" and more lines. */
static char *reason_in_log(int fd)
{
	static const char ours[] = S2M_MODULE ": ", end[] = ": not loaded";
	char record[8192], *text, *stop, *reason = NULL;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, record, sizeof(record) - 1)) != 0) {
		if (n < 0 && errno == EPIPE)
			continue;
		if (n < 0)
			break;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || strncmp(text + 1, ours, strlen(ours)))
			continue;
		text += 1 + strlen(ours);
		text[strcspn(text, "\n")] = '\0';
		stop = strstr(text, end);
		if (!stop)
			continue;
		*stop = '\0';
		free(reason);
		reason = cli_memory(strdup(text));
	}
	return reason;
}

static int complain_load(int err, int log)
{
	char *reason = reason_in_log(log);

	if (reason)
		cli_fail("not loaded: %s", reason);
	else if (err == -ENOENT)
		cli_fail("not loaded: there is no %s.ko for this kernel", S2M_MODULE);
	else
		cli_fail("not loaded: %s", strerror(err < 0 ? -err : err));
	free(reason);
	return CLI_FAILED;
}

/* "parm" of a module's information: "name:what it is for". */
static bool is_parameter(const struct kmod_list *info, const char *word)
{
	const struct kmod_list *item;
	size_t len = strcspn(word, "=");

	kmod_list_foreach(item, info) {
		const char *value = kmod_module_info_get_value(item);

		if (!strcmp(kmod_module_info_get_key(item), "parm") &&
		    !strncmp(value, word, len) && value[len] == ':')
			return true;
	}
	return false;
}

/* The kernel ignores a parameter that it does not know, and loads: with a word in the log. */
static int check_parameters(struct kmod_module *module, char **words)
{
	struct kmod_list *info = NULL;
	int err = CLI_OK;

	/* Without a file to look at it does not load, either. */
	if (kmod_module_get_info(module, &info) < 0)
		return CLI_OK;
	for (; *words && !err; words++)
		if (!is_parameter(info, *words))
			err = cli_fail("not loaded: \"%s\" sets no parameter of the module",
				       *words);
	kmod_module_info_free_list(info);
	return err;
}

static int insert(struct kmod_module *module, char **words, const char *parameters)
{
	int log = open_log();
	int err = check_parameters(module, words);

	if (!err) {
		err = kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
						      parameters, NULL, NULL, NULL);
		if (err)
			err = complain_load(err, log);
	}
	if (log >= 0)
		close(log);
	return err;
}

static int load(struct kmod_ctx *ctx, char **words)
{
	struct kmod_list *list = NULL, *item;
	int err = kmod_module_new_from_lookup(ctx, S2M_MODULE, &list);
	char *parameters;

	if (err || !list)
		return complain_load(err ? err : -ENOENT, -1);
	parameters = join_words(words);
	kmod_list_foreach(item, list) {
		struct kmod_module *module = kmod_module_get_module(item);

		err = insert(module, words, parameters);
		kmod_module_unref(module);
		if (err)
			break;
	}
	free(parameters);
	kmod_module_unref_list(list);
	return err;
}

/* There is one kernel, and it is not below --root. */
static int refuse_root(const char *what)
{
	if (!*cli.root)
		return CLI_OK;
	return cli_fail("%s: that would be done to the running kernel, and --root names %s", what,
			cli.root);
}

int cli_load(char **args)
{
	struct kmod_ctx *ctx;
	int err = refuse_root("not loaded");

	if (err)
		return err;
	if (cli_loaded()) {
		if (!args[0])
			return CLI_OK;
		return cli_fail("the module is loaded already: its parameters count at load only");
	}
	ctx = cli_memory(kmod_new(NULL, NULL));
	/* libkmod stays silent: what there is to say is said here. */
	kmod_set_log_priority(ctx, -1);
	err = load(ctx, args);
	kmod_unref(ctx);
	return err;
}

int cli_unload(char **args)
{
	struct kmod_module *module;
	struct kmod_ctx *ctx;
	int err = refuse_root("not unloaded");

	(void)args;
	if (err)
		return err;
	if (!cli_loaded())
		return CLI_OK;
	ctx = cli_memory(kmod_new(NULL, NULL));
	kmod_set_log_priority(ctx, -1);
	err = kmod_module_new_from_name(ctx, S2M_MODULE, &module);
	if (!err) {
		err = kmod_module_remove_module(module, 0);
		kmod_module_unref(module);
	}
	kmod_unref(ctx);
	if (err)
		return cli_fail("not unloaded: %s", strerror(-err));
	return CLI_OK;
}
