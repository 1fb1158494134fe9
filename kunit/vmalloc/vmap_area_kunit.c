// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the interval allocator: which place is chosen, what is left of gaps
 * and what becomes of them. See testwin.h for the pictures.
 */
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "lib/testwin.h"

/* An area of @size with an alignment, in bytes. */
static int anywhere(struct testwin *w, struct annex_vmap_area *area,
		    unsigned long size, unsigned long align)
{
	return testwin_alloc(w, area, size, align, 0, ULONG_MAX);
}

/* Best fit */

static void window_begins_as_one_gap(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "........");

	testwin_expect(test, "........");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 8 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, w->space.nr_areas, 0U);
	KUNIT_EXPECT_NULL(test, annex_vmap_area_first_locked(&w->space));
	KUNIT_EXPECT_NULL(test, testwin_from(w, 0));
	KUNIT_EXPECT_EQ(test, annex_vmap_area_exit(&w->space), 0U);
}

static void alloc_takes_the_smallest_gap_that_fits(struct kunit *test)
{
	testwin_draw(test, "....a...b.c..d.....e......");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 2), 0);
	testwin_expect(test, "....a...b.cxxd.....e......");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 3), 0);
	testwin_expect(test, "....ayyyb.cxxd.....e......");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'z', 3), 0);
	testwin_expect(test, "zzz.ayyyb.cxxd.....e......");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'w', 6), 0);
	testwin_expect(test, "zzz.ayyyb.cxxd.....ewwwwww");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'v', 6), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_largest(test->priv), 5 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'v', 5), 0);
	testwin_expect(test, "zzz.ayyyb.cxxdvvvvvewwwwww");
}

/* In whatever order they became free. */
static void alloc_takes_the_lowest_of_equal_gaps(struct kunit *test)
{
	static const char *const orders[] = {
		"bdf", "bfd", "dbf", "dfb", "fbd", "fdb"
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		testwin_draw(test, "abbcddeffg....");
		KUNIT_EXPECT_EQ(test, testwin_give(test, orders[i][0]), 0);
		KUNIT_EXPECT_EQ(test, testwin_give(test, orders[i][1]), 0);
		KUNIT_EXPECT_EQ(test, testwin_give(test, orders[i][2]), 0);
		KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 2), 0);
		testwin_expect(test, "axxc..e..g....");
		KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 2), 0);
		testwin_expect(test, "axxcyye..g....");
		KUNIT_EXPECT_EQ(test, testwin_take(test, 'z', 2), 0);
		testwin_expect(test, "axxcyyezzg....");
	}
}

/* A gap that lost its rank in the tree must be found where it is now. */
static void alloc_knows_gaps_by_their_size_of_now(struct kunit *test)
{
	testwin_draw(test, "a......b.....c....dd");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'x', 4, 1, 1, 5), 0);
	testwin_expect(test, "axxxx..b.....c....dd");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 2), 0);
	testwin_expect(test, "axxxxyyb.....c....dd");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'd'), 0);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'z', 5), 0);
	testwin_expect(test, "axxxxyybzzzzzc......");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'y'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), 0);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'w', 6), 0);
	testwin_expect(test, "awwwwwwbzzzzzc......");
}

/* Splitting and merging */

static void alloc_splits_a_gap_anywhere(struct kunit *test)
{
	testwin_draw(test, "a.....b");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 2), 0);
	testwin_expect(test, "axx...b");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), 0);
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'x', 2, 1, 4, 7), 0);
	testwin_expect(test, "a...xxb");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), 0);
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'x', 2, 1, 2, 7), 0);
	testwin_expect(test, "a.xx..b");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 1), 0);
	testwin_expect(test, "ayxx..b");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'z', 2), 0);
	testwin_expect(test, "ayxxzzb");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'y'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'z'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), 0);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 5), 0);
	testwin_expect(test, "axxxxxb");
}

static void free_merges_with_neither(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "abbc....");

	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	testwin_expect(test, "a..c....");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 4 * PAGE_SIZE);
}

static void free_merges_with_what_is_before(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "a..bbc.");

	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	testwin_expect(test, "a....c.");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 4 * PAGE_SIZE);
}

static void free_merges_with_what_is_behind(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "abb..c.");

	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	testwin_expect(test, "a....c.");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 4 * PAGE_SIZE);
}

static void free_merges_with_both(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, ".bb...c..");

	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	testwin_expect(test, "......c..");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 6 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'c'), 0);
	testwin_expect(test, ".........");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 9 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, w->space.nr_areas, 0U);
}

static void window_can_be_filled_to_the_last_page(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "abbbcd");

	testwin_expect(test, "abbbcd");
	KUNIT_EXPECT_EQ(test, testwin_largest(w), 0UL);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'x', 1, 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'd'), 0);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 1), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'a'), 0);
	testwin_expect(test, ".bbbcx");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 1), 0);
	testwin_expect(test, "ybbbcx");
	KUNIT_EXPECT_EQ(test, w->space.nr_areas, 4U);
	KUNIT_EXPECT_EQ(test, annex_vmap_area_exit(&w->space), 4U);
}

