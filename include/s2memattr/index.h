/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table compiled for the devices that are there now: a decision is one
 * look-up of the physical address, and hash look-ups for those keys about
 * processes that rules for this address still need. What a decision costs
 * does not depend on the number of rules.
 */
#ifndef S2MEMATTR_INDEX_H
#define S2MEMATTR_INDEX_H

#include <s2memattr/rule.h>

/*
 * The most intervals that a block mapping may span. A block over more pieces
 * than that gets the strictest type there is instead of a look at each.
 */
#define S2M_MAX_SPAN		128u

/* Likewise where the VMA is not known, and each is looked at for all that it may be. */
#define S2M_MAX_UNSURE_SPAN	32u

/*
 * The work that one decision may take, in instructions, roughly. It is made with
 * interrupts off: a table that takes more gets the strictest type there is, too.
 */
#define S2M_MAX_WORK		30000u

/* The most pairs of a rule and a place, or of a rule and a device. */
#define S2M_MAX_PAIRS		2097152u

/**
 * struct s2m_device - a memory BAR of a PCI function
 * @start: first physical address
 * @end: last physical address, inclusive
 * @driver: name of the driver bound to the function, or NULL
 * @domain: PCI domain
 * @class_code: class, subclass and interface, 24 bits
 * @vendor: vendor ID
 * @device: device ID
 * @subvendor: subsystem vendor ID
 * @subdevice: subsystem ID
 * @bus: bus number
 * @devfn: device in bits [7:3], function in bits [2:0]
 * @bar: 0 to 5
 * @prefetch: the BAR is prefetchable
 * @blown: the function's fuse has blown: no rule gives it more than Device-nGnRE
 */
struct s2m_device {
	u64 start;
	u64 end;
	const char *driver;
	u32 domain;
	u32 class_code;
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u8 bus;
	u8 devfn;
	u8 bar;
	bool prefetch;
	bool blown;
};

/**
 * s2m_function_parse() - read the address of a PCI function, as for pci=
 * @text: the text; need not be terminated
 * @len: its length in bytes
 * @function: where domain, bus and devfn go, and zero elsewhere; untouched on failure
 *
 * Context: any.
 * Return: whether it is one, without a "*".
 */
bool s2m_function_parse(const char *text, size_t len, struct s2m_device *function);

/**
 * s2m_same_function() - are two BARs of one function?
 * @a: a BAR
 * @b: another
 *
 * Return: whether they are.
 */
static inline bool s2m_same_function(const struct s2m_device *a, const struct s2m_device *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->devfn == b->devfn;
}

/**
 * struct s2m_mapping - a mapping that KVM is about to make
 * @phys: first physical address, a multiple of the page size
 * @size: in bytes, a multiple of the page size and not 0
 * @kvm_type: KVM's own answer, which is what "native" means here
 * @pgprot: how the VMM maps it
 * @pfnmap: the VMA has VM_PFNMAP
 * @io: the VMA has VM_IO
 */
struct s2m_mapping {
	u64 phys;
	u64 size;
	enum s2m_type kvm_type;
	enum s2m_pgprot pgprot;
	bool pfnmap;
	bool io;
};

/**
 * struct s2m_task - the VMM process
 * @comm: its name, at most S2M_MAX_COMM bytes and terminated
 * @cgroup: names of its v2 groups, from below the root down to its own, each
 *	terminated; only the first S2M_MAX_CGROUP_DEPTH are ever looked at
 * @cgroup_depth: number of names at @cgroup; 0 is the root group
 * @pid: thread group, as seen from the first PID namespace
 * @uid: effective user, as seen from the first user namespace
 */
struct s2m_task {
	const char *comm;
	const char * const *cgroup;
	u32 cgroup_depth;
	u32 pid;
	u32 uid;
};

/**
 * struct s2m_verdict - what the table says about a mapping
 * @type: its type
 * @rule: number of the rule that says so, from 0, or %S2M_NO_RULE
 * @blown: it is a fuse that says so, and no rule
 */
struct s2m_verdict {
	enum s2m_type type;
	u32 rule;
	bool blown;
};

/**
 * struct s2m_index_stats - how large an index is
 * @regions: BARs, after those that share pages were cut
 * @intervals: pieces of the physical address space with one answer each
 * @entries: rules to be found by facts about a process or a VMA
 * @bytes: memory of the index, without its table
 */
struct s2m_index_stats {
	u32 regions;
	u32 intervals;
	u32 entries;
	size_t bytes;
};

struct s2m_index;

/**
 * s2m_index_build() - compile a table
 * @table: the table; it must outlive the index
 * @devices: all memory BARs there are, in any order; not needed afterwards
 * @n: their number
 * @page_size: of the host, in bytes, a power of two
 * @index: where the index goes; untouched on failure
 * @error: what was wrong; set on failure only
 *
 * A BAR smaller than a page owns all of the page if it is alone in it. If
 * there are several, a mapping of that page gets the strictest of their
 * answers. BARs do not overlap (the resource tree sees to that); if some do,
 * what they share belongs to the one that starts first.
 *
 * A rule about a device that is not there compiles to nothing: build again
 * when it has come. So does a fuse that has blown: no rule reaches its device.
 *
 * Context: may sleep. About R log R + R * D steps for R rules and D BARs, and
 * fewer for rules that name one function or one vendor:device.
 * Return: 0; -E2BIG if rules overlap so much that there would be more than
 * S2M_MAX_PAIRS, -ENOMEM.
 */
int s2m_index_build(const struct s2m_table *table, const struct s2m_device *devices, u32 n,
		    u32 page_size, struct s2m_index **index, struct s2m_text_error *error);

/**
 * s2m_index_free() - free an index
 * @index: from s2m_index_build(), or NULL
 *
 * Context: may sleep; nobody uses the index any more.
 */
