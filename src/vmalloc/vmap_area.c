// SPDX-License-Identifier: GPL-2.0-only
/*
 * The addresses of a window: areas, and the gaps between them.
 *
 * The gap of an area is the free space before it, from the end of the previous
 * area to its own start. "last", an area without size at the window's end, has
 * the gap behind all others. Areas and gaps tile the window at all times, so
 * free space is always merged:
 *
 *	|   gap of A   |   A   | gap of C |   C   |    gap of last    |
 *	start                                                         end
 *
 * Taking B out of the gap of C splits it: the part before B becomes B's gap,
 * the part behind it stays C's. Freeing A adds A and its gap to the gap of C.
 * So an area provides the memory for any gap that it may leave, and this code
 * allocates nothing and frees nothing.
 *
 * The gaps are in a tree, by size and, if equal, by address, and in a list of
 * the same order, which yields the smallest, the largest and the neighbours in
 * O(1). A request takes the start of the smallest gap that it fits, the lowest
 * of equal ones. A gap that keeps its rank when it grows or shrinks keeps its
 * place in the tree. The large gap behind all areas and the smallest gap mostly
 * do, so a take and free costs the same with ten areas and with ten thousand.
 *
 * A request with an alignment above a page, or for a part of the window, may
 * not fit into a gap that is large enough. The first ANNEX_VMAP_TRIES gaps of
 * sufficient size are tried in order. Next, the tree yields the smallest gap
 * that holds the aligned area wherever the gap begins. If there is none, all
 * other gaps are tried. So a request fails only if there is no place.
 *
 * The slots, one per page, find the area of an address, as in a Fenwick tree.
 * Pages are numbered from 1. Number n covers the lowbit(n) pages up to n, so
 * page s is covered by s, s + lowbit(s), and so on. An area stores its pointer
 * in the slots of those of its own pages that cover its first page s: at most 2
 * for an area of 2 pages, and at most 1 more for each doubling. A look-up
 * starts at page p and repeatedly clears the lowest bit, which visits the
 * numbers that cover all pages up to p. The last number visited that is not
 * below s covers s, and it is in the area if p is. So the first pointer found
 * is the area of p, or p is in no area:
 *
 *	page     1   2   3   4   5   6   7   8   9  10  11  12
 *	area   |A          |           |B                      |
 *	slot     A   A                   B   B
 *
 * Page 12 leads to 8 and B; page 3 to 2 and A; page 6 to 4 and no pointer.
 *
 * Invariants, checked by annex_vmap_area_check_locked(): the areas are in order
 * and each gap is the space between two; tree and list hold all gaps that are
 * not empty, in order; each area has its pointers and there are no others; the
 * counter is the sum of all gaps.
 *
 * Locking: the caller holds space->lock for all of it. No function sleeps or
 * allocates.
 * Failing: no place, an invalid request, an invalid area. The call returns an
 * errno and changes nothing.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "base/for_kunit.h"
#include "vmalloc/vmap_area.h"

/**
 * struct request - a request for a part of a window
 * @size: bytes
 * @align: alignment of its first address, a page or more
 * @start: lower bound of the area
 * @end: upper bound of the area
 * @at: result: its first address
 */
struct request {
	unsigned long size;
	unsigned long align;
	unsigned long start;
	unsigned long end;
	unsigned long at;
};

/* The area whose gap grows when this one is freed. */
static struct annex_vmap_area *after(const struct annex_vmap_area *area)
{
	return list_entry(area->list.next, struct annex_vmap_area, list);
}

static unsigned long gap_start(const struct annex_vmap_area *area)
{
	return area->start - area->gap;
}

/*
 * Like list_add_tail(), but without the check of the neighbours
 * (CONFIG_DEBUG_LIST), which costs a fifth of the time here and may stop the
 * kernel; __list_del() has none. annex_vmap_area_check_locked() checks the
 * links and reports.
 */
static void link_before(struct list_head *entry, struct list_head *next)
{
	struct list_head *prev = next->prev;

	entry->prev = prev;
	entry->next = next;
	prev->next = entry;
	next->prev = entry;
}

/* Gaps */

/* The order of gaps: by size, then by address. */
static bool is_before(const struct annex_vmap_area *a,
		      const struct annex_vmap_area *b)
{
	return a->gap < b->gap || (a->gap == b->gap && a->start < b->start);
}

static struct annex_vmap_area *gap_of(const struct list_head *sizes)
{
	return list_entry(sizes, struct annex_vmap_area, sizes);
}

/* The smallest gap of at least @size, the lowest of equal ones; or NULL. */
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
 * Likewise. Mostly it is the smallest or the largest gap: either one that was
 * just freed, or the gap behind all areas, if all others are small holes.
 */
static __always_inline struct annex_vmap_area *
gap_at_least(const struct annex_vmap_space *space, unsigned long size)
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

/* The next gap in that order, or NULL. */
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

	/* Mostly the gap was the first before, and is so again. */
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
	__list_del(area->sizes.prev, area->sizes.next);
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

