// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buddy allocator of a zone: free blocks by order, split and coalesced.
 *
 * A block of order n is 2^n frames, aligned to its size. It is split into two
 * halves, which are buddies, when a smaller block is requested and none is
 * free. A freed block merges with its buddy as long as that is free too. The
 * numbers of two buddies differ in one bit:
 *
 *   order 1   0:1    2:3    4:5    6:7        freeing 4:5 while 6:7 and
 *   order 2   0:.........3  4:.........7      0:3 are free gives 0:7
 *   order 3   0:.......................7
 *
 * The free blocks of an order and a type are a circular list through the
 * descriptors (freelist.h). Its head is a further descriptor, behind those of
 * the pool's frames. The lists and all computations below number a frame from a
 * multiple of 4 MB at or before the pool's start, "b": the number of a block is
 * a multiple of its size, and its buddy's differs in one bit. Split and merge
 * write only the heads of blocks: heads tile the pool, and all other
 * descriptors are ANNEX_PAGE_INNER (see include/annex/page.h). The lowest byte
 * of a free head's state word holds its order as well, so that one comparison
 * finds a free buddy. The descriptors begin and end at multiples of 4 MB: every
 * buddy has one, even where there is no frame.
 *
 * A free block is always in a list of its pageblock's type. A block of order 10
 * is two pageblocks, which have the same type while it is free. When the type
 * of a pageblock changes, move_freepages.c moves its free blocks.
 *
 * Invariants, checked by annex_validate(): no two free buddies of one order
 * have types that merge; nr_free is the length of the lists; the free frames of
 * all lists add up to the zone's counters; no block crosses a zone's end.
 *
 * Locking: zone->lock for all but annex_buddy_add(). Another CPU may change the
 * descriptor of a frame that it owns at any moment, but only this file and
 * move_freepages.c change a state from or to ANNEX_PAGE_FREE.
 *
 * Nothing here fails or sleeps; page_alloc.c has checked the arguments.
 */
#include <linux/lockdep.h>

#include "base/for_kunit.h"
#include "page/buddy.h"
#include "page/frames.h"
#include "page/freelist.h"
#include "page/upcalls.h"

/**
 * annex_buddy_init() - make the free lists empty
 * @zone: the zone, laid out
 */
void annex_buddy_init(struct annex_zone *zone)
{
	unsigned int type, order;

	zone->heads = annex_nr_descriptors(zone->frames) +
		      zone->idx * ANNEX_ZONE_HEADS;
	for (type = 0; type < ANNEX_MIGRATE_TYPES; type++) {
		for (order = 0; order < ANNEX_MAX_ORDER; order++) {
			u32 head = annex_buddy_head(zone, type, order);

			zone->map[head].link = free_link(head, order);
			atomic_set(&zone->map[head].state,
				   free_state(head, order));
		}
	}
}

/**
 * annex_buddy_first() - the first free block of a type and an order
 * @zone: the zone
 * @type: the type
 * @order: the order
 *
 * Context: any, with zone->lock held.
 * Return: its first frame; the list head if the list is empty.
 */
u32 annex_buddy_first(const struct annex_zone *zone, unsigned int type,
		      unsigned int order)
{
	return next_of(state_of(zone->map +
				annex_buddy_head(zone, type, order)));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_buddy_first);

/**
 * annex_buddy_next() - the next block in a list
 * @zone: the zone
 * @b: first frame of a free block
 *
 * Context: any, with zone->lock held.
 * Return: its first frame; the list head after the last block.
 */
u32 annex_buddy_next(const struct annex_zone *zone, u32 b)
{
	return next_of(state_of(zone->map + b));
}
EXPORT_SYMBOL_FOR_KUNIT(annex_buddy_next);

/* Clear the head of an upper half that was merged. */
static __always_inline void make_inner(struct annex_page *page)
{
	WRITE_ONCE(page->link, 0);
	atomic_set(&page->state, ANNEX_PAGE_INNER);
}