/* Alignment */

static void alloc_aligns_and_leaves_both_sides(struct kunit *test)
{
	testwin_draw(test, "a.......");
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'x', 2, 4), 0);
	testwin_expect(test, "a...xx..");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 2), 0);
	testwin_expect(test, "a...xxyy");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'z', 3), 0);
	testwin_expect(test, "azzzxxyy");
}

static void alloc_takes_the_smallest_aligned_gap(struct kunit *test)
{
	/* 2 pages at a multiple of 2: not at 1, but at 4, the lowest of two. */
	testwin_draw(test, "a..b..c..d..e......");
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'x', 2, 2), 0);
	testwin_expect(test, "a..bxxc..d..e......");
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'y', 2, 2), 0);
	testwin_expect(test, "a..bxxc..dyye......");
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'z', 2, 2), 0);
	testwin_expect(test, "a..bxxc..dyye.zz...");
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'w', 2, 32), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'w', 1, 16), 0);
	testwin_expect(test, "a..bxxc..dyye.zzw..");
}

static void alloc_aligns_up_to_the_largest(struct kunit *test)
{
	struct testwin *w = testwin_open(test, WIN_BASE - PAGE_SIZE, WIN_MAX);
	unsigned long align, size, nr = 0;

	for (align = PAGE_SIZE; align <= SZ_4M; align *= 2, nr++) {
		struct annex_vmap_area *area = &w->many[nr];

		size = min_t(unsigned long, align, SZ_2M);
		KUNIT_ASSERT_EQ(test, anywhere(w, area, size, align), 0);
		KUNIT_EXPECT_EQ(test, area->start & (align - 1), 0UL);
		KUNIT_EXPECT_EQ(test, area->end - area->start, size);
		KUNIT_EXPECT_EQ(test, testwin_check(test, true), 0UL);
	}
	while (nr--)
		KUNIT_EXPECT_EQ(test, testwin_free(w, &w->many[nr]), 0);
	KUNIT_EXPECT_EQ(test, testwin_largest(w), WIN_MAX * PAGE_SIZE);
}

/* Less than a page is none. */
static void alloc_takes_a_small_alignment_for_a_page(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "a....");
	unsigned long end = w->space.end - 1;

	KUNIT_EXPECT_EQ(test, anywhere(w, &w->area[1], PAGE_SIZE, 1), 0);
	KUNIT_EXPECT_EQ(test, anywhere(w, &w->area[2], PAGE_SIZE, 64), 0);
	testwin_expect(test, "abc..");
	/* Nor need a range have whole pages. */
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, &w->area[3], PAGE_SIZE, 64,
					    WIN_BASE + 1, end), 0);
	testwin_expect(test, "abcd.");
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, &w->area[4], PAGE_SIZE, 64,
					    WIN_BASE + 1, end), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'a'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, &w->area[4], PAGE_SIZE, 64,
					    WIN_BASE + 1, end), 0);
	testwin_expect(test, ".ecd.");
}

/*
 * Gaps of 2 pages between areas of 2, all at odd pages: an aligned area of 2
 * fits into none, and they are more than are looked at before one that surely
 * has room is. Returns the page behind the last of them.
 */
static unsigned long draw_misaligned(struct kunit *test, struct testwin *w)
{
	unsigned long i, page, nr = ANNEX_VMAP_TRIES + 8;

	KUNIT_ASSERT_EQ(test, anywhere(w, w->many, PAGE_SIZE, 1), 0);
	for (i = 1; i <= nr; i++) {
		page = 4 * i - 1;
		KUNIT_ASSERT_EQ(test, testwin_alloc(w, &w->many[i],
						    2 * PAGE_SIZE, 1,
						    WIN_BASE + page * PAGE_SIZE,
						    ULONG_MAX), 0);
	}
	return 4 * nr + 1;
}

static void take_page(struct kunit *test, char name, unsigned long page)
{
	KUNIT_ASSERT_EQ(test, testwin_take_in(test, name, 1, 1, page, page + 1),
			0);
}

static void alloc_finds_the_only_aligned_place(struct kunit *test)
{
	struct testwin *w = testwin_open(test, WIN_BASE, 256);
	unsigned long page = draw_misaligned(test, w);
	struct annex_vmap_area *area = testwin_area(test, 'x');

	/* One area more, so that the next gap begins at an even page, */
	take_page(test, 'a', page);
	KUNIT_ASSERT_EQ(test, testwin_take_in(test, 'b', 256 - page - 3, 1,
					      page + 3, 256), 0);
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'x', 2, 2), 0);
	KUNIT_EXPECT_EQ(test, area->start, WIN_BASE + (page + 1) * PAGE_SIZE);
	/* and now there is none. */
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'y', 2, 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'y', 1, 2), 0);
}

