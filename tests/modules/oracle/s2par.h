/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/s2par: what the CPU itself says an access of a guest gets. Shares nothing
 * with the module under test.
 */
#ifndef S2PAR_H
#define S2PAR_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define S2PAR_PATH	"/dev/s2par"

struct s2par_query {
	__s32 vm_fd;		/* in: a kvm-vm file of the caller */
	__s32 fwb;		/* out: HCR_EL2.FWB as KVM has it for guests */
	__u64 va;		/* in: of the guest */
	__u64 sctlr_el1;	/* in: the guest's stage 1 */
	__u64 tcr_el1;
	__u64 ttbr0_el1;
	__u64 mair_el1;
	__u64 par;		/* out: PAR_EL1 after AT S12E1R */
};

#define S2PAR_QUERY	_IOWR('w', 0x53, struct s2par_query)

#endif
