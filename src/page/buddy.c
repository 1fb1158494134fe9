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
 * The free blocks of an order and a type are a ring through the descriptors
 * (freelist.h); its head is one more descriptor, behind those of the pool's
 * frames. There and in all sums below, a frame's number counts from a multiple
 * of 4 MB at or before the pool's start, "b": a block's is a multiple of its
 * size, and its buddy's differs in one bit. Only the head of a block is
 * written, by split as by merge: the pool stays tiled by heads and all else is
 * ANNEX_PAGE_INNER (see include/annex/page.h). A free head has its order in the
 * lowest byte of its state word as well: one comparison tells a free buddy. The
 * descriptors begin and end at multiples of 4 MB: a buddy always has one, even
 * where there is no frame.
 *
 * A free block is in the lists of its pageblock's type, always. One of order
 * 10 is two pageblocks, which have the same type while it is free. What
 * changes when a pageblock's type does is in retype.c.
 *
 * Invariants, checked by annex_validate(): no two free buddies of one order
 * whose types merge; nr_free is the length of the list; the free frames of all
 * lists add up to what the zone counts; no block crosses the zone.
 *
 * Locking: zone->lock for all but annex_buddy_add(). Another CPU may change
 * the descriptor of a frame that it owns at any moment, but never from or to
 * ANNEX_PAGE_FREE, which happens here alone.
 *
 * Nothing here fails or sleeps; what comes in was checked by page_alloc.c.
 */
#include <linux/lockdep.h>

#include "annex.h"
#include "page/buddy.h"
#include "page/freelist.h"
#include "page/zone.h"

/**
 * annex_buddy_init() - no free block
 * @zone: the zone, laid out
 */
void annex_buddy_init(struct annex_zone *zone)
{
	unsigned int type, order;

	zone->heads = annex_nr_descriptors(zone->annex) +
		      zone->idx * ANNEX_ZONE_HEADS;
	for (type = 0; type < ANNEX_MIGRATE_TYPES; type++) {
		for (order = 0; order < ANNEX_MAX_ORDER; order++) {
			u32 head = annex_buddy_head(zone, type, order);

			zone->frames[head].link = free_link(head, order);
			atomic_set(&zone->frames[head].state,
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
 * Return: its first frame; the head of the list if there is none.
 */
u32 annex_buddy_first(const struct annex_zone *zone, unsigned int type,
		      unsigned int order)
{
	return next_of(state_of(zone->frames +
				annex_buddy_head(zone, type, order)));
}

/**
 * annex_buddy_next() - the block after one in its list
 * @zone: the zone
 * @b: first frame of a free block
 *
 * Context: any, with zone->lock held.
 * Return: its first frame; the head of the list after the last.
 */
u32 annex_buddy_next(const struct annex_zone *zone, u32 b)
{
	return next_of(state_of(zone->frames + b));
}

/* The head of an upper half that is one no longer. */
static __always_inline void make_inner(struct annex_page *page)
{
	WRITE_ONCE(page->link, 0);
	atomic_set(&page->state, ANNEX_PAGE_INNER);
}

/* Do zones meet inside the largest block around it, and is it another's? */
static noinline bool is_beyond(const struct annex_zone *zone, u32 b)
{
	return !annex_zone_spans(zone, b - zone->annex->bias);
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
	u32 b = pfn + zone->annex->bias;
	const struct lists to = lists_of(zone, type_of(zone, b));

	push(&to, b, order);
	zone->managed_pages += 1UL << order;
	count_given(zone, b, 1 << order);
	count_free(zone, to.type, 1L << order);
}

/*
 * Two pageblocks become one free block: only if their types mix, and then of
 * one type. Returns whether they may.
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
	annex_buddy_retype_locked(zone, buddy, other, type);
	return true;
}

/*
 * Merge a block with its buddy, if that is free. What was two heads is one: the
 * lower one's descriptor is left as it is, since it is written next.
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

/* Merge a block with its free buddies and put it into the lists. */
static __always_inline void merge(const struct lists *to, u32 b,
				  unsigned int order)
{
	while (order < ANNEX_MAX_ORDER - 1 && join(to, &b, order))
		order++;
	push(to, b, order);
}

/*
 * The same for a single frame. The first levels, where it mostly ends, with
 * their numbers worked out.
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
 * A block of order 10 comes back, and its pageblocks may have become of two
 * types meanwhile: then it is two blocks.
 */
static void free_largest(struct annex_zone *zone, struct annex_page *page)
{
	struct annex_page *upper = page + ANNEX_PAGEBLOCK_PAGES;
	u32 b = page - zone->frames;
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
 * annex_buddy_free_locked() - take a block back and merge it
 * @zone: the zone
 * @page: the head of the block, %ANNEX_PAGE_CACHED
 * @order: its order
 *
 * Context: any, with zone->lock held.
 */
void annex_buddy_free_locked(struct annex_zone *zone, struct annex_page *page,
			     unsigned int order)
{
	u32 b = page - zone->frames;
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

/* Free frames of one type from @page on. Returns how many they are. */
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
 * annex_buddy_free_many_locked() - take blocks of an order back
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
		i += free_frames(zone, type_of(zone, page[i] - zone->frames),
				 page + i, nr - i);
}

/* What is left of a block behind its first @used frames, as free blocks. */
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
 * Make up to @nr blocks of @order of the free block at @b, of order @from. The
 * last one in @page is the first in memory: who takes them from the end goes
 * upwards. That they are no longer free is for the caller to count.
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

/* The smallest order of which a type has a block of @order or more. */
static __always_inline unsigned int smallest(const struct annex_zone *zone,
					     unsigned int type,
					     unsigned int order)
{
	return order + __ffs(zone->free_orders[type] >> order);
}

/**
 * annex_buddy_take_type_locked() - take free blocks of one type out of a zone
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
 * Looking at a pageblock frame by frame takes 4,000 instructions at most: 250
 * for each of so many frames, which is less than coming again for each.
 */
#define WORTH_A_LOOK	16

/*
 * Take blocks of a type that is not the requester's. All of them spoil the same
 * pageblock: the one with the smallest block that will do, which would have
 * been spoilt by the first.
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
 * annex_buddy_take_locked() - take free blocks out of a zone
 * @zone: the zone
 * @order: the order wanted
 * @type: the type of pageblock that they should come from; where it has none,
 *	a pageblock of another type changes sides, or gives some of its own
 * @nr: how many are wanted
 * @page: filled with their heads, %ANNEX_PAGE_CACHED
 *
 * Of what stays another type's, those of one pageblock; and looking for it
 * takes time, with the lock: who wants more asks again.
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
		/* To move the blocks of a pageblock was enough for one time. */
		if (smallest(zone, type, order) < ANNEX_PAGEBLOCK_ORDER)
			nr = n + 1;
		n += annex_buddy_take_type_locked(zone, order, type, nr - n,
						  page + n);
	}
	return n;
}
