// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was given on the command line: main.c fills it in, and every verb reads it.
 */
#include "cli.h"

struct cli_options cli = { .root = "", .bar = -1 };
