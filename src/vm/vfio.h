/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that are bound to vfio-pci. NULL for success or a sentence. */
#ifndef VM_VFIO_H
#define VM_VFIO_H

#include <stdbool.h>
#include <stdint.h>

/* How a device is opened. */
enum vfio_way {
	VFIO_BY_GROUP,
	VFIO_BY_FILE,		/* /dev/vfio/devices, with iommufd */
	VFIO_NO_IOMMU,		/* by a group that has no IOMMU */
};

const char *vfio_open(const char *bdf, enum vfio_way way);
const char *vfio_bar(const char *bdf, int bar, int *fd, uint64_t *offset, uint64_t *len);
const char *vfio_decode(const char *bdf, bool on);
const char *vfio_reset(const char *bdf);

#endif
