/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that only tests have a use for, in one file each. */
#ifndef SETS_H
#define SETS_H

#include "command.h"

extern const struct command odd_memory_commands[], oracle_commands[], faults_commands[],
			    register_commands[], steps_commands[], evasion_commands[];

#endif
