// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI bus as rules see it (src/module/policy/devices.c), compiled here against a bus of our
 * own: BARs that have no place yet, a bus that grows while it is looked at, events of more
 * functions than there are notes, and BARs that move or only seem to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel.h"
#include "memory.h"

#include "../../src/module/policy/devices.c"

#define BAR		0x8000000000ULL
#define BAR_SIZE	0x100000ULL

struct s2m_symbols s2m_symbols;
struct task_struct fake_current;
const struct bus_type pci_bus_type;

static struct pci_bus bus = { .number = 0x81, .domain = 1 };
static struct pci_dev devs[NOTES + 4];
static unsigned int nr_devs, grows_to, rounds;
static struct device_driver vfio = { "vfio-pci" }, other = { "a-driver-with-a-long-name" };
static struct resource root;
static unsigned int told;
static bool known, listening, move_in, retry, irq_queued;
static unsigned int movers_in;
static int register_fails, retprobe_fails, notifier_fails;
static struct s2m_device asked;
static u32 text[3];

void fake_log(const char *format, ...)
{
}

struct pci_dev *fake_next_pci_dev(struct pci_dev *pdev)
{
	unsigned int next = pdev ? (unsigned int)(pdev - devs) + 1 : 0;

	if (!next && rounds++)
		nr_devs = max(nr_devs, grows_to);
	return next < nr_devs ? &devs[next] : NULL;
}

bool fake_retry(unsigned int now, unsigned int before)
{
	return retry || now != before;
}

int bus_register_notifier(const struct bus_type *of, struct notifier_block *nb)
{
	listening = !notifier_fails;
	return notifier_fails;
}

int bus_unregister_notifier(const struct bus_type *of, struct notifier_block *nb)
{
	listening = false;
	return 0;
}

int register_kprobe(struct kprobe *probe)
{
	move_in = !register_fails;
	return register_fails;
}

void unregister_kprobe(struct kprobe *probe)
{
	assert_true(move_in);
	move_in = false;
}

int register_kretprobe(struct kretprobe *probe)
{
	movers_in += !retprobe_fails;
	return retprobe_fails;
}

