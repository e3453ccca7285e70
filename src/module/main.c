// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2memattr: choose the stage-2 memory type of device memory in KVM guests.
 */
#include <generated/utsrelease.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <s2memattr/abi.h>

#include "change/blow.h"
#include "change/change.h"
#include "compat/kvm.h"
#include "files/sysfs.h"
#include "hook/hook.h"
#include "hook/proof.h"
#include "hook/site.h"
#include "hook/split.h"
#include "hook/standby.h"
#include "kernel/bus_errors.h"
#include "kernel/early.h"
#include "kernel/look_up.h"
#include "kernel/platform.h"
#include "kernel/symbols.h"
#include "kernel/vms.h"
#include "policy/live.h"
#include "survival/survival.h"
#include "tell/error.h"

static char *mode = "native";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "mode to start in: native (default), device-nGnRE, normal-nc or policy");

static char *unaligned = S2M_FAULT;
module_param(unaligned, charp, 0444);
MODULE_PARM_DESC(unaligned, "what a guest gets for an access that Device memory does not take: fault (default) or emulate");

static char *transport = "auto";
module_param(transport, charp, 0444);
MODULE_PARM_DESC(transport, "how to hook the fault path: auto (default), ftrace or kprobe");

static unsigned int standby = 10;
module_param(standby, uint, 0444);
MODULE_PARM_DESC(standby, "seconds without a fault on device memory after which the hook is taken out until the next one (default 10); 0 keeps it in");

static bool fuse;
module_param(fuse, bool, 0444);
MODULE_PARM_DESC(fuse, "in mode normal-nc, a PCI device that reports an uncorrected error goes back to device-nGnRE (default 0); rules have a word for it");

static bool force;
module_param(force, bool, 0444);
MODULE_PARM_DESC(force, "allow types that an erratum of this platform speaks against (default 0)");

static bool disable;
module_param(disable, bool, 0444);
MODULE_PARM_DESC(disable, "do not load, whatever else is asked for: the way back in, as s2memattr.disable on the kernel command line");

/*
 * MODVERSIONS lets a module into any kernel whose exported interfaces match.
 * What this one relies on is not exported and has no checksum.
 */
static int check_release(void)
{
	if (sysfs_streq(init_utsname()->release, UTS_RELEASE))
		return 0;
	pr_err("built for kernel %s, this is %s: not loaded\n",
	       UTS_RELEASE, init_utsname()->release);
	return -ENOEXEC;
}

static int check_kvm(void)
{
	if (!s2m_symbols.ipa_limit()) {
		pr_err("KVM is not running on this machine (no EL2?): not loaded\n");
		return -ENODEV;
	}
	if (s2m_kvm_is_protected()) {
		pr_err("KVM is in protected mode, where stage 2 is not the host's to change: not loaded\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int set_first_unaligned(void)
{
	int err = s2m_change_unaligned(unaligned, strlen(unaligned));

	if (err) {
		char reason[S2M_ERROR_MAX];

		s2m_error_get(reason);
		pr_err("%s: not loaded\n", reason);
	}
	return err;
}

static int set_first_mode(void)
{
	enum s2m_mode first;
	int err;

	if (!s2m_mode_parse(mode, strlen(mode), &first)) {
		pr_err("mode=%s is none of native, device-nGnRE, normal-nc, policy: not loaded\n",
		       mode);
		return -EINVAL;
	}
	err = s2m_change_mode(first);
	if (err) {
		char reason[S2M_ERROR_MAX];

		s2m_error_get(reason);
		pr_err("%s: not loaded\n", reason);
	}
	return err;
}

static int __init s2m_init(void)
{
	int err;

	if (disable) {
		pr_err("s2memattr.disable is set: not loaded\n");
		return -ECANCELED;
	}
	err = check_release();
	if (err)
		return err;
	err = s2m_symbols_resolve();
	if (err)
		return err;
	err = check_kvm();
	if (err)
		return err;
	err = s2m_site_find();
	if (err)
		return err;
	err = s2m_site_reached();
	if (err)
		return err;
	err = s2m_split_find();
	if (err)
		return err;
	err = s2m_early_find();
	if (err)
		return err;
	s2m_look_up_find();
	err = s2m_hook_choose(transport);
	if (err)
		return err;
	err = s2m_proof_run();
	if (err)
		return err;
	err = s2m_site_tells_copies();
	if (err)
		return err;
	s2m_survival_find();
	s2m_bus_errors_find();
	s2m_blow_mode(fuse);
	s2m_platform_start(force);
	err = s2m_vms_start();
	if (err)
		return err;
	err = s2m_standby_init(standby);
	if (err)
		goto stop_vms;
	err = s2m_change_start();
	if (err)
		goto exit_standby;
	err = set_first_unaligned();
	if (err)
		goto stop_policy;
	err = set_first_mode();
	if (err)
		goto stop_policy;
	err = s2m_sysfs_create();
	if (err)
		goto stop_policy;

	pr_info("mode %s, %s at %pS%s\n", s2m_mode_word(s2m_live_mode()),
		s2m_hook_transport(), s2m_site(),
		s2m_platform_forced() ? ", against an erratum by force=1" : "");
	return 0;

stop_policy:
	s2m_change_stop();
exit_standby:
	s2m_standby_exit();
stop_vms:
	s2m_vms_stop();
	return err;
}

static void __exit s2m_exit(void)
{
	s2m_sysfs_remove();
	s2m_change_stop();
	s2m_standby_exit();
	s2m_vms_stop();
	pr_info("unloaded; every guest has KVM's own memory types\n");
}

module_init(s2m_init);
module_exit(s2m_exit);

MODULE_AUTHOR("The s2memattr authors");
MODULE_DESCRIPTION("Choose the stage-2 memory type of device memory in KVM guests");
MODULE_LICENSE("GPL");
MODULE_VERSION(S2M_VERSION);
