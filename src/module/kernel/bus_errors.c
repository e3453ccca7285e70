// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of an error by the kernel, in an interrupt's thread, a worker or an
 * interrupt, only notes it. An error is one word, and noting it one cmpxchg() into a free
 * slot of a few: no lock, no memory, no waiting. An error that waits already is not noted
 * again, so a device that reports thousands takes one slot. If no slot is free, some
 * function has had an error, and nobody knows which.
 *
 * What the kernel says, and where:
 *
 *  - the tracepoint aer_event, for each function whose AER status was read, by the port's
 *    interrupt (native AER), by what firmware hands over (GHES), or by DPC for the port
 *    itself. It comes before the function's driver is told anything;
 *  - pcie_do_recovery(), which all of these call in the end. DPC and EDR call it for the
 *    port where a message from below has triggered them, and say nothing before. So ports
 *    are heard of here as well;
 *  - the tracepoint arm_event: an error record of a CPU, which may have an address.
 *
 * None of the three is exported. A tracepoint is found by its name.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <s2memattr/index.h>

#include "compat/ras.h"
#include "kernel/bus_errors.h"
#include "kernel/symbols.h"
#include "tell/stats.h"

/* An error as one word, not 0. */
#define NAMED		BIT_ULL(63)
#define PAGE_NAMED	BIT_ULL(62)
#define APART		BIT_ULL(56)
#define KIND_SHIFT	48
#define DOMAIN_SHIFT	16
#define BUS_SHIFT	8

/* A machine has fewer ports than this at which something goes wrong at once. */
#define NR_SLOTS	64

static atomic64_t slots[NR_SLOTS];
static atomic_t lost = ATOMIC_INIT(0);

static void (*on_error)(void);
static bool listening;

static void tell(struct irq_work *work)
{
	on_error();
}

static DEFINE_IRQ_WORK(tell_work, tell);

static nokprobe_inline bool waits(u64 word)
{
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++)
		if ((u64)atomic64_read(&slots[i]) == word)
			return true;
	return false;
}

/* Is there room for it? */
static nokprobe_inline bool put(u64 word)
{
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++)
		if (!atomic64_read(&slots[i]) && !atomic64_cmpxchg(&slots[i], 0, word))
			return true;
	return false;
}

static nokprobe_inline void note(u64 word)
{
	s2m_count(S2M_STAT_BUS_ERRORS);
	if (waits(word))
		return;
	if (!put(word))
		atomic_set(&lost, 1);
	irq_work_queue(&tell_work);
}

static nokprobe_inline u64 function_word(enum s2m_bus_error_kind kind, bool apart, u32 domain,
					 u8 bus, u8 devfn)
{
	return NAMED | (apart ? APART : 0) | (u64)kind << KIND_SHIFT | (u64)domain << DOMAIN_SHIFT |
	       (u64)bus << BUS_SHIFT | devfn;
}

static nokprobe_inline void note_function(enum s2m_bus_error_kind kind, bool apart, u32 domain,
					  u8 bus, u8 devfn)
{
	note(function_word(kind, apart, domain, bus, devfn));
}

static void note_unnamed(void)
{
	s2m_count(S2M_STAT_BUS_ERRORS);
	atomic_set(&lost, 1);
	irq_work_queue(&tell_work);
}

/* An error in one of these is found by the function that a packet is from or for. */
#define OF_A_FUNCTION	(PCI_ERR_UNC_POISON_TLP | PCI_ERR_UNC_COMP_TIME | \
			 PCI_ERR_UNC_COMP_ABORT | PCI_ERR_UNC_ACSV)

/* More than the name of a function has. */
#define NAME_BYTES	32

static __maybe_unused void at_aer_event(void *data, const char *name, const u32 status,
					const u8 severity, const u8 has_log, S2M_AER_EVENT_LOG)
{
	struct s2m_device function;

	if (severity == AER_CORRECTABLE)
		return;
	if (s2m_function_parse(name, strnlen(name, NAME_BYTES), &function))
		note_function(severity == AER_FATAL ? S2M_BUS_ERROR_FATAL : S2M_BUS_ERROR_NONFATAL,
			      status && !(status & ~OF_A_FUNCTION),
			      function.domain, function.bus, function.devfn);
	else
		note_unnamed();
}

/* As many addresses as are in a record that is whole. */
static __maybe_unused void at_arm_event(void *data, S2M_ARM_EVENT_ARGS)
{
	const struct cper_arm_err_info *info = (const void *)(record + 1);
	size_t room = record->section_length;
	unsigned int i;

	if (s2m_arm_event_is_corrected || room < sizeof(*record))
		return;
	room = (room - sizeof(*record)) / sizeof(*info);
	for (i = 0; i < record->err_info_num && i < room; i++)
		if (info[i].validation_bits & CPER_ARM_INFO_VALID_PHYSICAL_ADDR)
			note(PAGE_NAMED | info[i].physical_fault_addr >> PAGE_SHIFT);
}