/* It does not go through all that do not fit while there is room. */
static void alloc_gives_up_for_a_larger_gap(struct kunit *test)
{
	struct testwin *w = testwin_open(test, WIN_BASE, 256);
	unsigned long page = draw_misaligned(test, w);
	struct annex_vmap_area *area = testwin_area(test, 'x');

	take_page(test, 'a', page);
	take_page(test, 'b', page + 3);
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'x', 2, 2), 0);
	KUNIT_EXPECT_EQ(test, area->start, WIN_BASE + (page + 5) * PAGE_SIZE);
	/* There is no room for another alignment, but there is a place. */
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'y', 2, 512), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_free(w, &w->many[0]), 0);
	KUNIT_EXPECT_EQ(test, testwin_take_aligned(test, 'y', 2, 512), 0);
	KUNIT_EXPECT_EQ(test, testwin_area(test, 'y')->start, WIN_BASE);
}

/* A part of the window */

static void alloc_keeps_within_a_range(struct kunit *test)
{
	testwin_draw(test, "a..b....c......");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'x', 2, 1, 5, 15), 0);
	testwin_expect(test, "a..b.xx.c......");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'y', 2, 1, 0, 3), 0);
	testwin_expect(test, "ayyb.xx.c......");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'z', 2, 1, 0, 10), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'z', 2, 1, 0, 11), 0);
	testwin_expect(test, "ayyb.xx.czz....");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'w', 1, 1, 14, 15), 0);
	testwin_expect(test, "ayyb.xx.czz...w");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'v', 1, 4, 8, 15), 0);
	testwin_expect(test, "ayyb.xx.czz.v.w");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'u', 1, 1, 5, 7), -ENOSPC);
}

static void alloc_finds_nothing_outside_of_the_window(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "....");
	struct annex_vmap_area *area = testwin_area(test, 'x');

	KUNIT_EXPECT_EQ(test, testwin_alloc(w, area, PAGE_SIZE, 1, 0, WIN_BASE),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, area, PAGE_SIZE, 1, w->space.end,
					    ULONG_MAX), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, area, 2 * PAGE_SIZE, 1,
					    WIN_BASE + 3 * PAGE_SIZE,
					    ULONG_MAX), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, area, 2 * PAGE_SIZE, 1, 0,
					    WIN_BASE + PAGE_SIZE), -ENOSPC);
	testwin_expect(test, "....");
	KUNIT_EXPECT_EQ(test, testwin_alloc(w, area, 2 * PAGE_SIZE, 1, 0,
					    WIN_BASE + 2 * PAGE_SIZE), 0);
	testwin_expect(test, "xx..");
}

/* Sums that would come out small must not be taken for room. */
static void alloc_at_the_end_of_all_addresses(struct kunit *test)
{
	unsigned long start = -(unsigned long)SZ_4M + PAGE_SIZE;
	struct testwin *w = testwin_open(test, start, 1022);
	struct annex_vmap_area *area = testwin_area(test, 'x');

	KUNIT_ASSERT_EQ(test, w->space.end, -PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, anywhere(w, area, PAGE_SIZE, SZ_4M), -ENOSPC);
	KUNIT_EXPECT_EQ(test, anywhere(w, area, PAGE_MASK, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, anywhere(w, area, PAGE_MASK, SZ_4M), -ENOSPC);
	KUNIT_EXPECT_EQ(test, anywhere(w, area, PAGE_SIZE, 1UL << 31), -ENOSPC);
	KUNIT_EXPECT_EQ(test, anywhere(w, area, PAGE_SIZE, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, area->start, -(unsigned long)SZ_2M);
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, area->start), area);
	KUNIT_EXPECT_NULL(test, testwin_find(w, ULONG_MAX));
}

static struct kunit_case vmap_area_cases[] = {
	KUNIT_CASE(window_begins_as_one_gap),
	KUNIT_CASE(alloc_takes_the_smallest_gap_that_fits),
	KUNIT_CASE(alloc_takes_the_lowest_of_equal_gaps),
	KUNIT_CASE(alloc_knows_gaps_by_their_size_of_now),
	KUNIT_CASE(alloc_splits_a_gap_anywhere),
	KUNIT_CASE(free_merges_with_neither),
	KUNIT_CASE(free_merges_with_what_is_before),
	KUNIT_CASE(free_merges_with_what_is_behind),
	KUNIT_CASE(free_merges_with_both),
	KUNIT_CASE(window_can_be_filled_to_the_last_page),
	KUNIT_CASE(alloc_aligns_and_leaves_both_sides),
	KUNIT_CASE(alloc_takes_the_smallest_aligned_gap),
	KUNIT_CASE(alloc_aligns_up_to_the_largest),
	KUNIT_CASE(alloc_takes_a_small_alignment_for_a_page),
	KUNIT_CASE(alloc_finds_the_only_aligned_place),
	KUNIT_CASE(alloc_gives_up_for_a_larger_gap),
	KUNIT_CASE(alloc_keeps_within_a_range),
	KUNIT_CASE(alloc_finds_nothing_outside_of_the_window),
	KUNIT_CASE(alloc_at_the_end_of_all_addresses),
	{}
};

static struct kunit_suite annex_vmap_area_suite = {
	.name = "annex_vmap_area",
	.init = testwin_init,
	.exit = testwin_exit,
	.test_cases = vmap_area_cases,
};

kunit_test_suite(annex_vmap_area_suite);
