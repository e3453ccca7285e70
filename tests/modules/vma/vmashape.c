// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offers mmaps of physical memory in shapes that no stock driver has. Test only.
 *
 *	/dev/vmashape-[SHAPE-]PROT
 *
 * maps the physical address that is the file offset. Without a SHAPE the VMA is
 * what remap_pfn_range() makes, VM_PFNMAP and VM_IO. PROT is its page
 * protection: cached, wc, noncached or device.
 */
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

/*
 * The helpers for changing vm_flags came with 6.3. A VMA is nobody else's yet
 * while it is being mapped, so they are not missed.
 */
static void set_flags(struct vm_area_struct *vma, unsigned long flags)
{
	*(unsigned long *)&vma->vm_flags |= flags;
}

static vm_fault_t insert(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long pfn = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);

	return vmf_insert_pfn_prot(vma, addr, pfn, vma->vm_page_prot);
}

static const struct vm_operations_struct ops = {
	.fault = insert,
};

/* Without flags: as remap_pfn_range() makes it, VM_PFNMAP and VM_IO. */
struct shape {
	struct miscdevice misc;
	unsigned long flags;
	pgprot_t (*prot)(pgprot_t prot);
};

static int shape_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct shape *shape = container_of(file->private_data, struct shape, misc);

	vma->vm_page_prot = shape->prot(vma->vm_page_prot);
	/* Memory of a VM with tags; a driver has to say that it has them. */
	set_flags(vma, VM_MTE_ALLOWED);
	if (!shape->flags)
		return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff,
				       vma->vm_end - vma->vm_start, vma->vm_page_prot);
	set_flags(vma, shape->flags | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &ops;
	return 0;
}

/* The core finds the device through private_data only if there is an open(). */
static int shape_open(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = shape_open,
	.mmap = shape_mmap,
};

static pgprot_t cached(pgprot_t prot)
{
	return prot;
}

static pgprot_t wc(pgprot_t prot)
{
	return pgprot_writecombine(prot);
}

static pgprot_t noncached(pgprot_t prot)
{
	return pgprot_noncached(prot);
}

static pgprot_t device(pgprot_t prot)
{
	return pgprot_device(prot);
}

#define SHAPE(shape_name, shape_flags, shape_prot) {				\
	.misc = {								\
		.minor = MISC_DYNAMIC_MINOR,					\
		.name = "vmashape-" shape_name #shape_prot,			\
		.fops = &fops,							\
	},									\
	.flags = shape_flags,							\
	.prot = shape_prot,							\
}

#define SHAPES(name, flags)							\
	SHAPE(name, flags, cached), SHAPE(name, flags, wc),			\
	SHAPE(name, flags, noncached), SHAPE(name, flags, device)

static struct shape shapes[] = {
	SHAPES("", 0),
	SHAPES("pfnmap-", VM_PFNMAP),
	SHAPES("mixed-", VM_MIXEDMAP),
	SHAPES("mixedio-", VM_MIXEDMAP | VM_IO),
};

static int __init vmashape_init(void)
{
	int err, i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		err = misc_register(&shapes[i].misc);
		if (err)
			goto unwind;
	}
	return 0;

unwind:
	while (i--)
		misc_deregister(&shapes[i].misc);
	return err;
}

static void __exit vmashape_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		misc_deregister(&shapes[i].misc);
}

module_init(vmashape_init);
module_exit(vmashape_exit);

MODULE_DESCRIPTION("Test only: mappings of physical memory in every shape");
MODULE_LICENSE("GPL");