void s2m_index_free(struct s2m_index *index);

/**
 * s2m_index_decide() - what the table says about a mapping
 * @index: the index
 * @mapping: the mapping
 * @task: the VMM process; may be NULL where s2m_index_needs_task() says so
 *
 * If parts of the mapping have different answers, the strictest counts for all
 * of it, where "native" is as strict as KVM's own answer is; the rule is that
 * of the first part with that answer. A mapping over more than S2M_MAX_SPAN
 * parts, or one that takes more than S2M_MAX_WORK, is Device-nGnRE, without a rule.
 *
 * Context: any, including a kprobe handler: no lock, no memory, no recursion.
 * Return: the verdict; %S2M_NATIVE without a rule if none matches.
 */
struct s2m_verdict s2m_index_decide(const struct s2m_index *index,
				    const struct s2m_mapping *mapping,
				    const struct s2m_task *task);

/* What is not known of a mapping: bits for s2m_index_decide_unsure(). */
#define S2M_UNKNOWN_VMA		0x1u	/* vma= and pgprot=: how the VMM maps it */
#define S2M_UNKNOWN_PLACE	0x2u	/* where it leads, or which device is there */
#define S2M_UNKNOWN_FUSE	0x4u	/* whether a fuse has blown for it: for s2m_wish_unsure() */

/**
 * s2m_index_decide_unsure() - the strictest that the table may say about a mapping
 * @index: the index
 * @mapping: the mapping; of what is not known it may say anything
 * @task: the VMM process; may be NULL where s2m_index_needs_task() says so
 * @unknown: S2M_UNKNOWN_x
 *
 * With nothing unknown this is s2m_index_decide(). If the VMA is, it is the
 * strictest of its answers for all that the VMA could be; a mapping over more
 * than S2M_MAX_UNSURE_SPAN parts is then Device-nGnRE. If the place is unknown, any
 * rule may match, and it is the strictest type of all rules. Native is as strict as
 * KVM's own answer is.
 *
 * Context: any, as s2m_index_decide().
 * Return: the verdict.
 */
struct s2m_verdict s2m_index_decide_unsure(const struct s2m_index *index,
					   const struct s2m_mapping *mapping,
					   const struct s2m_task *task, u32 unknown);

/**
 * s2m_index_decide_vm() - is a VM's RAM to be coherent?
 * @index: the index
 * @task: the VMM process
 *
 * Context: any, as s2m_index_decide().
 * Return: the number of the first coherent-ram rule that matches, or %S2M_NO_RULE, also
 * if it would take more than S2M_MAX_WORK to find.
 */
u32 s2m_index_decide_vm(const struct s2m_index *index, const struct s2m_task *task);

/**
 * s2m_index_needs_task() - does the answer depend on who maps?
 * @index: the index
 * @phys: first physical address
 * @size: in bytes, not 0
 *
 * Context: any.
 * Return: whether a rule about processes could decide for this range.
 */
bool s2m_index_needs_task(const struct s2m_index *index, u64 phys, u64 size);

/**
 * s2m_index_device() - the BAR that a mapping lies in
 * @index: the index
 * @phys: first physical address, a multiple of the page size
 * @size: in bytes, a multiple of the page size and not 0
 *
 * A BAR owns the rest of its first and last page, unless another BAR lies in
 * the same page: then nobody does.
 *
 * Context: any.
 * Return: the BAR, as long-lived as the index, or NULL if the range is not
 * wholly one BAR.
 */
const struct s2m_device *s2m_index_device(const struct s2m_index *index, u64 phys, u64 size);

/**
 * s2m_index_is_blown() - has a fuse blown for any of a mapping?
 * @index: the index
 * @phys: first physical address
 * @size: in bytes, not 0
 *
 * Context: any, including a kprobe handler.
 * Return: whether it has; also if there are blown fuses and the mapping is over more
 * than S2M_MAX_SPAN parts.
 */
bool s2m_index_is_blown(const struct s2m_index *index, u64 phys, u64 size);

/**
 * s2m_index_fuse() - is there a fuse for a function?
 * @index: the index
 * @function: which; only domain, bus and devfn count
 *
 * Context: may sleep.
 * Return: the number of the first rule with a fuse that may decide about any of the
 * function's BARs, whoever maps them, or %S2M_NO_RULE.
 */
u32 s2m_index_fuse(const struct s2m_index *index, const struct s2m_device *function);

/**
 * s2m_index_bar() - the BARs that a table was compiled for
 * @index: the index
 * @i: a number, from 0
 *
 * Context: any.
 * Return: one of them, as long-lived as the index, perhaps the same for several numbers;
 * NULL if there are no more.
 */
const struct s2m_device *s2m_index_bar(const struct s2m_index *index, u32 i);

/**
 * s2m_table_fuse_of() - may there be a fuse for an address on the bus?
 * @table: the table
 * @function: which function; only domain, bus and devfn count
 *
 * What is or was there is not known: it may be what any rule asks for.
 *
 * Context: any.
 * Return: the number of the first rule with a fuse that does not name another address, or
 * %S2M_NO_RULE.
 */
u32 s2m_table_fuse_of(const struct s2m_table *table, const struct s2m_device *function);

/**
 * s2m_index_uniform_end() - how far is everything the same?
 * @index: the index
 * @phys: a physical address
 *
 * Context: any.
 * Return: the first address behind @phys where another device or another rule
 * may matter, or %U64_MAX.
 */
u64 s2m_index_uniform_end(const struct s2m_index *index, u64 phys);

/**
 * s2m_index_stats() - how large an index is
 * @index: the index
 * @stats: where the numbers go
 *
 * Context: any.
 */
void s2m_index_stats(const struct s2m_index *index, struct s2m_index_stats *stats);

#endif
