// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page allocator: allocating and freeing blocks.
 *
 * page_fast.h serves most requests from this CPU's lists, and frees most blocks
 * to them. slowpath.c has the slow path of an allocation, and bulk.c allocates
 * and frees many frames at once. A block is allocated with one reference, and
 * dropping the last reference frees it.
 *
 * A wrong call is refused, reported (report.c) and counted, and changes
 * nothing: an order beyond the largest, contradicting flags, a call from NMI; a
 * frame that is free, reserved, inside a block, locked, of another order, or
 * not of the pool.
 *
 * Locking: none here. See page_fast.h, pcp.c and buddy.c.
 */
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "base/trace.h"
#include "boot/memblock.h"
#include "host/frame.h"
#include "page/buddy.h"
#include "page/debug.h"
#include "page/frames.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/page_fast.h"
#include "page/pcp.h"
#include "page/reclaim_calls.h"
#include "page/report.h"
#include "page/upcalls.h"

static noinline void zero_block(struct annex_frames *frames, annex_pfn_t pfn,
				unsigned int order)
{
	annex_pfn_t end = pfn + (1U << order);

	for (; pfn < end; pfn++) {
		if (pfn < frames->lowmem_pages)
			clear_page(frames->lowmem +
				   ((size_t)pfn << PAGE_SHIFT));
		else
			annex_frame_clear(frames->host, frames->base_pfn + pfn);
	}
}

/**
 * annex_prep_new_page() - debug, zero and trace a block that is being allocated
 * @frames: the frames of the pool
 * @page: the head of the block
 * @gfp: the request's flags
 * @order: its order
 *
 * Context: any but NMI.
 */
void annex_prep_new_page(struct annex_frames *frames, struct annex_page *page,
			 gfp_t gfp, unsigned int order)
{
	annex_debug_alloc(frames, page, order, gfp);
	if (gfp & __GFP_ZERO)
		zero_block(frames, page - frames->mem_map, order);
	trace_mm_page_alloc(page - frames->mem_map, order, gfp,
			    annex_request_type(frames, gfp));
}

/**
 * annex_free_pages_prepare() - trace and debug a block that is being freed
 * @frames: the frames of the pool
 * @page: the head of the block, %ANNEX_PAGE_CACHED
 * @order: its order
 *
 * Context: any but NMI.
 */
void annex_free_pages_prepare(struct annex_frames *frames,
			      struct annex_page *page, unsigned int order)
{
	trace_mm_page_free(page - frames->mem_map, order);
	annex_debug_free(frames, page, order);
}

/*
 * The slow path of annex_alloc_pages(). This function provides a stack frame
 * for the errno. In the caller's frame it would cost the fast path 9
 * instructions, for the stack canary.
 */
struct annex_page *annex_alloc_slow_noerr(struct annex_frames *frames,
					  gfp_t gfp, unsigned int order)
{
	int err;

	return annex_alloc_slow(frames, gfp, order, &err);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_alloc_slow_noerr);

/*
 * annex_alloc_pages() from a pool. On failure, @err is set as by
 * annex_alloc_block().
 */
struct annex_page *__annex_alloc_pages(struct annex_frames *frames, gfp_t gfp,
				       unsigned int order, int *err)
{
	struct annex_page *page = NULL;

	if (order < ANNEX_PCP_ORDERS)
		page = annex_alloc_fast(frames, gfp, order);
	if (likely(page))
		return page;
	return annex_alloc_slow(frames, gfp, order, err);
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_alloc_pages);

/* annex_alloc_block() from a pool. */
int annex_block_alloc(struct annex_frames *frames, gfp_t gfp,
		      unsigned int order, struct annex_page **pagep)
{
	int err = 0;

	*pagep = __annex_alloc_pages(frames, gfp, order, &err);
	return err;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_block_alloc);

static void zone_give(struct annex_frames *frames, struct annex_page *page,
		      unsigned int order)
{
	struct annex_zone *zone =
		annex_pfn_zone(frames, page - frames->mem_map);
	unsigned long flags;

	annex_count_events(&frames->counters, ANNEX_PGFREE, 1UL << order);
	spin_lock_irqsave(&zone->lock, flags);
	annex_buddy_free_locked(zone, page, order);
	spin_unlock_irqrestore(&zone->lock, flags);
	annex_alloc_waiters_wake(frames, zone->idx);
}

