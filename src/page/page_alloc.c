// SPDX-License-Identifier: GPL-2.0-only
/*
 * The zone allocator: which zone serves a request, and what is asked of it
 * first.
 *
 * A request names, by its gfp flags, the highest zone it can use. That zone
 * is tried first, then those below, each against its low watermark; a second
 * round goes down to min, and for atomic requests below it. A block is handed
 * out with one reference, and the last reference gives it back.
 *
 * What a caller gets wrong is refused, reported (report.c) and counted, and
 * changes nothing: an order beyond the largest, contradicting flags, a call
 * from NMI; a frame that is free, reserved, inside another's block, locked,
 * of another order, or none of the pool.
 *
 * Locking: zone->lock, with interrupts off, for the free lists only.
 */
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched/rt.h>
#include <linux/string.h>

#include "annex.h"
#include "host/frame.h"
#include "page/buddy.h"
#include "page/folio.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "page/report.h"

/* Take a block out of a zone's free lists. */
static annex_pfn_t zone_take(struct annex_zone *zone, unsigned int order)
{
	unsigned long flags;
	annex_pfn_t pfn;

	spin_lock_irqsave(&zone->lock, flags);
	pfn = annex_buddy_take_locked(zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

/* A block out of a zone that may give it, from this CPU's stack if small. */
static __always_inline struct annex_page *
take_from_zone(struct annex *annex, int idx, unsigned int order,
	       unsigned long headroom)
{
	struct annex_zone *zone = &annex->zones[idx];
	annex_pfn_t pfn = order < ANNEX_PCP_ORDERS ?
				  annex_pcp_take(zone, order, headroom) :
				  zone_take(zone, order);

	if (unlikely(pfn == ANNEX_PFN_NIL))
		return NULL;
	annex_count_events(&annex->counters, ANNEX_PGALLOC_DMA + idx,
			   1UL << order);
	return annex->mem_map + pfn;
}

/* The highest zone that may serve a request, or an errno. */
static __always_inline int highest_zone(const struct annex *annex, gfp_t gfp)
{
	return annex->gfp_zone[(__force u32)gfp & ANNEX_GFP_ZONE_MASK];
}

/* One round over the zonelist, from the highest zone down. */
static struct annex_page *take_from_zones(struct annex *annex, int highest,
					  unsigned int order,
					  enum annex_zone_watermark mark,
					  unsigned int alloc_flags)
{
	int i;

	for (i = highest; i >= 0; i--) {
		struct annex_zone *zone = &annex->zones[i];
		struct annex_page *page;
		unsigned long headroom;

		headroom = annex_watermark_headroom(annex_zone_free_pages(zone),
						    order,
						    annex_zone_watermark(zone,
									 mark),
						    zone->lowmem_reserve[highest],
						    alloc_flags);
		if (!headroom)
			continue;
		page = take_from_zone(annex, i, order, headroom);
		if (page)
			return page;
	}
	return NULL;
}

/* Is this a thread that others wait for, by its own wish? */
static bool is_rt(void)
{
	return in_task() && rt_task(current);
}

static void zero_block(struct annex *annex, annex_pfn_t pfn, unsigned int order)
{
	annex_pfn_t end = pfn + (1U << order);

	for (; pfn < end; pfn++) {
		if (pfn < annex->lowmem_pages)
			clear_page(annex->lowmem + ((size_t)pfn << PAGE_SHIFT));
		else
			annex_frame_clear(&annex->host, annex->base_pfn + pfn);
	}
}

static const char in_nmi_text[] =
	"a non-maskable interrupt may have hit the holder of a zone's lock; do it elsewhere";

/*
 * Down to min, or what the request may use of it. Before it fails, frames that
 * CPUs have at hand are free again: all that may be asked for, if it can wait.
 */
static struct annex_page *take_the_last(struct annex *annex, gfp_t gfp,
					int highest, unsigned int order)
{
	unsigned int flags = annex_gfp_alloc_flags(gfp, is_rt());
	struct annex_page *page;

	page = take_from_zones(annex, highest, order, ANNEX_WMARK_MIN, flags);
	if (page)
		return page;
	/* A caller who says that he can wait, and cannot, is not to hang. */
	might_sleep_if(gfp & __GFP_DIRECT_RECLAIM);
	if (gfp & __GFP_DIRECT_RECLAIM && preemptible())
		annex_pcp_drain_all(annex);
	else
		annex_pcp_drain_local(annex);
	return take_from_zones(annex, highest, order, ANNEX_WMARK_MIN, flags);
}

/* What makes a request senseless, or NULL. */
static const char *bad_request(gfp_t gfp, int highest, unsigned int order)
{
	if (order >= ANNEX_MAX_ORDER)
		return "the order is beyond 10, the largest";
	if (highest < 0)
		return "the gfp flags name more than one of DMA, DMA32 and HIGHMEM";
	if (gfp & __GFP_NOFAIL)
		return "__GFP_NOFAIL cannot be promised by an allocator that does not sleep";
	if (in_nmi())
		return in_nmi_text;
	return NULL;
}

/* All that a request may try, and what is said when nothing helps. */
static noinline struct annex_page *alloc_slowly(struct annex *annex, gfp_t gfp,
						unsigned int order, int *err)
{
	int highest = highest_zone(annex, gfp);
	const char *why = bad_request(gfp, highest, order);
	struct annex_page *page;

	if (why) {
		*err = annex_refuse_call(annex, ANNEX_BAD_ALLOC, -EINVAL,
					 "alloc", why);
		return NULL;
	}
	page = take_from_zones(annex, highest, order, ANNEX_WMARK_LOW, 0);
	if (!page)
		page = take_the_last(annex, gfp, highest, order);
	if (!page) {
		annex_report_alloc_failure(annex, gfp, order, highest);
		*err = -ENOMEM;
	}
	return page;
}

/* What nearly every request is: small, and its first zone has plenty. */
static __always_inline struct annex_page *
alloc_at_hand(struct annex *annex, gfp_t gfp, unsigned int order)
{
	int highest = highest_zone(annex, gfp);
	struct annex_zone *zone;
	unsigned long headroom;

	if (unlikely(order >= ANNEX_PCP_ORDERS || highest < 0 ||
		     gfp & __GFP_NOFAIL || in_nmi()))
		return NULL;
	zone = &annex->zones[highest];
	headroom = annex_watermark_headroom(annex_zone_free_pages(zone), order,
					    zone->low_reserve[highest], 0, 0);
	if (unlikely(!headroom))
		return NULL;
	return take_from_zone(annex, highest, order, headroom);
}

/**
 * annex_pool_alloc_page() - allocate a block from a pool
 * @annex: the pool
 * @gfp: GFP_KERNEL and its like
 * @order: 2^@order frames
 * @err: set if there is none: -EINVAL for a request that makes no sense,
 *	-ENOMEM if no zone can give what is asked
 *
 * Context: any but NMI; it may sleep if @gfp says so.
 * Return: the head of the block, or NULL.
 */
struct annex_page *annex_pool_alloc_page(struct annex *annex, gfp_t gfp,
					 unsigned int order, int *err)
{
	struct annex_page *page = alloc_at_hand(annex, gfp, order);

	if (unlikely(!page)) {
		page = alloc_slowly(annex, gfp, order, err);
		if (!page)
			return NULL;
	}
	annex_page_make_used(page, order, gfp & __GFP_COMP && order ?
					  1U << ANNEX_PG_HEAD : 0);
	if (gfp & __GFP_ZERO)
		zero_block(annex, page - annex->mem_map, order);
	return page;
}

/**
 * annex_pool_alloc() - allocate a block from a pool and say why not
 * @annex: the pool
 * @gfp: as for annex_pool_alloc_page()
 * @order: as for annex_pool_alloc_page()
 * @pagep: set to the head of the block, or to NULL
 *
 * Context: as annex_pool_alloc_page().
 * Return: 0, -EINVAL or -ENOMEM.
 */
int annex_pool_alloc(struct annex *annex, gfp_t gfp, unsigned int order,
		     struct annex_page **pagep)
{
	int err = 0;

	*pagep = annex_pool_alloc_page(annex, gfp, order, &err);
	return err;
}

static void zone_give(struct annex_zone *zone, annex_pfn_t pfn,
		      unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	annex_buddy_free_locked(zone, pfn, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* A block that is ours again goes where it came from. */
static __always_inline void give(struct annex *annex, struct annex_page *page)
{
	unsigned int order = annex_page_order(page);
	annex_pfn_t pfn = page - annex->mem_map;
	struct annex_zone *zone = annex_pfn_zone(annex, pfn);

	annex_count_events(&annex->counters, ANNEX_PGFREE, 1UL << order);
	if (likely(order < ANNEX_PCP_ORDERS))
		annex_pcp_give(zone, pfn, order);
	else
		zone_give(zone, pfn, order);
}

/*
 * What is wrong with a frame inside a block. If that is free, the frame was
 * freed and merged: to whoever had it, it is free already.
 */
static int inner_errno(struct annex *annex, const struct annex_page *page,
		       int err)
{
	annex_pfn_t head;

	if (err != -EINVAL)
		return err;
	head = annex_block_head(annex, page - annex->mem_map);
	if (head == ANNEX_PFN_NIL)
		return err;
	switch (annex_page_state(annex->mem_map + head)) {
	case ANNEX_PAGE_FREE:
	case ANNEX_PAGE_CACHED:
		return -EALREADY;
	default:
		return err;
	}
}

/*
 * Drop a reference to a head and free the block with the last. Only then is
 * its order read: the block is ours now, and before, a caller who has no
 * reference might have seen that of an earlier life.
 */
static noinline int drop(struct annex *annex, struct annex_page *page,
			 enum annex_counter counter, const char *call)
{
	int last;

	if (unlikely(in_nmi()))
		return annex_refuse_call(annex, counter, -EINVAL, call,
					 in_nmi_text);
	last = annex_page_drop_ref(page);
	if (last == -EBUSY)
		last = annex_folio_drop_last(annex, page);
	if (unlikely(last < 0))
		return annex_refuse_page(annex, counter,
					 inner_errno(annex, page, last), call,
					 page);
	if (last)
		give(annex, page);
	return 0;
}

/**
 * annex_pool_free() - give a block back, or one's reference to it
 * @annex: the pool
 * @page: its head
 * @order: its order
 *
 * Context: any but NMI.
 * Return: 0, also when others hold the block still; -EFAULT if @page is no
 * descriptor of the pool, -ERANGE if the block has another order, or as
 * annex_page_drop_ref(), and nothing is changed.
 */
int annex_pool_free(struct annex *annex, struct annex_page *page,
		    unsigned int order)
{
	if (unlikely(annex_page_nr(annex, page) >= annex->nr_pages))
		return annex_refuse_page(annex, ANNEX_BAD_FREE, -EFAULT, "free",
					 page);
	if (unlikely(annex_page_order(page) != order &&
		     annex_page_state(page) == ANNEX_PAGE_USED))
		return annex_refuse_page(annex, ANNEX_BAD_FREE, -ERANGE, "free",
					 page);
	if (likely(!in_nmi() && annex_page_drop_only_ref(page))) {
		give(annex, page);
		return 0;
	}
	return drop(annex, page, ANNEX_BAD_FREE, "free");
}

/**
 * annex_pool_head() - the head that holds a frame's references
 * @annex: the pool
 * @page: a descriptor of it
 *
 * Context: any. Stable while the caller holds a reference.
 * Return: the head if @page is the tail of a compound block, otherwise @page.
 */
struct annex_page *annex_pool_head(struct annex *annex,
				   const struct annex_page *page)
{
	annex_pfn_t head;

	if (annex_page_state(page) != ANNEX_PAGE_INNER)
		return (struct annex_page *)page;
	head = annex_block_head(annex, page - annex->mem_map);
	if (head == ANNEX_PFN_NIL ||
	    !annex_page_test_flag(annex->mem_map + head, ANNEX_PG_HEAD))
		return (struct annex_page *)page;
	return annex->mem_map + head;
}

/**
 * annex_pool_get() - take one more reference
 * @annex: the pool
 * @page: a frame that the caller holds a reference to
 *
 * Context: any.
 * Return: 0; -EFAULT if @page is no descriptor of the pool, or as
 * annex_page_take_ref(), and nothing is changed.
 */
int annex_pool_get(struct annex *annex, struct annex_page *page)
{
	int err;

	if (unlikely(annex_page_nr(annex, page) >= annex->nr_pages))
		return annex_refuse_page(annex, ANNEX_BAD_REF, -EFAULT, "get",
					 page);
	err = annex_page_take_ref(annex_pool_head(annex, page));
	if (unlikely(err))
		return annex_refuse_page(annex, ANNEX_BAD_REF,
					 inner_errno(annex, page, err), "get",
					 page);
	return 0;
}

/**
 * annex_pool_put() - drop a reference, and free the block with the last
 * @annex: the pool
 * @page: a frame that the caller holds a reference to
 *
 * Context: any but NMI.
 * Return: 0; -EFAULT if @page is no descriptor of the pool, or as
 * annex_page_drop_ref(), and nothing is changed.
 */
int annex_pool_put(struct annex *annex, struct annex_page *page)
{
	if (unlikely(annex_page_nr(annex, page) >= annex->nr_pages))
		return annex_refuse_page(annex, ANNEX_BAD_REF, -EFAULT, "put",
					 page);
	return drop(annex, annex_pool_head(annex, page), ANNEX_BAD_REF, "put");
}

static void give_to_zone(void *zone, annex_pfn_t pfn, unsigned int order)
{
	annex_buddy_add(zone, pfn, order);
}

/**
 * annex_pages_hand_over() - give every free frame to the buddy
 * @annex: the pool: zones laid out, descriptors zeroed, memblock final
 *
 * Context: process; nobody else knows the pool.
 */
void annex_pages_hand_over(struct annex *annex)
{
	bool dma32 = annex->zones[ANNEX_ZONE_DMA32].spanned_pages;
	unsigned int i;

	annex_slots_init(&annex->slots);
	annex_waits_init(&annex->waits);
	annex_reclaim_init(annex);
	for (i = 0; i < ANNEX_NR_GFP_ZONES; i++)
		annex->gfp_zone[i] = annex_gfp_zone((__force gfp_t)i, dma32);
	annex_pages_reserve(annex);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &annex->zones[i];

		annex_memblock_walk_blocks(&annex->memblock, annex->pool.start,
					   zone->zone_start_pfn,
					   annex_zone_end_pfn(zone),
					   give_to_zone, zone);
	}
	annex_memblock_set_handed_over(&annex->memblock);
}
