// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offers mmaps of physical memory in shapes that no stock driver has. Test
 * only: /dev/vmashape-cached and /dev/vmashape-wc map the physical address that
 * is the file offset, as a PFNMAP VMA of that page protection.
 */
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

static int map_as(struct vm_area_struct *vma, pgprot_t prot)
{
	vma->vm_page_prot = prot;
	return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, prot);
}

static int map_cached(struct file *file, struct vm_area_struct *vma)
{
	return map_as(vma, vma->vm_page_prot);
}

static int map_wc(struct file *file, struct vm_area_struct *vma)
{
	return map_as(vma, pgprot_writecombine(vma->vm_page_prot));
}

static const struct file_operations cached_fops = {
	.owner = THIS_MODULE,
	.mmap = map_cached,
};

static const struct file_operations wc_fops = {
	.owner = THIS_MODULE,
	.mmap = map_wc,
};

static struct miscdevice devices[] = {
	{ .minor = MISC_DYNAMIC_MINOR, .name = "vmashape-cached", .fops = &cached_fops },
	{ .minor = MISC_DYNAMIC_MINOR, .name = "vmashape-wc", .fops = &wc_fops },
};

static int __init vmashape_init(void)
{
	int err, i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		err = misc_register(&devices[i]);
		if (err)
			goto unwind;
	}
	return 0;

unwind:
	while (i--)
		misc_deregister(&devices[i]);
	return err;
}

static void __exit vmashape_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++)
		misc_deregister(&devices[i]);
}

module_init(vmashape_init);
module_exit(vmashape_exit);

MODULE_DESCRIPTION("Test only: PFNMAP mappings in every shape");
MODULE_LICENSE("GPL");
