/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_PAGE_FREELIST_H
#define ANNEX_PAGE_FREELIST_H

/*
 * The lists of free blocks, for buddy.c and move_freepages.c alone: circular
 * lists through the descriptors, see buddy.c. The caller holds zone->lock.
 */
#include "page/frames.h"

static __always_inline u32 free_link(u32 prev, unsigned int order)
{
	return order << ANNEX_LINK_ORDER_SHIFT | ANNEX_LINK_LIST | prev;
}

static __always_inline u32 next_of(u32 state)
{
	return state >> (32 - ANNEX_PFN_BITS);
}

/* The state word of a free block: the next block replaces flags and count. */
static __always_inline u32 free_state(u32 next, unsigned int order)
{
	return next << (32 - ANNEX_PFN_BITS) | ANNEX_FREE_MARK(order);
}

static __always_inline u32 state_of(const struct annex_page *page)
{
	return atomic_read(&page->state);
}

/**
 * struct lists - the free lists of a type
 * @zone: the zone
 * @frames: descriptors of frames, and of list heads behind them
 * @heads: the list heads, by order
 * @first: number of the first list head
 * @type: the type
 */
struct lists {
	struct annex_zone *zone;
	struct annex_page *frames;
	struct annex_page *heads;
	u32 first;
	unsigned int type;
};

static __always_inline struct lists lists_of(struct annex_zone *zone,
					     unsigned int type)
{
	u32 first = annex_buddy_head(zone, type, 0);

	return (struct lists){
		.zone = zone,
		.frames = zone->map,
		.heads = zone->map + first,
		.first = first,
		.type = type,
	};
}

static __always_inline void push(const struct lists *to, u32 b,
				 unsigned int order)
{
	u32 state = state_of(to->heads + order);
	u32 next = next_of(state);

	WRITE_ONCE(to->frames[b].link, free_link(to->first + order, order));
	atomic_set(&to->frames[b].state, state);
	atomic_set(&to->heads[order].state, free_state(b, order));
	WRITE_ONCE(to->frames[next].link, free_link(b, order));
	to->zone->nr_free[order]++;
	if (unlikely(next == to->first + order))
		to->zone->free_orders[to->type] |= 1U << order;
}

/*
 * Unlink a free block; the caller writes its head. @state is the head's state
 * word. The predecessor gets the same word, because it has the same order and
 * now the same successor.
 */
static __always_inline void unlink_free(const struct lists *from, u32 b,
					u32 state, unsigned int order)
{
	u32 prev = from->frames[b].link & ANNEX_PFN_MASK;
	u32 next = next_of(state);

	WRITE_ONCE(from->frames[next].link, free_link(prev, order));
	atomic_set(&from->frames[prev].state, state);
	from->zone->nr_free[order]--;
	if (unlikely(next == prev) && next == from->first + order)
		from->zone->free_orders[from->type] &= ~(1U << order);
}

static inline void make_cached(struct annex_page *page, unsigned int order)
{
	WRITE_ONCE(page->link, free_link(0, order));
	atomic_set(&page->state, ANNEX_PAGE_CACHED);
}

/* The lock orders the writers; lockless readers need only untorn words. */
static inline void count_free(struct annex_zone *zone, unsigned int type,
			      long nr)
{
	zone->generation++;
	if (likely(annex_migratetype_is_mergeable(type)))
		atomic_long_set(&zone->usable_pages,
				atomic_long_read(&zone->usable_pages) + nr);
	else if (type == ANNEX_MIGRATE_HIGHATOMIC)
		WRITE_ONCE(zone->free_highatomic, zone->free_highatomic + nr);
	else
		WRITE_ONCE(zone->free_isolated, zone->free_isolated + nr);
}

static __always_inline struct annex_pageblock *
pageblock_of(const struct annex_zone *zone, u32 b)
{
	return zone->pageblock + (b >> ANNEX_PAGEBLOCK_ORDER);
}

static __always_inline unsigned int type_of(const struct annex_zone *zone,
					    u32 b)
{
	return pageblock_of(zone, b)->type;
}

/* Add to the free frames of a pageblock, or subtract if @nr is negative. */
static __always_inline void count_in_pageblock(struct annex_pageblock *block,
					       int nr)
{
	/* Racy only if two zones share the block; then nr_free is unused. */
	data_race(block->nr_free += nr);
}

/* Count frames from @b on as free; they may reach into the next pageblock. */
static __always_inline void count_given(const struct annex_zone *zone, u32 b,
					unsigned int nr)
{
	struct annex_pageblock *block = pageblock_of(zone, b);

	if (nr > ANNEX_PAGEBLOCK_PAGES) {
		count_in_pageblock(block + 1, nr - ANNEX_PAGEBLOCK_PAGES);
		nr = ANNEX_PAGEBLOCK_PAGES;
	}
	count_in_pageblock(block, nr);
}

/* Undo count_given(). */
static __always_inline void count_taken(const struct annex_zone *zone, u32 b,
					unsigned int nr)
{
	struct annex_pageblock *block = pageblock_of(zone, b);

	if (unlikely(nr > ANNEX_PAGEBLOCK_PAGES)) {
		count_in_pageblock(block + 1, ANNEX_PAGEBLOCK_PAGES - (int)nr);
		nr = ANNEX_PAGEBLOCK_PAGES;
	}
	count_in_pageblock(block, -(int)nr);
}

#endif /* ANNEX_PAGE_FREELIST_H */
