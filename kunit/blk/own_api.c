// SPDX-License-Identifier: GPL-2.0-only
/*
 * The public functions that annex_blk calls, for a pool that a suite chooses:
 * the sources of annex, under other names.
 */
#include <linux/export.h>

#include "own_api.h"

/* Nobody else calls them. */
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)

#define annex_pool (*annex_testblk_pool)

#include "api/client_counters.c"
#include "api/frame_table.c"

/* NULL, or the pool of the test that is running. */
struct annex *annex_testblk_pool;
