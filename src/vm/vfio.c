// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-pci by its two interfaces: through a container and groups, the way that every
 * kernel has, and by a file of the device's own, which iommufd came with.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfio.h"

#define MAX_DEVICES	16

/* Newer than the headers of the lab's C library: VFIO_DEVICE_BIND_IOMMUFD and its argument. */
#define BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)

struct bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t devid;
};

struct device {
	char bdf[16];
	int fd, group, group_fd;
};

static struct device devices[MAX_DEVICES];
static int ndevices;
static int container = -1;

static const char *sentence(const char *what)
{
	static char buf[128];

	snprintf(buf, sizeof(buf), "%s: %s", what, strerror(errno));
	return buf;
}

static struct device *find(const char *bdf)
{
	for (int i = 0; i < ndevices; i++)
		if (!strcmp(devices[i].bdf, bdf))
			return &devices[i];
	return NULL;
}

static int group_of(const char *bdf)
{
	char path[96], target[128];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = 0;
	slash = strrchr(target, '/');
	return slash ? atoi(slash + 1) : -1;
}

/* A group can be opened once only, so its devices share the file. */
static int open_group(int group, enum vfio_way way)
{
	char path[48];

	for (int i = 0; i < ndevices; i++)
		if (devices[i].group == group)
			return devices[i].group_fd;
	snprintf(path, sizeof(path), "/dev/vfio/%s%d", way == VFIO_NO_IOMMU ? "noiommu-" : "",
		 group);
	return open(path, O_RDWR | O_CLOEXEC);
}

static const char *attach(int group_fd, enum vfio_way way)
{
	int type = way == VFIO_NO_IOMMU ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU;
	bool first = container < 0;

	if (first)
		container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0)
		return sentence("/dev/vfio/vfio");
	/* Already attached if another device of the group was opened before. */
	if (ioctl(group_fd, VFIO_GROUP_SET_CONTAINER, &container) && errno != EINVAL)
		return sentence("joining the container");
	if (first && ioctl(container, VFIO_SET_IOMMU, type)) {
		const char *error = sentence("setting the container's IOMMU");

		ioctl(group_fd, VFIO_GROUP_UNSET_CONTAINER);
		close(container);
		container = -1;
		return error;
	}
	return NULL;
}

static const char *open_by_group(struct device *d, enum vfio_way way)
{
	const char *error;

	d->group = group_of(d->bdf);
	if (d->group < 0)
		return "no such device, or it has no IOMMU group";
	d->group_fd = open_group(d->group, way);
	if (d->group_fd < 0)
		return sentence("opening the group");
	error = attach(d->group_fd, way);
	if (error)
		return error;
	d->fd = ioctl(d->group_fd, VFIO_GROUP_GET_DEVICE_FD, d->bdf);
	return d->fd < 0 ? sentence("opening the device") : NULL;
}

/* The device's own file; -1 with errno if it has none. */
static int open_file(const char *bdf)
{
	char path[sizeof("/dev/vfio/devices/") + NAME_MAX];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	dir = opendir(path);
	while (dir && fd < 0 && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			break;
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* Bound and not attached to anything: the device can be accessed, and reaches no memory. */
static const char *open_by_file(struct device *d)
{
	struct bind_iommufd bind = { .argsz = sizeof(bind) };

	d->group = -1;
	d->fd = open_file(d->bdf);
	if (d->fd < 0)
		return sentence("opening the device's own file");
	bind.iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (bind.iommufd < 0)
		return sentence("/dev/iommu");
	return ioctl(d->fd, BIND_IOMMUFD, &bind) ? sentence("binding to iommufd") : NULL;
}

const char *vfio_open(const char *bdf, enum vfio_way way)
{
	struct device d = {};
	const char *error;

	if (find(bdf))
		return NULL;
	if (ndevices == MAX_DEVICES || strlen(bdf) >= sizeof(d.bdf))
		return "too many devices, or no BDF";
	strcpy(d.bdf, bdf);
	error = way == VFIO_BY_FILE ? open_by_file(&d) : open_by_group(&d, way);
	if (error)
		return error;
	devices[ndevices++] = d;
	return vfio_decode(bdf, true);
}

static const char *region(const char *bdf, int index, struct device **d,
			  struct vfio_region_info *info)
{
	*d = find(bdf);
	if (!*d)
		return "device is not open";
	*info = (struct vfio_region_info){ .argsz = sizeof(*info), .index = index };
	if (ioctl((*d)->fd, VFIO_DEVICE_GET_REGION_INFO, info))
		return sentence("region");
	return NULL;
}

const char *vfio_bar(const char *bdf, int bar, int *fd, uint64_t *offset, uint64_t *len)
{
	struct vfio_region_info info;
	const char *error;
	struct device *d;

	if (bar < 0 || bar > 5)
		return "no such BAR";
	error = region(bdf, VFIO_PCI_BAR0_REGION_INDEX + bar, &d, &info);
	if (error)
		return error;
	if (!(info.flags & VFIO_REGION_INFO_FLAG_MMAP))
		return "vfio does not let this BAR be mapped";
	*fd = d->fd;
	*offset = info.offset;
	*len = info.size;
	return NULL;
}

/* Memory decoding off: vfio takes every mapping of the BARs away. */
const char *vfio_decode(const char *bdf, bool on)
{
	struct vfio_region_info info;
	const char *error;
	struct device *d;
	uint16_t cmd;

	error = region(bdf, VFIO_PCI_CONFIG_REGION_INDEX, &d, &info);
	if (error)
		return error;
	if (pread(d->fd, &cmd, 2, info.offset + PCI_COMMAND) != 2)
		return sentence("reading PCI_COMMAND");
	cmd = on ? cmd | PCI_COMMAND_MEMORY : cmd & ~PCI_COMMAND_MEMORY;
	if (pwrite(d->fd, &cmd, 2, info.offset + PCI_COMMAND) != 2)
		return sentence("writing PCI_COMMAND");
	return NULL;
}

const char *vfio_reset(const char *bdf)
{
	struct device *d = find(bdf);

	if (!d)
		return "device is not open";
	return ioctl(d->fd, VFIO_DEVICE_RESET) ? sentence("reset") : NULL;
}
