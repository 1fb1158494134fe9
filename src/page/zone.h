/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_ZONE_H
#define ANNEX_PAGE_ZONE_H

#include <annex/types.h>

#include "page/frames.h"

struct annex_reason;

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

#endif /* ANNEX_PAGE_ZONE_H */
