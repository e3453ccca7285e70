// SPDX-License-Identifier: GPL-2.0-only
/* mair: a register as the guest and as the VMM see it. reboot: all vCPUs anew. */
#include <inttypes.h>
#include <linux/kvm.h>

#include "command.h"
#include "layout.h"
#include "vcpu.h"
#include "vm.h"

#define MAIR_EL1	ARM64_SYS_REG(3, 0, 10, 2, 0)

static void cmd_mair(int argc, char **argv)
{
	struct vcpu *v;
	uint64_t mair;

	(void)argc;
	if (!arg_idle_vcpu(argv[0], &v))
		return;
	v->ctl->op = OP_MAIR;
	vcpu_start(v);
	if (vcpu_wait(v) || v->state == VCPU_DEAD)
		fail("no answer");
	else if (vcpu_get_reg(v, MAIR_EL1, &mair))
		fail("the VMM cannot read it");
	else
		ok("0x%016" PRIx64 " 0x%016" PRIx64, v->ctl->result, mair);
}

/* All vCPUs as they were at first, then started one after the other. */
static void cmd_reboot(int argc, char **argv)
{
	int i;

	(void)argc;
	(void)argv;
	for (i = 0; i < vm.cpus; i++) {
		if (vcpu_get(i)->state != VCPU_IDLE) {
			fail("vCPU %d is not idle", i);
			return;
		}
	}
	for (i = 0; i < vm.cpus; i++) {
		if (vcpu_reset(vcpu_get(i))) {
			fail("vCPU %d cannot be reset", i);
			return;
		}
	}
	for (i = 0; i < vm.cpus; i++) {
		vcpu_get(i)->ctl->op = OP_NONE;
		vcpu_start(vcpu_get(i));
		if (vcpu_wait(vcpu_get(i)) || vcpu_get(i)->state != VCPU_IDLE) {
			fail("vCPU %d does not come up", i);
			return;
		}
	}
	ok(NULL);
}

const struct command register_commands[] = {
	{ "mair", 1, 1, cmd_mair, "CPU" },
	{ "reboot", 0, 0, cmd_reboot, "" },
	{ }
};
