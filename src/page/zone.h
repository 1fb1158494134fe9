/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_ZONE_H
#define ANNEX_PAGE_ZONE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <annex/page.h>
#include <annex/types.h>

#include "page/lru.h"
#include "stat/counters.h"

struct annex;
struct annex_pcp;
struct annex_reason;

/* From the ground up: a request falls back from its zone to those before. */
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

/* ISA DMA reaches 16 MB; counted from the pool's start. */
#define ANNEX_ZONE_DMA_PAGES	((16U << 20) >> PAGE_SHIFT)

/**
 * struct annex_free_area - the free blocks of one order
 * @first: head of the list, %ANNEX_PFN_NIL if it is empty
 * @nr_free: its length
 */
struct annex_free_area {
	annex_pfn_t first;
	unsigned long nr_free;
};

/**
 * struct annex_zone - a run of frames that serve the same requests
 * @annex: the pool
 * @mem_map: the pool's descriptors
 * @bias: see struct annex
 * @idx: which zone this is
 * @name: "DMA", ...
 * @zone_start_pfn: first frame
 * @spanned_pages: frames from the first to the last
 * @present_pages: those of them that exist
 * @managed_pages: those of them that the buddy was given
 * @_watermark: free frames at which who may do what changes, by
 *	enum annex_zone_watermark
 * @watermark_boost: frames by which the watermarks are raised for a while
 * @lowmem_reserve: frames kept from requests that could have been served by
 *	a zone above, by that zone
 * @low_reserve: low watermark and lowmem_reserve in one
 * @pcp: what the CPUs have at hand, NULL for a zone without frames
 * @lock: protects the members below and the descriptors of the free blocks
 * @free_area: the free blocks by order
 * @generation: changes with each block that comes or goes
 * @vm_stat: what the zone has, by enum annex_counter; ANNEX_NR_FREE_PAGES
 *	changes under @lock and is read without it
 * @lruvec: the folios that reclaim may look at, with a lock of its own
 */
struct annex_zone {
	/* Set while nobody else knows the zone. */
	struct annex *annex;
	struct annex_page *mem_map;
	u32 bias;
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
	struct annex_pcp __percpu *pcp;

	spinlock_t lock ____cacheline_aligned_in_smp;
	struct annex_free_area free_area[ANNEX_MAX_ORDER];
	unsigned long generation;
	atomic_long_t vm_stat[ANNEX_NR_ZONE_COUNTERS];

	struct annex_lruvec lruvec;
};

/**
 * struct annex_zone_limits - what decides where the zones of a pool lie
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
void annex_zones_init(struct annex *annex, const struct annex_zone_limits *lim);
int annex_zones_set_watermarks(struct annex *annex,
			       unsigned long min_free_kbytes,
			       unsigned int watermark_scale,
			       struct annex_reason *why);
const char *annex_zone_name(enum annex_zone_type idx);
const char *annex_zone_claim_name(enum annex_zone_type idx);

/* Is the zone one whose frames have no address of their own? */
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

static inline unsigned long
annex_zone_free_pages(const struct annex_zone *zone)
{
	return atomic_long_read(&zone->vm_stat[ANNEX_NR_FREE_PAGES]);
}

static inline unsigned long
annex_zone_watermark(const struct annex_zone *zone,
		     enum annex_zone_watermark mark)
{
	return zone->_watermark[mark] + zone->watermark_boost;
}

/**
 * annex_zone_count() - what a zone has of something now
 * @zone: the zone
 * @item: a counter of a zone
 *
 * Context: any. Who adds and who takes away may be seen in the wrong order;
 * the count is never below 0 for that.
 */
static inline unsigned long annex_zone_count(const struct annex_zone *zone,
					     enum annex_counter item)
{
	return max(atomic_long_read(&zone->vm_stat[item]), 0L);
}

/**
 * annex_mod_zone_count() - a zone has more or less of something
 * @zone: the zone
 * @item: a counter of a zone, not %ANNEX_NR_FREE_PAGES
 * @delta: how much more
 *
 * Context: any.
 */
static inline void annex_mod_zone_count(struct annex_zone *zone,
					enum annex_counter item, long delta)
{
	atomic_long_add(delta, &zone->vm_stat[item]);
}

#endif /* ANNEX_PAGE_ZONE_H */
