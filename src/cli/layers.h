/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel has one table. It is composed from layers, each of which belongs to
 * somebody: first that of a selftest that is under way, then those that were set by
 * name (VMs'), in the order of their names, then those of the configuration's files,
 * /etc/s2memattr.conf.d/ before /etc/s2memattr.conf. Whoever changes one of them leaves
 * the others.
 */
#ifndef S2MEMATTR_CLI_LAYERS_H
#define S2MEMATTR_CLI_LAYERS_H

#include "cli.h"

/* What is in force, as far as it was made here; gone after a boot, as the table is. */
#define CLI_RUN			"/run/s2memattr"

/**
 * enum cli_layer_kind - whose a layer is, in the order in which they are asked
 * @CLI_LAYER_TEST: a selftest's; see struct cli_trial
 * @CLI_LAYER_SET: somebody's who has set it by a name, a VM's for one
 * @CLI_LAYER_FILE: a file's of the configuration, by its path
 * @CLI_LAYER_HAND: what was found in the kernel and nobody has set through here
 * @CLI_NR_LAYER_KINDS: how many there are
 */
enum cli_layer_kind {
	CLI_LAYER_TEST,
	CLI_LAYER_SET,
	CLI_LAYER_FILE,
	CLI_LAYER_HAND,
	CLI_NR_LAYER_KINDS
};

/**
 * struct cli_layer - some rules, and whose they are
 * @kind: of whom
 * @name: the name it was set by, or the path of its file
 * @table: its rules
 */
struct cli_layer {
	enum cli_layer_kind kind;
	char *name;
	struct s2m_table *table;
};

/**
 * struct cli_layers - all layers, in the order in which they are asked
 * @list: the layers
 * @count: how many
 * @configured: a configuration has been applied
 * @mode: the mode that it says, if so
 * @emulate: it says that accesses that Device memory does not take are carried out, if so
 */
struct cli_layers {
	struct cli_layer *list;
	size_t count;
	bool configured;
	enum s2m_mode mode;
	bool emulate;
};

/**
 * cli_layers_lock() - wait until nobody else changes layers, and keep others out
 *
 * The lock is held until cli_layers_unlock(), or until the program ends, whichever way it
 * does. What a selftest has left that was killed together with who should have cleaned up
 * after it is put in order.
 *
 * Return: CLI_OK, or CLI_FAILED after saying why.
 */
int cli_layers_lock(void);

/**
 * cli_layers_look() - let a change that is under way end, and keep others waiting
 *
 * Kernel and memory differ for a moment while layers change. Who compares them waits,
 * but not for ever: one that hangs keeps nobody from an answer.
 *
 * Return: a file to close when it has been looked; negative if nothing is kept waiting.
 */
int cli_layers_look(void);

/**
 * cli_layers_unlock() - let others change layers again
 */
void cli_layers_unlock(void);

/**
 * cli_layers_peek() - the layers that are remembered, whatever the kernel has
 * @layers: where they go, for cli_layers_free()
 *
 * Return: false if there are none, or they are not understood, without a word.
 */
bool cli_layers_peek(struct cli_layers *layers);

/**
 * cli_layers_read() - the layers that the table in force was made from
 * @layers: where they go, for cli_layers_free()
 *
 * A change that was cut short counts if the kernel has its table, else it does not.
 *
 * Return: CLI_OK, or CLI_FAILED after saying why.
 */
int cli_layers_read(struct cli_layers *layers);

/**
 * cli_layers_free() - forget layers
 * @layers: the layers; empty afterwards
 */
void cli_layers_free(struct cli_layers *layers);

/**
 * cli_layers_add() - put a layer where it belongs
 * @layers: the layers; one of the same kind and name is replaced, unless it is a file's
 * @kind: its kind
 * @name: its name, copied, with "?" for control characters
 * @table: its rules, which are the layers' from now on
 */
void cli_layers_add(struct cli_layers *layers, enum cli_layer_kind kind, const char *name,
		    struct s2m_table *table);

/**
 * cli_layers_drop() - take layers away
 * @layers: the layers
 * @kind: of this kind
 * @name: with this name, or NULL for all
 *
 * Return: whether there was one.
 */
bool cli_layers_drop(struct cli_layers *layers, enum cli_layer_kind kind, const char *name);

/**
 * cli_layers_compose() - the table that layers make
 * @layers: the layers
 *
 * Return: the table, for s2m_table_free(), or NULL after saying why.
 */
struct s2m_table *cli_layers_compose(const struct cli_layers *layers);

/**
 * cli_layers_are_live() - is the table in force the one that layers make?
 * @layers: the layers
 * @live: the table in force
 *
 * Return: whether it is.
 */
bool cli_layers_are_live(const struct cli_layers *layers, const struct s2m_table *live);

/**
 * cli_layers_adopt() - what stands in the kernel's table past the layers becomes one
 * @layers: the layers
 * @live: the table in force
 *
 * Nothing of an administrator's is lost because somebody changes a layer.
 */
void cli_layers_adopt(struct cli_layers *layers, const struct s2m_table *live);

/**
 * cli_layers_owner() - whose is a rule of the table that layers make?
 * @layers: the layers
 * @rule: its number, from 0
 *
 * Return: the layer, or NULL if the rule is nobody's.
 */
const struct cli_layer *cli_layers_owner(const struct cli_layers *layers, u32 rule);

/**
 * cli_layers_live_owners() - the layers, if they tell whose the rules in force are
 * @layers: where they go, for cli_layers_free(); empty if they do not
 * @live: the table in force
 */
void cli_layers_live_owners(struct cli_layers *layers, const struct s2m_table *live);

/**
 * cli_layers_same() - do two have the same layers of a kind?
 * @a: some layers
 * @b: others
 * @kind: the kind
 *
 * Return: whether they do, by name, rules and order.
 */
bool cli_layers_same(const struct cli_layers *a, const struct cli_layers *b,
		     enum cli_layer_kind kind);

/**
 * cli_layers_change() - make layers the ones in force
 * @layers: the layers
 * @change: makes the kernel's table, and whatever else, what @layers say; gets that
 *	table and @data, and says why if it fails, in which case nothing has changed
 * @data: for @change
 *
 * What is to become true is written down first, so that a crash at any point leaves
 * either the old layers or the new ones.
 *
 * Context: cli_layers_lock() is held.
 * Return: CLI_OK, or CLI_FAILED after saying why.
 */
int cli_layers_change(const struct cli_layers *layers,
		      int (*change)(const struct s2m_table *table, const void *data),
		      const void *data);

/**
 * cli_layers_remember() - write down the layers that are in force already
 * @layers: the layers
 *
 * Failing that is said, and no more: who reads the earlier ones finds that they are not
 * in force.
 *
 * Context: cli_layers_lock() is held.
 */
void cli_layers_remember(const struct cli_layers *layers);

/* --- a selftest ------------------------------------------------------------ */

/**
 * struct cli_trial - what a selftest has changed and will put back
 * @pid: its process
 * @start: when that began, in ticks since boot: another one may get its number
 * @mode: the mode before; in any mode but policy, which a selftest needs, the layer of the
 *	selftest is the only one that is asked, and ends with what that mode says
 * @unaligned: "fault" or "emulate" if that was changed, with what it was; or "keep"
 */
struct cli_trial {
	u32 pid;
	u64 start;
	enum s2m_mode mode;
	char unaligned[8];
};

/* For @unaligned. */
#define CLI_TRIAL_KEEP	"keep"

/**
 * cli_trial_name() - the name of a selftest's layer
 * @trial: the selftest
 *
 * Return: what cli_trial_of() reads, to be freed.
 */
char *cli_trial_name(const struct cli_trial *trial);

/**
 * cli_trial_of() - the selftest that is under way
 * @layers: the layers
 * @trial: where it goes
 *
 * Return: whether there is one, or has been one that could not clean up.
 */
bool cli_trial_of(const struct cli_layers *layers, struct cli_trial *trial);

/**
 * cli_trial_is_over() - has its process ended?
 * @trial: the selftest
 *
 * Return: whether it has.
 */
bool cli_trial_is_over(const struct cli_trial *trial);

/**
 * cli_trial_start_of() - when a process began
 * @pid: the process
 *
 * Return: for &cli_trial.start; 0 if there is no such process.
 */
u64 cli_trial_start_of(u32 pid);

/**
 * cli_trial_set() - the rules of a selftest
 * @trial: the selftest
 * @rules: its rules, a line each; they come first
 *
 * Context: cli_layers_lock() is held.
 * Return: CLI_OK, or CLI_FAILED after saying why; then nothing has changed.
 */
int cli_trial_set(const struct cli_trial *trial, const char *rules);

/**
 * cli_trial_end() - put back what a selftest has changed
 * @trial: the selftest
 *
 * What somebody else has changed meanwhile stays.
 *
 * Context: cli_layers_lock() is held.
 * Return: CLI_OK, also if it is not under way, or CLI_FAILED after saying why.
 */
int cli_trial_end(const struct cli_trial *trial);

/**
 * cli_without_names() - a rule without what may be somebody's name
 * @rule: the rule, as it is printed
 *
 * Return: the rule with "..." for the values of comm= and cgroup=, to be freed.
 */
char *cli_without_names(const char *rule);

/* --- the configuration's files --------------------------------------------- */

/**
 * cli_conf_read() - what the configuration says
 * @name: a file that the user names, in place of the system's; or NULL
 * @conf: where it goes: layers of kind CLI_LAYER_FILE, a mode and an answer to unaligned
 *	accesses
 * @given: where it goes whether a file says the mode; may be NULL
 * @error: what is wrong
 *
 * Return: 0 or a negative error number, with a sentence in @error.
 */
int cli_conf_read(const char *name, struct cli_layers *conf, bool *given,
		  struct s2m_text_error *error);

/**
 * cli_conf_in_force() - is the configuration in force?
 * @reasons: where it goes why not: a JSON array of sentences
 *
 * Return: whether it is. A configuration that asks for nothing is, without the module
 * as well.
 */
bool cli_conf_in_force(json_t **reasons);

/**
 * cli_holder() - find a VM that has device memory, or may get some
 * @vms_too: any VM will do, if it has device memory or not
 *
 * Return: its process, 0 if there is none.
 */
u32 cli_holder(bool vms_too);

#endif
