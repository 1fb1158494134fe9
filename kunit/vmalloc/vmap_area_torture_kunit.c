// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random and large tests of the interval allocator. The random ones ask a
 * bitmap, a bit a page, where each area has to be, and expect it there.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "lib/testpool.h"
#include "lib/testwin.h"
#include "validate/validate.h"

#define PAGES	2048	/* some 150 gaps */
#define STEPS	100000

/**
 * struct model - what a window has to be like
 * @test: the test
 * @w: the window
 * @used: its pages
 * @live: of w->many, those that are taken
 * @rnd: what happens next
 */
struct model {
	struct kunit *test;
	struct testwin *w;
	DECLARE_BITMAP(used, PAGES);
	DECLARE_BITMAP(live, PAGES);
	struct rnd_state rnd;
};

/**
 * struct wish - a request, in pages
 * @size: how many
 * @align: of how many the first is to be a multiple
 * @start: not below this page
 * @end: nor beyond
 */
struct wish {
	unsigned long size, align, start, end;
};

/**
 * struct gap - free pages, as the bitmap has them
 * @start: the first
 * @size: how many; 0 if there is no such gap
 */
struct gap {
	unsigned long start, size;
};

static bool comes_before(const struct gap *a, const struct gap *b)
{
	return a->size < b->size || (a->size == b->size && a->start < b->start);
}

/* The first gap by size and address that comes after one and has @least. */
static struct gap next_gap(const struct model *m, struct gap after,
			   unsigned long least)
{
	unsigned long start, end = 0;
	struct gap best = {}, gap;

	for (;;) {
		start = find_next_zero_bit(m->used, PAGES, end);
		if (start >= PAGES)
			return best;
		end = find_next_bit(m->used, PAGES, start);
		gap = (struct gap) { start, end - start };
		if (gap.size >= least && comes_before(&after, &gap) &&
		    (!best.size || comes_before(&gap, &best)))
			best = gap;
	}
}

/* The page at which a wish goes into a gap; PAGES if it does not. */
static unsigned long place_in(struct gap gap, const struct wish *wish)
{
	unsigned long start = max(gap.start, wish->start);
	unsigned long end = min(gap.start + gap.size, wish->end);

	start = roundup(start, wish->align);
	return start + wish->size <= end ? start : PAGES;
}

/* The page at which a wish has to be fulfilled, PAGES if it cannot be. */
static unsigned long choose(const struct model *m, const struct wish *wish)
{
	struct gap gap = {}, sure;
	unsigned long tries, page;

	for (tries = 0; tries < PAGES; tries++) {
		if (tries == ANNEX_VMAP_TRIES) {
			sure = next_gap(m, (struct gap) {},
					wish->size + wish->align - 1);
			page = place_in(sure, wish);
			if (sure.size && page < PAGES)
				return page;
		}
		gap = next_gap(m, gap, wish->size);
		if (!gap.size)
			break;
		page = place_in(gap, wish);
		if (page < PAGES)
			return page;
	}
	return PAGES;
}

static unsigned long page_of(unsigned long addr)
{
	return (addr - WIN_BASE) >> PAGE_SHIFT;
}

/* Mostly small, without an alignment, and anywhere. */
static struct wish make_wish(struct model *m)
{
	struct wish wish = { 1 + annex_test_below(&m->rnd, 8), 1, 0, PAGES };

	if (!annex_test_below(&m->rnd, 50))
		wish.size = 1 + annex_test_below(&m->rnd, 200);
	if (!annex_test_below(&m->rnd, 8))
		wish.align = 1 << annex_test_below(&m->rnd, 10);
	if (!annex_test_below(&m->rnd, 16)) {
		wish.start = annex_test_below(&m->rnd, PAGES);
		wish.end = wish.start + 1 +
			   annex_test_below(&m->rnd, PAGES - wish.start);
	}
	return wish;
}

