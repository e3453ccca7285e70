// SPDX-License-Identifier: GPL-2.0-only
/* Does a vCPU know more than whether it is off? */
#include <linux/kvm_host.h>

bool probe(const struct kvm_vcpu *vcpu);
bool probe(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.mp_state.mp_state == KVM_MP_STATE_STOPPED;
}
