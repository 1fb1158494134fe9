/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MAP_MM_H
#define ANNEX_MAP_MM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "boot/pgtable.h"

struct annex;

/**
 * struct annex_mm - the page tables of a process
 * @annex: the pool
 * @list: among those of the pool, by its mms_lock
 * @pt: its tree, by @lock
 * @lock: guards what follows as well
 * @nr_pages: pages that it maps
 * @pid: who made it
 * @comm: and that one's name
 */
struct annex_mm {
	struct annex *annex;
	struct list_head list;
	struct annex_pgtable pt;
	struct mutex lock;	/* of pt and nr_pages */
	unsigned long nr_pages;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

#endif /* ANNEX_MAP_MM_H */
