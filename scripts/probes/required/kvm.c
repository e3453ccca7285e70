// SPDX-License-Identifier: GPL-2.0-only
/* this kernel is built without KVM (CONFIG_KVM) */
#include <linux/kconfig.h>

#ifndef CONFIG_KVM
#error no
#endif
