// SPDX-License-Identifier: GPL-2.0-only
/* this kernel is not for arm64 */
#include <linux/kconfig.h>

#ifndef CONFIG_ARM64
#error no
#endif
