/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_MM_MM_H
#define ANNEX_MM_MM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <annex/mm.h>
#include <annex/page.h>

#include "pgtable/pgtable.h"
#include "pgtable/tables.h"

struct annex_frames;

/* Tables that one mapping can need: there are two below the first level. */
#define ANNEX_MM_TABLES		2

/**
 * struct annex_mm_tables - frames for tables, allocated before a lock is taken
 * @page: the frames
 * @nr: how many there are
 */
struct annex_mm_tables {
	struct annex_page *page[ANNEX_MM_TABLES];
	unsigned int nr;
};

/**
 * struct annex_mm - the page tables of a process
 * @mms: the processes of the pool
 * @list: in the pool's list; protected by mms->lock
 * @node: in the pool's hash table; likewise, and read under RCU
 * @rcu: frees it
 * @pt: the tables; those from PAGE_OFFSET on are the master's
 * @users: one for list and hash table, and one per call in progress; the last
 *	one frees it
 * @pid: pid of its creator
 * @comm: name of its creator
 * @lock: protects @pt below PAGE_OFFSET, and the fields below
 * @gone: it was destroyed
 * @nr_pages: frames mapped
 * @tables: frames for the tables of the mapping in progress
 */
struct annex_mm {
	struct annex_mms *mms;
	struct list_head list;
	struct hlist_node node;
	struct rcu_head rcu;
	struct annex_pgtable pt;
	refcount_t users;
	pid_t pid;
	char comm[TASK_COMM_LEN];

	struct mutex lock; /* protects all below, and see above */
	bool gone;
	unsigned long nr_pages;
	struct annex_mm_tables *tables;
};

/**
 * struct annex_mm_holder - creator of page tables that were not destroyed
 * @pid: pid of the creator
 * @comm: name of the creator
 * @nr_pages: frames mapped
 */
struct annex_mm_holder {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long nr_pages;
};

/* Buckets of the hash of processes, as a power of two: one each for 64. */
#define ANNEX_MM_HASH_BITS	6

/**
 * struct annex_mms - the page tables of the processes of a pool
 * @frames: the frames of the pool
 * @tables: its own page tables, whose upper part all processes share
 * @lock: protects @list and @hash
 * @list: the processes, in the order of their creation
 * @hash: the same, by the address of struct annex_mm; read under RCU
 */
struct annex_mms {
	struct annex_frames *frames;
	const struct annex_tables *tables;
	struct mutex lock; /* protects all below */
	struct list_head list;
	struct hlist_head hash[1 << ANNEX_MM_HASH_BITS];
};

void annex_mms_init(struct annex_mms *mms);
unsigned int annex_mms_exit(struct annex_mms *mms);
unsigned int annex_mms_abandon(struct annex_mms *mms);
unsigned int annex_mms_leaks(struct annex_mms *mms,
			     struct annex_mm_holder *first);

struct annex_mm *__annex_mm_create(struct annex_mms *mms);
int __annex_mm_destroy(struct annex_mms *mms, struct annex_mm *mm);
int __annex_mm_map_page(struct annex_mms *mms, struct annex_mm *mm, u32 addr,
			struct annex_page *page, unsigned int prot);
int __annex_mm_unmap_page(struct annex_mms *mms, struct annex_mm *mm, u32 addr);
int __annex_mm_protect(struct annex_mms *mms, struct annex_mm *mm, u32 addr,
		       u32 size, unsigned int prot);

#endif /* ANNEX_MM_MM_H */
