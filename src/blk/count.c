// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all devices together did: lines of the pool's vmstat.
 *
 *	annexblk_read		sectors of 512 bytes to read
 *	annexblk_write		sectors to write
 *	annexblk_discard	sectors to discard or to zero
 *	annexblk_slot_free	slots of swap whose frame was given back
 *	annexblk_nospc		writes that found no frame
 *
 * A request counts when it arrives, with all of its sectors.
 */
#include <linux/blk_types.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/percpu.h>

#include <annex/client_counters.h>

#include "blk/blk.h"

/* See annex_blk_count_copy(). */
static_assert(ANNEX_BLK_READ == (__force int)REQ_OP_READ);
static_assert(ANNEX_BLK_WRITE == (__force int)REQ_OP_WRITE);

static const char * const names[] = {
	[ANNEX_BLK_READ] = "annexblk_read",
	[ANNEX_BLK_WRITE] = "annexblk_write",
	[ANNEX_BLK_DISCARD] = "annexblk_discard",
	[ANNEX_BLK_SLOT_FREE] = "annexblk_slot_free",
	[ANNEX_BLK_NOSPC] = "annexblk_nospc",
};

static_assert(ARRAY_SIZE(names) == ANNEX_BLK_NR_COUNTERS);

DEFINE_PER_CPU(unsigned long [ANNEX_BLK_NR_COUNTERS], annex_blk_counts);

static struct annex_client_counters counters = {
	.names = names,
	.nr = ANNEX_BLK_NR_COUNTERS,
	.counts = annex_blk_counts,
};

/**
 * annex_blk_counters_init() - show the counters in vmstat
 *
 * Context: process, may sleep.
 * Return: 0, or an errno with a line in the log.
 */
int annex_blk_counters_init(void)
{
	return annex_register_counters(&counters);
}

/**
 * annex_blk_counters_exit() - undo annex_blk_counters_init()
 *
 * Context: process, may sleep.
 */
void annex_blk_counters_exit(void)
{
	annex_unregister_counters(&counters);
}
