/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGE_ALLOC_H
#define ANNEX_PAGE_PAGE_ALLOC_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <annex/page.h>
#include <annex/types.h>

#include "page/zone.h"

struct annex;

/* How a request is judged against a zone's watermark. */
#define ANNEX_ALLOC_MIN_RESERVE	0x1U	/* may use half of what min keeps */
#define ANNEX_ALLOC_NON_BLOCK	0x2U	/* and then a quarter of the rest */
#define ANNEX_ALLOC_HIGHATOMIC	0x4U	/* may use pageblocks kept for it */
#define ANNEX_ALLOC_NO_MARKS	0x8U	/* may use all there is */

/**
 * annex_gfp_zone() - the highest zone that a request may be served from
 * @gfp: the request's flags
 * @dma32: whether the pool has a DMA32 zone
 *
 * As in the kernel, __GFP_MOVABLE alone changes nothing: only a movable
 * request that takes highmem as well can be served from the Movable zone; and
 * where there is no DMA32 zone, a request for it is one for Normal.
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
 * What frames that annex takes for itself, such as slot pages, inherit from the
 * request that needs them: how much it may wait, dig and complain. Zone, type
 * and contents are for who takes them to say.
 */
#define ANNEX_GFP_OWN_MASK						\
	(__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HIGH |		\
	 __GFP_ATOMIC | __GFP_NOWARN | __GFP_NORETRY |			\
	 __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_MEMALLOC |		\
	 __GFP_NOMEMALLOC)

/* The gfp flags that name a zone; the kernel has them in the lowest bits. */
#define ANNEX_GFP_ZONE_MASK	(ANNEX_NR_GFP_ZONES - 1)
static_assert((__force u32)(__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 |
			    __GFP_MOVABLE) == ANNEX_GFP_ZONE_MASK);

/**
 * annex_gfp_alloc_flags() - how deep a request may dig
 * @gfp: the request's flags
 * @order: its order
 * @rt: a thread of a real-time policy asks
 *
 * __GFP_HIGH opens half of the reserve, and so does being a real-time thread
 * that could wait; not being able to wait opens more, unless
 * __GFP_NOMEMALLOC. GFP_ATOMIC has both, and may use the pageblocks kept for
 * it if it wants more than one frame. (6.1.176, gfp_to_alloc_flags().)
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

/**
 * annex_watermark_floor() - how many frames of a zone a request leaves
 * @order: what is asked for
 * @mark: the watermark that is to hold
 * @reserve: what the zone keeps from this kind of request
 * @alloc_flags: ANNEX_ALLOC_*
 *
 * The kernel's rule: of the block asked for, all frames but one count as gone;
 * the mark sinks by half for who may use the reserve, and by a quarter of what
 * is left if he cannot wait either; and more than mark and reserve must be
 * free. Without marks, all there is may go.
 *
 * Context: any; a function of its arguments.
 * Return: more frames than this must be free for the request to be served.
 */
static inline unsigned long annex_watermark_floor(unsigned int order,
						  unsigned long mark,
						  unsigned long reserve,
						  unsigned int alloc_flags)
{
	if (alloc_flags & ANNEX_ALLOC_NO_MARKS)
		return 0;
	if (alloc_flags & ANNEX_ALLOC_MIN_RESERVE) {
		mark -= mark / 2;
		if (alloc_flags & ANNEX_ALLOC_NON_BLOCK)
			mark -= mark / 4;
	}
	return mark + reserve + (1UL << order) - 1;
}

/**
 * annex_watermark_headroom() - by how much may a zone give this?
 * @free: its free frames
 * @order: as for annex_watermark_floor()
 * @mark: as for annex_watermark_floor()
 * @reserve: as for annex_watermark_floor()
 * @alloc_flags: as for annex_watermark_floor()
 *
 * Context: any; a function of its arguments. Whether a block of @order exists
 * is another question.
 * Return: frames above what must be left; 0 if the zone may not give it.
 */
static inline unsigned long
annex_watermark_headroom(unsigned long free, unsigned int order,
			 unsigned long mark, unsigned long reserve,
			 unsigned int alloc_flags)
{
	unsigned long floor = annex_watermark_floor(order, mark, reserve,
						    alloc_flags);

	return free > floor ? free - floor : 0;
}

/*
 * Orders for which __GFP_NOFAIL makes sense, 0 to 3. For more, the kernel's
 * costly orders, Linux 6.1 calls it a hard requirement that it is not prepared
 * for, and warns (__alloc_pages_slowpath()). It warns for 2 and 3 as well
 * (rmqueue()), but the heap needs these for objects of 8 KB that are watched.
 */
#define ANNEX_NOFAIL_ORDERS	4

/* Must a block not fail that may never be free? */
static __always_inline bool annex_nofail_is_too_large(gfp_t gfp,
						      unsigned int order)
{
	return unlikely(gfp & __GFP_NOFAIL) && order >= ANNEX_NOFAIL_ORDERS;
}

/*
 * Who says that he can wait is to be where one can. That is looked at where the
 * kernel can tell; elsewhere might_sleep() costs the fast path and finds
 * nothing.
 */
static __always_inline void annex_might_wait(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		might_sleep_if(gfpflags_allow_blocking(gfp));
}

struct annex_page *annex_pool_alloc_page(struct annex *annex, gfp_t gfp,
					 unsigned int order, int *err);
struct annex_page *annex_pool_alloc_rest(struct annex *annex, gfp_t gfp,
					 unsigned int order);
int annex_pool_alloc(struct annex *annex, gfp_t gfp, unsigned int order,
		     struct annex_page **pagep);
struct annex_page *annex_alloc_slowly(struct annex *annex, gfp_t gfp,
				      unsigned int order, int *err);
unsigned int annex_pool_alloc_bulk(struct annex *annex, gfp_t gfp,
				   unsigned int nr, struct annex_page **pages);
int annex_pool_free_bulk(struct annex *annex, struct annex_page **pages,
			 unsigned int nr);
void annex_pool_give(struct annex *annex, struct annex_page *page);
void annex_pool_retire(struct annex *annex, struct annex_page *page,
		       unsigned int order);
void annex_pool_prepare(struct annex *annex, struct annex_page *page,
			gfp_t gfp, unsigned int order);
int annex_pool_free(struct annex *annex, struct annex_page *page,
		    unsigned int order);
int annex_pool_free_slowly(struct annex *annex, struct annex_page *page,
			   unsigned int order);
void annex_pool_put_left(struct annex *annex, struct annex_page *page);
int annex_pool_disown(struct annex *annex, struct annex_page *page);
int annex_pool_get(struct annex *annex, struct annex_page *page);
int annex_pool_put(struct annex *annex, struct annex_page *page);
struct annex_page *annex_pool_head(struct annex *annex,
				   const struct annex_page *page);
int annex_inner_errno(struct annex *annex, const struct annex_page *page,
		      int err);
void annex_pages_hand_over(struct annex *annex);

#endif /* ANNEX_PAGE_PAGE_ALLOC_H */