void unregister_kretprobe(struct kretprobe *probe)
{
	movers_in--;
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

static void on_event(void)
{
	told++;
}

static bool table_knows(const struct s2m_device *bar)
{
	asked = *bar;
	return known;
}

/* Three functions; the first has two BARs, and of the others each has one. */
static int a_bus(void **state)
{
	unsigned int i;

	(void)state;
	memory_reset(0);
	memset(devs, 0, sizeof(devs));
	for (i = 0; i < ARRAY_SIZE(devs); i++) {
		devs[i] = (struct pci_dev) {
			.bus = &bus, .devfn = i, .vendor = 0x15b3, .device = 0x1017,
			.subsystem_vendor = 0x1af4, .subsystem_device = 5, .class = 0x020001,
		};
		devs[i].resource[2] = (struct resource) {
			BAR + i * BAR_SIZE, BAR + (i + 1) * BAR_SIZE - 1,
			IORESOURCE_MEM | IORESOURCE_PREFETCH, &root,
		};
	}
	devs[0].resource[0] = (struct resource) { 0x1000, 0x17ff, IORESOURCE_MEM, &root };
	devs[0].dev.driver = &vfio;
	nr_devs = 3;
	grows_to = rounds = 0;
	memset(notes, 0, sizeof(notes));
	memset(noted, 0, sizeof(noted));
	forgotten = 0;
	events.counter = 0;
	notes_seq.sequence = 0;
	told = 0;
	known = listening = move_in = retry = irq_queued = following = false;
	movers_in = 0;
	movers[0].follows = movers[1].follows = false;
	register_fails = retprobe_fails = notifier_fails = 0;
	s2m_symbols = (struct s2m_symbols) {
		.move_bar = &text[0], .assign_bar = &text[1], .reassign_bar = &text[2],
	};
	assert_int_equal(s2m_devices_listen(on_event, table_knows), 0);
	assert_true(listening);
	return 0;
}

static void all_bars(void **state)
{
	struct s2m_devices *devices = s2m_devices_collect();

	(void)state;
	assert_non_null(devices);
	assert_int_equal(devices->count, 4);
	assert_int_equal(devices->bars[0].bar, 0);
	assert_int_equal(devices->bars[0].start, 0x1000);
	assert_int_equal(devices->bars[0].end, 0x17ff);
	assert_false(devices->bars[0].prefetch);
	assert_int_equal(devices->bars[1].bar, 2);
	assert_true(devices->bars[1].prefetch);
	assert_int_equal(devices->bars[1].domain, 1);
	assert_int_equal(devices->bars[1].bus, 0x81);
	assert_int_equal(devices->bars[1].vendor, 0x15b3);
	assert_int_equal(devices->bars[1].device, 0x1017);
	assert_int_equal(devices->bars[1].subvendor, 0x1af4);
	assert_int_equal(devices->bars[1].subdevice, 5);
	assert_int_equal(devices->bars[1].class_code, 0x020001);
	assert_string_equal(devices->bars[0].driver, "vfio-pci");
	assert_ptr_equal(devices->bars[0].driver, devices->bars[1].driver);
	assert_null(devices->bars[2].driver);
	assert_int_equal(devices->bars[3].devfn, 2);
	kvfree(devices);
}

/* No memory, no place, or nothing there: none of these is a BAR of rules. */
static void what_is_no_bar(void **state)
{
	struct s2m_devices *devices;

	(void)state;
	devs[0].resource[0].flags = IORESOURCE_UNSET | IORESOURCE_MEM;
	devs[0].resource[2].parent = NULL;
	devs[1].resource[2].flags = 0x100;
	devs[2].resource[2].end = devs[2].resource[2].start - 1;
	devs[2].resource[6] = devs[2].resource[2];
	devices = s2m_devices_collect();
	assert_non_null(devices);
	assert_int_equal(devices->count, 0);
	kvfree(devices);
}

static void a_bus_that_grows(void **state)
{
	struct s2m_devices *devices;

	(void)state;
	/* More BARs; then, with as many, a driver with a longer name. */
	grows_to = 4;
	devices = s2m_devices_collect();
	assert_int_equal(devices->count, 5);
	assert_int_equal(rounds, 3);
	kvfree(devices);
	rounds = 0;
	devs[3].dev.driver = &other;
	nr_devs = 3;
	grows_to = 4;
	devs[3].resource[2].flags = 0;
	devices = s2m_devices_collect();
	assert_int_equal(devices->count, 4);
	assert_int_equal(rounds, 3);
	assert_string_equal(devices->bars[0].driver, "vfio-pci");
	kvfree(devices);
	memory_reset(1);
	assert_null(s2m_devices_collect());
	rounds = 0;
	memory_reset(2);
	assert_null(s2m_devices_collect());
	assert_int_equal(memory_held, 0);
}

static const struct s2m_device first = { .domain = 1, .bus = 0x81, .devfn = 0 };

static bool changed_at(u32 since, u64 phys)
{
	return s2m_devices_may_have_changed(since, NULL, phys, PAGE_SIZE);
}

static void says(unsigned long action, struct pci_dev *pdev)
{
	watch.notifier_call(&watch, action, pdev);
}

static void events_of_a_function(void **state)
{
	static const unsigned long counted[] = {
		BUS_NOTIFY_ADD_DEVICE, BUS_NOTIFY_REMOVED_DEVICE, BUS_NOTIFY_BIND_DRIVER,
		BUS_NOTIFY_DRIVER_NOT_BOUND, BUS_NOTIFY_UNBOUND_DRIVER,
	};
	unsigned int i;
	u32 before;

	(void)state;
	says(BUS_NOTIFY_BOUND_DRIVER, &devs[0]);
	says(BUS_NOTIFY_DEL_DEVICE, &devs[0]);
	assert_int_equal(s2m_devices_events(), 0);
	assert_int_equal(told, 0);
	for (i = 0; i < ARRAY_SIZE(counted); i++) {
		before = s2m_devices_events();
		says(counted[i], &devs[0]);
		assert_int_equal(s2m_devices_events(), before + 1);
		assert_int_equal(told, i + 1);
		assert_true(changed_at(before, BAR));
		assert_false(changed_at(before + 1, BAR));
	}
	/* Its pages, and those that it was known to have; nobody else's. */
	assert_true(changed_at(before, BAR + BAR_SIZE - PAGE_SIZE));
	assert_false(changed_at(before, BAR + BAR_SIZE));
	assert_false(changed_at(before, BAR - PAGE_SIZE));
	assert_true(changed_at(before, 0x1000));
	assert_false(changed_at(before, 0x2000));
	assert_false(changed_at(before, 0));
	assert_true(s2m_devices_may_have_changed(before, &first, 0x9000000000, PAGE_SIZE));
	assert_true(s2m_devices_may_have_changed(before, NULL, BAR - PAGE_SIZE, 2 * PAGE_SIZE));
	assert_false(s2m_devices_may_have_changed(before, &(struct s2m_device) {
		.domain = 1, .bus = 0x81, .devfn = 1 }, 0x9000000000, PAGE_SIZE));
	assert_false(s2m_devices_may_have_changed(before, &(struct s2m_device) {
		.domain = 2, .bus = 0x81 }, 0x9000000000, PAGE_SIZE));
	assert_false(s2m_devices_may_have_changed(before, &(struct s2m_device) {
		.domain = 1, .bus = 0x82 }, 0x9000000000, PAGE_SIZE));
	/* Where it is gone from, when it has gone from there. */
	devs[0].resource[2].parent = NULL;
	says(BUS_NOTIFY_UNBOUND_DRIVER, &devs[0]);
	assert_false(changed_at(before + 1, BAR));
	/* While one is being noted, nothing is known; nor if one was, meanwhile. */
	notes_seq.sequence++;
	assert_true(changed_at(s2m_devices_events(), 0));
	notes_seq.sequence++;
	assert_false(changed_at(s2m_devices_events(), 0));
	retry = true;
	assert_true(changed_at(s2m_devices_events(), 0));
}

static void a_function_that_is_touched(void **state)
{
	(void)state;
	s2m_devices_touch(&first);
	assert_int_equal(s2m_devices_events(), 1);
	assert_int_equal(told, 0);
	assert_true(s2m_devices_may_have_changed(0, &first, 0, PAGE_SIZE));
	assert_false(changed_at(0, BAR));
	/* What is known of its BARs stays so. */
	says(BUS_NOTIFY_ADD_DEVICE, &devs[0]);
	s2m_devices_touch(&first);
	assert_true(changed_at(2, BAR));
}

/* Of more functions than there are notes, the oldest one's may be any. */
static void more_than_are_noted(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NOTES; i++)
		says(BUS_NOTIFY_ADD_DEVICE, &devs[i]);
	assert_false(changed_at(0, 0x5000000000));
	assert_true(changed_at(0, BAR));
	assert_false(changed_at(1, BAR));
	/* The first is noted anew, so the second is the oldest. */
	says(BUS_NOTIFY_ADD_DEVICE, &devs[0]);
	devs[NOTES].bus = &bus;
	devs[NOTES].devfn = 0x1000;
	bus.number = 0x82;
	says(BUS_NOTIFY_ADD_DEVICE, &devs[NOTES]);
	bus.number = 0x81;
	assert_true(changed_at(1, 0x5000000000));
	assert_false(changed_at(2, 0x5000000000));
	assert_true(changed_at(NOTES, BAR));
	assert_false(changed_at(2, BAR + BAR_SIZE));
	assert_true(changed_at(2, BAR + 2 * BAR_SIZE));
	/* Numbers go round. */
	events.counter = -1;
	says(BUS_NOTIFY_ADD_DEVICE, &devs[7]);
	assert_int_equal(s2m_devices_events(), 0);
	assert_true(changed_at((u32)-1, BAR + 7 * BAR_SIZE));
}

