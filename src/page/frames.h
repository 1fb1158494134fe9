/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_FRAMES_H
#define ANNEX_PAGE_FRAMES_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

#include "base/counters.h"
#include "boot/memory_map.h"
#include "page/alloc_wait.h"
#include "page/zone.h"

struct annex_host;
struct annex_owner;
struct annex_reclaim;

/*
 * Orders with per-CPU lists: 0..3, the orders that the kernel does not call
 * costly, and 4, of which a CPU caches a few blocks. Without a list, each
 * allocation and free of order 4 costs six levels of splitting and merging.
 */
#define ANNEX_PCP_ORDERS 5

/* Combinations of the gfp flags that name a zone or a type: the lowest five. */
#define ANNEX_NR_FAST_ROUTES 32

/**
 * struct annex_fast_route - the fast path of small requests of one kind
 * @free_at: offset in struct annex_frames of usable_pages of the zone: the highest
 *	that the request can use and that has frames
 * @list: the per-CPU lists of such blocks of the zone
 * @low: more than this must be free in the zone: the low watermark, the reserve
 *	and all frames of the block but one
 *
 * A zeroed choice serves nothing: its @free_at is the start of struct
 * annex_frames, which is 0 in a pool that was never loaded.
 */
struct annex_fast_route {
	unsigned long free_at;
	struct annex_pcp_list __percpu *list;
	unsigned long low;
};

/**
 * struct annex_frames - the frames of a pool: the counterpart of pg_data_t
 * @range: their host physical addresses
 * @base_pfn: host pfn of annex pfn 0
 * @nr_pages: number of frames
 * @lowmem_pages: frames at the start that the direct map covers
 * @bias: frames by which the range starts beyond a multiple of 4 MB
 * @mem_map: the descriptors, one for each frame
 * @pageblock: the pageblocks, by annex pfn plus bias
 * @nr_pageblocks: how many lie in the range, at least in part
 * @ungrouped: all requests share one type
 * @lowmem: address of frame 0
 * @host: the windows by which any frame can be written
 * @reclaim: the state of reclaim, for the functions of reclaim_hooks.h
 * @min_free_kbytes: the value from which the watermarks were computed
 * @gfp_zone: annex_gfp_zone() of each combination of zone flags
 * @pcp_closed: a list for each order that takes nothing
 * @route: the fast path of a request, by its order and its lowest gfp flags
 * @zones: the zones, in the order of their frames
 * @counters: vmstat
 * @waiters: requests that wait for free frames
 * @poison: free frames are poisoned
 * @owner: the owner record of each block, by annex pfn; NULL if none are kept
 */
struct annex_frames {
	/* Set once, at load. */
	struct annex_range range;
	unsigned long base_pfn;
	annex_pfn_t nr_pages;
	annex_pfn_t lowmem_pages;
	u32 bias;
	struct annex_page *mem_map;
	struct annex_pageblock *pageblock;
	u32 nr_pageblocks;
	bool ungrouped;
	void *lowmem;
	struct annex_host *host;
	struct annex_reclaim *reclaim;
	unsigned long min_free_kbytes;
	s8 gfp_zone[ANNEX_NR_GFP_ZONES];
	struct annex_pcp_list __percpu *pcp_closed;
	struct annex_fast_route route[ANNEX_PCP_ORDERS][ANNEX_NR_FAST_ROUTES];

	struct annex_zone zones[ANNEX_MAX_NR_ZONES];
	struct annex_counters counters;
	struct annex_alloc_waiters waiters;

	bool poison;
	struct annex_owner *owner;
};

/* The zone of a frame. Most frames are in a high zone: search from the top. */
static inline struct annex_zone *annex_pfn_zone(struct annex_frames *frames,
						annex_pfn_t pfn)
{
	struct annex_zone *zone = &frames->zones[ANNEX_MAX_NR_ZONES - 1];

	while (pfn < zone->zone_start_pfn)
		zone--;
	return zone;
}

/**
 * annex_page_nr_from() - distance of two descriptors
 * @first: a descriptor
 * @page: any pointer
 *
 * The offset is rotated by the size of a descriptor. This moves its low bits to
 * the top, so the result for a misaligned pointer is larger than any pool, and
 * the caller rejects all invalid pointers by one comparison.
 *
 * Context: any.
 * Return: the distance in descriptors, or a number larger than any pool.
 */
static __always_inline unsigned long
annex_page_nr_from(const struct annex_page *first,
		   const struct annex_page *page)
{
	unsigned long off = (unsigned long)page - (unsigned long)first;

	return off >> ANNEX_PAGE_STRUCT_SHIFT |
	       off << (BITS_PER_LONG - ANNEX_PAGE_STRUCT_SHIFT);
}

