// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zones: their limits, watermarks and reserves.
 *
 * A zone is a run of frames, and the zones of a pool follow each other
 * without a gap:
 *
 *   0        16 MB       4 GB (host)   end of lowmem          end of pool
 *   |  DMA   |   DMA32   |   Normal    |   HighMem   | Movable |
 *            (only with dma32=1)                     (movable=)
 *
 * DMA, DMA32 and Normal are lowmem: the direct map covers their frames for as
 * long as the pool exists. DMA32 therefore ends with lowmem even where frames
 * beyond it lie under 4 GB: a GFP_KERNEL request that falls back to DMA32 must
 * not get a frame without an address.
 *
 * Three watermarks protect the free frames of a zone. Below low, kswapd is
 * woken, and reclaims up to high. Below min, only requests that may use the
 * reserve are served. For a request that a higher zone could serve,
 * lowmem_reserve is added to the watermark, so that such requests cannot use up
 * the frames that only low zones have.
 *
 * All of this is computed once, at load, by functions of plain values.
 * Failing: watermarks that would keep most of a zone free are refused.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "base/for_kunit.h"
#include "base/refuse.h"
#include "page/alloc_wait.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/pageblock.h"
#include "page/watermark.h"
#include "page/zone.h"

/*
 * A zone reserves one frame for this many frames of the zones above it. These
 * are the kernel's defaults (sysctl lowmem_reserve_ratio). The reserve is a
 * share of all memory above the zone, so the ratio is large where the zone is
 * small. High zones reserve nothing: no request depends on them.
 */
static const unsigned int reserve_ratio[ANNEX_MAX_NR_ZONES] = {
	[ANNEX_ZONE_DMA] = 256,
	[ANNEX_ZONE_DMA32] = 256,
	[ANNEX_ZONE_NORMAL] = 32,
};

static const char * const zone_names[] = {
	[ANNEX_ZONE_DMA] = "DMA",
	[ANNEX_ZONE_DMA32] = "DMA32",
	[ANNEX_ZONE_NORMAL] = "Normal",
	[ANNEX_ZONE_HIGHMEM] = "HighMem",
	[ANNEX_ZONE_MOVABLE] = "Movable",
};

static_assert(ARRAY_SIZE(zone_names) == ANNEX_MAX_NR_ZONES);

static const char * const claim_names[] = {
	[ANNEX_ZONE_DMA] = "annex DMA",
	[ANNEX_ZONE_DMA32] = "annex DMA32",
	[ANNEX_ZONE_NORMAL] = "annex Normal",
	[ANNEX_ZONE_HIGHMEM] = "annex HighMem",
	[ANNEX_ZONE_MOVABLE] = "annex Movable",
};

static_assert(ARRAY_SIZE(claim_names) == ANNEX_MAX_NR_ZONES);

/**
 * annex_zone_claim_name() - name of a zone in /proc/iomem
 * @idx: the zone
 */
const char *annex_zone_claim_name(enum annex_zone_type idx)
{
	return claim_names[idx];
}

/* Frames of the pool whose host address is below 4 GB. */
static annex_pfn_t pages_under_4g(const struct annex_zone_limits *lim)
{
	unsigned long limit = 1UL << (32 - PAGE_SHIFT);

	if (lim->base_pfn >= limit)
		return 0;
	return min_t(unsigned long, limit - lim->base_pfn, lim->nr_pages);
}

/**
 * annex_zone_ends() - where each zone of a pool ends
 * @lim: what determines it; lowmem and Movable do not overlap
 * @end: filled with the frame after the last of each zone; a zone begins where
 *	the zone before it ends, and is empty if both end at the same frame
 *
 * Context: any.
 */
void annex_zone_ends(const struct annex_zone_limits *lim,
		     annex_pfn_t end[ANNEX_MAX_NR_ZONES])
{
	annex_pfn_t dma = min(ANNEX_ZONE_DMA_PAGES, lim->lowmem_pages);
	annex_pfn_t dma32 = dma;

	if (lim->dma32)
		dma32 = clamp(pages_under_4g(lim), dma, lim->lowmem_pages);

	end[ANNEX_ZONE_DMA] = dma;
	end[ANNEX_ZONE_DMA32] = dma32;
	end[ANNEX_ZONE_NORMAL] = lim->lowmem_pages;
	end[ANNEX_ZONE_HIGHMEM] = lim->nr_pages - lim->movable_pages;
	end[ANNEX_ZONE_MOVABLE] = lim->nr_pages;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zone_ends);

/* The least that the kernel computes as its own default: 32 frames. */
#define MIN_FREE_KBYTES_MIN	128

/* The least min: the watermarks are then 4, 5 and 6, one frame apart. */
#define ZONE_MIN		4UL

