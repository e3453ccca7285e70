// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI bus as rules see it: all memory BARs at one moment, and a count of what has
 * happened since. Who compiles a table from that, and when, is live.c.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "kernel/symbols.h"
#include "policy/devices.h"

/* Room for BARs, and for copies of their drivers' names: a driver's own may go away. */
struct room {
	u32 bars;
	size_t names;
};

static nokprobe_inline bool is_memory_bar(const struct pci_dev *pdev, int index)
{
	const struct resource *res = &pdev->resource[index];

	/* Without a parent it has no place in the physical address space yet. */
	return (res->flags & IORESOURCE_MEM) && !(res->flags & IORESOURCE_UNSET) &&
	       res->parent && resource_size(res);
}

/*
 * The name of the driver, copied to @to if it fits in @room; returns its size. The driver
 * may be unbound and its module unloaded meanwhile; that waits for a grace period before
 * it frees the name.
 */
static size_t copy_driver(struct pci_dev *pdev, char *to, size_t room)
{
	const struct device_driver *driver;
	size_t size = 0;

	rcu_read_lock();
	driver = READ_ONCE(pdev->dev.driver);
	if (driver) {
		size = strlen(driver->name) + 1;
		if (size <= room)
			memcpy(to, driver->name, size);
	}
	rcu_read_unlock();
	return size;
}

static nokprobe_inline void describe(struct pci_dev *pdev, int index, const char *driver,
				     struct s2m_device *bar)
{
	*bar = (struct s2m_device) {
		.start = pci_resource_start(pdev, index),
		.end = pci_resource_end(pdev, index),
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
		.class_code = pdev->class,
		.bar = index,
		.prefetch = !!(pci_resource_flags(pdev, index) & IORESOURCE_PREFETCH),
		.driver = driver,
	};
}

/* Fill @to as far as @room allows, and return the room that all would need. */
static struct room collect(struct s2m_devices *to, struct room room)
{
	char *names = (char *)&to->bars[room.bars];
	struct room need = {};
	struct pci_dev *pdev = NULL;
	size_t size;
	int i;

	for_each_pci_dev(pdev) {
		size = copy_driver(pdev, names + need.names,
				   room.names > need.names ? room.names - need.names : 0);
		for (i = 0; i < PCI_STD_NUM_BARS; i++) {
			if (!is_memory_bar(pdev, i))
				continue;
			if (need.bars < room.bars)
				describe(pdev, i, size ? names + need.names : NULL,
					 &to->bars[need.bars]);
			need.bars++;
		}
		need.names += size;
	}
	return need;
}

struct s2m_devices *s2m_devices_collect(void)
{
	struct room room = {}, need;
	struct s2m_devices *devices;

	/* The bus may grow between counting and collecting: until it fits. */
	for (;;) {
		devices = kvzalloc(struct_size(devices, bars, room.bars) + room.names, GFP_KERNEL);
		if (!devices)
			return NULL;
		need = collect(devices, room);
		if (need.bars <= room.bars && need.names <= room.names) {
			devices->count = need.bars;
			return devices;
		}
		kvfree(devices);
		room = need;
	}
}

/* How often something has happened on the bus. */
static atomic_t events = ATOMIC_INIT(0);
static void (*on_change)(void);
static bool (*is_known)(const struct s2m_device *bar);

u32 s2m_devices_events(void)
{
	return atomic_read(&events);
}

NOKPROBE_SYMBOL(s2m_devices_events);

static void changed(struct irq_work *work)
{
	on_change();
}

/* on_change() takes locks that do not belong into a probe handler. */
static DEFINE_IRQ_WORK(changed_work, changed);

/* Functions whose events are kept apart: as many as one function can have virtual ones. */
#define NOTES	256

/* Where a BAR is; one that is nowhere ends before it begins. */
struct place {
	u64 start, end;
};

#define NOWHERE		((struct place) { .start = 1, .end = 0 })

/* A function, and where its BARs were when the last event about it came. */
struct note {
	u32 domain;
	u8 bus;
	u8 devfn;
	struct place bars[PCI_STD_NUM_BARS];
};

