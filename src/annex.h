/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_H
#define ANNEX_H

#include <linux/types.h>
#include <annex/page.h>
#include <annex/types.h>

#include "boot/memblock.h"
#include "boot/physmap.h"
#include "host/host.h"
#include "page/lock.h"
#include "page/slot.h"
#include "page/reclaim.h"
#include "page/zone.h"
#include "stat/counters.h"

/**
 * struct annex - one pool and everything in it
 * @pool: the range of host physical addresses
 * @base_pfn: host number of annex pfn 0
 * @nr_pages: frames of the pool
 * @lowmem_pages: frames at its start that have an address for ever
 * @bias: frames by which the pool's start lies beyond a multiple of 4 MB
 * @mem_map: the descriptors, one for each frame
 * @lowmem: address of frame 0
 * @min_free_kbytes: what the watermarks were made from
 * @gfp_zone: annex_gfp_zone() of each combination of zone flags
 * @zones: the zones, in the order of their frames
 * @counters: vmstat
 * @slots: where folios live
 * @waits: who sleeps for a frame
 * @reclaim: kswapd, and the shrinkers
 * @physmap: which frames may be used
 * @memblock: what early allocation took
 * @mem_map_phys: host physical address of the descriptors
 * @mem_map_bytes: their size, whole frames
 * @host: what the host kernel lent
 * @cpu_dead: its place among those who hear of CPUs going away
 * @debugfs: the directory, or NULL
 * @init_cycles: what loading took, by the time stamp counter
 */
struct annex {
	/* Set once, at load. */
	struct annex_range pool;
	unsigned long base_pfn;
	annex_pfn_t nr_pages;
	annex_pfn_t lowmem_pages;
	u32 bias;
	struct annex_page *mem_map;
	void *lowmem;
	unsigned long min_free_kbytes;
	s8 gfp_zone[ANNEX_NR_GFP_ZONES];

	struct annex_zone zones[ANNEX_MAX_NR_ZONES];
	struct annex_counters counters;
	struct annex_slots slots;
	struct annex_waits waits;
	struct annex_reclaim reclaim;

	struct annex_physmap physmap;
	struct annex_memblock memblock;
	u64 mem_map_phys;
	unsigned long mem_map_bytes;

	struct annex_host host;
	struct hlist_node cpu_dead;
	struct dentry *debugfs;
	u64 init_cycles;
};

/* The zone of a frame of the pool: most are high, so from the top. */
static inline struct annex_zone *annex_pfn_zone(struct annex *annex,
						annex_pfn_t pfn)
{
	struct annex_zone *zone = &annex->zones[ANNEX_MAX_NR_ZONES - 1];

	while (pfn < zone->zone_start_pfn)
		zone--;
	return zone;
}

/**
 * annex_page_nr() - the number of a frame, if it is one of the pool
 * @annex: the pool
 * @page: anything
 *
 * One comparison tells: rotating the offset by the size of a descriptor
 * brings low bits that should be zero to the top.
 *
 * Context: any.
 * Return: the annex pfn, or a number that is not below annex->nr_pages.
 */
static inline unsigned long annex_page_nr(const struct annex *annex,
					     const struct annex_page *page)
{
	unsigned long off = (unsigned long)page - (unsigned long)annex->mem_map;

	return off >> ANNEX_PAGE_STRUCT_SHIFT |
	       off << (BITS_PER_LONG - ANNEX_PAGE_STRUCT_SHIFT);
}

/* The host's number of a frame of the pool. */
static inline unsigned long annex_page_host_pfn(const struct annex *annex,
						const struct annex_page *page)
{
	return annex->base_pfn + (page - annex->mem_map);
}

#endif /* ANNEX_H */
