// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmamap BDF BAR BYTES: how long VFIO takes to map that much of a BAR for DMA, as a
 * VMM has it done for devices that talk to each other. Prints microseconds, the
 * fewest of some tries.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TRIES	5
#define IOVA	0x100000000ULL

static int container_of_device(const char *bdf, int *device)
{
	char path[128], link[128];
	int container = open("/dev/vfio/vfio", O_RDWR), group;
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		err(1, "%s", path);
	link[len] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(link, '/') + 1);
	group = open(path, O_RDWR);
	if (container < 0 || group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		err(1, "%s", path);
	*device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (*device < 0)
		err(1, "%s", bdf);
	return container;
}

static void switch_decoding_on(int device)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pread(device, &command, 2, config.offset + PCI_COMMAND) != 2)
		err(1, "PCI_COMMAND");
	command |= PCI_COMMAND_MEMORY;
	if (pwrite(device, &command, 2, config.offset + PCI_COMMAND) != 2)
		err(1, "PCI_COMMAND");
}

/* The BAR, with all its pages there. */
static void *map_bar(int device, int bar, size_t len)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = bar };
	volatile uint32_t *words;
	size_t i;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region))
		err(1, "BAR %d", bar);
	words = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, device, region.offset);
	if (words == MAP_FAILED)
		err(1, "mmap");
	for (i = 0; i < len / sizeof(*words); i += 1024)
		(void)words[i];
	return (void *)words;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

static uint64_t map_for_dma(int container, void *address, size_t len)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)address, .iova = IOVA, .size = len,
	};
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = IOVA, .size = len,
	};
	uint64_t start = now_us(), took;

	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		err(1, "VFIO_IOMMU_MAP_DMA");
	took = now_us() - start;
	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		err(1, "VFIO_IOMMU_UNMAP_DMA");
	return took;
}

int main(int argc, char **argv)
{
	uint64_t best = UINT64_MAX, took;
	int container, device, i;
	size_t len;
	void *bar;

	if (argc != 4)
		errx(2, "usage: dmamap BDF BAR BYTES");
	len = strtoul(argv[3], NULL, 0);
	container = container_of_device(argv[1], &device);
	switch_decoding_on(device);
	bar = map_bar(device, atoi(argv[2]), len);
	for (i = 0; i < TRIES; i++) {
		took = map_for_dma(container, bar, len);
		if (took < best)
			best = took;
	}
	printf("%llu\n", (unsigned long long)best);
	return 0;
}
