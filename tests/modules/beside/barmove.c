// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a BAR of a PCI device that has no driver another place, as a resize through
 * sysfs or a bridge whose window moves does, for as long as it is loaded:
 *
 *	modprobe barmove device=0000:00:07.0 bar=2
 *
 * With "wakes" instead of "bar": all its BARs are set to where they are, so many times, as
 * they are each time that it wakes from D3hot. With both, that BAR has lost its place first.
 *
 * With "linger" in milliseconds instead of "bar": somebody who takes so long to hear
 * that the device goes. Test only.
 */
#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *device = "";
module_param(device, charp, 0444);

static int bar = -1;
module_param(bar, int, 0444);

static uint linger;
module_param(linger, uint, 0444);

static uint wakes;
module_param(wakes, uint, 0444);

static struct pci_dev *pdev;
static resource_size_t old, size;

static struct pci_dev *find(void)
{
	struct pci_dev *found = NULL;

	for_each_pci_dev(found)
		if (!strcmp(pci_name(found), device))
			return found;
	return NULL;
}

/* Releasing has forgotten the size. */
static int assign(void)
{
	pdev->resource[bar].start = 0;
	pdev->resource[bar].end = size - 1;
	return pci_assign_resource(pdev, bar);
}

static int release(void)
{
	old = pci_resource_start(pdev, bar);
	size = pci_resource_len(pdev, bar);
	pci_release_resource(pdev, bar);
	return pdev->resource[bar].flags & IORESOURCE_UNSET ? 0 : -EINVAL;
}

static int move(void)
{
	int err = release();

	if (err)
		return err;
	if (!request_mem_region(old, size, KBUILD_MODNAME))
		return -EBUSY;
	return assign();
}

/* What pci_restore_bars() does. */
static int wake(void)
{
	struct kprobe probe = {
		.symbol_name = "pci_update_resource",
		.flags = KPROBE_FLAG_DISABLED,
	};
	typeof(pci_update_resource) *update;
	int err = register_kprobe(&probe);
	uint i;
	int n;

	if (err)
		return err;
	update = (void *)probe.addr;
	unregister_kprobe(&probe);
	err = bar < 0 ? 0 : release();
	if (err)
		return err;
	for (i = 0; i < wakes; i++) {
		for (n = 0; n <= PCI_ROM_RESOURCE; n++)
			update(pdev, n);
		usleep_range(1000, 2000);
	}
	return 0;
}

static int on_event(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == BUS_NOTIFY_DEL_DEVICE && data == &pdev->dev)
		msleep(linger);
	return NOTIFY_DONE;
}

static struct notifier_block watch = { .notifier_call = on_event };

static int __init barmove_init(void)
{
	int err;

	pdev = find();
	if (!pdev)
		return -ENODEV;
	if (wakes)
		err = wake();
	else
		err = bar < 0 ? bus_register_notifier(&pci_bus_type, &watch) : move();
	if (err)
		pci_dev_put(pdev);
	return err;
}

static void __exit barmove_exit(void)
{
	if (bar < 0 && !wakes)
		bus_unregister_notifier(&pci_bus_type, &watch);
	else if (!wakes)
		release_mem_region(old, size);
	else if (bar >= 0 && assign())
		pr_err("its BAR finds no place any more\n");
	pci_dev_put(pdev);
}

module_init(barmove_init);
module_exit(barmove_exit);
MODULE_DESCRIPTION("moves a BAR");
MODULE_LICENSE("GPL");
