/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_STATE_H
#define ANNEX_RECLAIM_STATE_H

/*
 * What a pool has of reclaim: the memory of its folios, the waiters for their
 * bits, kswapd, and the shrinkers. struct annex_frames points to it.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;

/**
 * struct annex_folio_slab_list - the folio slabs that a CPU has allocated
 * @lock: protects the members below, the folio slabs of the list, and the tie
 *	between each of their folios and its block
 * @partial: folio slabs that have a free folio
 * @nr_pages: folio slabs
 * @nr_used: folios in use
 * @generation: changes with each folio that is taken or given back
 */
struct annex_folio_slab_list {
	spinlock_t lock ____cacheline_aligned_in_smp; /* see above for the rest */
	struct list_head partial;
	unsigned long nr_pages;
	unsigned long nr_used;
	unsigned long generation;
};

/*
 * Lists of a pool: one for each CPU that Debian's 32-bit kernel supports. With
 * more CPUs, some share a list. The lists are embedded in the pool, at 64 bytes
 * each, so that they need no allocation that could fail.
 */
#define ANNEX_FOLIO_SLAB_LISTS	32

/**
 * struct annex_folio_slabs - the folios of a pool
 * @list: by CPU
 */
struct annex_folio_slabs {
	struct annex_folio_slab_list list[ANNEX_FOLIO_SLAB_LISTS];
};

/*
 * Wait queues of a pool. Waiters for different frames may share a queue; a
 * waker then only has to skip the others. With fewer than 64 waiters at a time,
 * which is already a busy machine, a queue has about one.
 */
#define ANNEX_WAIT_QUEUE_BITS	6
#define ANNEX_WAIT_QUEUES	BIT(ANNEX_WAIT_QUEUE_BITS)

/**
 * struct annex_waits - the waiters for frames and folios of a pool
 * @queue: wait queues, by a hash of the word that is waited for
 */
struct annex_waits {
	wait_queue_head_t queue[ANNEX_WAIT_QUEUES];
};

/**
 * struct annex_reclaim - the reclaim state of a pool
 * @folio_slabs: the pages that hold folios
 * @waits: threads that wait for a bit of a frame or folio
 * @kswapd: the thread that keeps zones above high, or NULL
 * @kswapd_wait: where kswapd sleeps
 * @kswapd_wish: the requests that kswapd has not taken yet, as encoded by
 *	annex_kswapd_wish(); 0 if none
 * @writeback_wait: where reclaimers wait for writeback that they have started
 * @shrinker_rwsem: protects @shrinkers; held for reading while any runs
 * @shrinkers: the registered shrinkers
 */
struct annex_reclaim {
	struct annex_folio_slabs folio_slabs;
	struct annex_waits waits;

	struct task_struct *kswapd;
	wait_queue_head_t kswapd_wait;
	atomic_t kswapd_wish;
	wait_queue_head_t writeback_wait;

	struct rw_semaphore shrinker_rwsem;
	struct list_head shrinkers;
};

#endif /* ANNEX_RECLAIM_STATE_H */
