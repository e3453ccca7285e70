// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is noted of errors on the bus (src/module/kernel/bus_errors.c), compiled here against
 * a kernel that tells of any error in any of its ways, and against some that do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"

#include "../../src/module/kernel/bus_errors.c"

struct s2m_symbols s2m_symbols;
struct s2m_stats s2m_stats;
struct task_struct fake_current;

static struct tracepoint aer_event, arm_event, other_event;
static bool no_aer_event, no_aer, off;
static int registers, register_fails_at, kprobe_fails;
static unsigned int told, heard, synced;
static bool aer_in, arm_in, kprobe_in, irq_queued;

bool fake_is_enabled(const char *option)
{
	return !no_aer;
}

void fake_visit_tracepoints(void (*visit)(struct tracepoint *tracepoint, void *context),
			    void *context)
{
	visit(&other_event, context);
	if (!no_aer_event)
		visit(&aer_event, context);
	visit(&arm_event, context);
}

int tracepoint_probe_register(struct tracepoint *tracepoint, void *probe, void *data)
{
	if (++registers == register_fails_at)
		return -ENOMEM;
	*(tracepoint == &aer_event ? &aer_in : &arm_in) = true;
	return 0;
}

int tracepoint_probe_unregister(struct tracepoint *tracepoint, void *probe, void *data)
{
	bool *in = tracepoint == &aer_event ? &aer_in : &arm_in;

	assert_true(*in);
	*in = false;
	return 0;
}

void tracepoint_synchronize_unregister(void)
{
	synced++;
}

int register_kprobe(struct kprobe *probe)
{
	assert_ptr_equal(probe->addr, s2m_symbols.recovery);
	kprobe_in = !kprobe_fails;
	return kprobe_fails;
}

void unregister_kprobe(struct kprobe *probe)
{
	assert_true(kprobe_in);
	kprobe_in = false;
}

bool irq_work_queue(struct irq_work *work)
{
	irq_queued = true;
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	irq_queued = false;
}

static bool aer_available(void)
{
	return !off;
}

static void noted(void)
{
	heard++;
}

static int listens(void **state)
{
	(void)state;
	aer_event.name = "aer_event";
	arm_event.name = "arm_event";
	other_event.name = "other_event";
	s2m_symbols = (struct s2m_symbols) {
		.recovery = &told, .aer_available = aer_available,
	};
	memset(&s2m_stats, 0, sizeof(s2m_stats));
	no_aer_event = no_aer = off = irq_queued = false;
	aer_in = arm_in = kprobe_in = false;
	registers = register_fails_at = kprobe_fails = 0;
	heard = synced = 0;
	memset(slots, 0, sizeof(slots));
	lost.counter = 0;
	sources[0].tracepoint = sources[1].tracepoint = NULL;
	sources[0].registered = sources[1].registered = false;
	recovery_probed = listening = false;
	s2m_bus_errors_find();
	assert_null(s2m_bus_errors_missing());
	assert_int_equal(s2m_bus_errors_listen(noted), 0);
	assert_true(s2m_bus_errors_heard());
	assert_true(aer_in && arm_in && kprobe_in);
	return 0;
}

static void aer_says(const char *name, u32 status, u8 severity)
{
	at_aer_event(NULL, name, status, severity, 0, NULL);
}

/* All that is noted, in the order of the slots; the last is of nobody, if one was lost. */
static unsigned int take(struct s2m_bus_error *errors)
{
	unsigned int place = 0, n = 0;

	while (s2m_bus_errors_take(&place, &errors[n]))
		assert_true(++n <= NR_SLOTS + 1);
	return n;
}

static void is_of(const struct s2m_bus_error *error, enum s2m_bus_error_kind kind, u32 domain,
		  u8 bus, u8 devfn, bool apart)
{
	assert_int_equal(error->kind, kind);
	assert_int_equal(error->domain, domain);
	assert_int_equal(error->bus, bus);
	assert_int_equal(error->devfn, devfn);
	assert_int_equal(error->apart, apart);
	assert_int_equal(error->phys, 0);
}

