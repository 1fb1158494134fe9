// SPDX-License-Identifier: GPL-2.0-only
// fuzz: src/vmalloc/vmap_area.c src/validate/validate_vmap_area.c src/validate/validate.c
/*
 * The areas of a window, against an array that says of each page whose it is.
 *
 * Where an area goes is foretold: to the start of the smallest gap that has room,
 * the lowest of those. With an alignment or a part of the window it may be
 * another gap, but there is a place if the model has one.
 */
#include <linux/mm.h>

#include "fuzz.h"
#include "vmalloc/vmap_area.h"

#define PAGES	700
#define AREAS	96

/**
 * struct window - a window and its model
 * @space: what is tried
 * @lock: its lock
 * @start: its first address
 * @nr: pages of it
 * @slot: its slots
 * @area: what describes its areas
 * @taken: which of them are taken
 * @owner: of each page, an index in @area, or -1
 */
struct window {
	struct annex_vmap_space space;
	spinlock_t lock;	/* the space's */
	unsigned long start;
	u32 nr;
	struct annex_vmap_area *slot[PAGES];
	struct annex_vmap_area area[AREAS];
	bool taken[AREAS];
	s8 owner[PAGES];
};

static unsigned long addr_of(const struct window *w, u32 page)
{
	return w->start + page * PAGE_SIZE;
}

static u32 gap_end(const struct window *w, u32 page)
{
	while (page < w->nr && w->owner[page] < 0)
		page++;
	return page;
}

/* The start of the smallest gap of @nr pages or more, the lowest; nr if none. */
static u32 best_fit(const struct window *w, u32 nr)
{
	u32 page, end, best = w->nr, best_size = ~0U;

	for (page = 0; page < w->nr; page = end + 1) {
		end = gap_end(w, page);
		if (end - page >= nr && end - page < best_size) {
			best = page;
			best_size = end - page;
		}
	}
	return best;
}

/* Is there any place for an area that is wanted there? */
static bool has_place(const struct window *w, u32 nr, unsigned long align,
		      unsigned long from, unsigned long to)
{
	u32 page, n;

	for (page = 0; page + nr <= w->nr; page++) {
		unsigned long at = addr_of(w, page);

		if (at < from || at % align || at + nr * PAGE_SIZE > to ||
		    at + nr * PAGE_SIZE < at)
			continue;
		for (n = 0; n < nr && w->owner[page + n] < 0; n++)
			;
		if (n == nr)
			return true;
	}
	return false;
}

static void note_taken(struct window *w, u32 i, u32 nr)
{
	const struct annex_vmap_area *area = &w->area[i];
	u32 page = (area->start - w->start) >> PAGE_SHIFT, n;

	FUZZ_CHECK(area->start >= w->start && page + nr <= w->nr,
		   "area at %#lx", area->start);
	FUZZ_EQ(area->end - area->start, nr * PAGE_SIZE);
	for (n = 0; n < nr; n++) {
		FUZZ_EQ(w->owner[page + n], -1);
		w->owner[page + n] = i;
	}
	w->taken[i] = true;
}

static void take_anywhere(struct window *w, u32 i, u32 nr)
{
	u32 best = best_fit(w, nr);
	int err = annex_vmap_area_take_locked(&w->space, &w->area[i],
					      nr * PAGE_SIZE);

	FUZZ_EQ(err, best < w->nr ? 0 : -ENOSPC);
	if (err)
		return;
	FUZZ_EQ(w->area[i].start, addr_of(w, best));
	note_taken(w, i, nr);
}

static void take_particularly(struct window *w, struct fuzz_input *in, u32 i,
			      u32 nr)
{
	unsigned long align = PAGE_SIZE << fuzz_below(in, 10);
	u32 from = fuzz_below(in, PAGES), to = fuzz_below(in, PAGES);
	unsigned long start = from < w->nr ? addr_of(w, from) : 0;
	unsigned long end = to < w->nr ? addr_of(w, to) : ULONG_MAX;
	bool place;
	int err;

	err = annex_vmap_area_alloc_locked(&w->space, &w->area[i],
					   nr * PAGE_SIZE, align, start, end);
	if (start >= end) {
		FUZZ_EQ(err, -EINVAL);
		return;
	}
	place = has_place(w, nr, align, start, end);
	FUZZ_EQ(err, place ? 0 : -ENOSPC);
	if (err)
		return;
	FUZZ_EQ(w->area[i].start % align, 0);
	FUZZ_CHECK(w->area[i].start >= start && w->area[i].end <= end,
		   "area outside");
	note_taken(w, i, nr);
}

static void give(struct window *w, u32 i)
{
	int err = annex_vmap_area_free_locked(&w->space, &w->area[i]);
	u32 page;

	FUZZ_EQ(err, w->taken[i] ? 0 : -EINVAL);
	w->taken[i] = false;
	for (page = 0; page < w->nr; page++)
		if (w->owner[page] == (s8)i)
			w->owner[page] = -1;
}

/* Small areas at equal distances: what is left is many gaps of the same size. */
static void take_comb(struct window *w, struct fuzz_input *in)
{
	u32 page = fuzz_below(in, 8), stride = 2 + fuzz_below(in, 6), i;
	int err;

	for (i = 0; i < AREAS && page < w->nr; i++, page += stride) {
		if (w->taken[i] || w->owner[page] >= 0)
			continue;
		err = annex_vmap_area_alloc_locked(&w->space, &w->area[i],
						   PAGE_SIZE, PAGE_SIZE,
						   addr_of(w, page),
						   addr_of(w, page + 1));
		FUZZ_EQ(err, 0);
		note_taken(w, i, 1);
	}
}