/* Is a frame outside this zone? Asked only of a zone with a ragged end. */
static noinline bool is_beyond(const struct annex_zone *zone, u32 b)
{
	return !annex_zone_spans(zone, b - zone->frames->bias);
}

/**
 * annex_buddy_add() - add a block to a new zone
 * @zone: the zone, not in use yet
 * @pfn: first frame of a block of the zone, aligned to @order
 * @order: its order; the buddy of the block will not be added
 *
 * For the hand-over from memblock.
 */
void annex_buddy_add(struct annex_zone *zone, annex_pfn_t pfn,
		     unsigned int order)
{
	u32 b = pfn + zone->frames->bias;
	const struct lists to = lists_of(zone, type_of(zone, b));

	push(&to, b, order);
	zone->managed_pages += 1UL << order;
	count_given(zone, b, 1 << order);
	count_free(zone, to.type, 1L << order);
}

/*
 * Prepare two free pageblocks for a merge: if their types mix, give both the
 * same type. Returns whether they may merge.
 */
static bool match_pageblocks(struct annex_zone *zone, u32 buddy,
			     unsigned int type)
{
	unsigned int other = type_of(zone, buddy);

	if (other == type)
		return true;
	if (!annex_migratetype_is_mergeable(type) ||
	    !annex_migratetype_is_mergeable(other))
		return false;
	annex_move_freepages_locked(zone, buddy, other, type);
	return true;
}

/*
 * Merge a block with its buddy, if that is free. The upper head becomes inner.
 * The lower head is not written here, because the caller writes it next.
 */
static __always_inline bool join(const struct lists *to, u32 *b,
				 unsigned int order)
{
	u32 buddy = *b ^ 1U << order;
	u32 state = state_of(to->frames + buddy);

	if ((u8)state != ANNEX_FREE_MARK(order))
		return false;
	if (unlikely(to->zone->ragged) && is_beyond(to->zone, buddy))
		return false;
	if (order >= ANNEX_PAGEBLOCK_ORDER) {
		if (!match_pageblocks(to->zone, buddy, to->type))
			return false;
		state = state_of(to->frames + buddy);
	}
	unlink_free(to, buddy, state, order);
	make_inner(to->frames + (*b | buddy));
	*b &= buddy;
	return true;
}

/* Merge a block with its free buddies and add it to a list. */
static __always_inline void merge(const struct lists *to, u32 b,
				  unsigned int order)
{
	while (order < ANNEX_MAX_ORDER - 1 && join(to, &b, order))
		order++;
	push(to, b, order);
}

/*
 * The same for a single frame. Most merges end in the first three levels, which
 * are unrolled with constant orders.
 */
static __always_inline void merge_frame(const struct lists *to, u32 b)
{
	if (!join(to, &b, 0))
		push(to, b, 0);
	else if (!join(to, &b, 1))
		push(to, b, 1);
	else if (!join(to, &b, 2))
		push(to, b, 2);
	else
		merge(to, b, 3);
}

/*
 * Free a block of order 10. If its pageblocks have got two types since it was
 * allocated, it is freed as two blocks.
 */
static void free_largest(struct annex_zone *zone, struct annex_page *page)
{
	struct annex_page *upper = page + ANNEX_PAGEBLOCK_PAGES;
	u32 b = page - zone->map;
	const struct lists to = lists_of(zone, type_of(zone, b));

	if (to.type == type_of(zone, b + ANNEX_PAGEBLOCK_PAGES)) {
		push(&to, b, ANNEX_MAX_ORDER - 1);
		count_given(zone, b, ANNEX_MAX_ORDER_PAGES);
		count_free(zone, to.type, ANNEX_MAX_ORDER_PAGES);
		return;
	}
	make_cached(upper, ANNEX_PAGEBLOCK_ORDER);
	annex_buddy_free_locked(zone, upper, ANNEX_PAGEBLOCK_ORDER);
	annex_buddy_free_locked(zone, page, ANNEX_PAGEBLOCK_ORDER);
}