static void what_aer_says(void **state)
{
	struct s2m_bus_error errors[NR_SLOTS + 2];

	(void)state;
	aer_says("0000:81:01.2", 1, AER_CORRECTABLE);
	assert_int_equal(s2m_stats.count[S2M_STAT_BUS_ERRORS], 0);
	aer_says("0000:81:01.2", PCI_ERR_UNC_MALF_TLP, AER_NONFATAL);
	assert_true(irq_queued);
	tell_work.func(&tell_work);
	assert_int_equal(heard, 1);
	/* One that waits already takes no room. */
	aer_says("0000:81:01.2", PCI_ERR_UNC_MALF_TLP, AER_NONFATAL);
	aer_says("abcd:ff:1f.7", PCI_ERR_UNC_COMP_TIME, AER_FATAL);
	aer_says("0000:81:01.2", PCI_ERR_UNC_POISON_TLP | PCI_ERR_UNC_ACSV, AER_NONFATAL);
	aer_says("0000:82:00.0", PCI_ERR_UNC_COMP_ABORT | PCI_ERR_UNC_MALF_TLP, AER_NONFATAL);
	aer_says("0000:83:00.0", 0, AER_NONFATAL);
	assert_int_equal(s2m_stats.count[S2M_STAT_BUS_ERRORS], 6);
	assert_int_equal(take(errors), 5);
	is_of(&errors[0], S2M_BUS_ERROR_NONFATAL, 0, 0x81, 0x0a, false);
	is_of(&errors[1], S2M_BUS_ERROR_FATAL, 0xabcd, 0xff, 0xff, true);
	is_of(&errors[2], S2M_BUS_ERROR_NONFATAL, 0, 0x81, 0x0a, true);
	is_of(&errors[3], S2M_BUS_ERROR_NONFATAL, 0, 0x82, 0, false);
	is_of(&errors[4], S2M_BUS_ERROR_NONFATAL, 0, 0x83, 0, false);
	assert_int_equal(take(errors), 0);
	/* A name that is none: somebody's, nobody knows whose. */
	aer_says("card", 0, AER_FATAL);
	aer_says("0000000000000000000000000000000000000000:81:00.0", 0, AER_FATAL);
	assert_int_equal(take(errors), 1);
	is_of(&errors[0], S2M_BUS_ERROR_UNNAMED, 0, 0, 0, false);
	assert_int_equal(take(errors), 0);
}

static void more_than_fit(void **state)
{
	struct s2m_bus_error errors[NR_SLOTS + 2];
	char name[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_SLOTS; i++) {
		snprintf(name, sizeof(name), "%x:00.0", i);
		aer_says(name, 0, AER_FATAL);
	}
	assert_int_equal(take(errors), NR_SLOTS);
	for (i = 0; i <= NR_SLOTS; i++) {
		snprintf(name, sizeof(name), "%x:00.0", i);
		aer_says(name, 0, AER_FATAL);
	}
	assert_int_equal(take(errors), NR_SLOTS + 1);
	assert_int_equal(errors[NR_SLOTS].kind, S2M_BUS_ERROR_UNNAMED);
	/* What is given back is taken again, as it was. */
	for (i = 0; i <= NR_SLOTS; i++)
		s2m_bus_errors_keep(&errors[i]);
	assert_int_equal(take(errors), NR_SLOTS + 1);
	is_of(&errors[7], S2M_BUS_ERROR_FATAL, 0, 7, 0, false);
	for (i = 0; i < NR_SLOTS; i++)
		s2m_bus_errors_keep(&errors[i]);
	assert_int_equal(take(errors), NR_SLOTS);
	for (i = 0; i < NR_SLOTS; i++)
		s2m_bus_errors_keep(&errors[i]);
	errors[0].bus = 0xff;
	s2m_bus_errors_keep(&errors[0]);
	assert_int_equal(take(errors), NR_SLOTS + 1);
}

static void what_a_cpu_says(void **state)
{
	struct {
		struct cper_sec_proc_arm record;
		struct cper_arm_err_info info[3];
	} section = {
		.record = { 3, sizeof(section.record) + 2 * sizeof(section.info[0]) },
		.info = {
			{ CPER_ARM_INFO_VALID_PHYSICAL_ADDR, 0x8000001234 }, { 0, 0x1000 },
			{ CPER_ARM_INFO_VALID_PHYSICAL_ADDR, 0x9000000000 },
		},
	};
	struct s2m_bus_error errors[NR_SLOTS + 2];
	const struct cper_sec_proc_arm *record = &section.record;

	(void)state;
	at_arm_event(NULL, record, NULL, 0, NULL, 0, NULL, 0, 1, 0);
	assert_int_equal(take(errors), 0);
	/* As many as the record has room for, whatever it says. */
	at_arm_event(NULL, record, NULL, 0, NULL, 0, NULL, 0, 2, 0);
	assert_int_equal(take(errors), 1);
	assert_int_equal(errors[0].kind, S2M_BUS_ERROR_CPU);
	assert_int_equal(errors[0].phys, 0x8000001000);
	s2m_bus_errors_keep(&errors[0]);
	assert_int_equal(take(errors), 1);
	assert_int_equal(errors[0].phys, 0x8000001000);
	section.record.section_length += sizeof(section.info[0]);
	at_arm_event(NULL, record, NULL, 0, NULL, 0, NULL, 0, 3, 0);
	assert_int_equal(take(errors), 2);
	section.record.err_info_num = 1;
	at_arm_event(NULL, record, NULL, 0, NULL, 0, NULL, 0, 3, 0);
	assert_int_equal(take(errors), 1);
	section.record.section_length = sizeof(section.record) - 1;
	at_arm_event(NULL, record, NULL, 0, NULL, 0, NULL, 0, 3, 0);
	assert_int_equal(take(errors), 0);
}

