/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_ZONE_H
#define ANNEX_PAGE_ZONE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <annex/page.h>
#include <annex/types.h>

#include "base/counters.h"
#include "page/pageblock.h"

struct annex_frames;
struct annex_pcp_list;
struct annex_reason;

/* By address: a request falls back from its zone to those before. */
enum annex_zone_type {
	ANNEX_ZONE_DMA,
	ANNEX_ZONE_DMA32,
	ANNEX_ZONE_NORMAL,
	ANNEX_ZONE_HIGHMEM,
	ANNEX_ZONE_MOVABLE,
	ANNEX_MAX_NR_ZONES
};

enum annex_zone_watermark {
	ANNEX_WMARK_MIN,
	ANNEX_WMARK_LOW,
	ANNEX_WMARK_HIGH,
	ANNEX_NR_WMARK
};

/* Combinations of __GFP_DMA, __GFP_HIGHMEM, __GFP_DMA32 and __GFP_MOVABLE. */
#define ANNEX_NR_GFP_ZONES	16

/* Heads of a zone's lists of free blocks: one for each type and order. */
#define ANNEX_ZONE_HEADS	(ANNEX_MIGRATE_TYPES * ANNEX_MAX_ORDER)

/*
 * The size of the kernel's ZONE_DMA, counted from the pool's start. The zone
 * has the same rules, but no ISA device reaches it if the pool begins at 16 MB
 * or above.
 */
#define ANNEX_ZONE_DMA_PAGES	((16U << 20) >> PAGE_SHIFT)

enum annex_lru_list {
	ANNEX_LRU_INACTIVE,
	ANNEX_LRU_ACTIVE,
	ANNEX_NR_LRU_LISTS
};

/**
 * struct annex_lruvec - the LRU lists of a zone
 * @lock: protects the members below, the links of the folios, and their flags
 *	%ANNEX_FOLIO_LRU, %ANNEX_FOLIO_ISOLATED and %ANNEX_FOLIO_ACTIVE
 * @list: by enum annex_lru_list; new folios at the head, old ones at the tail
 * @nr: frames in each list; also read without @lock
 * @kswapd_failures: runs of kswapd that freed no frame of the zone, since it
 *	was last reset; changes without @lock
 */
struct annex_lruvec {
	spinlock_t lock ____cacheline_aligned_in_smp;
	struct list_head list[ANNEX_NR_LRU_LISTS];
	unsigned long nr[ANNEX_NR_LRU_LISTS];
	unsigned int kswapd_failures;
};

/**
 * struct annex_zone - a range of frames that serve the same requests
 * @frames: the frames of the pool
 * @map: the descriptors, by annex pfn plus bias
 * @pageblock: the pool's pageblocks, by the same number
 * @heads: number of the first head of its lists of free blocks, which follow
 *	the descriptors of the frames, by type, then by order
 * @ragged: it begins or ends in the middle of a block of the largest order
 * @idx: which zone this is
 * @name: "DMA", ...
 * @zone_start_pfn: first frame
 * @spanned_pages: frames from the first to the last
 * @present_pages: those of them that exist
 * @managed_pages: those of them that the buddy was given
 * @_watermark: the watermarks, in free frames, by enum annex_zone_watermark
 * @watermark_boost: frames by which the watermarks are raised for a while
 * @lowmem_reserve: frames kept from requests that a zone above could serve, by
 *	that zone
 * @low_reserve: sum of the low watermark and lowmem_reserve
 * @pcp: the per-CPU lists, NULL for a zone without frames
 * @pcp_high: the most frames of a type that a CPU may cache
 * @pcp_batch: single frames that move between a CPU and the zone at a time
 * @usable_pages: free frames that any request may get; written under @lock,
 *	read without it
 * @vm_stat: the zone's counters, by enum annex_counter, but for free frames
 * @lock: protects the members below, the descriptors of free frames and the
 *	types of pageblocks
 * @nr_free: free blocks by order
 * @free_orders: by type, the orders of which there are free blocks, as bits
 * @free_highatomic: free frames of pageblocks kept for atomic requests
 * @free_isolated: free frames of isolated pageblocks, not counted as free
 * @nr_reserved_highatomic: frames of pageblocks kept for atomic requests
 * @generation: changes whenever the free lists change
 * @lruvec: the folios that reclaim may evict, with a lock of its own
 */
struct annex_zone {
	/* Set before the zone is published. */
	struct annex_frames *frames;
	struct annex_page *map;
	struct annex_pageblock *pageblock;
	u32 heads;
	bool ragged;
	enum annex_zone_type idx;
	const char *name;
	annex_pfn_t zone_start_pfn;
	unsigned long spanned_pages;
	unsigned long present_pages;
	unsigned long managed_pages;
	unsigned long _watermark[ANNEX_NR_WMARK];
	unsigned long watermark_boost;
	unsigned long lowmem_reserve[ANNEX_MAX_NR_ZONES];
	unsigned long low_reserve[ANNEX_MAX_NR_ZONES];
	struct annex_pcp_list __percpu *pcp;
	u32 pcp_high;
	u32 pcp_batch;

	atomic_long_t usable_pages ____cacheline_aligned_in_smp;
	atomic_long_t vm_stat[ANNEX_NR_ZONE_COUNTERS] ____cacheline_aligned_in_smp;