static void moves(struct pci_dev *pdev, u64 index)
{
	struct pt_regs regs = { .regs = { (uintptr_t)pdev, index } };

	irq_queued = false;
	assert_int_equal(move_probe.pre_handler(&move_probe, &regs), 0);
}

static void bars_that_move(void **state)
{
	(void)state;
	assert_int_equal(s2m_devices_follow(), 0);
	assert_true(move_in);
	assert_int_equal(movers_in, 2);
	assert_int_equal(s2m_devices_follow(), 0);
	assert_int_equal(movers_in, 2);
	/* Written anew where it was: no event, whoever does it however often. */
	known = true;
	moves(&devs[0], 2);
	assert_int_equal(asked.start, BAR);
	assert_int_equal(asked.bar, 2);
	assert_int_equal(s2m_devices_events(), 0);
	known = false;
	moves(&devs[0], 2);
	assert_int_equal(s2m_devices_events(), 1);
	assert_true(irq_queued);
	changed_work.func(&changed_work);
	assert_int_equal(told, 1);
	/* An option ROM; a BAR without a place; one that is no memory; memory without a parent. */
	devs[0].resource[6] = devs[0].resource[2];
	moves(&devs[0], 6);
	devs[0].resource[2].flags |= IORESOURCE_UNSET;
	moves(&devs[0], 2);
	moves(&devs[0], 1);
	assert_int_equal(s2m_devices_events(), 1);
	devs[1].resource[2].parent = NULL;
	moves(&devs[1], 2);
	assert_int_equal(s2m_devices_events(), 2);
	s2m_devices_leave();
	assert_false(move_in || irq_queued);
	assert_int_equal(movers_in, 0);
	s2m_devices_leave();
}

