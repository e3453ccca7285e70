// SPDX-License-Identifier: GPL-2.0-only
/*
 * s2walk - read-only walk of a VM's stage-2 table, for tests.
 *
 * Give it a VM file descriptor and an IPA, get the level and the descriptor.
 * The walk is written from the architecture (granule, levels, descriptor
 * types), not with KVM's page-table code, and it changes nothing.
 */
#include <linux/bits.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/magic.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/version.h>
#include <asm/kvm_pgtable.h>

#include "s2walk.h"

/* Stage 2 uses the granule of the host kernel. */
#define STRIDE		(PAGE_SHIFT - 3)
#define LAST_LEVEL	3

#define DESC_VALID	BIT_ULL(0)
#define DESC_TABLE	BIT_ULL(1)	/* at the last level: "page" */

static unsigned int level_shift(int level)
{
	return PAGE_SHIFT + STRIDE * (LAST_LEVEL - level);
}

/*
 * Bits 49:48 are zero without LPA2. The 64K granule keeps address bits 51:48
 * in 15:12. Tables above 50 bits with LPA2 do not exist in a test machine.
 */
static phys_addr_t next_table(u64 desc)
{
	if (PAGE_SHIFT == 16)
		return (desc & GENMASK_ULL(47, 16)) |
		       (desc & GENMASK_ULL(15, 12)) << 36;
	return desc & GENMASK_ULL(49, PAGE_SHIFT);
}

static bool desc_is_leaf(u64 desc, int level)
{
	if (!(desc & DESC_VALID))
		return false;
	return level == LAST_LEVEL ? !!(desc & DESC_TABLE) : !(desc & DESC_TABLE);
}

static bool desc_is_table(u64 desc, int level)
{
	return level < LAST_LEVEL && (desc & DESC_VALID) && (desc & DESC_TABLE);
}

/* Called with mmu_lock held: no table can come or go. */
static int walk_table(const struct kvm_pgtable *pgt, struct s2walk_query *q)
{
	const u64 *table;
	u64 mask;
	int level;

	if (!pgt)
		return -ENOENT;

	/* Protected KVM keeps no table here; what it keeps instead fails this. */
	level = pgt->start_level;
	if (pgt->ia_bits < 25 || pgt->ia_bits > 52 || level < -1 || level > LAST_LEVEL)
		return -EOPNOTSUPP;
	table = (__force const u64 *)pgt->pgd;
	if (!table)
		return -ENOENT;
	if (q->ipa >> pgt->ia_bits)
		return -ERANGE;

	/*
	 * Only the first level may be wider than one page: concatenated tables
	 * are adjacent, so all the remaining address bits index them.
	 */
	mask = U64_MAX;
	for (;;) {
		unsigned int shift = level_shift(level);
		u64 desc = READ_ONCE(table[(q->ipa >> shift) & mask]);

		if (!desc_is_table(desc, level)) {
			q->level = level;
			q->desc = desc;
			q->size_shift = shift;
			q->leaf = desc_is_leaf(desc, level);
			return 0;
		}
		table = phys_to_virt(next_table(desc));
		mask = BIT_ULL(STRIDE) - 1;
		level++;
	}
}

/* A table by number; false if there are not so many. */
static bool table_of(struct kvm *kvm, u32 number, const struct kvm_pgtable **pgt)
{
	*pgt = NULL;
	if (number == S2WALK_OWN) {
		*pgt = kvm->arch.mmu.pgt;
		return true;
	}
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	number -= S2WALK_OWN + 1;
	if (number < kvm->arch.nested_mmus_size) {
		if (kvm->arch.nested_mmus[number])
			*pgt = kvm->arch.nested_mmus[number]->pgt;
		return true;
	}
#endif
	return false;
}

/*
 * The VM's own table; if nothing is there, those that its EL1 and its guests run on
 * where it is a hypervisor. The test's hypervisor maps everything to where it is.
 */
static int walk(struct kvm *kvm, struct s2walk_query *q)
{
	const struct kvm_pgtable *pgt;
	int ret = -ENOENT;
	u32 i;

	if (q->table != S2WALK_ANY)
		return table_of(kvm, q->table, &pgt) ? walk_table(pgt, q) : -ENXIO;
	for (i = S2WALK_OWN; (ret || !q->leaf) && table_of(kvm, i, &pgt); i++)
		if (pgt || i == S2WALK_OWN)
			ret = walk_table(pgt, q);
	return ret;
}

static void lock_mmu(struct kvm *kvm)
{
#ifdef KVM_HAVE_MMU_RWLOCK
	write_lock(&kvm->mmu_lock);
#else
	spin_lock(&kvm->mmu_lock);
#endif
}

static void unlock_mmu(struct kvm *kvm)
{
#ifdef KVM_HAVE_MMU_RWLOCK
	write_unlock(&kvm->mmu_lock);
#else
	spin_unlock(&kvm->mmu_lock);
#endif
}

/* kvm_vm_fops is private to KVM; the name of its anonymous inode is not. */
static bool file_is_vm(struct file *file)
{
	const struct dentry *d = file->f_path.dentry;

	return d->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp((const char *)d->d_name.name, "kvm-vm") && file->private_data;
}

static long s2walk_ioctl(struct file *self, unsigned int cmd, unsigned long arg)
{
	struct s2walk_query q;
	struct file *file;
	struct kvm *kvm;
	long ret;

	if (cmd != S2WALK_QUERY)
		return -ENOTTY;
	if (copy_from_user(&q, (void __user *)arg, sizeof(q)))
		return -EFAULT;

	file = fget(q.vm_fd);
	if (!file)
		return -EBADF;
	if (!file_is_vm(file)) {
		ret = -EINVAL;
		goto out;
	}

	kvm = file->private_data;
	lock_mmu(kvm);
	ret = walk(kvm, &q);
	unlock_mmu(kvm);

	if (!ret && copy_to_user((void __user *)arg, &q, sizeof(q)))
		ret = -EFAULT;
out:
	fput(file);
	return ret;
}

static const struct file_operations s2walk_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = s2walk_ioctl,
};

static struct miscdevice s2walk_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "s2walk",
	.fops = &s2walk_fops,
	.mode = 0600,
};
module_misc_device(s2walk_dev);

MODULE_DESCRIPTION("Read-only stage-2 walk for tests");
MODULE_LICENSE("GPL");