	spinlock_t lock ____cacheline_aligned_in_smp;
	u32 nr_free[ANNEX_MAX_ORDER];
	u16 free_orders[ANNEX_MIGRATE_TYPES];
	unsigned long free_highatomic;
	unsigned long free_isolated;
	unsigned long nr_reserved_highatomic;
	unsigned long generation;

	struct annex_lruvec lruvec;
};

/**
 * struct annex_zone_limits - what determines the limits of a pool's zones
 * @base_pfn: host number of the pool's first frame
 * @nr_pages: frames of the pool
 * @lowmem_pages: frames of its lowmem
 * @movable_pages: frames at its end for the Movable zone
 * @dma32: whether there is a DMA32 zone
 */
struct annex_zone_limits {
	unsigned long base_pfn;
	annex_pfn_t nr_pages;
	annex_pfn_t lowmem_pages;
	annex_pfn_t movable_pages;
	bool dma32;
};

void annex_zone_ends(const struct annex_zone_limits *lim,
		     annex_pfn_t end[ANNEX_MAX_NR_ZONES]);
unsigned long annex_min_free_kbytes(unsigned long lowmem_pages);
unsigned long annex_zone_min(enum annex_zone_type idx, unsigned long managed,
			     unsigned long lowmem_managed,
			     unsigned long min_pages);
unsigned long annex_zone_step(unsigned long min, unsigned long managed,
			      unsigned int scale);
void annex_zones_init(struct annex_frames *frames,
		      const struct annex_zone_limits *lim);
int annex_zones_set_watermarks(struct annex_frames *frames,
			       unsigned long min_free_kbytes,
			       unsigned int watermark_scale,
			       struct annex_reason *why);
unsigned long annex_zones_used_below(const struct annex_frames *frames,
				     annex_pfn_t end);
unsigned long annex_zones_used(const struct annex_frames *frames);
const char *annex_zone_claim_name(enum annex_zone_type idx);

/* Are the frames of the zone outside the direct map? */
static inline bool annex_zone_is_high(enum annex_zone_type idx)
{
	return idx >= ANNEX_ZONE_HIGHMEM;
}

static inline annex_pfn_t annex_zone_end_pfn(const struct annex_zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline bool annex_zone_spans(const struct annex_zone *zone,
				    annex_pfn_t pfn)
{
	return pfn - zone->zone_start_pfn < zone->spanned_pages;
}

/* Free frames, without those kept for atomic requests. */
static inline unsigned long
annex_zone_usable_pages(const struct annex_zone *zone)
{
	return atomic_long_read(&zone->usable_pages);
}

static inline unsigned long
annex_zone_free_pages(const struct annex_zone *zone)
{
	return annex_zone_usable_pages(zone) + READ_ONCE(zone->free_highatomic);
}

/* Free frames above @floor; with @all, those for atomic requests count. */
static inline unsigned long annex_zone_above(const struct annex_zone *zone,
					     unsigned long floor, bool all)
{
	unsigned long free = all ? annex_zone_free_pages(zone) :
				   annex_zone_usable_pages(zone);

	return free > floor ? free - floor : 0;
}

static inline unsigned long
annex_zone_nr_free(const struct annex_zone *zone, unsigned int order)
{
	return READ_ONCE(zone->nr_free[order]);
}

/* Frames of the zone were freed: kswapd may try again. */
static inline void annex_zone_forgive(struct annex_zone *zone)
{
	if (READ_ONCE(zone->lruvec.kswapd_failures))
		WRITE_ONCE(zone->lruvec.kswapd_failures, 0);
}

bool annex_zone_balanced(const struct annex_zone *zone, unsigned int order);
void annex_zone_forgive_if_high(struct annex_zone *zone);

/*
 * Called before frames are taken from a zone. If kswapd has given up on the
 * zone but the zone is above high now, kswapd may try again.
 */
static inline void annex_zone_notice(struct annex_zone *zone)
{
	if (unlikely(READ_ONCE(zone->lruvec.kswapd_failures)))
		annex_zone_forgive_if_high(zone);
}

/* Is a block of this order free for requests of any type? A snapshot. */
static inline bool annex_zone_has_block(const struct annex_zone *zone,
					unsigned int order)
{
	unsigned int type;

	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		if (READ_ONCE(zone->free_orders[type]) >> order)
			return true;
	return false;
}

static inline unsigned long
annex_zone_watermark(const struct annex_zone *zone,
		     enum annex_zone_watermark mark)
{
	return zone->_watermark[mark] + zone->watermark_boost;
}

/**
 * annex_zone_count() - read a counter of a zone
 * @zone: the zone
 * @item: a counter of a zone
 *
 * Context: any. Additions and subtractions of other CPUs may be seen in the
 * wrong order; a sum below 0 is read as 0.
 */
static inline unsigned long annex_zone_count(const struct annex_zone *zone,
					     enum annex_counter item)
{
	if (item == ANNEX_NR_FREE_PAGES)
		return annex_zone_free_pages(zone);
	return max(atomic_long_read(&zone->vm_stat[item]), 0L);
}

/**
 * annex_mod_zone_count() - change a counter of a zone
 * @zone: the zone
 * @item: a counter of a zone, not %ANNEX_NR_FREE_PAGES
 * @delta: what to add, perhaps negative
 *
 * Context: any.
 */
static inline void annex_mod_zone_count(struct annex_zone *zone,
					enum annex_counter item, long delta)
{
	atomic_long_add(delta, &zone->vm_stat[item]);
}

#endif /* ANNEX_PAGE_ZONE_H */
