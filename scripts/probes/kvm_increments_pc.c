// SPDX-License-Identifier: GPL-2.0-only
/* Is a PC moved on by asking for it, not at once? */
#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>

void probe(struct kvm_vcpu *vcpu);
void probe(struct kvm_vcpu *vcpu)
{
	kvm_incr_pc(vcpu);
}
