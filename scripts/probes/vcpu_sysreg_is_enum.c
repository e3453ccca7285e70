// SPDX-License-Identifier: GPL-2.0-only
/* Does vcpu_write_sys_reg() take an enum, not an int? */
#include <linux/kvm_host.h>

void vcpu_write_sys_reg(struct kvm_vcpu *vcpu, u64 value, enum vcpu_sysreg reg);
