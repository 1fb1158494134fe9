/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_RECLAIM_RECLAIM_H
#define ANNEX_RECLAIM_RECLAIM_H

#include <linux/gfp.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/types.h>

#include "base/goes.h"
#include "page/reclaim_calls.h"
#include "page/zone.h"
#include "reclaim/state.h"

struct annex_frames;
struct annex_shrinker;

/*
 * Reclaim begins with 1/2^12 of each list and doubles that whenever it was not
 * enough: the kernel's DEF_PRIORITY. At 0 it scans everything.
 */
#define ANNEX_DEF_PRIORITY	12

/*
 * Runs without a freed frame after which kswapd leaves a zone to direct
 * reclaim: the kernel's MAX_RECLAIM_RETRIES.
 */
#define ANNEX_KSWAPD_RETRIES	16

/**
 * struct annex_scan_control - the target of one reclaimer, and its results
 * @frames: the frames of the pool
 * @gfp: what the reclaimer may do
 * @order: the order of the request
 * @highest: the highest zone that may serve the request
 * @kswapd: the reclaimer is kswapd
 * @priority: 1/2^priority of each list is scanned
 * @nr_to_reclaim: the scan of a zone stops after so many freed frames
 * @nr_reclaimed: frames that were freed
 * @nr_scanned: frames of inactive lists that were scanned
 * @freed: frames freed in each zone, by reclaim or while shrinkers ran
 */
struct annex_scan_control {
	struct annex_frames *frames;
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
 * annex_scan_target() - how much of a list to scan
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
 * @inactive: frames of the inactive list
 * @active: frames of the active list
 *
 * The kernel's rule. Up to a gigabyte, both lists should have one size: a new
 * folio gets as much time to be used again as an active one. In larger zones
 * that is more time than it needs, so the inactive share shrinks with the
 * square root of the size: a quarter of 1 GB, an 11th of 10 GB, a 32nd of 100
 * GB.
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
 * annex_kswapd_shortage() - how many frames kswapd should free in a zone
 * @free: its free frames
 * @high: its high watermark
 * @order: the order of the wanted blocks
 *
 * Context: any; a function of its arguments.
 * Return: the frames that lift the zone to one above high, or twice the wanted
 * block, because half of the freed frames may not merge; at least a batch.
 */
static inline unsigned long
annex_kswapd_shortage(unsigned long free, unsigned long high,
		      unsigned int order)
{
	unsigned long nr = free <= high ? high - free + 1 : 0;

	return max3(nr, order ? 2UL << order : 0UL, 32UL);
}

/**
 * annex_kswapd_wish() - merge a request into those that kswapd has not taken
 * @wish: the merged requests so far, 0 for none
 * @order: the request's order
 * @highest: the highest zone that may serve it
 *
 * Context: any; a function of its arguments.
 * Return: the highest order and the highest zone of all of them.
 */
static inline int annex_kswapd_wish(int wish, unsigned int order, int highest)
{
	return max_t(int, wish >> 8, order) << 8 |
	       max(wish & 0xff, highest + 1);
}

/**
 * annex_shrink_delta() - how many objects a shrinker should scan
 * @freeable: how many objects it has counted
 * @priority: as for annex_scan_target()
 * @seeks: cost of an object
 *
 * The kernel's rule: the share that is scanned of a list, times 4, divided by
 * the cost; half of the objects if they cost nothing.
 *
 * Context: any; a function of its arguments.
 * Return: objects; saturates at ULONG_MAX.
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
 * annex_shrink_total() - how many objects to scan, with the backlog
 * @freeable: how many objects the shrinker has counted
 * @priority: as for annex_scan_target()
 * @delta: from annex_shrink_delta()
 * @deferred: the backlog: objects that earlier calls did not scan
 *
 * Context: any; a function of its arguments.
 * Return: objects, at most twice @freeable.
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
 * annex_shrink_deferred() - the backlog after a scan
 * @freeable: how many objects the shrinker has counted
 * @delta: from annex_shrink_delta()
 * @deferred: the backlog before the scan
 * @scanned: objects that were scanned
 *
 * Context: any; a function of its arguments.
 * Return: objects, at most twice @freeable.
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
void annex_reclaim_init(struct annex_frames *frames);
unsigned long annex_shrink_zone(struct annex_scan_control *sc,
				struct annex_zone *zone);
void annex_shrink_slabs(struct annex_scan_control *sc);

/* kswapd.c */
int annex_kswapd_run(struct annex_frames *frames);
void annex_kswapd_stop(struct annex_frames *frames);

/* shrinker.c */
int annex_shrinker_add(struct annex_frames *frames,
		       struct annex_shrinker *shrinker);
int annex_shrinker_del(struct annex_frames *frames,
		       struct annex_shrinker *shrinker);
unsigned long annex_shrinkers_run(struct annex_frames *frames, gfp_t gfp,
				  unsigned int priority);

/* revoke.c */
unsigned int annex_shrinkers_revoke(struct annex_frames *frames,
				    annex_goes_fn goes, const void *arg);
unsigned long annex_folios_revoke(struct annex_frames *frames,
				  annex_goes_fn goes, const void *arg);

#endif /* ANNEX_RECLAIM_RECLAIM_H */