static void step_alloc(struct model *m)
{
	unsigned long i = find_first_zero_bit(m->live, PAGES);
	struct annex_vmap_area *area = &m->w->many[i];
	struct wish wish = make_wish(m);
	unsigned long page = choose(m, &wish);
	int err;

	err = testwin_alloc(m->w, area, wish.size * PAGE_SIZE,
			    wish.align * PAGE_SIZE,
			    WIN_BASE + wish.start * PAGE_SIZE,
			    WIN_BASE + wish.end * PAGE_SIZE);
	if (page == PAGES) {
		KUNIT_EXPECT_EQ(m->test, err, -ENOSPC);
		return;
	}
	KUNIT_ASSERT_EQ(m->test, err, 0);
	KUNIT_ASSERT_EQ_MSG(m->test, page_of(area->start), page,
			    "%lu pages, aligned to %lu, in %lu-%lu", wish.size,
			    wish.align, wish.start, wish.end);
	KUNIT_ASSERT_EQ(m->test, page_of(area->end), page + wish.size);
	bitmap_set(m->used, page, wish.size);
	__set_bit(i, m->live);
}

static void step_free(struct model *m)
{
	unsigned long i = annex_test_below(&m->rnd, PAGES);
	struct annex_vmap_area *area;

	i = find_next_bit(m->live, PAGES, i);
	if (i >= PAGES)
		i = find_first_bit(m->live, PAGES);
	if (i >= PAGES)
		return;
	area = &m->w->many[i];
	KUNIT_ASSERT_EQ(m->test, testwin_free(m->w, area), 0);
	bitmap_clear(m->used, page_of(area->start),
		     page_of(area->end) - page_of(area->start));
	__clear_bit(i, m->live);
}

static void step_find(struct model *m)
{
	unsigned long page = annex_test_below(&m->rnd, PAGES);
	unsigned long addr = WIN_BASE + page * PAGE_SIZE +
			     annex_test_below(&m->rnd, PAGE_SIZE);
	struct annex_vmap_area *area = testwin_find(m->w, addr);
	unsigned long next = find_next_bit(m->used, PAGES, page);

	KUNIT_ASSERT_EQ(m->test, !!area, test_bit(page, m->used));
	if (area)
		KUNIT_ASSERT_TRUE(m->test, area->start <= addr &&
				  addr < area->end);
	else
		area = testwin_from(m->w, addr);
	KUNIT_ASSERT_EQ(m->test, !!area, next < PAGES);
	if (area && next > page)
		KUNIT_ASSERT_EQ(m->test, page_of(area->start), next);
}

static void expect_as_modelled(struct model *m)
{
	struct testwin *w = m->w;
	unsigned long end = 0, nr_free = PAGES - bitmap_weight(m->used, PAGES);
	struct annex_vmap_area *area;

	KUNIT_ASSERT_EQ(m->test, testwin_check(m->test, true), 0UL);
	KUNIT_ASSERT_EQ(m->test, w->space.free, nr_free * PAGE_SIZE);
	KUNIT_ASSERT_EQ(m->test, (unsigned long)w->space.nr_areas,
			(unsigned long)bitmap_weight(m->live, PAGES));
	for (area = annex_vmap_area_first_locked(&w->space); area;
	     area = annex_vmap_area_next_locked(&w->space, area)) {
		unsigned long start = page_of(area->start);

		KUNIT_ASSERT_GE(m->test, start, end);
		KUNIT_ASSERT_EQ(m->test, find_next_bit(m->used, PAGES, end),
				start);
		end = page_of(area->end);
		KUNIT_ASSERT_GE(m->test, find_next_zero_bit(m->used, PAGES,
							    start), end);
	}
}

/* Phases in which the window fills up and empties. */
static void window_is_as_a_bitmap_has_it(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i, likely;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->w = testwin_open(test, WIN_BASE, PAGES);
	annex_test_seed(test, &m->rnd);
	for (i = 0; i < STEPS; i++) {
		likely = (i >> 12) & 1 ? 42 : 58;
		if (annex_test_below(&m->rnd, 100) < likely)
			step_alloc(m);
		else
			step_free(m);
		step_find(m);
		if (i % 256)
			continue;
		expect_as_modelled(m);
		cond_resched();
	}
	while (!bitmap_empty(m->live, PAGES))
		step_free(m);
	expect_as_modelled(m);
	KUNIT_EXPECT_EQ(test, testwin_largest(m->w), PAGES * PAGE_SIZE);
}

/* As many areas as the promise is about, and as many gaps. */
#define LARGE_AREAS	10000
#define LARGE_END	(WIN_BASE + 2 * LARGE_AREAS * 2 * PAGE_SIZE)