static void bars_that_are_moved(void **state)
{
	struct pt_regs regs = { .regs = { (uintptr_t)&devs[1] } };
	struct pci_dev *kept;
	struct kretprobe_instance instance = { &kept };

	(void)state;
	assert_int_equal(s2m_devices_follow(), 0);
	assert_int_equal(movers[0].probe.entry_handler(&instance, &regs), 0);
	regs.regs[0] = 0;
	devs[1].resource[2].start += 0x10000000000;
	devs[1].resource[2].end += 0x10000000000;
	assert_int_equal(movers[0].probe.handler(&instance, &regs), 0);
	assert_int_equal(s2m_devices_events(), 1);
	assert_true(irq_queued);
	assert_true(changed_at(0, BAR + BAR_SIZE + 0x10000000000));
	s2m_devices_leave();
}

static void what_cannot_be_followed(void **state)
{
	(void)state;
	register_fails = -EINVAL;
	assert_int_equal(s2m_devices_follow(), -EINVAL);
	assert_int_equal(movers_in, 0);
	register_fails = 0;
	retprobe_fails = -ENOMEM;
	assert_int_equal(s2m_devices_follow(), 0);
	s2m_devices_leave();
	assert_int_equal(movers_in, 0);
	retprobe_fails = 0;
	s2m_symbols.reassign_bar = NULL;
	assert_int_equal(s2m_devices_follow(), 0);
	assert_int_equal(movers_in, 1);
	s2m_devices_leave();
	s2m_symbols.move_bar = NULL;
	assert_int_equal(s2m_devices_follow(), 0);
	assert_false(move_in);
	s2m_devices_unlisten();
	assert_false(listening);
	notifier_fails = -EEXIST;
	assert_int_equal(s2m_devices_listen(on_event, table_knows), -EEXIST);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup(name, a_bus)
	const struct CMUnitTest tests[] = {
		TEST(all_bars),
		TEST(what_is_no_bar),
		TEST(a_bus_that_grows),
		TEST(events_of_a_function),
		TEST(a_function_that_is_touched),
		TEST(more_than_are_noted),
		TEST(bars_that_move),
		TEST(bars_that_are_moved),
		TEST(what_cannot_be_followed),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
