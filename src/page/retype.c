// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to free blocks when their pageblock changes its type.
 *
 * A free block is in the lists of its pageblock's type, always: when that
 * changes, it goes from list to list, and when types that did not merge become
 * ones that do, so do their blocks. A block of order 10 is two pageblocks. To
 * change one of them cuts it in two.
 *
 * Who decides is pageblock.c, and buddy.c, which makes one block of two
 * pageblocks whose types mix.
 *
 * Locking: zone->lock. Nothing here fails or sleeps.
 */
#include <linux/lockdep.h>

#include "annex.h"
#include "page/buddy.h"
#include "page/freelist.h"
#include "page/pageblock.h"
#include "page/zone.h"

/* Unlink a free block whose head nobody has looked at yet. */
static void unlink_block(const struct lists *from, u32 b, unsigned int order)
{
	unlink_free(from, b, state_of(from->frames + b), order);
}

/* Does a free block of an order begin there, in this zone? */
static bool is_free(const struct annex_zone *zone, u32 b, unsigned int order)
{
	return (u8)state_of(zone->frames + b) == ANNEX_FREE_MARK(order) &&
	       annex_zone_spans(zone, b - zone->annex->bias);
}

/*
 * Free frames have gone from type to type. Who reads usable_pages without the
 * lock is not to see them gone where they count as before.
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

/**
 * annex_buddy_retype_locked() - make a pageblock's frames another type's
 * @zone: the zone in which all of it lies
 * @b: a frame of the pageblock, which may be half of a free block of order 10:
 *	then that is cut in two
 * @from: its type
 * @to: the type it gets
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_retype_locked(struct annex_zone *zone, u32 b, unsigned int from,
			       unsigned int to)
{
	struct annex_pageblock *block = zone->pageblock +
					(b >> ANNEX_PAGEBLOCK_ORDER);
	const struct lists old = lists_of(zone, from);
	const struct lists new = lists_of(zone, to);
	u32 end, top = b & ~(ANNEX_MAX_ORDER_PAGES - 1);
	long moved = 0;

	lockdep_assert_held(&zone->lock);

	if (is_free(zone, top, ANNEX_MAX_ORDER - 1)) {
		unlink_block(&old, top, ANNEX_MAX_ORDER - 1);
		push(&old, top, ANNEX_PAGEBLOCK_ORDER);
		push(&old, top + ANNEX_PAGEBLOCK_PAGES, ANNEX_PAGEBLOCK_ORDER);
	}
	b &= ~(ANNEX_PAGEBLOCK_PAGES - 1);
	for (end = b + ANNEX_PAGEBLOCK_PAGES; b < end;) {
		struct annex_page *page = zone->frames + b;
		unsigned int order = annex_page_order(page);

		if (annex_page_state(page) == ANNEX_PAGE_FREE) {
			unlink_block(&old, b, order);
			push(&new, b, order);
			moved += 1L << order;
		}
		b += 1U << order;
	}
	count_moved(zone, from, to, moved);
	annex_pageblock_set_type(zone, block, to);
}

/**
 * annex_buddy_remerge_locked() - merge a pageblock that may again
 * @zone: the zone in which all of it lies
 * @b: its first frame
 *
 * Of a type that does not merge, it may have stood beside a free one.
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_remerge_locked(struct annex_zone *zone, u32 b)
{
	const struct lists lists = lists_of(zone, type_of(zone, b));
	struct annex_page *page = zone->frames + b;
	unsigned int order = ANNEX_PAGEBLOCK_ORDER;

	lockdep_assert_held(&zone->lock);

	if (!is_free(zone, b, order))
		return;
	unlink_block(&lists, b, order);
	count_free(zone, lists.type, -(1L << order));
	make_cached(page, order);
	annex_buddy_free_locked(zone, page, order);
}

/**
 * annex_buddy_claim_locked() - make all of a large free block another type's
 * @zone: the zone
 * @order: 10, which is two pageblocks
 * @from: the type of which there is such a block
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
		annex_pageblock_set_type(zone, zone->pageblock +
					 (at >> ANNEX_PAGEBLOCK_ORDER), to);
}