static struct note notes[NOTES];
/* The number of that event. Apart, since this is all that is read of most. */
static u32 noted[NOTES];
/* The number of the last event that is in no note any more. */
static u32 forgotten;
/* Writers; readers see the count of notes_seq change and know nothing. */
static DEFINE_RAW_SPINLOCK(notes_lock);
static seqcount_t notes_seq = SEQCNT_ZERO(notes_seq);

static nokprobe_inline bool is_after(u32 event, u32 other)
{
	return (s32)(event - other) > 0;
}

/* The note about a function; or else the oldest one, to be forgotten: empty, then. */
static nokprobe_inline u32 note_for(u32 domain, u8 bus, u8 devfn)
{
	u32 i, oldest = 0;

	for (i = 0; i < NOTES; i++) {
		if (notes[i].domain == domain && notes[i].bus == bus && notes[i].devfn == devfn)
			return i;
		if (is_after(noted[oldest], noted[i]))
			oldest = i;
	}
	if (is_after(noted[oldest], forgotten))
		forgotten = noted[oldest];
	notes[oldest].domain = domain;
	notes[oldest].bus = bus;
	notes[oldest].devfn = devfn;
	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		notes[oldest].bars[i] = NOWHERE;
	return oldest;
}

static nokprobe_inline void write_bars(struct note *note, struct pci_dev *pdev)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		note->bars[i] = NOWHERE;
		if (!is_memory_bar(pdev, i))
			continue;
		note->bars[i].start = pci_resource_start(pdev, i);
		note->bars[i].end = pci_resource_end(pdev, i);
	}
}

/*
 * Count an event about a function, and note where its BARs are now, if it is told. What
 * the event changes can reach KVM only after this.
 */
static nokprobe_inline void count_event(u32 domain, u8 bus, u8 devfn, struct pci_dev *pdev)
{
	unsigned long flags;
	u32 number, i;

	raw_spin_lock_irqsave(&notes_lock, flags);
	number = atomic_read(&events) + 1;
	raw_write_seqcount_begin(&notes_seq);
	i = note_for(domain, bus, devfn);
	if (pdev)
		write_bars(&notes[i], pdev);
	noted[i] = number;
	raw_write_seqcount_end(&notes_seq);
	/* Who reads the number reads the note: pairs with s2m_devices_may_have_changed(). */
	smp_wmb();
	atomic_set(&events, number);
	raw_spin_unlock_irqrestore(&notes_lock, flags);
	/*
	 * Pairs with synchronize_rcu() in s2m_live_set_mode(): on_change() sees the new
	 * mode, or who has set the mode sees the event.
	 */
	smp_mb();
}

static void note_event(struct pci_dev *pdev)
{
	count_event(pci_domain_nr(pdev->bus), pdev->bus->number, pdev->devfn, pdev);
}

NOKPROBE_SYMBOL(note_event);

/* Does a note concern memory, all of which @bar had, or no BAR? A page is not shared. */
static nokprobe_inline bool concerns(const struct note *note, const struct s2m_device *bar,
				     u64 phys, u64 size)
{
	int i;

	if (bar && bar->domain == note->domain && bar->bus == note->bus &&
	    bar->devfn == note->devfn)
		return true;
	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (note->bars[i].start <= note->bars[i].end &&
		    (note->bars[i].start & PAGE_MASK) < phys + size &&
		    (note->bars[i].end | ~PAGE_MASK) >= phys)
			return true;
	return false;
}

bool s2m_devices_may_have_changed(u32 since, const struct s2m_device *bar, u64 phys, u64 size)
{
	bool answer = false;
	unsigned int seq;
	u32 i;

	/* Pairs with smp_wmb() in count_event(): its number has been read. */
	smp_rmb();
	seq = raw_read_seqcount(&notes_seq);
	if (seq & 1)
		return true;
	for (i = 0; i < NOTES && !answer; i++)
		answer = is_after(READ_ONCE(noted[i]), since) &&
			 concerns(&notes[i], bar, phys, size);
	answer |= is_after(READ_ONCE(forgotten), since);
	return answer || read_seqcount_retry(&notes_seq, seq);
}

NOKPROBE_SYMBOL(s2m_devices_may_have_changed);

