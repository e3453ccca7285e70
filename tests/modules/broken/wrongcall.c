// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows the hook a call that KVM would never make, as a KVM with other
 * structures or other habits would, and puts everything right again before the
 * walk begins. So the module under test is the one that is shipped, and what
 * ends up in the table is what that module let stand.
 *
 * The lie is told by a probe at the site itself, which runs before the module's
 * if it was registered later (the newest is first), and taken back at the third
 * instruction of kvm_pgtable_walk(), behind any ftrace hook. Parameters: site,
 * the offset of the call in kvm_pgtable_stage2_map(); ipa, which mappings; lie,
 * one of those in tell(); with, its argument. Each write to "left" lets it happen
 * that many times, to one vCPU. Test only.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/version.h>
#include <asm/kvm_pgtable.h>

static unsigned int site;
module_param(site, uint, 0444);
static unsigned long ipa;
module_param(ipa, ulong, 0644);
static char lie[32];
module_param_string(lie, lie, sizeof(lie), 0644);
static unsigned long with;
module_param(with, ulong, 0644);
static int left;
module_param(left, int, 0644);

/* Where compilers put kvm_pgtable_walk() into its caller, KVM is the older one. */
#define INLINED		(LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0))

/* Words of struct stage2_map_data. */
enum { PHYS, ATTR, MMU = INLINED ? 3 : 5, MEMCACHE, WORDS };

/* Words of struct kvm_pgtable_walker, whose fields are const. */
enum { CALLBACK, ARG, FLAGS, WALKER_WORDS };

/* How things are. */
static struct {
	bool saved;
	u64 x0;
	u64 x[4];
	u64 walker[WALKER_WORDS];
	u64 data[WORDS];
	struct mm_struct *mm;
	struct kvm_vcpu *vcpu;
	struct kvm_vcpu_fault_info fault;
} truth;

/* What the hook is shown as attributes, and where: what it writes there is kept. */
static u64 *shown;
static u64 shown_was;

/* What a pointer leads to instead. */
static u64 other_walker[WALKER_WORDS];
static u64 other_data[WORDS];
static struct kvm_pgtable other_pgt;
static struct kvm_s2_mmu other_mmu;
static struct kvm_vcpu other_vcpu;
static u64 other_walk[4];

static struct kvm *kvm_of(const u64 *x)
{
	const struct kvm_s2_mmu *mmu = ((const struct kvm_pgtable *)x[0])->mmu;

#if INLINED
	return mmu->kvm;
#else
	return container_of(mmu->arch, struct kvm, arch);
#endif
}

/* The arguments of kvm_pgtable_walk(), or what became of them inside it. */
static void read_arguments(const struct pt_regs *regs, u64 *x)
{
	const u64 *data = (const u64 *)regs->regs[0];

	if (INLINED) {
		x[0] = data[0];
		x[1] = data[2];
		x[2] = data[3] - data[2];
		x[3] = data[1];
	} else {
		memcpy(x, regs->regs, 4 * sizeof(*x));
	}
}

static void write_arguments(struct pt_regs *regs, const u64 *x)
{
	u64 *data = (u64 *)regs->regs[0];

	if (INLINED) {
		data[0] = x[0];
		data[2] = x[1];
		data[3] = x[1] + x[2];
		data[1] = x[3];
	} else {
		memcpy(regs->regs, x, 4 * sizeof(*x));
	}
}

static void remember(const struct pt_regs *regs, const u64 *x)
{
	const u64 *walker = (const u64 *)x[3];

	truth.x0 = regs->regs[0];
	memcpy(truth.x, x, sizeof(truth.x));
	memcpy(truth.walker, walker, sizeof(truth.walker));
	memcpy(truth.data, (const void *)walker[ARG], sizeof(truth.data));
	truth.mm = kvm_of(x)->mm;
	truth.vcpu = container_of((struct kvm_mmu_memory_cache *)truth.data[MEMCACHE],
				  struct kvm_vcpu, arch.mmu_page_cache);
	truth.fault = truth.vcpu->arch.fault;
	truth.saved = true;
}

/* As if the guest had met a mapping that lets it read only. */
static void tell_permission_fault(u64 *data)
{
	struct kvm_vcpu_fault_info *fault = &truth.vcpu->arch.fault;

	if (sysfs_streq(lie, "permission") || sysfs_streq(lie, "permission-elsewhere"))
		data[MEMCACHE] = with;
	else if (sysfs_streq(lie, "permission-on-stack"))
		data[MEMCACHE] = (u64)data;
	else
		return;
	/* Of any level: that is in the lowest two bits. */
	fault->esr_el2 = (fault->esr_el2 & ~GENMASK(5, 2)) | 0xc;
	/* Bits 47:12 of the IPA stand from bit 4 on. */
	if (sysfs_streq(lie, "permission-elsewhere"))
		fault->hpfar_el2 += BIT(28 - 12 + 4);
}

