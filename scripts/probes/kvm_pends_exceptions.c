// SPDX-License-Identifier: GPL-2.0-only
/* Does KVM deliver an exception when the vCPU enters the guest, not at once? */
#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>

void probe(struct kvm_vcpu *vcpu);
void probe(struct kvm_vcpu *vcpu)
{
	kvm_pend_exception(vcpu, EXCEPT_AA64_EL1_SYNC);
}
