/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_RECLAIM_H
#define ANNEX_PAGE_RECLAIM_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "page/zone.h"

struct annex;
struct annex_shrinker;
struct task_struct;

/*
 * Reclaim begins with a 2^12th of each list and looks at twice as much when
 * that was not enough: the kernel's DEF_PRIORITY. At 0 it has seen all.
 */
#define ANNEX_DEF_PRIORITY	12

/*
 * Runs without a single frame after which kswapd leaves a zone to those who
 * can wait: the kernel's MAX_RECLAIM_RETRIES.
 */
#define ANNEX_KSWAPD_RETRIES	16

/**
 * struct annex_reclaim - what a pool has for reclaim
 * @kswapd: the thread that keeps zones above high, or NULL
 * @kswapd_wait: where it sleeps
 * @kswapd_wish: what it was asked for since it looked last, as
 *	annex_kswapd_wish() has it; 0 for nothing
 * @writeback_wait: where reclaimers wait for what they sent to be written
 * @shrinker_rwsem: protects @shrinkers; held for reading while any runs
 * @shrinkers: the registered ones
 */
struct annex_reclaim {
	struct task_struct *kswapd;
	wait_queue_head_t kswapd_wait;
	atomic_t kswapd_wish;
	wait_queue_head_t writeback_wait;

	struct rw_semaphore shrinker_rwsem;
	struct list_head shrinkers;
};

/**
 * struct annex_scan_control - one reclaimer's order and what came of it
 * @annex: the pool
 * @gfp: what the reclaimer may do
 * @order: what its blocks are wanted for
 * @highest: the highest zone that serves
 * @kswapd: it is kswapd
 * @priority: a 2^priority'th of each list is looked at
 * @nr_to_reclaim: frames after which a list need not be looked at further
 * @nr_reclaimed: frames that were freed
 * @nr_scanned: frames of inactive lists that were looked at
 * @freed: frames that were freed in each zone, by reclaim or while shrinkers ran
 */
struct annex_scan_control {
	struct annex *annex;
	gfp_t gfp;
	unsigned int order;
	int highest;
	bool kswapd;
	unsigned int priority;
	unsigned long nr_to_reclaim;
	unsigned long nr_reclaimed;
	unsigned long nr_scanned;
	unsigned long freed[ANNEX_MAX_NR_ZONES];
};

/**
 * annex_scan_target() - how much of a list to look at
 * @nr: frames of the list
 * @priority: from %ANNEX_DEF_PRIORITY down to 0
 *
 * Context: any; a function of its arguments.
 */
static inline unsigned long annex_scan_target(unsigned long nr,
					      unsigned int priority)
{
	return nr >> priority;
}

/**
 * annex_inactive_is_low() - should the active list feed the inactive one?
 * @inactive: frames of the one
 * @active: frames of the other
 *
 * The kernel's rule. Up to a gigabyte both are to be of one size: what is new
 * gets as long to show that it is needed as what has shown it. In larger zones
 * that would be longer than it takes, so the inactive part shrinks with the
 * root of the size: a quarter of 1 GB, an 11th of 10 GB, a 32nd of 100 GB.
 *
 * Context: any; a function of its arguments.
 */
static inline bool annex_inactive_is_low(unsigned long inactive,
					 unsigned long active)
{
	unsigned long gb = (inactive + active) >> (30 - PAGE_SHIFT);
	unsigned long ratio = gb ? int_sqrt(10 * gb) : 1;

	return inactive * ratio < active;
}

/**
 * annex_kswapd_shortage() - what kswapd is to free in a zone
 * @free: its free frames
 * @high: its high watermark
 * @order: what blocks it is short of
 *
 * Context: any; a function of its arguments.
 * Return: frames: up to high and one more, or twice the block that is wanted,
 * of which half may lie where nothing merges; at least a batch.
 */
static inline unsigned long
annex_kswapd_shortage(unsigned long free, unsigned long high,
		      unsigned int order)
{
	unsigned long nr = free <= high ? high - free + 1 : 0;

	return max3(nr, order ? 2UL << order : 0UL, 32UL);
}

/**
 * annex_kswapd_wish() - add a request to those that kswapd has not seen
 * @wish: those
 * @order: the request's order
 * @highest: the highest zone that may serve it
 *
 * Context: any; a function of its arguments.
 * Return: order and highest zone of them all.
 */
