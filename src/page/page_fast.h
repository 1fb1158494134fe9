/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_PAGE_FAST_H
#define ANNEX_PAGE_PAGE_FAST_H

/*
 * The fast path: it serves nearly all requests for small blocks, and frees
 * nearly all of them. It is inline, so that the compiler can use a constant
 * order or pool.
 *
 * A request is served here if its gfp flags name one zone, the zone is above
 * the low watermark, and this CPU's list has such a block. The other gfp flags
 * do not matter then. A block is freed here if it has one reference and no
 * flag, and this CPU's list has space. page_alloc.c and slowpath.c handle
 * everything else, and report all errors.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>

#include "base/fail.h"
#include "base/trace.h"
#include "page/debug.h"
#include "page/frames.h"
#include "page/gfp.h"
#include "page/page.h"
#include "page/pcp.h"

/* The slow paths, in page_alloc.c. */
struct annex_page *annex_alloc_slow_noerr(struct annex_frames *frames,
					  gfp_t gfp, unsigned int order);
void annex_free_unref_page(struct annex_frames *frames,
			   struct annex_page *page);
void annex_free_pages_prepare(struct annex_frames *frames,
			      struct annex_page *page, unsigned int order);
void annex_prep_new_page(struct annex_frames *frames, struct annex_page *page,
			 gfp_t gfp, unsigned int order);

/**
 * annex_fast_alloc() - take a block from this CPU's list
 * @frames: the frames of the pool
 * @gfp: the request's flags
 * @order: below ANNEX_PCP_ORDERS
 *
 * Context: any; from NMI it does nothing.
 * Return: the head of the block, %ANNEX_PAGE_CACHED, or NULL: take the slow
 * path.
 */
static __always_inline struct annex_page *
annex_fast_alloc(struct annex_frames *frames, gfp_t gfp, unsigned int order)
{
	const struct annex_fast_route *route =
		annex_fast_route(frames, gfp, order);
	struct annex_page *page = NULL;
	struct annex_pcp_list *list;
	unsigned long flags;

	if (unlikely(annex_fast_route_free(frames, route) <= route->low ||
		     in_nmi()))
		return NULL;
	local_irq_save(flags);
	list = this_cpu_ptr(route->list);
	/* Fault injection is in the slow path. */
	if (likely(list->count) && !static_branch_unlikely(&annex_fail_key)) {
		page = list->pages[--list->count];
		list->allocs++;
	}
	local_irq_restore(flags);
	return page;
}

/* Put a block on this CPU's list, if that is not full. Interrupts are off. */
static __always_inline bool annex_fast_put(struct annex_frames *frames,
					   annex_pfn_t nr,
					   struct annex_page *page,
					   unsigned int order)
{
	const struct annex_pageblock *block = annex_pageblock(frames, nr);
	struct annex_pcp_list *list =
		this_cpu_ptr(annex_pcp_of_order(READ_ONCE(block->home), order));

	if (unlikely(list->count >= READ_ONCE(list->high)))
		return false;
	list->pages[list->count++] = page;
	list->frees++;
	return true;
}

/**
 * annex_fast_free() - put a block on this CPU's list
 * @frames: the frames of the pool
 * @nr: annex pfn of its head
 * @page: its head, %ANNEX_PAGE_CACHED
 * @order: below ANNEX_PCP_ORDERS
 *
 * Context: any but NMI.
 * Return: false if the list is full or closed: take the slow path.
 */
static __always_inline bool annex_fast_free(struct annex_frames *frames,
					    annex_pfn_t nr,
					    struct annex_page *page,
					    unsigned int order)
{
	unsigned long flags;
	bool room;

	local_irq_save(flags);
	room = annex_fast_put(frames, nr, page, order);
	local_irq_restore(flags);
	return room;
}

/* Is one of these flags set, or is debugging or tracing of blocks enabled? */
static __always_inline bool annex_is_special(gfp_t gfp, gfp_t flags)
{
	return unlikely(gfp & flags) ||
	       static_branch_unlikely(&annex_debug_key) ||
	       trace_mm_page_alloc_enabled();
}

/* Does a request need annex_prep_new_page()? */
static __always_inline bool annex_wants_preparing(gfp_t gfp)
{
	return annex_is_special(gfp, __GFP_ZERO);
}

static __always_inline bool annex_wants_retiring(void)
{
	return static_branch_unlikely(&annex_debug_key) ||
	       trace_mm_page_free_enabled();
}

/* The flags that a block starts with, as bits of the state word. */
static __always_inline u32 first_flags(gfp_t gfp, unsigned int order)
{
	return order && gfp & __GFP_COMP ? 1U << ANNEX_PG_HEAD : 0;
}

/**
 * annex_hand_out() - make a block used and prepare it as requested
 * @frames: the frames of the pool
 * @page: its head, %ANNEX_PAGE_CACHED and owned by the caller
 * @gfp: the request's flags
 * @order: its order
 */
static __always_inline void annex_hand_out(struct annex_frames *frames,
					   struct annex_page *page, gfp_t gfp,
					   unsigned int order)
{
	annex_page_make_used(page, order, first_flags(gfp, order));
	if (annex_wants_preparing(gfp))
		annex_prep_new_page(frames, page, gfp, order);
}

/**
 * annex_alloc_fast() - allocate a block by the fast path
 * @frames: the frames of the pool
 * @gfp: the request's flags
 * @order: below ANNEX_PCP_ORDERS
 *
 * Return: the head of the block, or NULL: take the slow path.
 */
static __always_inline struct annex_page *
annex_alloc_fast(struct annex_frames *frames, gfp_t gfp, unsigned int order)
{
	struct annex_page *page;

	annex_might_wait(gfp);
	page = annex_fast_alloc(frames, gfp, order);
	if (unlikely(!page))
		return NULL;
	if (!annex_is_special(gfp, __GFP_ZERO | __GFP_NOFAIL)) {
		annex_page_make_used(page, order, first_flags(gfp, order));
		return page;
	}
	/* The slow path refuses it. */
	if (annex_nofail_is_too_large(gfp, order)) {
		annex_pcp_give(frames, page, order);
		return NULL;
	}
	annex_hand_out(frames, page, gfp, order);
	return page;
}

/**
 * annex_free_fast() - free a block by the fast path
 * @frames: the frames of the pool
 * @page: perhaps the head of a used block
 * @order: below ANNEX_PCP_ORDERS
 *
 * Return: true if the block was freed; false, with nothing changed, if the slow
 * path has to free it.
 */
static __always_inline bool annex_free_fast(struct annex_frames *frames,
					    struct annex_page *page,
					    unsigned int order)
{
	unsigned long nr = annex_page_nr(frames, page);

	if (unlikely(nr >= frames->nr_pages || in_nmi() ||
		     !annex_page_drop_only_ref(page, order)))
		return false;
	if (annex_wants_retiring())
		annex_free_unref_page(frames, page);
	else if (unlikely(!annex_fast_free(frames, nr, page, order)))
		annex_pcp_give(frames, page, order);
	return true;
}

#endif /* ANNEX_PAGE_PAGE_FAST_H */
