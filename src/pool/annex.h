/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_H
#define ANNEX_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

#include "base/counters.h"
#include "boot/memblock.h"
#include "boot/physmap.h"
#include "heap/slab.h"
#include "host/host.h"
#include "kmap/kmap_local.h"
#include "kmap/pkmap.h"
#include "page/sleep.h"
#include "page/zone.h"
#include "pgtable/tables.h"
#include "reclaim/lock.h"
#include "reclaim/reclaim.h"
#include "reclaim/slot.h"
#include "vmalloc/vm.h"

/*
 * Orders with per-CPU lists: 0..3, the orders that the kernel does not call
 * costly, and 4, of which a CPU caches a few blocks. Without a list, each
 * allocation and free of order 4 costs six levels of splitting and merging.
 */
#define ANNEX_PCP_ORDERS	5

/* Combinations of the gfp flags that name a zone or a type: the lowest five. */
#define ANNEX_NR_GFP_CHOICES	32

/**
 * struct annex_choice - the fast path of small requests of one kind
 * @free_at: offset in struct annex of usable_pages of the zone: the highest
 *	that the request can use and that has frames
 * @list: the per-CPU lists of such blocks of the zone
 * @low: more than this must be free in the zone: the low watermark, the reserve
 *	and all frames of the block but one
 *
 * A zeroed choice serves nothing: its @free_at is the start of struct annex,
 * which is 0 in a pool that was never loaded.
 */
struct annex_choice {
	unsigned long free_at;
	struct annex_pcp_list __percpu *list;
	unsigned long low;
};

/* Buckets of the hash of processes, as a power of two: one each for 64. */
#define ANNEX_MM_HASH_BITS	6

struct annex_owner;

/**
 * struct annex - one pool and everything in it
 * @pool: the range of host physical addresses
 * @base_pfn: host pfn of annex pfn 0
 * @nr_pages: frames of the pool
 * @lowmem_pages: frames at its start that the direct map covers
 * @bias: frames by which the pool's start lies beyond a multiple of 4 MB
 * @mem_map: the descriptors, one for each frame
 * @pageblock: the pageblocks, by annex pfn plus bias
 * @nr_pageblocks: how many lie in the pool, at least in part
 * @ungrouped: all requests share one type
 * @lowmem: address of frame 0
 * @min_free_kbytes: the value from which the watermarks were computed
 * @gfp_zone: annex_gfp_zone() of each combination of zone flags
 * @choice: the fast path of a request, by its order and its lowest gfp flags
 * @pcp_closed: a list for each order that takes nothing
 * @sleepers: requests that wait for free frames
 * @zones: the zones, in the order of their frames
 * @counters: vmstat
 * @slots: the pages that hold folios
 * @waits: threads that wait for a bit of a frame or folio
 * @reclaim: kswapd, and the shrinkers
 * @heap: small objects
 * @rcu_used: an object was freed by RCU
 * @pkmap: frames mapped for all CPUs
 * @kmap_local: frames mapped for one CPU
 * @pkmap_slots: slots of @pkmap
 * @pkmap_phys: host physical address of its tables, 0 if it has none
 * @pkmap_bytes: their size, whole frames
 * @vmalloc: virtually contiguous mappings of any frames
 * @vmalloc_pages: pages of its window
 * @vmalloc_phys: host physical address of its tables, 0 if it has none
 * @vmalloc_bytes: their size, whole frames
 * @tables: page tables, provisional and final
 * @mms: page tables of processes
 * @mm_hash: the same, by their addresses; read under RCU
 * @mms_lock: protects @mms and @mm_hash
 * @physmap: which frames may be used
 * @memblock: the regions that early allocation took
 * @mem_map_phys: host physical address of the descriptors
 * @mem_map_bytes: their size and that of the pageblocks behind them, in whole
 *	frames
 * @poison: free frames are poisoned
 * @owner: the owner record of each block, by annex pfn; NULL if none are kept
 * @owner_phys: host physical address of these records
 * @owner_bytes: their size, whole frames; 0 if there are none
 * @host: resources of the host kernel
 * @cpu_dead: node of the CPU hotplug callback
 * @debugfs: the directory, or NULL
 * @init_cycles: duration of loading, by the time stamp counter
 */
struct annex {
	/* Set once, at load. */
	struct annex_range pool;
	unsigned long base_pfn;
	annex_pfn_t nr_pages;
	annex_pfn_t lowmem_pages;
	u32 bias;
	struct annex_page *mem_map;
	struct annex_pageblock *pageblock;
	u32 nr_pageblocks;
	bool ungrouped;
	void *lowmem;
	unsigned long min_free_kbytes;
	s8 gfp_zone[ANNEX_NR_GFP_ZONES];
	struct annex_pcp_list __percpu *pcp_closed;
	struct annex_choice choice[ANNEX_PCP_ORDERS][ANNEX_NR_GFP_CHOICES];

	struct annex_zone zones[ANNEX_MAX_NR_ZONES];
	struct annex_counters counters;
	struct annex_sleepers sleepers;
	struct annex_slots slots;
	struct annex_waits waits;
	struct annex_reclaim reclaim;
	struct annex_heap heap;
	bool rcu_used;

	struct annex_pkmap pkmap;
	struct annex_kmap_local kmap_local;
	unsigned int pkmap_slots;
	u64 pkmap_phys;
	unsigned long pkmap_bytes;
	struct annex_vmalloc vmalloc;
	unsigned long vmalloc_pages;
	u64 vmalloc_phys;
	unsigned long vmalloc_bytes;

	struct annex_tables tables;
	struct list_head mms;
	struct hlist_head mm_hash[1 << ANNEX_MM_HASH_BITS];
	struct mutex mms_lock;		/* protects @mms and @mm_hash */

