// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells of errors that no device has had, by the ways in which the kernel does, as often as
 * "count" says:
 *
 *	modprobe buserror device=0000:01:00.0 severity=1 count=10000
 *
 * "severity" is that of aer_event (0 nonfatal, 1 fatal, 2 corrected), "status" its register.
 * With "devices", so many functions in turn, which are not there, of a domain of their own.
 *
 * With "phys" instead of "device": an error record of a CPU, with that address. "severity"
 * is firmware's then (1 corrected, 2 recoverable).
 *
 * With "port" instead of "device": what DPC does, which is to recover what is below it.
 *
 * Loading ends when all is told. Test only.
 */
#include <linux/cper.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static char *device = "";
module_param(device, charp, 0444);

static char *port = "";
module_param(port, charp, 0444);

static ulong phys;
module_param(phys, ulong, 0444);

static uint severity;
module_param(severity, uint, 0444);

static uint status = 0x100000;	/* Unsupported Request */
module_param(status, uint, 0444);

static uint count = 1;
module_param(count, uint, 0444);

static uint devices;
module_param(devices, uint, 0444);

static struct tracepoint *found;

static void look_at(struct tracepoint *tracepoint, void *name)
{
	if (!strcmp(tracepoint->name, name))
		found = tracepoint;
}

/* As the latest kernels have them; earlier ones have fewer arguments, which does no harm. */
typedef void at_aer_event(void *data, const char *device, u32 status, u8 severity, u8 has_log,
			  void *log, const char *bus);
typedef void at_arm_event(void *data, const void *record, const u8 *info, u32 info_len,
			  const u8 *context, u32 context_len, const u8 *oem, u32 oem_len,
			  u8 severity, int cpu);

static struct {
	struct cper_sec_proc_arm head;
	struct cper_arm_err_info info[2];
} __packed record;

static void tell_one(const char *name)
{
	struct tracepoint_func *func;

	preempt_disable_notrace();
	func = rcu_dereference_sched(found->funcs);
	for (; func && func->func; func++) {
		if (phys)
			((at_arm_event *)func->func)(func->data, &record, NULL, 0, NULL, 0, NULL,
						     0, severity, 0);
		else
			((at_aer_event *)func->func)(func->data, name, status, severity, 0, NULL,
						     "PCIe");
	}
	preempt_enable_notrace();
}

static int tell(void)
{
	char name[32];
	uint i;

	for_each_kernel_tracepoint(look_at, phys ? "arm_event" : "aer_event");
	if (!found)
		return -ENOENT;
	record.head.section_length = sizeof(record);
	record.head.err_info_num = ARRAY_SIZE(record.info);
	record.info[1].validation_bits = CPER_ARM_INFO_VALID_PHYSICAL_ADDR;
	record.info[1].physical_fault_addr = phys;
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "fffe:%02x:%02x.%x", i % (devices ?: 1) >> 8 & 0xff,
			 i % (devices ?: 1) >> 3 & 0x1f, i % (devices ?: 1) & 7);
		tell_one(devices ? name : device);
	}
	return 0;
}

static pci_ers_result_t reset(struct pci_dev *pdev)
{
	return PCI_ERS_RESULT_RECOVERED;
}

static int recover(void)
{
	pci_ers_result_t (*pcie_do_recovery)(struct pci_dev *pdev, pci_channel_state_t state,
					     pci_ers_result_t (*reset)(struct pci_dev *pdev));
	struct kprobe probe = {
		.symbol_name = "pcie_do_recovery",
		.flags = KPROBE_FLAG_DISABLED,
	};
	struct pci_dev *pdev = NULL;
	int err = register_kprobe(&probe);

	if (err)
		return err;
	pcie_do_recovery = (void *)probe.addr;
	unregister_kprobe(&probe);
	for_each_pci_dev(pdev) {
		if (strcmp(pci_name(pdev), port))
			continue;
		pcie_do_recovery(pdev, pci_channel_io_normal, reset);
		pci_dev_put(pdev);
		return 0;
	}
	return -ENODEV;
}

static int __init buserror_init(void)
{
	return *port ? recover() : tell();
}

static void __exit buserror_exit(void)
{
}

module_init(buserror_init);
module_exit(buserror_exit);
MODULE_DESCRIPTION("tells of errors that no device has had");
MODULE_LICENSE("GPL");