/**
 * annex_free_unref_page() - free a block without references to its list or zone
 * @frames: the frames of the pool
 * @page: the head of the block, %ANNEX_PAGE_CACHED
 *
 * Context: any but NMI.
 */
void annex_free_unref_page(struct annex_frames *frames, struct annex_page *page)
{
	unsigned int order = annex_page_order(page);

	if (annex_wants_retiring())
		annex_free_pages_prepare(frames, page, order);
	if (order < ANNEX_PCP_ORDERS)
		annex_pcp_give(frames, page, order);
	else
		zone_give(frames, page, order);
}

/**
 * annex_inner_errno() - refine the errno of a refused call
 * @frames: the frames of the pool
 * @page: the descriptor that it was refused for
 * @err: the errno so far
 *
 * A frame inside a free block was freed and merged: report it as free already.
 *
 * Context: any.
 * Return: @err, or -EALREADY in place of -EINVAL.
 */
int annex_inner_errno(struct annex_frames *frames,
		      const struct annex_page *page, int err)
{
	annex_pfn_t head;

	if (err != -EINVAL)
		return err;
	head = annex_block_head(frames, page - frames->mem_map);
	if (head == ANNEX_PFN_NIL)
		return err;
	switch (annex_page_state(frames->mem_map + head)) {
	case ANNEX_PAGE_FREE:
	case ANNEX_PAGE_CACHED:
		return -EALREADY;
	default:
		return err;
	}
}

/* Drop a reference; the folio code decides about the last two of a folio. */
static int drop_ref(struct annex_frames *frames, struct annex_page *page)
{
	int last;

	do {
		last = annex_page_drop_ref_unless(page, ANNEX_PG_CHECK_AT_FREE |
							ANNEX_DROP_WATCHED);
		if (last == -EBUSY)
			last = annex_folio_drop_last(frames, page);
		else if (last == -EAGAIN)
			last = annex_folio_drop_second(frames, page);
	} while (last == -EAGAIN);
	return last;
}

/*
 * Drop a reference to a head and free the block with the last. The order is
 * read only then, when it is stable: before, a caller without a reference could
 * read the order of an earlier allocation.
 */
static noinline int drop(struct annex_frames *frames, struct annex_page *page,
			 enum annex_counter counter, const char *call)
{
	int last;

	if (unlikely(in_nmi()))
		return annex_refuse_call(frames, counter, -EINVAL, call,
					 annex_in_nmi_text);
	last = drop_ref(frames, page);
	if (unlikely(last < 0))
		return annex_refuse_page(frames, counter,
					 annex_inner_errno(frames, page, last),
					 call, page);
	if (last)
		annex_free_unref_page(frames, page);
	return 0;
}

/* The flag of a compound head if it is one, as a bit of the state word. */
static u32 head_flag(const struct annex_page *page)
{
	return atomic_read(&page->state) & 1U << ANNEX_PG_HEAD;
}

/* The slow path of annex_block_free(). */
int annex_free_slow(struct annex_frames *frames, struct annex_page *page,
		    unsigned int order)
{
	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		return annex_refuse_page(frames, ANNEX_BAD_FREE, -EFAULT,
					 "free", page);
	/* The fast path has tried small blocks; try larger ones here. */
	if (order >= ANNEX_PCP_ORDERS && !in_nmi() &&
	    annex_page_drop_only_ref_of(page, order, head_flag(page))) {
		annex_free_unref_page(frames, page);
		return 0;
	}
	if (unlikely(annex_page_order(page) != order &&
		     annex_page_state(page) == ANNEX_PAGE_USED))
		return annex_refuse_page(frames, ANNEX_BAD_FREE, -ERANGE,
					 "free", page);
	return drop(frames, page, ANNEX_BAD_FREE, "free");
}
EXPORT_SYMBOL_FOR_KUNIT(annex_free_slow);

/* annex_free_pages() to a pool. */
int annex_block_free(struct annex_frames *frames, struct annex_page *page,
		     unsigned int order)
{
	if (likely(order < ANNEX_PCP_ORDERS) &&
	    likely(annex_free_fast(frames, page, order)))
		return 0;
	return annex_free_slow(frames, page, order);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_block_free);

