// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving free blocks when their pageblock changes its type.
 *
 * A free block is always in a list of its pageblock's type. When the type
 * changes, the free blocks move to the lists of the new type. When a type that
 * does not merge becomes one that does, the pageblock's free blocks merge. A
 * block of order 10 is two pageblocks: changing the type of one splits it.
 *
 * The callers are pageblock.c, and buddy.c, which makes one block of two
 * pageblocks whose types mix.
 *
 * Locking: zone->lock. Nothing here fails or sleeps.
 */
#include <linux/lockdep.h>

#include "base/for_kunit.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/freelist.h"
#include "page/pageblock.h"
#include "page/zone.h"

/* Unlink a free block whose state word the caller has not read. */
static void unlink_block(const struct lists *from, u32 b, unsigned int order)
{
	unlink_free(from, b, state_of(from->frames + b), order);
}

/* Does a free block of this order begin at @b, in this zone? */
static bool is_free(const struct annex_zone *zone, u32 b, unsigned int order)
{
	return (u8)state_of(zone->map + b) == ANNEX_FREE_MARK(order) &&
	       annex_zone_spans(zone, b - zone->frames->bias);
}

/*
 * Count free frames that have moved between two types. Between two usable types
 * usable_pages is not written, so that lockless readers never see it dip.
 */
static void count_moved(struct annex_zone *zone, unsigned int from,
			unsigned int to, long nr)
{
	if (annex_migratetype_is_mergeable(from) &&
	    annex_migratetype_is_mergeable(to)) {
		zone->generation++;
		return;
	}
	count_free(zone, from, -nr);
	count_free(zone, to, nr);
}

/*
 * Move a free block to another list. note_orders() updates free_orders once for
 * all blocks.
 */
static noinline void move_block(const struct lists *to, struct annex_page *page,
				u32 state)
{
	unsigned int order = annex_page_order(page);
	struct annex_page *frames = to->frames, *head = to->heads + order;
	u32 prev = page->link & ANNEX_PFN_MASK;
	u32 after = state_of(head);
	u32 b = page - frames;

	WRITE_ONCE(frames[next_of(state)].link, free_link(prev, order));
	atomic_set(&frames[prev].state, state);
	WRITE_ONCE(page->link, free_link(to->first + order, order));
	atomic_set(&page->state, after);
	atomic_set(&head->state, free_state(b, order));
	WRITE_ONCE(frames[next_of(after)].link, free_link(b, order));
}

/*
 * The same for a single frame, in half the time: a pageblock may have 256 of
 * them, and interrupts are off. The frame becomes the last of the list, which
 * the caller closes after the last frame. Returns the frame's number.
 */
static __always_inline u32 move_frame(struct annex_page *frames, u32 last,
				      struct annex_page *page, u32 state)
{
	u32 link = page->link, b = page - frames;

	/* The successor has order 0 too, so it gets the same link word. */
	WRITE_ONCE(frames[next_of(state)].link, link);
	atomic_set(&frames[link & ANNEX_PFN_MASK].state, state);
	WRITE_ONCE(page->link, free_link(last, 0));
	atomic_set(&frames[last].state, free_state(b, 0));
	return b;
}

/* Update free_orders after blocks of these orders have moved. */
static void note_orders(const struct lists *from, const struct lists *to,
			unsigned int orders)
{
	struct annex_zone *zone = from->zone;
	unsigned int order;

	zone->free_orders[to->type] |= orders;
	for (; orders; orders &= orders - 1) {
		order = __ffs(orders);
		if (next_of(state_of(from->heads + order)) ==
		    from->first + order)
			zone->free_orders[from->type] &= ~(1U << order);
	}
}

/* Move the free blocks of a pageblock. */
static void move_blocks(const struct lists *from, const struct lists *to,
			struct annex_page *page)
{
	struct annex_page *end = page + ANNEX_PAGEBLOCK_PAGES;
	u32 last = to->heads->link & ANNEX_PFN_MASK;
	unsigned int orders = 0;

	while (page < end) {
		u32 state = state_of(page);
		unsigned int order = annex_page_order(page);

		if ((u8)state == ANNEX_FREE_MARK(0)) {
			last = move_frame(to->frames, last, page, state);
			orders |= 1;
		} else if ((state & ANNEX_PAGE_STATE_MASK) == ANNEX_PAGE_FREE) {
			move_block(to, page, state);
			orders |= 1U << order;
		}
		page += 1U << order;
	}
	atomic_set(&to->frames[last].state, free_state(to->first, 0));
	WRITE_ONCE(to->heads->link, free_link(last, 0));
	note_orders(from, to, orders);
}

/**
 * annex_move_freepages_locked() - change the type of a pageblock
 * @zone: the zone in which all of it lies
 * @b: a frame of the pageblock; if this is half of a free block of order 10,
 *	that is split
 * @from: its type
 * @to: the type it gets, another one
 *
 * Context: any, with zone->lock held.
 */
void annex_move_freepages_locked(struct annex_zone *zone, u32 b,
				 unsigned int from, unsigned int to)
{
	struct annex_pageblock *block = pageblock_of(zone, b);
	const struct lists old = lists_of(zone, from);
	const struct lists new = lists_of(zone, to);
	u32 top = b & ~(ANNEX_MAX_ORDER_PAGES - 1);

	lockdep_assert_held(&zone->lock);

	if (is_free(zone, top, ANNEX_MAX_ORDER - 1)) {
		unlink_block(&old, top, ANNEX_MAX_ORDER - 1);
		push(&old, top, ANNEX_PAGEBLOCK_ORDER);
		push(&old, top + ANNEX_PAGEBLOCK_PAGES, ANNEX_PAGEBLOCK_ORDER);
	}
	move_blocks(&old, &new, zone->map + (b & ~(ANNEX_PAGEBLOCK_PAGES - 1)));
	count_moved(zone, from, to, block->nr_free);
	annex_pageblock_set_type(zone, block, to);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_move_freepages_locked);

/**
 * annex_buddy_remerge_locked() - merge a free pageblock with its buddy
 * @zone: the zone in which all of it lies
 * @b: its first frame
 *
 * For a pageblock whose former type did not merge: its buddy may be free.
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_remerge_locked(struct annex_zone *zone, u32 b)
{
	const struct lists lists = lists_of(zone, type_of(zone, b));
	struct annex_page *page = zone->map + b;
	unsigned int order = ANNEX_PAGEBLOCK_ORDER;

	lockdep_assert_held(&zone->lock);

	if (!is_free(zone, b, order))
		return;
	unlink_block(&lists, b, order);
	count_in_pageblock(pageblock_of(zone, b), -(1 << order));
	count_free(zone, lists.type, -(1L << order));
	make_cached(page, order);
	annex_buddy_free_locked(zone, page, order);
}

/**
 * annex_buddy_claim_locked() - change the type of a free block of order 10
 * @zone: the zone
 * @order: 10: the block is two pageblocks
 * @from: a type that has such a free block
 * @to: the type it gets
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_claim_locked(struct annex_zone *zone, unsigned int order,
			      unsigned int from, unsigned int to)
{
	const struct lists old = lists_of(zone, from);
	const struct lists new = lists_of(zone, to);
	u32 b = annex_buddy_first(zone, from, order);
	u32 at;

	lockdep_assert_held(&zone->lock);

	unlink_block(&old, b, order);
	push(&new, b, order);
	count_moved(zone, from, to, 1L << order);
	for (at = b; at < b + (1U << order); at += ANNEX_PAGEBLOCK_PAGES)
		annex_pageblock_set_type(zone, pageblock_of(zone, at), to);
}
