/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all verbs of the command line tool share: options, exit codes, files
 * below a root directory, and the two ways of printing.
 */
#ifndef S2MEMATTR_CLI_H
#define S2MEMATTR_CLI_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <s2memattr/abi.h>
#include <s2memattr/conf.h>
#include <s2memattr/index.h>

#ifndef CLI_VERSION
#define CLI_VERSION		"unknown"
#endif

#define CLI_CONF		"/etc/s2memattr.conf"
#define CLI_CONF_DIR		"/etc/s2memattr.conf.d"

/* Exit codes; s2memattr(8) describes them. */
enum cli_exit {
	CLI_OK		= 0,
	CLI_FAILED	= 1,	/* refused, wrong input, or a check that failed */
	CLI_USAGE	= 2,	/* the command line is wrong */
	CLI_NOT_LOADED	= 3,	/* the module is not loaded */
	CLI_UNTRIED	= 3,	/* selftest: nothing failed, but something could not be tried */
};

/**
 * struct cli_options - what was given on the command line
 * @root: put before all paths of the system; "" for the system itself
 * @file: of --file, or NULL
 * @pid: of --pid, or 0
 * @count: of --count: end after that many lines; 0 for no end
 * @json: --json
 * @device: of --device, or NULL
 * @bar: of --bar, or -1
 * @offset: of --offset: where in the BAR
 * @svg: of --svg, or NULL
 * @write: --write
 * @bench: --bench
 * @report: --report
 * @emulate: --emulate
 * @no_iommu: --no-iommu
 * @side_effects: --side-effects
 */
struct cli_options {
	const char *root;
	const char *file;
	u32 pid;
	unsigned long count;
	bool json;
	const char *device;
	int bar;
	u64 offset;
	const char *svg;
	bool write;
	bool bench;
	bool report;
	bool emulate;
	bool no_iommu;
	bool side_effects;
};

extern struct cli_options cli;

/*
 * Verbs. Each gets its arguments, already counted, and returns an exit code.
 */
int cli_status(char **args);
int cli_mode(char **args);
int cli_unaligned(char **args);
int cli_load(char **args);
int cli_unload(char **args);
int cli_policy_show(char **args);
int cli_policy_check(char **args);
int cli_policy_apply(char **args);
int cli_policy_test(char **args);
int cli_fuse_list(char **args);
int cli_fuse_reset(char **args);
int cli_devices(char **args);
int cli_config_check(char **args);
int cli_config_apply(char **args);
int cli_config_reset(char **args);
int cli_config_release(char **args);
int cli_config_status(char **args);
int cli_layer_set(char **args);
int cli_layer_remove(char **args);
int cli_layer_list(char **args);
int cli_mappings(char **args);
int cli_explain(char **args);
int cli_watch(char **args);
int cli_metrics(char **args);
int cli_report(char **args);
int cli_doctor(char **args);
int cli_selftest(char **args);

/* What it gets has the verb in front of it; it becomes another program. */
int cli_rehearse(char **args);

/* --- errors ------------------------------------------------------------- */

/**
 * cli_fail() - say what went wrong, on stderr
 * @fmt: the sentence, without the name of the program and a full stop
 *
 * Return: CLI_FAILED.
 */
__printf(1, 2)
int cli_fail(const char *fmt, ...);

/**
 * cli_note() - say something that is not an error, on stderr
 * @fmt: the sentence
 */
__printf(1, 2)
void cli_note(const char *fmt, ...);

/**
 * cli_catch() - keep what would be said on stderr
 * @text: where the last sentence goes, to be freed, NULL if there is none; or NULL, and
 *	sentences go to stderr again
 */
void cli_catch(char **text);

/* --- files -------------------------------------------------------------- */

/**
 * cli_path() - a path of the system, below --root
 * @fmt: the path
 *
 * Return: a string to be freed. Ends the program for lack of memory.
 */