/* annex_compound_head(), for a descriptor of the pool. */
struct annex_page *annex_head_of(struct annex_frames *frames,
				 const struct annex_page *page)
{
	annex_pfn_t head;

	if (annex_page_state(page) != ANNEX_PAGE_INNER)
		return (struct annex_page *)page;
	head = annex_block_head(frames, page - frames->mem_map);
	if (head == ANNEX_PFN_NIL ||
	    !annex_page_test_flag(frames->mem_map + head, ANNEX_PG_HEAD))
		return (struct annex_page *)page;
	return frames->mem_map + head;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_head_of);

/* annex_get_page() in a pool. */
int __annex_get_page(struct annex_frames *frames, struct annex_page *page)
{
	int err;

	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		return annex_refuse_page(frames, ANNEX_BAD_REF, -EFAULT, "get",
					 page);
	err = annex_page_take_ref(annex_head_of(frames, page));
	if (unlikely(err))
		return annex_refuse_page(frames, ANNEX_BAD_REF,
					 annex_inner_errno(frames, page, err),
					 "get", page);
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_get_page);

/* annex_put_page() in a pool. */
int __annex_put_page(struct annex_frames *frames, struct annex_page *page)
{
	if (unlikely(annex_page_nr(frames, page) >= frames->nr_pages))
		return annex_refuse_page(frames, ANNEX_BAD_REF, -EFAULT, "put",
					 page);
	return drop(frames, annex_head_of(frames, page), ANNEX_BAD_REF, "put");
}
EXPORT_SYMBOL_FOR_KUNIT(__annex_put_page);

/**
 * annex_put_left() - drop reclaim's reference if it is the last one
 * @frames: the frames of the pool
 * @page: the head of a block that reclaim has a reference to
 *
 * As __annex_put_page(). A refusal is reported as an error of the owner, which
 * has dropped its last reference before.
 *
 * Context: any but NMI.
 */
void annex_put_left(struct annex_frames *frames, struct annex_page *page)
{
	drop(frames, page, ANNEX_BAD_REF,
	     "the owner's last put while reclaim looked at the folio,");
}

/**
 * annex_disown() - give up a block that annex cannot use for itself
 * @frames: the frames of the pool
 * @page: the head of a block that annex has allocated for itself, and that
 *	annex_page_make_own() or the like has refused
 *
 * A caller without a reference has tied a folio to it, set a flag, taken a
 * reference or freed it, by a stale pointer to the frame. Annex does not use
 * such a block.
 *
 * Context: any but NMI.
 * Return: -ENOMEM.
 */
int annex_disown(struct annex_frames *frames, struct annex_page *page)
{
	annex_refuse_page(frames, ANNEX_BAD_REF, -EBUSY,
			  "use after free of a frame that annex needs", page);
	__annex_put_page(frames, page);
	return -ENOMEM;
}

static void give_to_zone(void *zone, annex_pfn_t pfn, unsigned int order)
{
	annex_buddy_add(zone, pfn, order);
}

/**
 * annex_pages_hand_over() - give all free frames to the buddy allocator
 * @frames: the frames of the pool: zones laid out, descriptors zeroed
 * @mb: the early allocator, which hands out nothing from then on
 *
 * Context: process; the pool is not published yet.
 */
void annex_pages_hand_over(struct annex_frames *frames,
			   struct annex_memblock *mb)
{
	bool dma32 = frames->zones[ANNEX_ZONE_DMA32].spanned_pages;
	unsigned int i;

	for (i = 0; i < ANNEX_NR_GFP_ZONES; i++)
		frames->gfp_zone[i] = annex_gfp_zone((__force gfp_t)i, dma32);
	annex_pages_reserve(frames, &mb->reserved);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		struct annex_zone *zone = &frames->zones[i];

		annex_memblock_walk_blocks(mb, frames->range.start,
					   zone->zone_start_pfn,
					   annex_zone_end_pfn(zone),
					   give_to_zone, zone);
	}
	annex_memblock_set_handed_over(mb);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_pages_hand_over);