static struct source {
	const char *name;
	void *probe;
	bool known;
	struct tracepoint *tracepoint;
	bool registered;
} sources[] = {
	{ .name = S2M_AER_EVENT, .probe = at_aer_event, .known = S2M_KNOWS_AER_EVENT },
	{ .name = S2M_ARM_EVENT, .probe = at_arm_event, .known = S2M_KNOWS_ARM_EVENT },
};

static struct source * const aer = &sources[0];

/* Called before any driver is told to recover. */
static int at_recovery(struct kprobe *probe, struct pt_regs *regs)
{
	struct pci_dev *pdev = (struct pci_dev *)regs->regs[0];

	/* Of others than ports the tracepoint has told, and more. */
	if (pdev->subordinate || !aer->registered)
		note_function(S2M_BUS_ERROR_RECOVERY, false, pci_domain_nr(pdev->bus),
			      pdev->bus->number, pdev->devfn);
	return 0;
}

NOKPROBE_SYMBOL(at_recovery);

static struct kprobe recovery_probe;
static bool recovery_probed;

static void look_at(struct tracepoint *tracepoint, void *context)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sources); i++)
		if (sources[i].known && !strcmp(tracepoint->name, sources[i].name))
			sources[i].tracepoint = tracepoint;
}

void s2m_bus_errors_find(void)
{
	for_each_kernel_tracepoint(look_at, NULL);
}

const char *s2m_bus_errors_missing(void)
{
	if (!IS_ENABLED(CONFIG_PCIEAER))
		return "this kernel was built without PCIe error reporting (CONFIG_PCIEAER)";
	if (s2m_symbols.aer_available && !s2m_symbols.aer_available())
		return "PCIe error reporting is switched off (pci=noaer or pci=nomsi)";
	if (!aer->tracepoint && !s2m_symbols.recovery)
		return "this kernel does not say which PCI function an error is of";
	return NULL;
}

static int listen_to_recovery(void)
{
	int err;

	if (!s2m_symbols.recovery)
		return 0;
	recovery_probe = (struct kprobe) {
		.addr = s2m_symbols.recovery,
		.pre_handler = at_recovery,
	};
	err = register_kprobe(&recovery_probe);
	recovery_probed = !err;
	return err;
}

static int listen_to(struct source *source)
{
	int err;

	if (!source->tracepoint)
		return 0;
	err = tracepoint_probe_register(source->tracepoint, source->probe, NULL);
	source->registered = !err;
	return err;
}

static void leave_all(void)
{
	unsigned int i;

	if (recovery_probed)
		unregister_kprobe(&recovery_probe);
	recovery_probed = false;
	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		if (sources[i].registered)
			tracepoint_probe_unregister(sources[i].tracepoint, sources[i].probe, NULL);
		sources[i].registered = false;
	}
	tracepoint_synchronize_unregister();
	irq_work_sync(&tell_work);
}

int s2m_bus_errors_listen(void (*noted)(void))
{
	unsigned int i;
	int err = 0;

	if (listening)
		return 0;
	on_error = noted;
	for (i = 0; i < ARRAY_SIZE(sources) && !err; i++)
		err = listen_to(&sources[i]);
	if (!err)
		err = listen_to_recovery();
	if (err)
		leave_all();
	WRITE_ONCE(listening, !err);
	return err;
}

void s2m_bus_errors_leave(void)
{
	struct s2m_bus_error error;
	unsigned int place = 0;

	if (!listening)
		return;
	WRITE_ONCE(listening, false);
	leave_all();
	while (s2m_bus_errors_take(&place, &error))
		;
}

bool s2m_bus_errors_heard(void)
{
	return READ_ONCE(listening);
}

static void unpack(u64 word, struct s2m_bus_error *error)
{
	if (word & PAGE_NAMED)
		*error = (struct s2m_bus_error) {
			.kind = S2M_BUS_ERROR_CPU,
			.phys = (word & ~PAGE_NAMED) << PAGE_SHIFT,
		};
	else
		*error = (struct s2m_bus_error) {
			.kind = word >> KIND_SHIFT & 0xff,
			.domain = word >> DOMAIN_SHIFT,
			.bus = word >> BUS_SHIFT,
			.devfn = word,
			.apart = word & APART,
		};
}

static u64 pack(const struct s2m_bus_error *error)
{
	return error->kind == S2M_BUS_ERROR_CPU ? PAGE_NAMED | error->phys >> PAGE_SHIFT :
	       function_word(error->kind, error->apart, error->domain, error->bus, error->devfn);
}

void s2m_bus_errors_keep(const struct s2m_bus_error *error)
{
	if (error->kind == S2M_BUS_ERROR_UNNAMED || !put(pack(error)))
		atomic_set(&lost, 1);
}

bool s2m_bus_errors_take(unsigned int *place, struct s2m_bus_error *error)
{
	u64 word;

	while (*place < NR_SLOTS) {
		word = atomic64_xchg(&slots[(*place)++], 0);
		if (word) {
			unpack(word, error);
			return true;
		}
	}
	*error = (struct s2m_bus_error) { .kind = S2M_BUS_ERROR_UNNAMED };
	return (*place)++ == NR_SLOTS && atomic_xchg(&lost, 0);
}
