// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has which addresses of a window: areas, and the gaps between them.
 *
 * An area owns the gap before it, down to the end of the area before that; an
 * area without size at the window's end, "last", owns what is behind them all.
 * The window is tiled by that, whatever happens, and free space cannot but be
 * merged:
 *
 *	|   gap of A   |   A   | gap of C |   C   |    gap of last    |
 *	start                                                         end
 *
 * Taking B out of the gap of C splits it: what is left before B is B's, what is
 * left behind it remains C's. Giving A back adds it and its gap to the gap of
 * C. So an area brings the memory for every gap that it may leave, and there
 * is nothing to allocate, nor to return, but the areas themselves.
 *
 * The gaps are in a tree, by size and, if equal, by address, and in a list of
 * the same order, which gives the smallest, the largest and the neighbours at
 * once. A request gets the smallest gap that it fits, the lowest of equal ones,
 * and goes to its start. A gap that keeps its rank while it grows or shrinks
 * stays where it is in the tree. That is what happens to the large gap behind
 * all areas, and to the smallest one: a pair of getting and giving back then
 * costs the same with ten areas and with ten thousand.
 *
 * A request with an alignment above a page, or for a part of the window, may
 * not fit into a gap that is large enough. Of the gaps that are, the
 * first ANNEX_VMAP_TRIES are looked at, in order; then comes, by the tree, the
 * first one in which an aligned part lies wherever it begins; and only if there
 * is none, all others. It fails only if there is no place.
 *
 * An address finds its area by the slots, one a page, as in a Fenwick tree. The
 * pages are numbered from 1. Number n stands for the lowbit(n) pages up to n,
 * and those that stand for page s are s, s + lowbit(s), and so on. An area has
 * a pointer in those of its own pages that stand for its first one: 1 of 2
 * pages or 2, and 1 more for each doubling, at most. From page p, clearing
 * the lowest bit again and again, one meets the pages that stand for all those
 * up to p: the last of them not below s stands for s, and is in the area if p
 * is. So the first pointer met is the area's of p, or p is in none:
 *
 *	page     1   2   3   4   5   6   7   8   9  10  11  12
 *	area   |A          |           |B                      |
 *	slot     A   A                   B   B
 *
 * Page 12 leads to 8, where B is; page 3 to 2 and A; page 6 to 4 and nothing.
 *
 * Invariants, checked by annex_vmap_area_check_locked(): the areas are in order
 * and each gap is what lies between two; tree and list have the gaps that are
 * not empty, in order; each area has its pointers and there are no others; the
 * sum of all gaps is what is counted.
 *
 * Locking: the caller's, space->lock, for all of it. Nothing sleeps or
 * allocates.
 * Failing: no place; a request that makes no sense; what is no area. These are
 * errnos and change nothing.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "map/vmap_area.h"

/**
 * struct request - what is wanted of a window
 * @size: bytes
 * @align: of the first address, a page or more
 * @start: not below this
 * @end: nor beyond
 * @at: where it goes
 */
struct request {
	unsigned long size;
	unsigned long align;
	unsigned long start;
	unsigned long end;
	unsigned long at;
};

/* The gap of an area that is given back is added to this one's. */
static struct annex_vmap_area *after(const struct annex_vmap_area *area)
{
	return list_entry(area->list.next, struct annex_vmap_area, list);
}

static unsigned long gap_start(const struct annex_vmap_area *area)
{
	return area->start - area->gap;
}

/*
 * The list's own functions look at the neighbours first, which takes a fifth of
 * all that is done here, and stop the machine if they are not as they should.
 * annex_vmap_area_check_locked() looks at them, too, and says so.
 */
static void link_before(struct list_head *entry, struct list_head *next)
{
	struct list_head *prev = next->prev;

	entry->prev = prev;
	entry->next = next;
	prev->next = entry;
	next->prev = entry;
}