/**
 * annex_page_nr() - the number of a frame, if it is one of the pool
 * @frames: the frames of the pool
 * @page: any pointer
 *
 * Context: any.
 * Return: the frames pfn, or a number that is not below frames->nr_pages.
 */
static inline unsigned long annex_page_nr(const struct annex_frames *frames,
					  const struct annex_page *page)
{
	return annex_page_nr_from(frames->mem_map, page);
}

/* The fast path of a request for a block of an order below ANNEX_PCP_ORDERS. */
static __always_inline const struct annex_fast_route *
annex_fast_route(const struct annex_frames *frames, gfp_t gfp,
		 unsigned int order)
{
	return &frames->route[order]
			     [(__force u32)gfp & (ANNEX_NR_FAST_ROUTES - 1)];
}

/* Usable frames of the zone of a choice. */
static __always_inline unsigned long
annex_fast_route_free(const struct annex_frames *frames,
		      const struct annex_fast_route *route)
{
	return atomic_long_read(
		(const atomic_long_t *)((const char *)frames + route->free_at));
}

static inline struct annex_zone *
annex_fast_route_zone(struct annex_frames *frames,
		      const struct annex_fast_route *route)
{
	return (struct annex_zone *)((char *)frames + route->free_at -
				     offsetof(struct annex_zone, usable_pages));
}

/**
 * annex_alloc_waiters_wake() - wake the first waiter after frames were freed
 * @frames: the frames of the pool
 * @zone: the zone of the frames
 *
 * Context: any but NMI, without the zone's lock.
 */
static __always_inline void
annex_alloc_waiters_wake(struct annex_frames *frames, int zone)
{
	/* Pairs with the lock of the waiters: they count themselves, then look. */
	smp_mb();
	if (unlikely(READ_ONCE(frames->waiters.waiting[zone])))
		annex_alloc_waiters_wake_first(frames, zone);
}

/* The pageblock of a frame. */
static inline struct annex_pageblock *
annex_pageblock(const struct annex_frames *frames, annex_pfn_t pfn)
{
	return frames->pageblock +
	       ((pfn + frames->bias) >> ANNEX_PAGEBLOCK_ORDER);
}

/* The type of all pageblocks of a new pool. */
static inline unsigned int annex_first_type(const struct annex_frames *frames)
{
	return frames->ungrouped ? ANNEX_MIGRATE_UNMOVABLE :
				   ANNEX_MIGRATE_MOVABLE;
}

/**
 * annex_request_type() - the type of pageblock that a request is served from
 * @frames: the frames of the pool
 * @gfp: the request's flags
 *
 * Context: any.
 * Return: the type; %ANNEX_MIGRATE_PCPTYPES for flags that contradict each
 * other, with @frames->ungrouped as well.
 */
static inline unsigned int annex_request_type(const struct annex_frames *frames,
					      gfp_t gfp)
{
	unsigned int type = annex_gfp_migratetype(gfp);

	if (frames->ungrouped && type < ANNEX_MIGRATE_PCPTYPES)
		return ANNEX_MIGRATE_UNMOVABLE;
	return type;
}

/* Descriptors in front of the pageblocks, including those before frame 0. */
static inline unsigned long
annex_nr_descriptors(const struct annex_frames *frames)
{
	return ALIGN(frames->bias + frames->nr_pages, ANNEX_MAX_ORDER_PAGES);
}

/* Bytes of the descriptors, the list heads and the pageblocks. */
static inline unsigned long annex_map_bytes(const struct annex_frames *frames)
{
	unsigned long nr = annex_nr_descriptors(frames);

	return ALIGN((nr + ANNEX_MAX_NR_ZONES * ANNEX_ZONE_HEADS) *
				     sizeof(struct annex_page) +
			     (nr >> ANNEX_PAGEBLOCK_ORDER) *
				     sizeof(struct annex_pageblock),
		     PAGE_SIZE);
}

/* Set where the descriptors begin, including those before frame 0. */
static inline void annex_map_set(struct annex_frames *frames, void *map)
{
	struct annex_page *first = map;

	frames->mem_map = first + frames->bias;
	frames->pageblock = (void *)(first + annex_nr_descriptors(frames) +
				     ANNEX_MAX_NR_ZONES * ANNEX_ZONE_HEADS);
}

/* The host pfn of a frame. */
static inline unsigned long
annex_page_host_pfn(const struct annex_frames *frames,
		    const struct annex_page *page)
{
	return frames->base_pfn + (page - frames->mem_map);
}

#endif /* ANNEX_PAGE_FRAMES_H */
