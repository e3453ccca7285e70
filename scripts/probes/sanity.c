// SPDX-License-Identifier: GPL-2.0-only
/* Asked first: can this tree and compiler build anything at all? */
#include <linux/module.h>