static void tell(u64 *x, u64 *walker, u64 *data)
{
	if (sysfs_streq(lie, "walker-elsewhere")) {
		memcpy(other_walker, walker, sizeof(other_walker));
		x[3] = (u64)other_walker;
	} else if (sysfs_streq(lie, "callback")) {
		walker[CALLBACK] += with;
	} else if (sysfs_streq(lie, "data-elsewhere")) {
		memcpy(other_data, data, sizeof(other_data));
		walker[ARG] = (u64)other_data;
	} else if (sysfs_streq(lie, "data-shifted")) {
		walker[ARG] += with;
	} else if (sysfs_streq(lie, "fields-swapped")) {
		swap(data[PHYS], data[ATTR]);
	} else if (sysfs_streq(lie, "mmu")) {
		data[MMU] = (u64)&other_mmu;
	} else if (sysfs_streq(lie, "attr-bit")) {
		data[ATTR] ^= BIT_ULL(with);
	} else if (sysfs_streq(lie, "attr")) {
		data[ATTR] = with;
	} else if (sysfs_streq(lie, "phys")) {
		data[PHYS] += with;
	} else if (sysfs_streq(lie, "ipa")) {
		x[1] += with;
	} else if (sysfs_streq(lie, "size")) {
		x[2] = with;
	} else if (sysfs_streq(lie, "no-memcache")) {
		data[MEMCACHE] = 0;
	} else if (sysfs_streq(lie, "memcache-on-stack")) {
		data[MEMCACHE] = (u64)data;
	} else if (sysfs_streq(lie, "memcache-nowhere")) {
		data[MEMCACHE] = with;
	} else if (sysfs_streq(lie, "other-vcpu")) {
		data[MEMCACHE] = (u64)&other_vcpu.arch.mmu_page_cache;
	} else if (sysfs_streq(lie, "other-mm")) {
		kvm_of(x)->mm = NULL;
	} else if (sysfs_streq(lie, "nested")) {
		other_pgt = *(const struct kvm_pgtable *)x[0];
#if INLINED
		other_mmu.kvm = kvm_of(x);
#else
		other_mmu.arch = &kvm_of(x)->arch;
#endif
		other_pgt.mmu = &other_mmu;
		data[MMU] = (u64)&other_mmu;
		x[0] = (u64)&other_pgt;
	}
}

/* Where all arguments are in one structure, it is at another place. */
static void tell_of_walk(struct pt_regs *regs)
{
	if (!INLINED || !sysfs_streq(lie, "walk-elsewhere"))
		return;
	memcpy(other_walk, (const void *)regs->regs[0], sizeof(other_walk));
	regs->regs[0] = (u64)other_walk;
}

static void note_shown(const u64 *walker)
{
	shown = (u64 *)walker[ARG] + ATTR;
	shown_was = *shown;
}

static void put_right(struct pt_regs *regs)
{
	u64 *x = truth.x;
	u64 written = *shown ^ shown_was;
	u64 *walker, *data;

	regs->regs[0] = truth.x0;
	write_arguments(regs, x);
	walker = (u64 *)x[3];
	memcpy(walker, truth.walker, sizeof(truth.walker));
	data = (u64 *)walker[ARG];
	memcpy(data, truth.data, sizeof(truth.data));
	data[ATTR] ^= written;
	kvm_of(x)->mm = truth.mm;
	truth.vcpu->arch.fault = truth.fault;
	truth.saved = false;
}

static int at_site(struct kprobe *probe, struct pt_regs *regs)
{
	u64 *walker;
	u64 x[4];

	read_arguments(regs, x);
	if (READ_ONCE(left) <= 0 || x[1] != ipa)
		return 0;
	WRITE_ONCE(left, left - 1);
	remember(regs, x);
	walker = (u64 *)x[3];
	tell(x, walker, (u64 *)walker[ARG]);
	tell_permission_fault((u64 *)truth.walker[ARG]);
	note_shown((u64 *)x[3]);
	write_arguments(regs, x);
	tell_of_walk(regs);
	return 0;
}

static int at_walk(struct kprobe *probe, struct pt_regs *regs)
{
	if (truth.saved)
		put_right(regs);
	return 0;
}

static struct kprobe probes[] = {
	{ .symbol_name = INLINED ? "_kvm_pgtable_walk" : "kvm_pgtable_walk", .offset = 12,
	  .pre_handler = at_walk },
	{ .symbol_name = "kvm_pgtable_stage2_map", .pre_handler = at_site },
};

static int __init wrongcall_init(void)
{
	int err = register_kprobe(&probes[0]);

	if (err)
		return err;
	probes[1].offset = site;
	err = register_kprobe(&probes[1]);
	if (err)
		unregister_kprobe(&probes[0]);
	return err;
}

static void __exit wrongcall_exit(void)
{
	unregister_kprobe(&probes[1]);
	unregister_kprobe(&probes[0]);
}

module_init(wrongcall_init);
module_exit(wrongcall_exit);
MODULE_DESCRIPTION("calls kvm_pgtable_walk() wrongly, as far as the hook can see");
MODULE_LICENSE("GPL");
