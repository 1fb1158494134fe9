/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_GFP_H
#define ANNEX_PAGE_GFP_H

/* The meaning of a request's gfp flags: its zone, its access to reserves. */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>

#include "host/compat_mm.h"
#include "page/frames.h"
#include "page/watermark.h"

/**
 * annex_gfp_zone() - the highest zone that a request may be served from
 * @gfp: the request's flags
 * @dma32: whether the pool has a DMA32 zone
 *
 * As in the kernel, __GFP_MOVABLE alone changes nothing: only a movable request
 * that accepts highmem can be served from the Movable zone. Without a DMA32
 * zone, __GFP_DMA32 means Normal.
 *
 * Context: any; a function of its arguments.
 * Return: the zone, or -EINVAL for flags that contradict each other.
 */
static inline int annex_gfp_zone(gfp_t gfp, bool dma32)
{
	gfp_t zone = gfp & (__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM);

	if (!zone)
		return ANNEX_ZONE_NORMAL;
	if (zone == __GFP_HIGHMEM)
		return gfp & __GFP_MOVABLE ? ANNEX_ZONE_MOVABLE :
					     ANNEX_ZONE_HIGHMEM;
	if (zone == __GFP_DMA)
		return ANNEX_ZONE_DMA;
	if (zone == __GFP_DMA32)
		return dma32 ? ANNEX_ZONE_DMA32 : ANNEX_ZONE_NORMAL;
	return -EINVAL;
}

/*
 * The flags that an internal allocation, such as that of a folio slab, inherits
 * from the request that needs it: those for waiting, reserves and failure
 * reports. The allocating code sets zone, type and contents.
 */
#define ANNEX_GFP_OWN_MASK						\
	(__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HIGH | ANNEX_GFP_ATOMIC | \
	 __GFP_NOWARN | __GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL |   \
	 __GFP_MEMALLOC | __GFP_NOMEMALLOC)

/* The gfp flags that name a zone; the kernel has them in the lowest bits. */
#define ANNEX_GFP_ZONE_MASK	(ANNEX_NR_GFP_ZONES - 1)
static_assert((__force u32)(__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 |
			    __GFP_MOVABLE) == ANNEX_GFP_ZONE_MASK);

/**
 * annex_gfp_alloc_flags() - a request's access to reserves
 * @gfp: the request's flags
 * @order: its order
 * @rt: the caller is a thread of a real-time policy
 *
 * Half of the reserve is open to __GFP_HIGH, and to a real-time thread that can
 * wait. More of it is open to a request that cannot wait, unless
 * __GFP_NOMEMALLOC is set. GFP_ATOMIC gets both, and for more than one frame
 * the HighAtomic pageblocks. (6.1.176, gfp_to_alloc_flags().)
 *
 * Context: any; a function of its arguments.
 * Return: ANNEX_ALLOC_* flags.
 */
static inline unsigned int annex_gfp_alloc_flags(gfp_t gfp, unsigned int order,
						 bool rt)
{
	unsigned int flags = 0;

	if (gfp & __GFP_HIGH)
		flags |= ANNEX_ALLOC_MIN_RESERVE;
	if (gfp & __GFP_DIRECT_RECLAIM) {
		if (rt)
			flags |= ANNEX_ALLOC_MIN_RESERVE;
	} else if (!(gfp & __GFP_NOMEMALLOC)) {
		flags |= ANNEX_ALLOC_NON_BLOCK;
		if (order && flags & ANNEX_ALLOC_MIN_RESERVE)
			flags |= ANNEX_ALLOC_HIGHATOMIC;
	}
	return flags;
}

/*
 * Number of the orders that allow __GFP_NOFAIL, 0 to 3. For the costly orders
 * above, Linux 6.1 calls it a hard requirement that it is not prepared for, and
 * warns (__alloc_pages_slowpath()). It warns for 2 and 3 as well (rmqueue()),
 * but the heap needs these orders for 8 KB objects with slab debugging.
 */
#define ANNEX_NOFAIL_ORDERS	4

/* Is this __GFP_NOFAIL with an order that may never become free? */
static __always_inline bool annex_nofail_is_too_large(gfp_t gfp,
						      unsigned int order)
{
	return unlikely(gfp & __GFP_NOFAIL) && order >= ANNEX_NOFAIL_ORDERS;
}

/*
 * Check that the context allows sleep if the flags do. Only with
 * CONFIG_DEBUG_ATOMIC_SLEEP: without it, might_sleep() finds nothing, and still
 * adds instructions to the fast path.
 */
static __always_inline void annex_might_wait(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		might_sleep_if(gfpflags_allow_blocking(gfp));
}

#endif /* ANNEX_PAGE_GFP_H */
