// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes a guest's memory between an alignment fault and what becomes of it, once:
 * what another vCPU would have to hit by luck. Before kvm_handle_guest_abort() looks
 * at the fault, "value" of "size" bytes is written to the guest's address "ipa" (or to
 * the instruction at the vCPU's PC, if that is 0), and when it returns, what was there
 * before is written back. "times" counts. Test only.
 */
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>
#include <asm/esr.h>
#include <asm/kvm_emulate.h>

#define FSC_ALIGNMENT	0x21

static ulong ipa;
module_param(ipa, ulong, 0644);

static ulong value;
module_param(value, ulong, 0644);

/* Written last, as it sets it going. */
static uint size;
module_param(size, uint, 0644);

static uint times;
module_param(times, uint, 0644);

struct change {
	void __user *at;
	u64 old;
	uint bytes;
};

static void __user *find(struct kvm_vcpu *vcpu)
{
	u64 address = ipa ? ipa : *vcpu_pc(vcpu);
	struct kvm_memory_slot *slot;
	unsigned long hva = 0;
	int idx;

	idx = srcu_read_lock(&vcpu->kvm->srcu);
	slot = __gfn_to_memslot(kvm_memslots(vcpu->kvm), address >> PAGE_SHIFT);
	if (slot)
		hva = __gfn_to_hva_memslot(slot, address >> PAGE_SHIFT) + offset_in_page(address);
	srcu_read_unlock(&vcpu->kvm->srcu, idx);
	return (void __user *)hva;
}

static bool exchange(struct change *change, u64 new)
{
	bool done;

	pagefault_disable();
	done = !__copy_from_user_inatomic(&change->old, change->at, change->bytes) &&
	       !__copy_to_user_inatomic(change->at, &new, change->bytes);
	pagefault_enable();
	return done;
}

static int before(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)regs->regs[0];
	struct change *change = (struct change *)ri->data;

	if ((kvm_vcpu_get_esr(vcpu) & ESR_ELx_FSC) != FSC_ALIGNMENT)
		return 1;
	*change = (struct change) { .bytes = xchg(&size, 0) };
	if (!change->bytes || change->bytes > sizeof(change->old))
		return 1;
	change->at = find(vcpu);
	if (!change->at || !exchange(change, value))
		return 1;
	times++;
	return 0;
}

static int after(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct change *change = (struct change *)ri->data;

	exchange(change, change->old);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "kvm_handle_guest_abort",
	.entry_handler = before,
	.handler = after,
	.data_size = sizeof(struct change),
	.maxactive = 16,
};

static int __init between_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit between_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(between_init);
module_exit(between_exit);
MODULE_DESCRIPTION("changes a guest's memory between a fault and what becomes of it");
MODULE_LICENSE("GPL");