void s2m_devices_touch(const struct s2m_device *function)
{
	count_event(function->domain, function->bus, function->devfn, NULL);
}

static int bus_event(struct notifier_block *nb, unsigned long action, void *data)
{
	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
	case BUS_NOTIFY_REMOVED_DEVICE:
	case BUS_NOTIFY_BIND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
	case BUS_NOTIFY_UNBOUND_DRIVER:
		note_event(to_pci_dev(data));
		on_change();
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block watch = {
	.notifier_call = bus_event,
};

int s2m_devices_listen(void (*callback)(void), bool (*known)(const struct s2m_device *bar))
{
	int err;

	on_change = callback;
	is_known = known;
	err = bus_register_notifier(&pci_bus_type, &watch);
	if (err)
		pr_err("cannot follow the PCI bus (%d): not loaded\n", err);
	return err;
}

void s2m_devices_unlisten(void)
{
	bus_unregister_notifier(&pci_bus_type, &watch);
}

/*
 * Is a BAR where it was? When a function wakes from D3hot, all its BARs are written anew,
 * as often as its user by VFIO likes: faults of others must not wait for that.
 */
static nokprobe_inline bool stays(struct pci_dev *pdev, int index)
{
	struct s2m_device bar;

	/* An option ROM, or the BARs of virtual functions before these are there. */
	if (index >= PCI_STD_NUM_BARS)
		return true;
	/* Nothing is written for one that nobody has found a place for. */
	if (pdev->resource[index].flags & IORESOURCE_UNSET)
		return true;
	if (!is_memory_bar(pdev, index))
		return !(pdev->resource[index].flags & IORESOURCE_MEM);
	describe(pdev, index, NULL, &bar);
	return is_known(&bar);
}

/* Called when the place of a BAR is decided, before it is written to the device. */
static int bar_moves(struct kprobe *probe, struct pt_regs *regs)
{
	if (stays((struct pci_dev *)regs->regs[0], (int)regs->regs[1]))
		return 0;
	note_event((struct pci_dev *)regs->regs[0]);
	irq_work_queue(&changed_work);
	return 0;
}

NOKPROBE_SYMBOL(bar_moves);

/* Called when one of the movers below is called: whose BAR will move? */
static int bar_will_move(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(struct pci_dev **)instance->data = (struct pci_dev *)regs->regs[0];
	return 0;
}

NOKPROBE_SYMBOL(bar_will_move);

/* Called when it returns. */
static int bar_has_moved(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	note_event(*(struct pci_dev **)instance->data);
	irq_work_queue(&changed_work);
	return 0;
}

NOKPROBE_SYMBOL(bar_has_moved);

static struct kprobe move_probe;
static bool following;

/*
 * The callers of pci_update_resource() in its own file. Compilers may inline it into
 * them, and then move_probe misses it. Without a probe on a mover, what that moves is
 * learnt when a driver is bound.
 */
static struct {
	void **function;
	struct kretprobe probe;
	bool follows;
} movers[] = {
	{ .function = &s2m_symbols.assign_bar },
	{ .function = &s2m_symbols.reassign_bar },
};

static void follow_movers(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(movers); i++) {
		if (!*movers[i].function)
			continue;
		movers[i].probe = (struct kretprobe) {
			.kp.addr = *movers[i].function,
			.entry_handler = bar_will_move,
			.handler = bar_has_moved,
			.data_size = sizeof(struct pci_dev *),
		};
		movers[i].follows = !register_kretprobe(&movers[i].probe);
	}
}

static void leave_movers(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(movers); i++) {
		if (movers[i].follows)
			unregister_kretprobe(&movers[i].probe);
		movers[i].follows = false;
	}
}

int s2m_devices_follow(void)
{
	int err;

	if (following || !s2m_symbols.move_bar)
		return 0;
	move_probe = (struct kprobe) {
		.addr = s2m_symbols.move_bar,
		.pre_handler = bar_moves,
	};
	err = register_kprobe(&move_probe);
	following = !err;
	if (!err)
		follow_movers();
	return err;
}

void s2m_devices_leave(void)
{
	if (following) {
		unregister_kprobe(&move_probe);
		leave_movers();
	}
	following = false;
	irq_work_sync(&changed_work);
}
