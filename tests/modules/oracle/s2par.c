// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2par - AT S12E1R with a guest's own two stages, for tests. VHE only: the
 * instruction is EL2's.
 *
 * No vCPU is loaded on this CPU while its VMM is in this ioctl, so the guest's
 * registers are free to be borrowed. VMID 0 is nobody's.
 */
#include <linux/bits.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/kvm_host.h>
#include <linux/magic.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/kvm_pgtable.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "s2par.h"

/* HCR_EL2 */
#define VM		BIT_ULL(0)
#define TGE		BIT_ULL(27)
#define FWB		BIT_ULL(46)

/* VTCR_EL2 for the 4K granule: RES1, inner shareable write-back walks. */
#define VTCR_4K		(BIT_ULL(31) | 3ULL << 12 | 1ULL << 10 | 1ULL << 8)

static u64 vtcr_of(const struct kvm_pgtable *pgt)
{
	u64 pa_range = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1) & 0xf;

	return VTCR_4K | min(pa_range, 5ULL) << 16 | (u64)(2 - pgt->start_level) << 6 |
	       (64 - pgt->ia_bits);
}

/* What is borrowed. */
struct borrowed {
	u64 hcr, vtcr, vttbr, sctlr, tcr, ttbr0, mair, par;
};

static void borrow(struct borrowed *b)
{
	b->hcr = read_sysreg(hcr_el2);
	b->vtcr = read_sysreg(vtcr_el2);
	b->vttbr = read_sysreg(vttbr_el2);
	b->sctlr = read_sysreg_s(SYS_SCTLR_EL12);
	b->tcr = read_sysreg_s(SYS_TCR_EL12);
	b->ttbr0 = read_sysreg_s(SYS_TTBR0_EL12);
	b->mair = read_sysreg_s(SYS_MAIR_EL12);
	b->par = read_sysreg(par_el1);
}

static void give_back(const struct borrowed *b)
{
	write_sysreg(b->vtcr, vtcr_el2);
	write_sysreg(b->vttbr, vttbr_el2);
	write_sysreg_s(b->sctlr, SYS_SCTLR_EL12);
	write_sysreg_s(b->tcr, SYS_TCR_EL12);
	write_sysreg_s(b->ttbr0, SYS_TTBR0_EL12);
	write_sysreg_s(b->mair, SYS_MAIR_EL12);
	write_sysreg(b->par, par_el1);
	write_sysreg(b->hcr, hcr_el2);
	isb();
}

static void translate(const struct kvm_pgtable *pgt, struct s2par_query *q)
{
	struct borrowed b;
	unsigned long flags;

	q->fwb = cpus_have_final_cap(ARM64_HAS_STAGE2_FWB);
	local_irq_save(flags);
	borrow(&b);
	write_sysreg(vtcr_of(pgt), vtcr_el2);
	write_sysreg(virt_to_phys((__force void *)pgt->pgd), vttbr_el2);
	write_sysreg_s(q->sctlr_el1, SYS_SCTLR_EL12);
	write_sysreg_s(q->tcr_el1, SYS_TCR_EL12);
	write_sysreg_s(q->ttbr0_el1, SYS_TTBR0_EL12);
	write_sysreg_s(q->mair_el1, SYS_MAIR_EL12);
	/* With TGE set, the instruction would be about the host. */
	write_sysreg((b.hcr & ~TGE) | VM | (q->fwb ? FWB : 0), hcr_el2);
	isb();
	asm volatile("at s12e1r, %0" : : "r"(q->va) : "memory");
	isb();
	q->par = read_sysreg(par_el1);
	asm volatile("tlbi vmalls12e1" : : : "memory");
	dsb(nsh);
	give_back(&b);
	local_irq_restore(flags);
}

/* kvm_vm_fops is private to KVM; the name of its anonymous inode is not. */
static bool file_is_vm(struct file *file)
{
	const struct dentry *d = file->f_path.dentry;

	return d->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp((const char *)d->d_name.name, "kvm-vm") && file->private_data;
}

static int answer(struct file *file, struct s2par_query *q)
{
	const struct kvm_pgtable *pgt;
	struct kvm *kvm;

	if (!file_is_vm(file))
		return -EINVAL;
	kvm = file->private_data;
	pgt = kvm->arch.mmu.pgt;
	if (!pgt || PAGE_SHIFT != 12)
		return -EOPNOTSUPP;
	translate(pgt, q);
	return 0;
}

static long s2par_ioctl(struct file *self, unsigned int cmd, unsigned long arg)
{
	struct s2par_query q;
	struct file *file;
	long ret;

	if (cmd != S2PAR_QUERY)
		return -ENOTTY;
	if (copy_from_user(&q, (void __user *)arg, sizeof(q)))
		return -EFAULT;
	file = fget(q.vm_fd);
	if (!file)
		return -EBADF;
	ret = answer(file, &q);
	fput(file);
	if (!ret && copy_to_user((void __user *)arg, &q, sizeof(q)))
		ret = -EFAULT;
	return ret;
}

static const struct file_operations s2par_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = s2par_ioctl,
};

static struct miscdevice s2par_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "s2par",
	.fops = &s2par_fops,
	.mode = 0600,
};

static int __init s2par_init(void)
{
	if (!is_kernel_in_hyp_mode())
		return -ENODEV;
	return misc_register(&s2par_dev);
}

static void __exit s2par_exit(void)
{
	misc_deregister(&s2par_dev);
}

module_init(s2par_init);
module_exit(s2par_exit);

MODULE_DESCRIPTION("AT S12E1R with a guest's stages, for tests");
MODULE_LICENSE("GPL");