static void unlink(const struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

/* Gaps */

/* Is a gap before another, by size, then by address? */
static bool is_before(const struct annex_vmap_area *a,
		      const struct annex_vmap_area *b)
{
	return a->gap < b->gap || (a->gap == b->gap && a->start < b->start);
}

static struct annex_vmap_area *gap_of(const struct list_head *sizes)
{
	return list_entry(sizes, struct annex_vmap_area, sizes);
}

/* The smallest gap not smaller than @size, the lowest of those; or NULL. */
static noinline struct annex_vmap_area *
descend(const struct annex_vmap_space *space, unsigned long size)
{
	const struct rb_node *node = space->gaps.rb_node;
	struct annex_vmap_area *best = NULL, *area;

	while (node) {
		area = rb_entry(node, struct annex_vmap_area, node);
		if (area->gap >= size) {
			best = area;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

/*
 * The same. Mostly it is one of the ends: what was just given back is wanted
 * again, or there is nothing but holes below what is behind all areas.
 */
static __always_inline struct annex_vmap_area *
at_least(const struct annex_vmap_space *space, unsigned long size)
{
	const struct list_head *sizes = &space->sizes, *second;
	struct annex_vmap_area *largest;

	if (unlikely(list_empty(sizes)))
		return NULL;
	if (gap_of(sizes->next)->gap >= size)
		return gap_of(sizes->next);
	second = sizes->prev->prev;
	if (second != sizes && gap_of(second)->gap >= size)
		return descend(space, size);
	largest = gap_of(sizes->prev);
	return largest->gap >= size ? largest : NULL;
}

/* The gap after one in that order, or NULL. */
static struct annex_vmap_area *larger(const struct annex_vmap_space *space,
				      const struct annex_vmap_area *area)
{
	if (list_is_last(&area->sizes, &space->sizes))
		return NULL;
	return list_entry(area->sizes.next, struct annex_vmap_area, sizes);
}

static void insert_gap(struct annex_vmap_space *space,
		       struct annex_vmap_area *area)
{
	struct rb_node **link = &space->gaps.rb_node, *parent = NULL;
	struct list_head *next = &space->sizes;
	struct annex_vmap_area *other = gap_of(next->next);

	/* What was the first gap before it was taken is the first again. */
	if (*link && is_before(area, other)) {
		next = &other->sizes;
		parent = &other->node;
		link = &parent->rb_left;
	}
	while (*link) {
		parent = *link;
		other = rb_entry(parent, struct annex_vmap_area, node);
		if (is_before(area, other)) {
			next = &other->sizes;
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
		}
	}
	rb_link_node(&area->node, parent, link);
	rb_insert_color(&area->node, &space->gaps);
	link_before(&area->sizes, next);
}

static void remove_gap(struct annex_vmap_space *space,
		       struct annex_vmap_area *area)
{
	rb_erase(&area->node, &space->gaps);
	unlink(&area->sizes);
}

/* Does a gap that became smaller still come after the one before it? */
static bool keeps_rank_below(const struct annex_vmap_space *space,
			     const struct annex_vmap_area *area)
{
	return list_is_first(&area->sizes, &space->sizes) ||
	       is_before(list_prev_entry(area, sizes), area);
}

/* Does a gap that became larger still come before the one after it? */
static bool keeps_rank_above(const struct annex_vmap_space *space,
			     const struct annex_vmap_area *area)
{
	return list_is_last(&area->sizes, &space->sizes) ||
	       is_before(area, list_next_entry(area, sizes));
}

static void shrink_gap(struct annex_vmap_space *space,
		       struct annex_vmap_area *area, unsigned long gap)
{
	area->gap = gap;
	if (gap && keeps_rank_below(space, area))
		return;
	remove_gap(space, area);
	if (gap)
		insert_gap(space, area);
}

static void grow_gap(struct annex_vmap_space *space,
		     struct annex_vmap_area *area, unsigned long by)
{
	bool was_there = area->gap;

	area->gap += by;
	if (was_there) {
		if (keeps_rank_above(space, area))
			return;
		remove_gap(space, area);
	}
	insert_gap(space, area);
}

/* Slots */

/* The number of the page of an address; of what is outside, too large a one. */
static unsigned long page_nr(const struct annex_vmap_space *space,
			     unsigned long addr)
{
	return ((addr - space->start) >> PAGE_SHIFT) + 1;
}

/* In each slot of an area that stands for its first page. */
static void fill_slots(struct annex_vmap_space *space,
		       const struct annex_vmap_area *area,
		       struct annex_vmap_area *pointer)
{
	unsigned long n = page_nr(space, area->start);
	unsigned long last = page_nr(space, area->end) - 1;
	struct annex_vmap_area **slot = space->slot;

	do {
		slot[n - 1] = pointer;
		n += n & -n;
	} while (n <= last);
}

static bool is_inside(const struct annex_vmap_space *space, unsigned long addr)
{
	return addr >= space->start && addr < space->end;
}

/**
 * annex_vmap_area_find_locked() - the area that an address is in
 * @space: the window
 * @addr: any address
 *
 * Context: any, with the space's lock held.
 * Return: the area; NULL if @addr is in none.
 */
struct annex_vmap_area *
annex_vmap_area_find_locked(const struct annex_vmap_space *space,
			    unsigned long addr)
{
	struct annex_vmap_area *area;
	unsigned long n;

	lockdep_assert_held(space->lock);

	if (!is_inside(space, addr))
		return NULL;
	for (n = page_nr(space, addr); n; n &= n - 1) {
		area = space->slot[n - 1];
		if (area)
			return addr < area->end ? area : NULL;
	}
	return NULL;
}

/**
 * annex_vmap_area_from_locked() - the first area that ends beyond an address
 * @space: the window
 * @addr: any address
 *
 * For who goes through the areas and gives the lock back in between: asking for
 * the end of the last one he had gives the next. Looks at a slot for each free
 * page on the way.
 *
 * Context: any, with the space's lock held.
 * Return: the area; NULL if there is none.
 */
struct annex_vmap_area *
annex_vmap_area_from_locked(const struct annex_vmap_space *space,
			    unsigned long addr)
{
	unsigned long n, last = page_nr(space, space->end) - 1;
	struct annex_vmap_area *area;

	addr = max(addr, space->start);
	area = annex_vmap_area_find_locked(space, addr);
	if (area || addr >= space->end)
		return area;
	for (n = page_nr(space, addr); n <= last; n++)
		if (space->slot[n - 1])
			return space->slot[n - 1];
	return NULL;
}

/* Areas */

/* Does a request go into a gap? Notes where. */
static bool fits(const struct annex_vmap_area *gap, struct request *req)
{
	unsigned long start = max(gap_start(gap), req->start);
	unsigned long end = min(gap->start, req->end);

	req->at = ALIGN(start, req->align);
	return req->at >= start && req->at < end && end - req->at >= req->size;
}

/* The first gap that a request goes into wherever an aligned part begins. */
static struct annex_vmap_area *roomy(const struct annex_vmap_space *space,
				     const struct request *req)
{
	unsigned long size;

	if (check_add_overflow(req->size, req->align - PAGE_SIZE, &size))
		return NULL;
	return at_least(space, size);
}

static struct annex_vmap_area *choose(const struct annex_vmap_space *space,
				      struct request *req)
{
	struct annex_vmap_area *gap = at_least(space, req->size), *sure;
	unsigned int tries;

	for (tries = 0; gap && tries < ANNEX_VMAP_TRIES; tries++) {
		if (fits(gap, req))
			return gap;
		gap = larger(space, gap);
	}
	sure = roomy(space, req);
	if (sure && fits(sure, req))
		return sure;
	for (; gap; gap = larger(space, gap))
		if (fits(gap, req))
			return gap;
	return NULL;
}

/* A place for a request that does not fit into each gap of its size. */
static noinline struct annex_vmap_area *
place_particularly(const struct annex_vmap_space *space,
		   struct annex_vmap_area *area, unsigned long size,
		   unsigned long align, unsigned long start, unsigned long end)
{
	struct request req = { size, max(align, PAGE_SIZE), start, end };
	struct annex_vmap_area *gap = choose(space, &req);

	if (gap)
		area->start = req.at;
	return gap;
}

static struct annex_vmap_area *place(const struct annex_vmap_space *space,
				     struct annex_vmap_area *area,
				     unsigned long size)
{
	struct annex_vmap_area *gap = at_least(space, size);

	if (gap)
		area->start = gap_start(gap);
	return gap;
}

/* Take an area out of the gap of the one after it. */
static __always_inline void take(struct annex_vmap_space *space,
				 struct annex_vmap_area *area,
				 struct annex_vmap_area *next)
{
	area->gap = area->start - gap_start(next);
	link_before(&area->list, &next->list);
	shrink_gap(space, next, next->start - area->end);
	if (area->gap)
		insert_gap(space, area);
	fill_slots(space, area, area);
	space->free -= area->end - area->start;
	space->nr_areas++;
}

/**
 * annex_vmap_area_take_locked() - take an area out of a window, anywhere
 * @space: the window
 * @area: what is to describe it; not one that is taken
 * @size: bytes, a multiple of the page size and not 0
 *
 * Context: any, with the space's lock held. What it needs is in @area.
 * Return: as annex_vmap_area_alloc_locked().
 */
int annex_vmap_area_take_locked(struct annex_vmap_space *space,
				struct annex_vmap_area *area,
				unsigned long size)
{
	struct annex_vmap_area *next;

	lockdep_assert_held(space->lock);

	next = place(space, area, size);
	if (unlikely(!next))
		return -ENOSPC;
	area->end = area->start + size;
	take(space, area, next);
	return 0;
}

/**
 * annex_vmap_area_alloc_locked() - take an area out of a window
 * @space: the window
 * @area: what is to describe it; not one that is taken
 * @size: bytes, a multiple of the page size, with the guard page if there is to
 *	be one
 * @align: of its first address, a power of two; a page, if less
 * @start: the area is to begin here or behind; 0 for anywhere
 * @end: and to end here or before; %ULONG_MAX for anywhere
 *
 * It is put at the start of the smallest gap in which it fits, the lowest one
 * of those. That is O(log n), with n gaps. With an alignment above a page, or a
 * part of the window, smaller gaps that the request does not fit into are in
 * the way: after %ANNEX_VMAP_TRIES of them it may get a larger gap than it
 * needs, and where no gap is large enough for sure, it looks at all.
 *
 * Context: any, with the space's lock held. What it needs is in @area.
 * Return: 0, with the addresses in @area; -ENOSPC if there is no such place;
 * -EINVAL if @size is 0 or no multiple of the page size, @align no power of
 * two, or @start not below @end.
 */
int annex_vmap_area_alloc_locked(struct annex_vmap_space *space,
				 struct annex_vmap_area *area,
				 unsigned long size, unsigned long align,
				 unsigned long start, unsigned long end)
{
	struct annex_vmap_area *next;

	lockdep_assert_held(space->lock);

	if (!size || !PAGE_ALIGNED(size) || !is_power_of_2(align) ||
	    start >= end)
		return -EINVAL;
	if (align <= PAGE_SIZE && start <= space->start && end >= space->end)
		return annex_vmap_area_take_locked(space, area, size);
	next = place_particularly(space, area, size, align, start, end);
	if (!next)
		return -ENOSPC;
	area->end = area->start + size;
	take(space, area, next);
	return 0;
}

/**
 * annex_vmap_area_free_locked() - give an area back
 * @space: the window
 * @area: one of its areas
 *
 * Context: any, with the space's lock held.
 * Return: 0, and @area is the caller's again; -EINVAL if it is none of the
 * window's areas, with nothing changed: one that is zeroed or was given back is
 * recognised.
 */
int annex_vmap_area_free_locked(struct annex_vmap_space *space,
				struct annex_vmap_area *area)
{
	unsigned long size = area->end - area->start;

	lockdep_assert_held(space->lock);

	if (!is_inside(space, area->start) ||
	    space->slot[page_nr(space, area->start) - 1] != area)
		return -EINVAL;
	fill_slots(space, area, NULL);
	if (area->gap)
		remove_gap(space, area);
	grow_gap(space, after(area), size + area->gap);
	unlink(&area->list);
	space->free += size;
	space->nr_areas--;
	return 0;
}

/**
 * annex_vmap_area_largest_locked() - the largest area there is room for
 * @space: the window
 *
 * Context: any, with the space's lock held.
 * Return: its size in bytes; 0 if nothing is free.
 */
unsigned long
annex_vmap_area_largest_locked(const struct annex_vmap_space *space)
{
	lockdep_assert_held(space->lock);

	if (list_empty(&space->sizes))
		return 0;
	return list_last_entry(&space->sizes, struct annex_vmap_area,
			       sizes)->gap;
}

/* Windows */

/**
 * annex_vmap_area_bytes() - what a window's slots take
 * @start: its first address
 * @end: the address behind it
 *
 * Return: bytes, to be had for annex_vmap_area_init().
 */
size_t annex_vmap_area_bytes(unsigned long start, unsigned long end)
{
	return ((end - start) >> PAGE_SHIFT) *
	       sizeof(struct annex_vmap_area *);
}

/**
 * annex_vmap_area_init() - a window of which all is free
 * @space: the window
 * @start: its first address
 * @end: the address behind it
 * @metadata: annex_vmap_area_bytes(), aligned to a pointer, whatever is in it
 * @lock: protects the space from now on
 *
 * Return: 0; -EINVAL if these are no pages, or none.
 */
int annex_vmap_area_init(struct annex_vmap_space *space, unsigned long start,
			 unsigned long end, void *metadata, spinlock_t *lock)
{
	if (start >= end || !PAGE_ALIGNED(start) || !PAGE_ALIGNED(end))
		return -EINVAL;
	memset32(metadata, 0, annex_vmap_area_bytes(start, end) / sizeof(u32));
	*space = (struct annex_vmap_space) {
		.start = start,
		.end = end,
		.lock = lock,
		.slot = metadata,
		.gaps = RB_ROOT,
		.last = { .start = end, .end = end, .gap = end - start },
		.free = end - start,
	};
	INIT_LIST_HEAD(&space->sizes);
	INIT_LIST_HEAD(&space->last.list);
	insert_gap(space, &space->last);
	return 0;
}

/**
 * annex_vmap_area_exit() - a window is used no more
 * @space: the window
 *
 * The memory of its slots and of areas that were never given back is the
 * callers' again. Zeroes @space: it has no addresses, and no lock.
 *
 * Return: how many areas there were; a number other than 0 is a mistake.
 */
unsigned int annex_vmap_area_exit(struct annex_vmap_space *space)
{
	unsigned int nr = space->nr_areas;

	memset(space, 0, sizeof(*space));
	return nr;
}
