// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buddy allocator of a zone: free blocks by order, split and coalesced.
 *
 * A block of order n is 2^n frames, aligned to its size. It is split in two
 * halves, each other's buddies, when a smaller one is asked for and none is
 * there, and a freed block merges with its buddy for as long as that is free
 * too. Their numbers differ in one bit:
 *
 *   order 1   0:1    2:3    4:5    6:7        freeing 4:5 while 6:7 and
 *   order 2   0:.........3  4:.........7      0:3 are free gives 0:7
 *   order 3   0:.......................7
 *
 * The free blocks of an order are a doubly linked list through the
 * descriptors, in 24-bit frame numbers. Only the head of a block is written,
 * by split as by merge: the pool stays tiled by heads and all else is
 * ANNEX_PAGE_INNER (see include/annex/page.h).
 *
 * Invariants, checked by annex_validate(): no two free buddies of one order;
 * nr_free is the length of the list; the free frames of all lists add up to
 * nr_free_pages; no block crosses the zone.
 *
 * Locking: zone->lock for all but annex_buddy_add(). Another CPU may change
 * the descriptor of a frame that it owns at any moment, but never from or to
 * ANNEX_PAGE_FREE, which happens here alone.
 *
 * Nothing here fails or sleeps; what comes in was checked by page_alloc.c.
 */
#include <linux/lockdep.h>

#include "page/buddy.h"
#include "page/zone.h"

/* A free block's state word: no flags, no count, the next block instead. */
static inline u32 free_state(annex_pfn_t next)
{
	return next << (32 - ANNEX_PFN_BITS) | ANNEX_PAGE_FREE;
}

static inline annex_pfn_t next_free(const struct annex_page *page)
{
	return (u32)atomic_read(&page->state) >> (32 - ANNEX_PFN_BITS);
}

static inline u32 free_link(annex_pfn_t prev, unsigned int order)
{
	return order << ANNEX_LINK_ORDER_SHIFT | prev;
}

static void push(struct annex_zone *zone, annex_pfn_t pfn, unsigned int order)
{
	struct annex_free_area *area = &zone->free_area[order];
	struct annex_page *page = zone->mem_map + pfn;

	if (area->first != ANNEX_PFN_NIL)
		WRITE_ONCE(zone->mem_map[area->first].link,
			   free_link(pfn, order));
	WRITE_ONCE(page->link, free_link(ANNEX_PFN_NIL, order));
	atomic_set(&page->state, free_state(area->first));
	area->first = pfn;
	area->nr_free++;
}

/* Unlink a free block; its head is left for the caller to write. */
static void unlink_free(struct annex_zone *zone, annex_pfn_t pfn,
			unsigned int order)
{
	struct annex_free_area *area = &zone->free_area[order];
	struct annex_page *page = zone->mem_map + pfn;
	annex_pfn_t prev = page->link & ANNEX_PFN_MASK;
	annex_pfn_t next = next_free(page);

	if (prev == ANNEX_PFN_NIL)
		area->first = next;
	else
		atomic_set(&zone->mem_map[prev].state, free_state(next));
	if (next != ANNEX_PFN_NIL)
		WRITE_ONCE(zone->mem_map[next].link, free_link(prev, order));
	area->nr_free--;
}

static inline bool is_free_block(const struct annex_zone *zone,
				 annex_pfn_t pfn, unsigned int order)
{
	const struct annex_page *page = zone->mem_map + pfn;

	return annex_page_state(page) == ANNEX_PAGE_FREE &&
	       annex_page_order(page) == order;
}

/* The head of an upper half that is one no longer. */
static inline void make_inner(struct annex_page *page)
{
	WRITE_ONCE(page->link, 0);
	atomic_set(&page->state, ANNEX_PAGE_INNER);
}

/*
 * A buddy lies in the zone as a whole or not at all for the purpose: the zone
 * may end inside of it, but then its head is no free block of that order.
 */
static inline bool buddy_is_free(const struct annex_zone *zone,
				 annex_pfn_t buddy, unsigned int order)
{
	return annex_zone_spans(zone, buddy) &&
	       is_free_block(zone, buddy, order);
}

static inline void count_free(struct annex_zone *zone, long nr)
{
	atomic_long_t *free = &zone->vm_stat[ANNEX_NR_FREE_PAGES];

	/* The lock orders the writers; readers want only a whole word. */
	atomic_long_set(free, atomic_long_read(free) + nr);
	zone->generation++;
}

/**
 * annex_buddy_add() - give a zone a block it never had
 * @zone: the zone, not in use yet
 * @pfn: first frame of a block of the zone, aligned to @order
 * @order: its order; no buddy of the block will be added
 *
 * For the hand-over from memblock.
 */
void annex_buddy_add(struct annex_zone *zone, annex_pfn_t pfn,
		     unsigned int order)
{
	push(zone, pfn, order);
	zone->managed_pages += 1UL << order;
	count_free(zone, 1L << order);
}

/**
 * annex_buddy_free_locked() - take a block back and merge it
 * @zone: the zone
 * @pfn: first frame of the block, whose head is %ANNEX_PAGE_CACHED
 * @order: its order
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_free_locked(struct annex_zone *zone, annex_pfn_t pfn,
			     unsigned int order)
{
	lockdep_assert_held(&zone->lock);

	count_free(zone, 1L << order);
	while (order < ANNEX_MAX_ORDER - 1) {
		annex_pfn_t buddy = annex_buddy_pfn(pfn, order, zone->bias);

		if (!buddy_is_free(zone, buddy, order))
			break;
		unlink_free(zone, buddy, order);
		make_inner(zone->mem_map + max(pfn, buddy));
		pfn = min(pfn, buddy);
		order++;
	}
	push(zone, pfn, order);
}

/* Give the upper halves of a block back until the lower one is small enough. */
static void split(struct annex_zone *zone, annex_pfn_t pfn, unsigned int from,
		  unsigned int to)
{
	while (from > to) {
		from--;
		push(zone, pfn + (1U << from), from);
	}
}

/**
 * annex_buddy_take_locked() - take a free block out of a zone
 * @zone: the zone
 * @order: the order wanted
 *
 * Context: any, with zone->lock held.
 * Return: the first frame of a block of @order, whose head is
 * %ANNEX_PAGE_CACHED and names the order, or %ANNEX_PFN_NIL if no block of
 * @order or more is free.
 */
annex_pfn_t annex_buddy_take_locked(struct annex_zone *zone,
				    unsigned int order)
{
	unsigned int from;

	lockdep_assert_held(&zone->lock);

	for (from = order; from < ANNEX_MAX_ORDER; from++) {
		annex_pfn_t pfn = zone->free_area[from].first;
		struct annex_page *page;

		if (pfn == ANNEX_PFN_NIL)
			continue;
		unlink_free(zone, pfn, from);
		page = zone->mem_map + pfn;
		WRITE_ONCE(page->link, free_link(0, order));
		atomic_set(&page->state, ANNEX_PAGE_CACHED);
		split(zone, pfn, from, order);
		count_free(zone, -(1L << order));
		return pfn;
	}
	return ANNEX_PFN_NIL;
}