	struct annex_physmap physmap;
	struct annex_memblock memblock;
	u64 mem_map_phys;
	unsigned long mem_map_bytes;

	bool poison;
	struct annex_owner *owner;
	u64 owner_phys;
	unsigned long owner_bytes;

	struct annex_host host;
	struct hlist_node cpu_dead;
	struct dentry *debugfs;
	u64 init_cycles;
};

/* No process has tables. The hash table is zeroed. */
static inline void annex_mms_none(struct annex *annex)
{
	INIT_LIST_HEAD(&annex->mms);
	mutex_init(&annex->mms_lock);
}

/* The zone of a frame. Most frames are in a high zone: search from the top. */
static inline struct annex_zone *annex_pfn_zone(struct annex *annex,
						annex_pfn_t pfn)
{
	struct annex_zone *zone = &annex->zones[ANNEX_MAX_NR_ZONES - 1];

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
annex_page_nr_from(const struct annex_page *first, const struct annex_page *page)
{
	unsigned long off = (unsigned long)page - (unsigned long)first;

	return off >> ANNEX_PAGE_STRUCT_SHIFT |
	       off << (BITS_PER_LONG - ANNEX_PAGE_STRUCT_SHIFT);
}

/**
 * annex_page_nr() - the number of a frame, if it is one of the pool
 * @annex: the pool
 * @page: any pointer
 *
 * Context: any.
 * Return: the annex pfn, or a number that is not below annex->nr_pages.
 */
static inline unsigned long annex_page_nr(const struct annex *annex,
					  const struct annex_page *page)
{
	return annex_page_nr_from(annex->mem_map, page);
}

/* The fast path of a request for a block of an order below ANNEX_PCP_ORDERS. */
static __always_inline const struct annex_choice *
annex_choice(const struct annex *annex, gfp_t gfp, unsigned int order)
{
	return &annex->choice[order]
			     [(__force u32)gfp & (ANNEX_NR_GFP_CHOICES - 1)];
}

/* Usable frames of the zone of a choice. */
static __always_inline unsigned long
annex_choice_free(const struct annex *annex, const struct annex_choice *choice)
{
	return atomic_long_read((const atomic_long_t *)((const char *)annex +
							choice->free_at));
}

static inline struct annex_zone *
annex_choice_zone(struct annex *annex, const struct annex_choice *choice)
{
	return (struct annex_zone *)((char *)annex + choice->free_at -
				     offsetof(struct annex_zone, usable_pages));
}

/**
 * annex_sleepers_wake() - wake the first waiter after frames were freed
 * @annex: the pool
 * @zone: the zone of the frames
 *
 * Context: any but NMI, without the zone's lock.
 */
static __always_inline void annex_sleepers_wake(struct annex *annex, int zone)
{
	/* Pairs with the lock of the waiters: they count themselves, then look. */
	smp_mb();
	if (unlikely(READ_ONCE(annex->sleepers.waiting[zone])))
		annex_sleepers_wake_first(annex, zone);
}

/* The pageblock of a frame. */
static inline struct annex_pageblock *annex_pageblock(const struct annex *annex,
						      annex_pfn_t pfn)
{
	return annex->pageblock +
	       ((pfn + annex->bias) >> ANNEX_PAGEBLOCK_ORDER);
}

/* The type of all pageblocks of a new pool. */
static inline unsigned int annex_first_type(const struct annex *annex)
{
	return annex->ungrouped ? ANNEX_MIGRATE_UNMOVABLE :
				  ANNEX_MIGRATE_MOVABLE;
}

/**
 * annex_request_type() - the type of pageblock that a request is served from
 * @annex: the pool
 * @gfp: the request's flags
 *
 * Context: any.
 * Return: the type; %ANNEX_MIGRATE_PCPTYPES for flags that contradict each
 * other, with @annex->ungrouped as well.
 */
static inline unsigned int annex_request_type(const struct annex *annex,
					      gfp_t gfp)
{
	unsigned int type = annex_gfp_migratetype(gfp);

	if (annex->ungrouped && type < ANNEX_MIGRATE_PCPTYPES)
		return ANNEX_MIGRATE_UNMOVABLE;
	return type;
}

/* Descriptors in front of the pageblocks, including those before frame 0. */
static inline unsigned long annex_nr_descriptors(const struct annex *annex)
{
	return ALIGN(annex->bias + annex->nr_pages, ANNEX_MAX_ORDER_PAGES);
}

/* Bytes of the descriptors, the list heads and the pageblocks. */
static inline unsigned long annex_map_bytes(const struct annex *annex)
{
	unsigned long nr = annex_nr_descriptors(annex);

	return ALIGN((nr + ANNEX_MAX_NR_ZONES * ANNEX_ZONE_HEADS) *
		     sizeof(struct annex_page) +
		     (nr >> ANNEX_PAGEBLOCK_ORDER) *
		     sizeof(struct annex_pageblock), PAGE_SIZE);
}

/* Set where the descriptors begin, including those before frame 0. */
static inline void annex_map_set(struct annex *annex, void *map)
{
	struct annex_page *first = map;

	annex->mem_map = first + annex->bias;
	annex->pageblock = (void *)(first + annex_nr_descriptors(annex) +
				    ANNEX_MAX_NR_ZONES * ANNEX_ZONE_HEADS);
}

/* The host pfn of a frame. */
static inline unsigned long annex_page_host_pfn(const struct annex *annex,
						const struct annex_page *page)
{
	return annex->base_pfn + (page - annex->mem_map);
}

#endif /* ANNEX_H */