/**
 * struct large - a window with many areas
 * @space: its allocated and free addresses
 * @lock: of @space
 * @slots: its metadata
 * @area: two areas for each gap
 */
struct large {
	struct annex_vmap_space space;
	spinlock_t lock;	/* of the space */
	void *slots;
	struct annex_vmap_area area[2 * LARGE_AREAS];
};

static void large_free(struct kunit_resource *res)
{
	struct large *l = res->data;

	vfree(l->slots);
	vfree(l);
}

static int large_alloc(struct kunit_resource *res, void *context)
{
	struct large *l = vzalloc(sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->slots = vmalloc(annex_vmap_area_bytes(WIN_BASE, LARGE_END));
	if (!l->slots) {
		vfree(l);
		return -ENOMEM;
	}
	spin_lock_init(&l->lock);
	res->data = l;
	return annex_vmap_area_init(&l->space, WIN_BASE, LARGE_END, l->slots,
				    &l->lock);
}

/* Two pages each. Returns how many are not where they should be. */
static unsigned long large_fill(struct large *l, unsigned int step)
{
	unsigned long wrong = 0, i;

	spin_lock(&l->lock);
	for (i = 0; i < 2 * LARGE_AREAS; i += step) {
		struct annex_vmap_area *area = &l->area[i];

		wrong += annex_vmap_area_alloc_locked(&l->space, area,
						      2 * PAGE_SIZE, 1, 0,
						      ULONG_MAX) != 0;
		wrong += area->start != WIN_BASE + i * 2 * PAGE_SIZE;
	}
	spin_unlock(&l->lock);
	return wrong;
}

/* Every @step-th of them. Returns how many could not be given back. */
static unsigned long large_empty(struct large *l, unsigned long first,
				 unsigned int step)
{
	unsigned long wrong = 0, i;

	spin_lock(&l->lock);
	for (i = first; i < 2 * LARGE_AREAS; i += step)
		wrong += annex_vmap_area_free_locked(&l->space,
						     &l->area[i]) != 0;
	spin_unlock(&l->lock);
	return wrong;
}

static unsigned long large_check(struct large *l)
{
	unsigned long found;

	spin_lock(&l->lock);
	found = annex_vmap_area_check_locked(&l->space, NULL, NULL);
	spin_unlock(&l->lock);
	return found;
}

static void window_may_have_ten_thousand_gaps(struct kunit *test)
{
	struct large *l = kunit_alloc_resource(test, large_alloc, large_free,
					       GFP_KERNEL, NULL);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_EXPECT_EQ(test, large_fill(l, 1), 0UL);
	KUNIT_EXPECT_EQ(test, l->space.free, 0UL);
	/* Each second one, and then as before, from the lowest on. */
	KUNIT_EXPECT_EQ(test, large_empty(l, 0, 2), 0UL);
	KUNIT_EXPECT_EQ(test, large_check(l), 0UL);
	KUNIT_EXPECT_EQ(test, l->space.free, LARGE_AREAS * 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, large_fill(l, 2), 0UL);
	KUNIT_EXPECT_EQ(test, large_check(l), 0UL);
	/* All, in another order than they lie in. */
	KUNIT_EXPECT_EQ(test, large_empty(l, 1, 3), 0UL);
	KUNIT_EXPECT_EQ(test, large_empty(l, 0, 3), 0UL);
	KUNIT_EXPECT_EQ(test, large_check(l), 0UL);
	KUNIT_EXPECT_EQ(test, large_empty(l, 2, 3), 0UL);
	KUNIT_EXPECT_EQ(test, large_check(l), 0UL);
	KUNIT_EXPECT_EQ(test, annex_vmap_area_exit(&l->space), 0U);
}

static struct kunit_case vmap_area_torture_cases[] = {
	KUNIT_CASE(window_is_as_a_bitmap_has_it),
	KUNIT_CASE(window_may_have_ten_thousand_gaps),
	{}
};

static struct kunit_suite annex_vmap_area_torture_suite = {
	.name = "annex_vmap_area_torture",
	.init = testwin_init,
	.exit = testwin_exit,
	.test_cases = vmap_area_torture_cases,
};

kunit_test_suite(annex_vmap_area_torture_suite);