/**
 * annex_buddy_free_locked() - free a block and merge it
 * @zone: the zone
 * @page: the head of the block, %ANNEX_PAGE_CACHED
 * @order: its order
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_free_locked(struct annex_zone *zone, struct annex_page *page,
			     unsigned int order)
{
	u32 b = page - zone->map;
	struct annex_pageblock *block = pageblock_of(zone, b);
	const struct lists to = lists_of(zone, block->type);

	lockdep_assert_held(&zone->lock);

	if (unlikely(order > ANNEX_PAGEBLOCK_ORDER)) {
		free_largest(zone, page);
		return;
	}
	count_in_pageblock(block, 1 << order);
	merge(&to, b, order);
	count_free(zone, to.type, 1L << order);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_buddy_free_locked);

/* Free the first frames of @page while they are of @type. Returns how many. */
static unsigned int free_frames(struct annex_zone *zone, unsigned int type,
				struct annex_page **page, unsigned int nr)
{
	const struct lists to = lists_of(zone, type);
	struct annex_page **p, **end = page + nr;

	for (p = page; p < end; p++) {
		u32 b = *p - to.frames;

		struct annex_pageblock *block = pageblock_of(zone, b);

		if (unlikely(block->type != type))
			break;
		count_in_pageblock(block, 1);
		merge_frame(&to, b);
	}
	count_free(zone, type, p - page);
	return p - page;
}

/**
 * annex_buddy_free_many_locked() - free blocks of an order
 * @zone: the zone
 * @page: the heads of the blocks, %ANNEX_PAGE_CACHED
 * @nr: how many
 * @order: their order
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_free_many_locked(struct annex_zone *zone,
				  struct annex_page **page, unsigned int nr,
				  unsigned int order)
{
	unsigned int i;

	lockdep_assert_held(&zone->lock);

	if (order) {
		for (i = 0; i < nr; i++)
			annex_buddy_free_locked(zone, page[i], order);
		return;
	}
	for (i = 0; i < nr;)
		i += free_frames(zone, type_of(zone, page[i] - zone->map),
				 page + i, nr - i);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_buddy_free_many_locked);

/* Add the rest of a block, behind its first @used frames, to the free lists. */
static __always_inline void give_rest(const struct lists *to, u32 b, u32 used,
				      u32 size)
{
	while (used < size) {
		unsigned int order = __ffs(used);

		push(to, b + used, order);
		used += 1U << order;
	}
}

/*
 * Split the free block at @b, of order @from, into up to @nr blocks of @order.
 * @page gets them in descending order, so that a stack filled with them pops
 * ascending addresses. The caller updates the zone's count of free frames.
 */
static __always_inline unsigned int carve(const struct lists *lists, u32 b,
					  unsigned int from, unsigned int order,
					  unsigned int nr,
					  struct annex_page **page)
{
	u32 size = 1U << from;
	struct annex_page *head;
	unsigned int i;

	nr = min(nr, size >> order);
	if (likely(from <= ANNEX_PAGEBLOCK_ORDER))
		count_in_pageblock(pageblock_of(lists->zone, b),
				   -(int)(nr << order));
	else
		count_taken(lists->zone, b, nr << order);
	unlink_free(lists, b, state_of(lists->frames + b), from);
	give_rest(lists, b, nr << order, size);
	head = lists->frames + b + (nr << order);
	for (i = 0; i < nr; i++) {
		head -= 1U << order;
		make_cached(head, order);
		page[i] = head;
	}
	return nr;
}

/* The smallest order, @order or more, of which a type has a free block. */
static __always_inline unsigned int smallest(const struct annex_zone *zone,
					     unsigned int type,
					     unsigned int order)
{
	return order + __ffs(zone->free_orders[type] >> order);
}

/**
 * annex_buddy_take_type_locked() - take free blocks of one type from a zone
 * @zone: the zone
 * @order: the order wanted
 * @type: the type of their pageblocks
 * @nr: how many are wanted
 * @page: filled with their heads, %ANNEX_PAGE_CACHED
 *
 * Context: any, with zone->lock held.
 * Return: how many there were.
 */
