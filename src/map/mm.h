/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MAP_MM_H
#define ANNEX_MAP_MM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <annex/mm.h>
#include <annex/page.h>

#include "boot/pgtable.h"

struct annex;

/* Tables that one mapping can want: below the first level there are two. */
#define ANNEX_MM_TABLES		2

/**
 * struct annex_mm_tables - frames for tables, taken before a lock is
 * @page: the frames
 * @nr: how many there are
 */
struct annex_mm_tables {
	struct annex_page *page[ANNEX_MM_TABLES];
	unsigned int nr;
};

/**
 * struct annex_mm - the page tables of a process
 * @annex: the pool
 * @list: among the pool's; protected by annex->mms_lock
 * @node: in the pool's hash table; likewise, and read under RCU
 * @rcu: frees it
 * @pt: the tables, of which those from PAGE_OFFSET on are the master's
 * @users: who knows it: list and table, and calls under way; the last one frees it
 * @pid: who made it
 * @comm: and what he was called
 * @lock: protects all of @pt below PAGE_OFFSET, and what is below
 * @gone: it was destroyed
 * @nr_pages: frames that it shows
 * @tables: where a mapping under way takes new tables from
 */
struct annex_mm {
	struct annex *annex;
	struct list_head list;
	struct hlist_node node;
	struct rcu_head rcu;
	struct annex_pgtable pt;
	refcount_t users;
	pid_t pid;
	char comm[TASK_COMM_LEN];

	struct mutex lock; /* all below, and more: see above */
	bool gone;
	unsigned long nr_pages;
	struct annex_mm_tables *tables;
};

/**
 * struct annex_mm_holder - whose page tables some are
 * @pid: who made them
 * @comm: and what he was called
 * @nr_pages: frames that they show
 */
struct annex_mm_holder {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long nr_pages;
};

unsigned int annex_mms_exit(struct annex *annex);
unsigned int annex_mms_leave(struct annex *annex);
unsigned int annex_mms_held(struct annex *annex, struct annex_mm_holder *first);

struct annex_mm *annex_pool_mm_create(struct annex *annex);
int annex_pool_mm_destroy(struct annex *annex, struct annex_mm *mm);
int annex_pool_mm_map_page(struct annex *annex, struct annex_mm *mm, u32 addr,
			   struct annex_page *page, unsigned int prot);
int annex_pool_mm_unmap_page(struct annex *annex, struct annex_mm *mm,
			     u32 addr);
int annex_pool_mm_protect(struct annex *annex, struct annex_mm *mm, u32 addr,
			  u32 size, unsigned int prot);

#endif /* ANNEX_MAP_MM_H */