/**
 * annex_min_free_kbytes() - default of min_free_kbytes
 * @lowmem_pages: managed frames of lowmem
 *
 * The kernel's rule: the square root of 16 times lowmem in kB, so that four
 * times the memory keeps twice as much; at least 128 kB, at most 256 MB.
 *
 * Context: any.
 * Return: kB.
 */
unsigned long annex_min_free_kbytes(unsigned long lowmem_pages)
{
	u64 kbytes = (u64)lowmem_pages << (PAGE_SHIFT - 10);

	return clamp_t(unsigned long, int_sqrt64(kbytes * 16),
		       MIN_FREE_KBYTES_MIN, 262144);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_min_free_kbytes);

/**
 * annex_zone_min() - the min watermark of a zone
 * @idx: the zone
 * @managed: its managed frames
 * @lowmem_managed: managed frames of all lowmem zones
 * @min_pages: min_free_kbytes in frames
 *
 * Lowmem zones share @min_pages by size. Requests that cannot wait do not ask
 * for highmem, so a high zone keeps only what reclaim itself needs to start: a
 * 1024th, at least one batch of reclaim (SWAP_CLUSTER_MAX, 32) and at most
 * four. The result is rounded up to a multiple of four, so that low and high
 * are exactly 5/4 and 3/2 of it. It is 0 only for a zone without frames: with
 * three equal watermarks nothing would start reclaim.
 *
 * Context: any.
 * Return: frames.
 */
unsigned long annex_zone_min(enum annex_zone_type idx, unsigned long managed,
			     unsigned long lowmem_managed,
			     unsigned long min_pages)
{
	unsigned long min;

	if (!managed)
		return 0;
	if (annex_zone_is_high(idx))
		min = clamp(managed / 1024, 32UL, 128UL);
	else
		min = max_t(unsigned long, ZONE_MIN,
			    div_u64((u64)min_pages * managed, lowmem_managed));
	return ALIGN(min, 4);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zone_min);

/**
 * annex_zone_step() - the distance from min to low, and from low to high
 * @min: the zone's min watermark
 * @managed: its managed frames
 * @scale: watermark_scale, in 10,000ths of the zone
 *
 * Context: any.
 * Return: frames: a quarter of @min, or @scale of the zone if that is more.
 */
unsigned long annex_zone_step(unsigned long min, unsigned long managed,
			      unsigned int scale)
{
	return max_t(unsigned long, min / 4,
		     div_u64((u64)managed * scale, 10000));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zone_step);

static void zone_init(struct annex_frames *frames, enum annex_zone_type idx,
		      annex_pfn_t start, annex_pfn_t end)
{
	struct annex_zone *zone = &frames->zones[idx];

	zone->frames = frames;
	zone->map = frames->mem_map - frames->bias;
	zone->pageblock = frames->pageblock;
	zone->idx = idx;
	zone->name = zone_names[idx];
	zone->zone_start_pfn = start;
	zone->spanned_pages = end - start;
	/* A pool is one range without holes. */
	zone->present_pages = end - start;
	spin_lock_init(&zone->lock);
	zone->ragged = ((start + frames->bias) | (end + frames->bias)) &
		       (ANNEX_MAX_ORDER_PAGES - 1);
	annex_buddy_init(zone);
}

/**
 * annex_zones_init() - lay out the zones of a pool, without free frames
 * @frames: the frames of the pool; only the range, the descriptors and what
 *	annex_none() sets are known
 * @lim: what determines their limits
 *
 * Context: process; the pool is not published yet.
 */
void annex_zones_init(struct annex_frames *frames,
		      const struct annex_zone_limits *lim)
{
	annex_pfn_t end[ANNEX_MAX_NR_ZONES];
	annex_pfn_t start = 0;
	unsigned int i;

	annex_zone_ends(lim, end);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		zone_init(frames, i, start, end[i]);
		start = end[i];
	}
	annex_pageblocks_init(frames);
	annex_alloc_waiters_init(frames);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zones_init);

/* For each zone, what it keeps from requests for each zone above it. */
static void set_lowmem_reserve(struct annex_frames *frames)
{
	unsigned int i, j;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &frames->zones[i];
		unsigned long above = 0;

		for (j = i + 1; j < ANNEX_MAX_NR_ZONES; j++) {
			above += frames->zones[j].managed_pages;
			if (zone->managed_pages && reserve_ratio[i])
				zone->lowmem_reserve[j] =
					above / reserve_ratio[i];
		}
		for (j = 0; j < ANNEX_MAX_NR_ZONES; j++)
			zone->low_reserve[j] = zone->lowmem_reserve[j] +
				annex_zone_watermark(zone, ANNEX_WMARK_LOW);
	}
}

