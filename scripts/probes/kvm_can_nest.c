// SPDX-License-Identifier: GPL-2.0-only
/* Can a guest be a hypervisor? */
#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_nested.h>

bool probe(const struct kvm_vcpu *vcpu);
bool probe(const struct kvm_vcpu *vcpu)
{
	return vcpu_has_nv(vcpu);
}