static void recovers(struct pci_dev *pdev)
{
	struct pt_regs regs = { .regs = { (uintptr_t)pdev } };

	assert_int_equal(recovery_probe.pre_handler(&recovery_probe, &regs), 0);
}

static void what_is_recovered(void **state)
{
	struct pci_bus bus = { .number = 0x40, .domain = 2 };
	struct pci_bus below = { .number = 0x41, .domain = 2 };
	struct pci_dev port = { .bus = &bus, .subordinate = &below, .devfn = 0x18 };
	struct pci_dev device = { .bus = &bus, .devfn = 0x20 };
	struct s2m_bus_error errors[NR_SLOTS + 2];

	(void)state;
	recovers(&device);
	assert_int_equal(take(errors), 0);
	recovers(&port);
	assert_int_equal(take(errors), 1);
	is_of(&errors[0], S2M_BUS_ERROR_RECOVERY, 2, 0x40, 0x18, false);
	/* Without the tracepoint that is all that is told. */
	aer->registered = false;
	recovers(&device);
	assert_int_equal(take(errors), 1);
	is_of(&errors[0], S2M_BUS_ERROR_RECOVERY, 2, 0x40, 0x20, false);
	aer->registered = true;
}

static void nobody_listens(void **state)
{
	struct s2m_bus_error errors[NR_SLOTS + 2];

	(void)state;
	assert_int_equal(s2m_bus_errors_listen(noted), 0);
	assert_int_equal(registers, 2);
	aer_says("81:00.0", 0, AER_FATAL);
	s2m_bus_errors_leave();
	assert_false(s2m_bus_errors_heard());
	assert_false(aer_in || arm_in || kprobe_in || irq_queued);
	assert_int_equal(synced, 1);
	/* Nothing is left for who listens next. */
	assert_int_equal(take(errors), 0);
	s2m_bus_errors_leave();
	assert_int_equal(synced, 1);
}

static void what_cannot_be_listened_to(void **state)
{
	int at;

	(void)state;
	s2m_bus_errors_leave();
	for (at = 1; at <= 2; at++) {
		registers = 0;
		register_fails_at = at;
		assert_int_equal(s2m_bus_errors_listen(noted), -ENOMEM);
		assert_false(aer_in || arm_in || kprobe_in || s2m_bus_errors_heard());
	}
	register_fails_at = 0;
	kprobe_fails = -EINVAL;
	assert_int_equal(s2m_bus_errors_listen(noted), -EINVAL);
	assert_false(aer_in || arm_in || kprobe_in || s2m_bus_errors_heard());
	kprobe_fails = 0;
	s2m_symbols.recovery = NULL;
	assert_int_equal(s2m_bus_errors_listen(noted), 0);
	assert_true(aer_in && arm_in && !kprobe_in);
	s2m_bus_errors_leave();
}

static void kernels_that_do_not_say(void **state)
{
	(void)state;
	s2m_bus_errors_leave();
	off = true;
	assert_non_null(strstr(s2m_bus_errors_missing(), "pci=noaer"));
	s2m_symbols.aer_available = NULL;
	assert_null(s2m_bus_errors_missing());
	sources[0].tracepoint = NULL;
	no_aer_event = true;
	s2m_bus_errors_find();
	assert_null(s2m_bus_errors_missing());
	assert_int_equal(s2m_bus_errors_listen(noted), 0);
	assert_true(!aer_in && arm_in && kprobe_in);
	s2m_bus_errors_leave();
	s2m_symbols.recovery = NULL;
	assert_non_null(strstr(s2m_bus_errors_missing(), "which PCI function"));
	no_aer = true;
	assert_non_null(strstr(s2m_bus_errors_missing(), "CONFIG_PCIEAER"));
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, listens)
	const struct CMUnitTest tests[] = {
		TEST(what_aer_says),
		TEST(more_than_fit),
		TEST(what_a_cpu_says),
		TEST(what_is_recovered),
		TEST(nobody_listens),
		TEST(what_cannot_be_listened_to),
		TEST(kernels_that_do_not_say),
	};

	return cmocka_run_group_tests_name("bus_errors", tests, NULL, NULL);
}
