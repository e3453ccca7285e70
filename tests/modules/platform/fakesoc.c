// SPDX-License-Identifier: GPL-2.0-only
/*
 * fakesoc revision=N: a SoC on the soc bus, as drivers/firmware/smccc/soc_id.c
 * registers one where the firmware has SMCCC_ARCH_SOC_ID. Test only.
 *
 * What is mocked is the firmware: the one of the emulator has no SoC ID.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sys_soc.h>

static unsigned int revision;
module_param(revision, uint, 0444);

static char revision_text[12];
static struct soc_device_attribute attributes = {
	.soc_id = "jep106:036b:0410",
	.revision = revision_text,
	.family = "jep106:036b",
};

static struct soc_device *soc;

static int __init fakesoc_init(void)
{
	snprintf(revision_text, sizeof(revision_text), "0x%08x", revision);
	soc = soc_device_register(&attributes);
	return PTR_ERR_OR_ZERO(soc);
}

static void __exit fakesoc_exit(void)
{
	soc_device_unregister(soc);
}

module_init(fakesoc_init);
module_exit(fakesoc_exit);

MODULE_DESCRIPTION("Test only: a SoC of NVIDIA's on the soc bus");
MODULE_LICENSE("GPL");
