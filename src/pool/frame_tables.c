// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame tables of a pool that is loaded and unloaded.
 *
 * Locking: none; the pool has no user.
 */
#include <linux/printk.h>

#include "pool/frame_tables.h"
#include "pool/pool.h"
#include "store/store.h"
#include "store/tables.h"

/**
 * annex_frame_tables_init() - allow frame tables
 * @annex: the pool, with zones
 * @params: unused
 * @why: unused
 *
 * Context: process.
 * Return: 0.
 */
int annex_frame_tables_init(struct annex *annex,
			    const struct annex_params *params,
			    struct annex_reason *why)
{
	annex_store_init(&annex->store);
	return 0;
}

static void say_tables(unsigned int tables)
{
	if (tables)
		pr_warn("annex: %u frame tables were never destroyed\n",
			tables);
}

/**
 * annex_frame_tables_exit() - destroy all frame tables
 * @annex: the pool; no caller uses them any more
 *
 * Leaked tables are logged and destroyed. It may be called again.
 *
 * Context: process, may sleep.
 */
void annex_frame_tables_exit(struct annex *annex)
{
	say_tables(annex_store_exit(&annex->store));
}

/**
 * annex_frame_tables_abandon() - the same, but the frames stay as they are
 * @annex: the pool; the functions for frame tables are not called any more
 *
 * Context: process, may sleep.
 */
void annex_frame_tables_abandon(struct annex *annex)
{
	say_tables(annex_store_abandon(&annex->store));
}