__printf(1, 2)
char *cli_path(const char *fmt, ...);

/**
 * cli_read_fd() - all that an open file has
 * @fd: the file
 * @len: where the length goes; may be NULL
 *
 * Return: the bytes with a terminating zero, to be freed, or NULL with errno;
 * EFBIG for more than 64 MiB.
 */
char *cli_read_fd(int fd, size_t *len);

/**
 * cli_read() - a file of the system, whole
 * @path: its path, without --root
 * @len: where its length goes; may be NULL
 *
 * Return: its bytes with a terminating zero, to be freed, or NULL with errno.
 */
char *cli_read(const char *path, size_t *len);

/**
 * cli_read_line() - a file of the system that holds one line
 * @fmt: its path, without --root
 *
 * Return: the line without its end, to be freed, or NULL with errno.
 */
__printf(1, 2)
char *cli_read_line(const char *fmt, ...);

/**
 * cli_read_input() - a file that the user names
 * @name: as the user gave it, "-" for stdin; --root does not apply
 * @len: where its length goes
 *
 * Return: as cli_read().
 */
char *cli_read_input(const char *name, size_t *len);

/**
 * cli_exists() - is there such a file of the system?
 * @fmt: its path, without --root
 *
 * Return: whether there is.
 */
__printf(1, 2)
bool cli_exists(const char *fmt, ...);

/* --- the module's files --------------------------------------------------- */

/**
 * cli_loaded() - is the module loaded?
 *
 * Return: whether its directory in sysfs is there.
 */
bool cli_loaded(void);

/**
 * cli_need_module() - complain if the module is not loaded
 *
 * Return: CLI_OK, or CLI_NOT_LOADED after saying so.
 */
int cli_need_module(void);

/**
 * cli_attr() - what one of the module's files says
 * @name: S2M_FILE_x, or another name below S2M_SYSFS
 *
 * Return: its text without the last line's end, to be freed, or NULL with errno.
 */
char *cli_attr(const char *name);

/**
 * cli_attr_number() - what one of the module's files says, as a number
 * @name: as for cli_attr()
 * @value: where the number goes; untouched if there is none
 *
 * Return: whether there is a number.
 */
bool cli_attr_number(const char *name, u64 *value);

/**
 * cli_attr_set() - write one of the module's files
 * @name: S2M_FILE_x
 * @text: what to write
 * @len: its length in bytes
 *
 * Complains with the kernel's own sentence if the write fails.
 *
 * Return: CLI_OK or CLI_FAILED.
 */
int cli_attr_set(const char *name, const char *text, size_t len);

/**
 * cli_current_mode() - the position of the knob
 * @mode: where it goes
 * @in_force: where it goes whether that mode is true of all guests; may be NULL
 *
 * Return: whether it could be read.
 */
bool cli_current_mode(enum s2m_mode *mode, bool *in_force);

/**
 * cli_emulates() - are accesses carried out that Device memory does not take?
 *
 * Return: whether they are; a module without S2M_FILE_UNALIGNED does not.
 */
bool cli_emulates(void);

/**
 * cli_gather_status() - what "status" tells
 *
 * Return: a JSON object: the only form in which it is gathered.
 */
json_t *cli_gather_status(void);

/**
 * cli_gather_fuses() - what "fuse list" tells
 *
 * Return: a JSON array, or NULL with errno if it cannot be read.
 */
json_t *cli_gather_fuses(void);

/**
 * cli_gather_mappings() - what "mappings" tells
 * @why_none: where the kernel's reason goes, to be freed, if it cannot tell;
 *	NULL if it can
 *
 * Return: a JSON array, or NULL with errno if there is no such file.
 */
json_t *cli_gather_mappings(char **why_none);

/* --- tables --------------------------------------------------------------- */

/**
 * cli_live_table() - the table in force
 *
 * Return: the table, for s2m_table_free(), or NULL after saying why.
 */
struct s2m_table *cli_live_table(void);

