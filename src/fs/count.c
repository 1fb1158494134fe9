// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all mounts together did: lines of the pool's vmstat.
 *
 *	annexfs_read		pieces that read() copied, each of at most a page
 *	annexfs_write		pieces that write() copied
 *	annexfs_fault		page faults of mappings
 *	annexfs_fault_around	neighbours that were mapped at such a fault
 *	annexfs_cow		pages that were copied for a private mapping
 *	annexfs_nospc		pieces and pages that found no frame
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/percpu.h>

#include <annex/client_counters.h>

#include "fs/fs.h"

static const char * const names[] = {
	[ANNEX_FS_READ] = "annexfs_read",
	[ANNEX_FS_WRITE] = "annexfs_write",
	[ANNEX_FS_FAULT] = "annexfs_fault",
	[ANNEX_FS_FAULT_AROUND] = "annexfs_fault_around",
	[ANNEX_FS_COW] = "annexfs_cow",
	[ANNEX_FS_NOSPC] = "annexfs_nospc",
};

static_assert(ARRAY_SIZE(names) == ANNEX_FS_NR_COUNTERS);

DEFINE_PER_CPU(unsigned long [ANNEX_FS_NR_COUNTERS], annex_fs_counts);

static struct annex_client_counters counters = {
	.names = names,
	.nr = ANNEX_FS_NR_COUNTERS,
	.counts = annex_fs_counts,
};

/**
 * annex_fs_counters_init() - show the counters in vmstat
 *
 * Context: process, may sleep.
 * Return: 0, or an errno with a line in the log.
 */
int annex_fs_counters_init(void)
{
	return annex_register_counters(&counters);
}

/**
 * annex_fs_counters_exit() - undo annex_fs_counters_init()
 *
 * Context: process, may sleep.
 */
void annex_fs_counters_exit(void)
{
	annex_unregister_counters(&counters);
}
