// SPDX-License-Identifier: GPL-2.0-only
/* this kernel is built without PCI (CONFIG_PCI) */
#include <linux/kconfig.h>

#ifndef CONFIG_PCI
#error no
#endif