/**
 * cli_live_table_if_readable() - the table in force, if this user may read it
 *
 * Return: as cli_live_table(), but NULL with errno and no complaint if it cannot be
 * read.
 */
struct s2m_table *cli_live_table_if_readable(void);

/**
 * cli_empty_table() - a table without rules
 *
 * Return: the table, for s2m_table_free().
 */
struct s2m_table *cli_empty_table(void);

/**
 * cli_table_text() - a table as text, each rule in its canonical form
 * @table: the table
 * @len: where the length goes
 *
 * Return: the text, to be freed.
 */
char *cli_table_text(const struct s2m_table *table, size_t *len);

/**
 * cli_table_remark() - say what there is to say about rules that are accepted
 * @table: the table
 */
void cli_table_remark(const struct s2m_table *table);

/**
 * cli_table_apply() - make a table the table in force
 * @table: the table
 *
 * Return: CLI_OK, or CLI_FAILED after saying why; then nothing has changed.
 */
int cli_table_apply(const struct s2m_table *table);

/**
 * cli_set_mode() - turn the knob
 * @mode: where to
 *
 * Return: CLI_OK, or CLI_FAILED after saying why.
 */
int cli_set_mode(enum s2m_mode mode);

/**
 * cli_mode_and_table() - set both, in the order in which no guest gets an answer that
 *	neither the old nor the new ones have
 * @mode: the mode
 * @table: the table
 * @old_mode: the mode in force
 * @old_table: the table in force
 *
 * Return: CLI_OK, or CLI_FAILED after saying why; then nothing has changed.
 */
int cli_mode_and_table(enum s2m_mode mode, const struct s2m_table *table,
		       enum s2m_mode old_mode, const struct s2m_table *old_table);

/* --- printing ------------------------------------------------------------- */

/**
 * cli_json_text() - a string as JSON
 * @text: the string, or NULL, which is JSON's null; bytes that are not UTF-8
 *	become "?"
 *
 * Return: a new reference.
 */
json_t *cli_json_text(const char *text);

/**
 * cli_json_hex() - a number as a string in hex, as in /sys and in rules
 * @value: the number
 *
 * Return: a new reference.
 */
json_t *cli_json_hex(u64 value);

/**
 * cli_text_of() - a string that an object has
 * @object: the object
 * @key: under which
 * @none: what stands for one that is not there, or is no string
 *
 * Return: the string, for as long as @object has it, or @none.
 */
const char *cli_text_of(const json_t *object, const char *key, const char *none);

/**
 * cli_number_of() - a number that an object has
 * @object: the object
 * @key: under which
 *
 * Return: the number, or 0 if it is not there or no number.
 */
long long cli_number_of(const json_t *object, const char *key);

/**
 * cli_json_print() - print a value on stdout and drop it
 * @json: the value; the reference is taken
 *
 * Return: CLI_OK, or CLI_FAILED if it cannot be printed.
 */
int cli_json_print(json_t *json);

/**
 * enum cli_color - what a piece of text means
 * @CLI_GOOD: as it should be
 * @CLI_ODD: worth a look
 * @CLI_BAD: wrong
 * @CLI_STRONG: to be seen first
 */
enum cli_color {
	CLI_GOOD,
	CLI_ODD,
	CLI_BAD,
	CLI_STRONG,
};

/**
 * cli_color() - the escape sequence that begins a colour
 * @color: the colour
 *
 * Return: the sequence; "" if stdout is not a terminal or NO_COLOR is set.
 */
const char *cli_color(enum cli_color color);

/**
 * cli_plain() - the escape sequence that ends a colour
 *
 * Return: as cli_color().
 */
const char *cli_plain(void);

/**
 * cli_memory() - insist on memory
 * @memory: what an allocation returned
 *
 * Return: @memory, if it is not NULL; ends the program otherwise.
 */
void *cli_memory(void *memory);

#endif
