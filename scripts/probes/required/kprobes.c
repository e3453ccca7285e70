// SPDX-License-Identifier: GPL-2.0-only
/* this kernel is built without kprobes (CONFIG_KPROBES) */
#include <linux/kconfig.h>

#ifndef CONFIG_KPROBES
#error no
#endif