static inline int annex_kswapd_wish(int wish, unsigned int order, int highest)
{
	return max_t(int, wish >> 8, order) << 8 |
	       max(wish & 0xff, highest + 1);
}

/**
 * annex_shrink_delta() - how many objects a shrinker is to look at
 * @freeable: how many it says it has
 * @priority: as for annex_scan_target()
 * @seeks: what one of them costs
 *
 * The kernel's rule: as with the lists, four times as many, and fewer the
 * dearer they are; half of those that cost nothing.
 *
 * Context: any; a function of its arguments.
 * Return: objects; ULONG_MAX if a word has no room for them.
 */
static inline unsigned long annex_shrink_delta(unsigned long freeable,
					       unsigned int priority,
					       unsigned int seeks)
{
	u64 objects;

	if (!seeks)
		return freeable / 2;
	if (check_mul_overflow((u64)(freeable >> priority), (u64)4, &objects))
		objects = U64_MAX;
	return min_t(u64, div_u64(objects, seeks), ULONG_MAX);
}

/**
 * annex_shrink_total() - and with those that were put off
 * @freeable: how many it says it has
 * @priority: as for annex_scan_target()
 * @delta: as annex_shrink_delta() has it
 * @deferred: those that were to be looked at before and were not
 *
 * Context: any; a function of its arguments.
 * Return: objects, at most twice what there are.
 */
static inline unsigned long annex_shrink_total(unsigned long freeable,
					       unsigned int priority,
					       unsigned long delta,
					       unsigned long deferred)
{
	return min(size_add(deferred >> priority, delta),
		   size_mul(2, freeable));
}

/**
 * annex_shrink_deferred() - what is put off to the next time
 * @freeable: how many it says it has
 * @delta: as annex_shrink_delta() has it
 * @deferred: those put off before
 * @scanned: those looked at now
 *
 * Context: any; a function of its arguments.
 * Return: objects, at most twice what there are.
 */
static inline unsigned long annex_shrink_deferred(unsigned long freeable,
						  unsigned long delta,
						  unsigned long deferred,
						  unsigned long scanned)
{
	unsigned long due = size_add(deferred, delta);

	return due > scanned ? min(due - scanned, size_mul(2, freeable)) : 0;
}

/* reclaim.c */
void annex_reclaim_init(struct annex *annex);
unsigned long annex_shrink_zone(struct annex_scan_control *sc,
				struct annex_zone *zone);
void annex_shrink_slabs(struct annex_scan_control *sc);
unsigned long annex_reclaim_direct(struct annex *annex, gfp_t gfp,
				   unsigned int order, int highest);

/* kswapd.c */
bool annex_zone_balanced(const struct annex_zone *zone, unsigned int order);
void annex_zone_forgive_if_high(struct annex_zone *zone);

/*
 * Frames are about to be taken from a zone. If kswapd has given up on it, and
 * it is above high now, what kept kswapd from its frames is gone.
 */
static inline void annex_zone_notice(struct annex_zone *zone)
{
	if (unlikely(READ_ONCE(zone->lruvec.kswapd_failures)))
		annex_zone_forgive_if_high(zone);
}

int annex_kswapd_run(struct annex *annex);
void annex_kswapd_stop(struct annex *annex);
void annex_wakeup_kswapd(struct annex *annex, gfp_t gfp, unsigned int order,
			 int highest);

/* shrinker.c */
int annex_shrinker_add(struct annex *annex, struct annex_shrinker *shrinker);
int annex_shrinker_del(struct annex *annex, struct annex_shrinker *shrinker);
unsigned long annex_shrinkers_run(struct annex *annex, gfp_t gfp,
				  unsigned int priority);

/* forget.c. Is code, or what points to it, among what @arg says? */
typedef bool (*annex_goes_fn)(const void *code, const void *arg);

unsigned int annex_shrinkers_forget(struct annex *annex, annex_goes_fn goes,
				    const void *arg);
unsigned long annex_folios_forget(struct annex *annex, annex_goes_fn goes,
				  const void *arg);

#endif /* ANNEX_PAGE_RECLAIM_H */