/* What makes no sense, and changes nothing. */
static void take_wildly(struct window *w, struct fuzz_input *in)
{
	struct annex_vmap_area area = {};
	unsigned long size = fuzz_u32(in), align = fuzz_u32(in);
	int err = annex_vmap_area_alloc_locked(&w->space, &area, size, align,
					       0, ULONG_MAX);

	if (!size || size % PAGE_SIZE || !align || align & (align - 1))
		FUZZ_EQ(err, -EINVAL);
	else if (size > w->nr * PAGE_SIZE)
		FUZZ_EQ(err, -ENOSPC);
	if (!err)
		FUZZ_EQ(annex_vmap_area_free_locked(&w->space, &area), 0);
	else
		FUZZ_EQ(annex_vmap_area_free_locked(&w->space, &area), -EINVAL);
}

static const struct annex_vmap_area *owner_of(const struct window *w,
					      unsigned long addr)
{
	unsigned long page = (addr - w->start) >> PAGE_SHIFT;

	if (addr < w->start || page >= w->nr || w->owner[page] < 0)
		return NULL;
	return &w->area[w->owner[page]];
}

static void ask(struct window *w, unsigned long addr)
{
	const struct annex_vmap_area *is = owner_of(w, addr), *from = NULL;
	u32 page = addr < w->start ? 0 : (addr - w->start) >> PAGE_SHIFT;

	FUZZ_CHECK(annex_vmap_area_find_locked(&w->space, addr) == is,
		   "%#lx", addr);
	FUZZ_CHECK(annex_vmap_area_at_locked(&w->space, addr) ==
		   (is && is->start == addr ? is : NULL), "%#lx", addr);
	for (; page < w->nr && !from; page++)
		from = owner_of(w, addr_of(w, page));
	FUZZ_CHECK(annex_vmap_area_from_locked(&w->space, addr) == from,
		   "%#lx", addr);
}

static void compare(struct window *w)
{
	u32 page, end, nr_free = 0, largest = 0, i, nr = 0;
	const struct annex_vmap_area *area;
	unsigned long at = w->start;

	FUZZ_EQ(annex_vmap_area_check_locked(&w->space, fuzz_violation, NULL),
		0);
	for (page = 0; page < w->nr; page = end + 1) {
		end = gap_end(w, page);
		nr_free += end - page;
		largest = max(largest, end - page);
	}
	FUZZ_EQ(w->space.free, nr_free * PAGE_SIZE);
	FUZZ_EQ(annex_vmap_area_largest_locked(&w->space),
		largest * PAGE_SIZE);
	for (area = annex_vmap_area_first_locked(&w->space); area;
	     area = annex_vmap_area_next_locked(&w->space, area), nr++) {
		FUZZ_CHECK(area->start >= at, "not in order");
		at = area->end;
		FUZZ_CHECK(owner_of(w, area->start) == area, "a stranger");
	}
	for (i = 0; i < AREAS; i++)
		nr -= w->taken[i];
	FUZZ_EQ(nr, 0);
}

static void step(struct window *w, struct fuzz_input *in)
{
	u8 op = fuzz_u8(in);
	u32 i = fuzz_below(in, AREAS);

	switch (op & 7) {
	case 0 ... 2:
		if (!w->taken[i])
			take_anywhere(w, i, 1 + fuzz_below(in, op & 8 ? 200 : 8));
		break;
	case 3 ... 4:
		if (!w->taken[i])
			take_particularly(w, in, i, 1 + fuzz_below(in, 64));
		break;
	case 5:
		give(w, i);
		break;
	case 6:
		ask(w, w->start + (fuzz_u32(in) & 0xfff) * (PAGE_SIZE / 4) -
		    PAGE_SIZE);
		break;
	default:
		if (op & 8)
			take_wildly(w, in);
		else
			take_comb(w, in);
	}
}

static void open_window(struct window *w, struct fuzz_input *in)
{
	u8 where = fuzz_u8(in);

	memset(w, 0, sizeof(*w));
	memset(w->owner, -1, sizeof(w->owner));
	memset(w->slot, 0x5a, sizeof(w->slot));
	w->nr = 1 + fuzz_below(in, PAGES);
	w->start = where & 1 ? 0xfffff000UL - w->nr * PAGE_SIZE :
			       0xe0000000UL + (where >> 1) * PAGE_SIZE;
	FUZZ_EQ(annex_vmap_area_init(&w->space, w->start, w->start + 1,
				     w->slot, &w->lock), -EINVAL);
	FUZZ_EQ(annex_vmap_area_init(&w->space, w->start, w->start, w->slot,
				     &w->lock), -EINVAL);
	FUZZ_EQ(annex_vmap_area_bytes(w->start, addr_of(w, w->nr)),
		w->nr * sizeof(*w->slot));
	FUZZ_EQ(annex_vmap_area_init(&w->space, w->start, addr_of(w, w->nr),
				     w->slot, &w->lock), 0);
}

void fuzz_target(struct fuzz_input *in)
{
	static struct window w;
	u32 i;

	open_window(&w, in);
	spin_lock(&w.lock);
	while (fuzz_more(in)) {
		step(&w, in);
		compare(&w);
	}
	for (i = 0; i < AREAS; i++)
		give(&w, i);
	compare(&w);
	FUZZ_EQ(w.space.free, w.nr * PAGE_SIZE);
	spin_unlock(&w.lock);
	FUZZ_EQ(annex_vmap_area_exit(&w.space), 0);
}