static void set_watermarks(struct annex_zone *zone, unsigned long lowmem,
			   unsigned long min_pages, unsigned int scale)
{
	unsigned long managed = zone->managed_pages;
	unsigned long min = annex_zone_min(zone->idx, managed, lowmem,
					   min_pages);
	unsigned long step = annex_zone_step(min, managed, scale);

	zone->_watermark[ANNEX_WMARK_MIN] = min;
	zone->_watermark[ANNEX_WMARK_LOW] = min + step;
	zone->_watermark[ANNEX_WMARK_HIGH] = min + 2 * step;
}

/*
 * The kernel's own upper bound of watermark_scale_factor: the high mark is
 * then at 60 % of a zone.
 */
#define WATERMARK_SCALE_MAX	3000

/**
 * annex_zones_set_watermarks() - set watermarks and reserves of all zones
 * @frames: the frames of the pool; managed_pages of each zone is final
 * @min_free_kbytes: kB to keep free in lowmem, 0 for the default; less than 128
 *	is too little to reclaim in time, and counts as 128
 * @watermark_scale: least distance of the watermarks, in 10,000ths of a zone
 * @why: filled if a value is refused
 *
 * Context: process; no allocations yet.
 * Return: 0; -EINVAL if the watermarks would keep most of a zone free.
 */
int annex_zones_set_watermarks(struct annex_frames *frames,
			       unsigned long min_free_kbytes,
			       unsigned int watermark_scale,
			       struct annex_reason *why)
{
	unsigned long lowmem = 0, max;
	unsigned int i;

	for (i = 0; i < ANNEX_ZONE_HIGHMEM; i++)
		lowmem += frames->zones[i].managed_pages;
	max = lowmem << (PAGE_SHIFT - 10) >> 1;
	if (min_free_kbytes > max)
		return annex_refuse(why, -EINVAL,
				    "min_free_kbytes=%lu is more than half of lowmem; at most %lu",
				    min_free_kbytes, max);
	if (watermark_scale > WATERMARK_SCALE_MAX)
		return annex_refuse(why, -EINVAL,
				    "watermark_scale=%u is beyond %u, that is 30 %% of a zone",
				    watermark_scale, WATERMARK_SCALE_MAX);

	if (!min_free_kbytes)
		min_free_kbytes = annex_min_free_kbytes(lowmem);
	min_free_kbytes = max(min_free_kbytes,
			      min_t(unsigned long, MIN_FREE_KBYTES_MIN, max));
	frames->min_free_kbytes = min_free_kbytes;
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		set_watermarks(&frames->zones[i], lowmem,
			       min_free_kbytes >> (PAGE_SHIFT - 10),
			       watermark_scale);
	set_lowmem_reserve(frames);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zones_set_watermarks);

/**
 * annex_zones_used_below() - used frames of the first zones
 * @frames: the frames of the pool
 * @end: the zones that begin below this frame
 *
 * Frames in per-CPU lists count as used unless the caller has drained the
 * lists. Free frames that are isolated or kept for atomic requests do not
 * count.
 *
 * Context: any. A snapshot.
 */
unsigned long annex_zones_used_below(const struct annex_frames *frames,
				     annex_pfn_t end)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		const struct annex_zone *zone = &frames->zones[i];

		if (zone->zone_start_pfn < end)
			nr += zone->managed_pages -
			      annex_zone_free_pages(zone) -
			      READ_ONCE(zone->free_isolated);
	}
	return nr;
}

/**
 * annex_zones_used() - used frames of all zones
 * @frames: the frames of the pool
 *
 * Context: any. A snapshot.
 * Return: as annex_zones_used_below(), of all zones.
 */
unsigned long annex_zones_used(const struct annex_frames *frames)
{
	return annex_zones_used_below(frames, ANNEX_PFN_NIL);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zones_used);

/**
 * annex_zone_balanced() - is a zone above high?
 * @zone: the zone
 * @order: the order of which it should have a free block
 *
 * lowmem_reserve is ignored: high must hold for each zone, not for each
 * request. Frames that are reserved for atomic requests do not count, because
 * the requests that wake kswapd cannot get them.
 *
 * Context: any. A snapshot.
 */
bool annex_zone_balanced(const struct annex_zone *zone, unsigned int order)
{
	unsigned long high = annex_zone_watermark(zone, ANNEX_WMARK_HIGH);
	unsigned long free = annex_zone_usable_pages(zone);

	return annex_watermark_headroom(free, order, high, 0, 0) &&
	       (!order || annex_zone_has_block(zone, order));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_zone_balanced);

/**
 * annex_zone_forgive_if_high() - see annex_zone_notice()
 * @zone: the zone
 *
 * Context: any.
 */
void annex_zone_forgive_if_high(struct annex_zone *zone)
{
	if (annex_zone_balanced(zone, 0))
		annex_zone_forgive(zone);
}