/* The number of an address's page; too large for an address outside. */
static unsigned long page_nr(const struct annex_vmap_space *space,
			     unsigned long addr)
{
	return ((addr - space->start) >> PAGE_SHIFT) + 1;
}

/* Set each slot of an area that covers its first page. */
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
 * annex_vmap_area_find_locked() - find the area that contains an address
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
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_find_locked);

/**
 * annex_vmap_area_from_locked() - the first area that ends beyond an address
 * @space: the window
 * @addr: any address
 *
 * For iterating over the areas while dropping the lock in between: the end of
 * the previous area yields the next one. Reads one slot for each free page
 * passed.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_from_locked);

/* Areas */

/* Does a request fit into a gap? Sets req->at. */
static bool fits(const struct annex_vmap_area *gap, struct request *req)
{
	unsigned long start = max(gap_start(gap), req->start);
	unsigned long end = min(gap->start, req->end);

	req->at = ALIGN(start, req->align);
	return req->at >= start && req->at < end && end - req->at >= req->size;
}

/* The smallest gap that holds a request wherever the gap begins. */
static struct annex_vmap_area *roomy(const struct annex_vmap_space *space,
				     const struct request *req)
{
	unsigned long size;

	if (check_add_overflow(req->size, req->align - PAGE_SIZE, &size))
		return NULL;
	return gap_at_least(space, size);
}

static struct annex_vmap_area *choose(const struct annex_vmap_space *space,
				      struct request *req)
{
	struct annex_vmap_area *gap = gap_at_least(space, req->size), *sure;
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

/* Place a request that may not fit into every gap of its size. */
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
	struct annex_vmap_area *gap = gap_at_least(space, size);

	if (gap)
		area->start = gap_start(gap);
	return gap;
}

/* Take an area out of the gap of the next one. */
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
 * annex_vmap_area_take_locked() - allocate an area, anywhere in a window
 * @space: the window
 * @area: describes it; not in use
 * @size: bytes, a multiple of the page size and not 0
 *
 * Context: any, with the space's lock held. It needs no memory besides @area.
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
 * annex_vmap_area_alloc_locked() - allocate an area of a window
 * @space: the window
 * @area: describes it; not in use
 * @size: bytes, a multiple of the page size, with the guard page if there is to
 *	be one
 * @align: of its first address, a power of two; at least a page is used
 * @start: lower bound of the area; 0 for anywhere
 * @end: upper bound of the area; %ULONG_MAX for anywhere
 *
 * The area goes to the start of the smallest gap that it fits, the lowest of
 * equal ones, in O(log n) for n gaps. With an alignment above a page, or for a
 * part of the window, it may not fit into smaller gaps: after %ANNEX_VMAP_TRIES
 * of them it may take a larger gap than it needs, and if no gap is surely large
 * enough, it tries all.
 *
 * Context: any, with the space's lock held. It needs no memory besides @area.
 * Return: 0, with the addresses in @area; -ENOSPC if there is no such place;
 * -EINVAL if @size is 0 or not a multiple of the page size, @align not a power
 * of two, or @start not below @end.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_alloc_locked);

/**
 * annex_vmap_area_free_locked() - free an area
 * @space: the window
 * @area: one of its areas
 *
 * Context: any, with the space's lock held.
 * Return: 0, and @area is the caller's again; -EINVAL, with nothing changed, if
 * it is not an area of the window: an @area that is zeroed or was freed is
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
	__list_del(area->list.prev, area->list.next);
	space->free += size;
	space->nr_areas--;
	return 0;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_free_locked);

/**
 * annex_vmap_area_largest_locked() - size of the largest gap
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
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_largest_locked);

/* Windows */

/**
 * annex_vmap_area_bytes() - size of a window's slots
 * @start: its first address
 * @end: the address behind it
 *
 * Return: bytes, to be allocated for annex_vmap_area_init().
 */
size_t annex_vmap_area_bytes(unsigned long start, unsigned long end)
{
	return ((end - start) >> PAGE_SHIFT) *
	       sizeof(struct annex_vmap_area *);
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_bytes);

/**
 * annex_vmap_area_init() - set up a window without areas
 * @space: the window
 * @start: its first address
 * @end: the address behind it
 * @metadata: annex_vmap_area_bytes(), aligned to a pointer, not initialised
 * @lock: protects the space from now on
 *
 * Return: 0; -EINVAL if the range is empty or not page aligned.
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
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_init);

/**
 * annex_vmap_area_exit() - close a window
 * @space: the window
 *
 * The memory of its slots and of areas that were not freed is the callers'
 * again. Zeroes @space: it has no addresses, and no lock.
 *
 * Return: number of areas not freed; other than 0 is a bug.
 */
unsigned int annex_vmap_area_exit(struct annex_vmap_space *space)
{
	unsigned int nr = space->nr_areas;

	memset(space, 0, sizeof(*space));
	return nr;
}
EXPORT_SYMBOL_FOR_KUNIT(annex_vmap_area_exit);
