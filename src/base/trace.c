// SPDX-License-Identifier: GPL-2.0-only
/*
 * Definitions of the trace events of trace.h.
 */
#define CREATE_TRACE_POINTS
#include "base/trace.h"