unsigned int annex_buddy_take_type_locked(struct annex_zone *zone,
					  unsigned int order, unsigned int type,
					  unsigned int nr,
					  struct annex_page **page)
{
	const struct lists lists = lists_of(zone, type);
	unsigned int n = 0;

	lockdep_assert_held(&zone->lock);

	while (n < nr && zone->free_orders[type] >> order) {
		unsigned int from = smallest(zone, type, order);

		n += carve(&lists, next_of(state_of(lists.heads + from)), from,
			   order, nr - n, page + n);
	}
	count_free(zone, type, -((long)n << order));
	return n;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_buddy_take_type_locked);

/* Take free blocks out of a pageblock, from its start on. */
static unsigned int take_in_pageblock(const struct lists *lists, u32 b,
				      unsigned int order, unsigned int nr,
				      struct annex_page **page)
{
	const struct annex_page *head =
		lists->frames + (b & ~(ANNEX_PAGEBLOCK_PAGES - 1));
	const struct annex_page *end = head + ANNEX_PAGEBLOCK_PAGES;
	unsigned int n = 0;

	while (head < end && n < nr) {
		unsigned int from = annex_page_order(head);

		if (annex_page_state(head) == ANNEX_PAGE_FREE && from >= order)
			n += carve(lists, head - lists->frames, from, order,
				   nr - n, page + n);
		head += 1U << from;
	}
	return n;
}

/*
 * A scan of a pageblock takes 4,000 instructions at most. Spread over this many
 * blocks, that is 250 for each, less than a separate search for each.
 */
#define WORTH_A_LOOK	16

/*
 * Take blocks of another type than the request's. All come from one pageblock,
 * the one with the smallest sufficient block, so that the request mixes types
 * in no further pageblock.
 */
static unsigned int take_of_other(struct annex_zone *zone, unsigned int order,
				  unsigned int type, unsigned int nr,
				  struct annex_page **page)
{
	const struct lists lists = lists_of(zone, type);
	unsigned int from = smallest(zone, type, order);
	u32 b = next_of(state_of(lists.heads + from));
	const struct annex_pageblock *block = pageblock_of(zone, b);

	if (nr == 1 || from >= ANNEX_PAGEBLOCK_ORDER || block->fixed ||
	    block->nr_free < WORTH_A_LOOK << order)
		nr = carve(&lists, b, from, order, nr, page);
	else
		nr = take_in_pageblock(&lists, b, order, nr, page);
	count_free(zone, type, -((long)nr << order));
	return nr;
}

/**
 * annex_buddy_take_locked() - take free blocks from a zone
 * @zone: the zone
 * @order: the order wanted
 * @type: the type of pageblock that they should come from; if it has no free
 *	block, a pageblock of another type is claimed or gives some of its
 *	blocks
 * @nr: how many are wanted
 * @page: filled with their heads, %ANNEX_PAGE_CACHED
 *
 * The search in other types takes time with the lock held, so blocks that stay
 * of another type come from one pageblock. A caller that needs more calls
 * again.
 *
 * Context: any, with zone->lock held.
 * Return: how many; 0 only if there is none.
 */
unsigned int annex_buddy_take_locked(struct annex_zone *zone,
				     unsigned int order, unsigned int type,
				     unsigned int nr, struct annex_page **page)
{
	unsigned int n = annex_buddy_take_type_locked(zone, order, type, nr,
						      page);

	while (unlikely(n < nr)) {
		int from = annex_pageblock_fallback_locked(zone, order, type);

		if (from < 0)
			break;
		if (from != type)
			return n + take_of_other(zone, order, from, nr - n,
						 page + n);
		/* Moving the blocks of a pageblock is enough for one call. */
		if (smallest(zone, type, order) < ANNEX_PAGEBLOCK_ORDER)
			nr = n + 1;
		n += annex_buddy_take_type_locked(zone, order, type, nr - n,
						  page + n);
	}
	return n;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_buddy_take_locked);
