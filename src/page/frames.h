/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_FRAMES_H
#define ANNEX_PAGE_FRAMES_H

/*
 * The types of the page allocator, and what can be read of them: pageblocks,
 * zones, and the frames of a pool. The counterpart of the kernel's mmzone.h.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

#include "base/counters.h"
#include "boot/memory_map.h"

struct annex_frames;
struct annex_host;
struct annex_owner;
struct annex_pcp_list;
struct annex_reclaim;

/* 512 frames, 2 MB: what one entry of a PAE page directory maps. */
#define ANNEX_PAGEBLOCK_ORDER	9
#define ANNEX_PAGEBLOCK_PAGES	((u32)BIT(ANNEX_PAGEBLOCK_ORDER))

/**
 * enum annex_migratetype - what the frames of a pageblock are used for
 * @ANNEX_MIGRATE_UNMOVABLE: data that cannot move until it is freed
 * @ANNEX_MIGRATE_MOVABLE: data that could be moved, or written out and evicted
 * @ANNEX_MIGRATE_RECLAIMABLE: data that shrinkers can free
 * @ANNEX_MIGRATE_PCPTYPES: number of the types that a request can name
 * @ANNEX_MIGRATE_HIGHATOMIC: kept for larger blocks of atomic requests
 * @ANNEX_MIGRATE_ISOLATE: not to be handed out
 * @ANNEX_MIGRATE_TYPES: how many there are
 */
enum annex_migratetype {
	ANNEX_MIGRATE_UNMOVABLE,
	ANNEX_MIGRATE_MOVABLE,
	ANNEX_MIGRATE_RECLAIMABLE,
	ANNEX_MIGRATE_PCPTYPES,
	ANNEX_MIGRATE_HIGHATOMIC = ANNEX_MIGRATE_PCPTYPES,
	ANNEX_MIGRATE_ISOLATE,
	ANNEX_MIGRATE_TYPES
};

/**
 * struct annex_pageblock - data of a pageblock
 * @home: the per-CPU list for frames freed in it; a list that takes nothing if
 *	each frame has to go to the zone at once
 * @type: enum annex_migratetype
 * @fixed: the pageblock lies in more than one zone, or not wholly in the pool,
 *	and keeps its type
 * @nr_free: its free frames; undefined for a fixed pageblock
 *
 * All but @fixed change under the zone's lock; @home is read without it.
 */
struct annex_pageblock {
	struct annex_pcp_list __percpu *home;
	u8 type;
	bool fixed;
	u16 nr_free;
};

/* The two gfp flags that name a type; their bits are the type's number. */
#define ANNEX_GFP_MOVABLE_SHIFT	3
#define ANNEX_GFP_MOVABLE_MASK	(__GFP_RECLAIMABLE | __GFP_MOVABLE)
static_assert((__force u32)__GFP_MOVABLE >> ANNEX_GFP_MOVABLE_SHIFT ==
	      ANNEX_MIGRATE_MOVABLE);
static_assert((__force u32)__GFP_RECLAIMABLE >> ANNEX_GFP_MOVABLE_SHIFT ==
	      ANNEX_MIGRATE_RECLAIMABLE);

/**
 * annex_gfp_migratetype() - the type of pageblock that a request wants
 * @gfp: the request's flags
 *
 * Context: any; a function of its argument.
 * Return: the type; %ANNEX_MIGRATE_PCPTYPES for flags that contradict each
 * other.
 */
static inline unsigned int annex_gfp_migratetype(gfp_t gfp)
{
	return (__force u32)(gfp & ANNEX_GFP_MOVABLE_MASK) >>
	       ANNEX_GFP_MOVABLE_SHIFT;
}

/* Do blocks of this type merge with blocks of other mergeable types? */
static inline bool annex_migratetype_is_mergeable(unsigned int type)
{
	return type < ANNEX_MIGRATE_PCPTYPES;
}

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
 * struct annex_alloc_waiters - the waiters for frames of a pool
 * @nr: number of waiters
 * @waiting: number of waiters for each zone
 * @tell_after: jiffies after which a wait is logged
 * @lock: protects @list, @waiting, and whether the per-CPU lists are open
 * @list: the waiters in the order of arrival
 */
struct annex_alloc_waiters {
	unsigned int nr;
	unsigned long tell_after;

	/* Protects the list, and whether the per-CPU lists are open. */
	spinlock_t lock;
	struct list_head list;
	unsigned int waiting[ANNEX_MAX_NR_ZONES];
};

/*
 * Orders with per-CPU lists: 0..3, the orders that the kernel does not call
 * costly, and 4, of which a CPU caches a few blocks. Without a list, each
 * allocation and free of order 4 costs six levels of splitting and merging.
 */
#define ANNEX_PCP_ORDERS	5

/* Combinations of the gfp flags that name a zone or a type: the lowest five. */
#define ANNEX_NR_FAST_ROUTES	32

/**
 * struct annex_fast_route - the fast path of small requests of one kind
 * @free_at: offset in struct annex_frames of usable_pages of the zone, which is
 *	the highest that the request can use and that has frames
 * @list: the per-CPU lists of such blocks of the zone
 * @low: more than this must be free in the zone: the low watermark, the reserve
 *	and all frames of the block but one
 *
 * A zeroed route serves nothing: its @free_at is the start of struct
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
 * @map_phys: host physical address of @mem_map; 0 in a pool of the suites
 * @pageblock: the pageblocks, by annex pfn plus bias
 * @nr_pageblocks: how many lie in the range, at least in part
 * @ungrouped: all requests share one type
 * @lowmem: address of frame 0
 * @host: the windows by which any frame can be written
 * @reclaim: the state of reclaim, for the functions of reclaim_calls.h
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
	phys_addr_t map_phys;
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

static inline unsigned long annex_zone_free_pages(const struct annex_zone *zone)
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

static inline unsigned long annex_zone_nr_free(const struct annex_zone *zone,
					       unsigned int order)
{
	return READ_ONCE(zone->nr_free[order]);
}

/* Frames of the zone were freed: kswapd may try again. */
static inline void annex_zone_forgive(struct annex_zone *zone)
{
	if (READ_ONCE(zone->lruvec.kswapd_failures))
		WRITE_ONCE(zone->lruvec.kswapd_failures, 0);
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

static inline unsigned long annex_zone_watermark(const struct annex_zone *zone,
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

/* The number of the list head for free blocks of a type and an order. */
#define annex_buddy_head(zone, type, order)				\
	((zone)->heads + (type) * ANNEX_MAX_ORDER + (order))

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
 * Return: the annex pfn, or a number that is not below frames->nr_pages.
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

/* Usable frames of the zone of a route. */
static __always_inline unsigned long
annex_fast_route_free(const struct annex_frames *frames,
		      const struct annex_fast_route *route)
{
	const atomic_long_t *free = (const void *)frames + route->free_at;

	return atomic_long_read(free);
}

static inline struct annex_zone *
annex_fast_route_zone(struct annex_frames *frames,
		      const struct annex_fast_route *route)
{
	return (struct annex_zone *)((char *)frames + route->free_at -
				     offsetof(struct annex_zone, usable_pages));
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
