/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that are bound to vfio-pci. NULL for success or a sentence. */
#ifndef UVM_VFIO_H
#define UVM_VFIO_H

#include <stdbool.h>
#include <stdint.h>

const char *vfio_open(const char *bdf);
const char *vfio_bar(const char *bdf, int bar, int *fd, uint64_t *offset, uint64_t *len);
const char *vfio_decode(const char *bdf, bool on);
const char *vfio_reset(const char *bdf);

#endif
