// SPDX-License-Identifier: GPL-2.0-only
/* The trace events, defined once for all who use trace.h. */
#define CREATE_TRACE_POINTS
#include "tell/trace.h"
