// SPDX-License-Identifier: GPL-2.0-only
/* Can guests have tagged memory (FEAT_MTE)? */
#include <linux/kvm_host.h>

bool probe(struct kvm *kvm);
bool probe(struct kvm *kvm)
{
	return kvm_has_mte(kvm);
}
