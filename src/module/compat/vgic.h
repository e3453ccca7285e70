/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one piece of device memory that KVM maps into a guest by itself.
 */
#ifndef S2MEMATTR_COMPAT_VGIC_H
#define S2MEMATTR_COMPAT_VGIC_H

#include <linux/compiler.h>
#include <linux/kvm_host.h>

/* Is a guest page part of the GICv2 VCPU interface (vgic_v2_map_resources())? */
static __always_inline bool s2m_is_vgic(const struct kvm *kvm, u64 ipa)
{
	const struct vgic_dist *vgic = &kvm->arch.vgic;

	return vgic->vgic_model == KVM_DEV_TYPE_ARM_VGIC_V2 && ipa >= vgic->vgic_cpu_base &&
	       ipa - vgic->vgic_cpu_base < KVM_VGIC_V2_CPU_SIZE;
}

#endif
