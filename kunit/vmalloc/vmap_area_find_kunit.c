// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the interval allocator: finding areas, their order, what is refused,
 * and that a recount sees damage. See testwin.h for the pictures.
 */
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "lib/testwin.h"

/* Finding */

static void find_knows_the_ends_of_an_area(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, ".aaabb.");
	struct annex_vmap_area *a = testwin_area(test, 'a');
	struct annex_vmap_area *b = testwin_area(test, 'b');

	KUNIT_EXPECT_NULL(test, testwin_find(w, a->start - 1));
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, a->start), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, a->start + 1), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, a->end - 1), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, a->end), b);
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, b->end - 1), b);
	KUNIT_EXPECT_NULL(test, testwin_find(w, b->end));
	testwin_expect(test, ".aaabb.");
}

static void find_knows_the_ends_of_the_window(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "abbb");

	KUNIT_EXPECT_NULL(test, testwin_find(w, 0));
	KUNIT_EXPECT_NULL(test, testwin_find(w, WIN_BASE - 1));
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, WIN_BASE), &w->area[0]);
	KUNIT_EXPECT_PTR_EQ(test, testwin_find(w, w->space.end - 1),
			    &w->area[1]);
	KUNIT_EXPECT_NULL(test, testwin_find(w, w->space.end));
	KUNIT_EXPECT_NULL(test, testwin_find(w, ULONG_MAX));
}

/* The slots depend on the numbers of the first page and of the last. */
static void find_works_for_any_area(struct kunit *test)
{
	struct testwin *w = testwin_open(test, WIN_BASE, 40);
	struct annex_vmap_area *x = testwin_area(test, 'x');
	unsigned long first, end, page, wrong = 0;

	for (first = 0; first < 40; first++)
		for (end = first + 1; end <= 40; end++) {
			if (testwin_take_in(test, 'x', end - first, 1, first,
					    end))
				wrong++;
			for (page = 0; page < 40; page++)
				wrong += testwin_find(w, WIN_BASE + page *
						      PAGE_SIZE) !=
					 (page >= first && page < end ? x :
								       NULL);
			if (testwin_give(test, 'x'))
				wrong++;
		}
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
	testwin_expect(test, "........................................");
}

static void find_works_in_a_large_area(struct kunit *test)
{
	struct testwin *w = testwin_open(test, WIN_BASE, WIN_MAX);
	unsigned long page, wrong = 0;

	KUNIT_ASSERT_EQ(test, testwin_take_in(test, 'a', 1, 1, 0, 1), 0);
	KUNIT_ASSERT_EQ(test, testwin_take(test, 'x', WIN_MAX - 2), 0);
	for (page = 1; page < WIN_MAX - 1; page++)
		wrong += testwin_find(w, WIN_BASE + page * PAGE_SIZE) !=
			 testwin_area(test, 'x');
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
	KUNIT_EXPECT_NULL(test, testwin_find(w, w->space.end - 1));
}

static void find_forgets_what_is_free(struct kunit *test)
{
	testwin_draw(test, "aabbbbbbbcc");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	testwin_expect(test, "aa.......cc");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 3), 0);
	testwin_expect(test, "aaxxx....cc");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'a'), 0);
	testwin_expect(test, "..xxx....cc");
}

/* Order */

/* The names of the areas from the first on. */
static const char *in_order(struct testwin *w, char *names)
{
	struct annex_vmap_area *area;
	unsigned int n = 0;

	for (area = annex_vmap_area_first_locked(&w->space);
	     area && n < WIN_LETTERS;
	     area = annex_vmap_area_next_locked(&w->space, area))
		names[n++] = 'a' + (area - w->area);
	names[n] = '\0';
	return names;
}

static void areas_come_by_address(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, ".cc.a..bbb");
	char names[WIN_LETTERS + 1];

	KUNIT_EXPECT_STREQ(test, in_order(w, names), "cab");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 2), 0);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'd', 1), 0);
	testwin_expect(test, "dcc.axxbbb");
	KUNIT_EXPECT_STREQ(test, in_order(w, names), "dcaxb");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'd'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'a'), 0);
	KUNIT_EXPECT_STREQ(test, in_order(w, names), "cx");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'c'), 0);
	KUNIT_EXPECT_STREQ(test, in_order(w, names), "");
}

/* Whatever happens to the areas between two questions. */
static void areas_can_be_asked_for_from_an_address_on(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "..aaa..b.cc..");
	struct annex_vmap_area *a = testwin_area(test, 'a');
	struct annex_vmap_area *b = testwin_area(test, 'b');
	struct annex_vmap_area *c = testwin_area(test, 'c');

	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, 0), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, WIN_BASE), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, a->start - 1), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, a->start), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, a->end - 1), a);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, a->end), b);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, b->end), c);
	KUNIT_EXPECT_NULL(test, testwin_from(w, c->end));
	KUNIT_EXPECT_NULL(test, testwin_from(w, w->space.end - 1));
	KUNIT_EXPECT_NULL(test, testwin_from(w, w->space.end));
	KUNIT_EXPECT_NULL(test, testwin_from(w, ULONG_MAX));
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, a->end), c);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'a'), 0);
	KUNIT_EXPECT_PTR_EQ(test, testwin_from(w, 0), c);
}

/* What is refused */

static void alloc_refuses_what_makes_no_sense(struct kunit *test)
{
	static const struct {
		unsigned long size, align, start, end;
	} bad[] = {
		{ 0, PAGE_SIZE, 0, ULONG_MAX },
		{ 1, PAGE_SIZE, 0, ULONG_MAX },
		{ PAGE_SIZE - 1, PAGE_SIZE, 0, ULONG_MAX },
		{ PAGE_SIZE + 1, PAGE_SIZE, 0, ULONG_MAX },
		{ ULONG_MAX, PAGE_SIZE, 0, ULONG_MAX },
		{ PAGE_SIZE, 0, 0, ULONG_MAX },
		{ PAGE_SIZE, 3, 0, ULONG_MAX },
		{ PAGE_SIZE, 3 * PAGE_SIZE, 0, ULONG_MAX },
		{ PAGE_SIZE, ULONG_MAX, 0, ULONG_MAX },
		{ PAGE_SIZE, PAGE_SIZE, WIN_BASE, WIN_BASE },
		{ PAGE_SIZE, PAGE_SIZE, WIN_BASE + 1, WIN_BASE },
		{ PAGE_SIZE, PAGE_SIZE, ULONG_MAX, 0 },
	};
	struct testwin *w = testwin_draw(test, "a...");
	struct annex_vmap_area *x = testwin_area(test, 'x');
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, testwin_alloc(w, x, bad[i].size,
							bad[i].align,
							bad[i].start,
							bad[i].end),
				    -EINVAL, "request %u", i);
	testwin_expect(test, "a...");
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), -EINVAL);
}

static void free_refuses_what_is_no_area(struct kunit *test)
{
	struct annex_vmap_area *copy;
	struct testwin *w = testwin_draw(test, "a.bb..");

	/* Zeroed, given back, given back and taken by another, a copy. */
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), -EINVAL);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), -EINVAL);
	testwin_expect(test, "a.....");
	KUNIT_EXPECT_EQ(test, testwin_take_in(test, 'c', 2, 1, 2, 4), 0);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'b'), -EINVAL);
	copy = testwin_area(test, 'd');
	*copy = *testwin_area(test, 'c');
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'd'), -EINVAL);
	/* The area behind all others has no owner, and cannot be freed. */
	KUNIT_EXPECT_EQ(test, testwin_free(w, &w->space.last), -EINVAL);
	testwin_expect(test, "a.cc..");
}

static void init_refuses_what_is_no_window(struct kunit *test)
{
	struct testwin *w = test->priv;
	static const struct {
		unsigned long start, end;
	} bad[] = {
		{ WIN_BASE, WIN_BASE },
		{ WIN_BASE + PAGE_SIZE, WIN_BASE },
		{ WIN_BASE + 1, WIN_BASE + PAGE_SIZE },
		{ WIN_BASE, WIN_BASE + PAGE_SIZE + 1 },
		{ WIN_BASE, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, annex_vmap_area_init(&w->space,
							   bad[i].start,
							   bad[i].end, w->slot,
							   &w->lock), -EINVAL);
	KUNIT_EXPECT_NULL(test, w->space.lock);
}

static void metadata_is_a_pointer_a_page(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_vmap_area_bytes(WIN_BASE, WIN_BASE +
						    PAGE_SIZE),
			sizeof(void *));
	KUNIT_EXPECT_EQ(test, annex_vmap_area_bytes(WIN_BASE - SZ_512M,
						    WIN_BASE + SZ_512M),
			SZ_1G / PAGE_SIZE * sizeof(void *));
}

/* A window of one page, the least there is. */
static void window_may_be_one_page(struct kunit *test)
{
	testwin_draw(test, ".");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'x', 1), 0);
	testwin_expect(test, "x");
	KUNIT_EXPECT_EQ(test, testwin_take(test, 'y', 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, testwin_give(test, 'x'), 0);
	testwin_expect(test, ".");
}

/* A recount */

/* What is put back after each damage. */
#define SAVED_BYTES	offsetof(struct testwin, many)

static void *save(struct kunit *test)
{
	void *saved = kunit_kmalloc(test, SAVED_BYTES, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, saved);
	memcpy(saved, test->priv, SAVED_BYTES);
	return saved;
}

/* Expect that a damage is seen, and nothing any more when it is repaired. */
static void expect_seen(struct kunit *test, const void *saved,
			const char *damage)
{
	KUNIT_EXPECT_GT_MSG(test, testwin_check(test, false), 0UL, "%s",
			    damage);
	memcpy(test->priv, saved, SAVED_BYTES);
	KUNIT_EXPECT_EQ(test, testwin_check(test, true), 0UL);
}

static void check_sees_wrong_addresses(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "a..bb.c....");
	struct annex_vmap_area *b = testwin_area(test, 'b');
	void *saved = save(test);

	b->start -= PAGE_SIZE;
	expect_seen(test, saved, "a start too low");
	b->start++;
	expect_seen(test, saved, "a start within a page");
	b->start = b->end;
	expect_seen(test, saved, "an area without size");
	b->end--;
	expect_seen(test, saved, "an end within a page");
	b->end += PAGE_SIZE;
	expect_seen(test, saved, "an end in a gap");
	b->end += 2 * PAGE_SIZE;
	expect_seen(test, saved, "an overlap");
	testwin_area(test, 'c')->end = w->space.end + PAGE_SIZE;
	expect_seen(test, saved, "an end beyond the window");
	w->space.last.start -= PAGE_SIZE;
	w->space.last.gap -= PAGE_SIZE;
	w->space.free -= PAGE_SIZE;
	expect_seen(test, saved, "a last gap that ends early");
	w->space.last.end -= PAGE_SIZE;
	expect_seen(test, saved, "a last gap that ends twice");
}

static void check_sees_wrong_sums(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "a..bb.c....");
	void *saved = save(test);

	testwin_area(test, 'b')->gap -= PAGE_SIZE;
	w->space.free -= PAGE_SIZE;
	expect_seen(test, saved, "a gap");
	w->space.last.gap -= PAGE_SIZE;
	w->space.free -= PAGE_SIZE;
	expect_seen(test, saved, "the last gap");
	w->space.free -= PAGE_SIZE;
	expect_seen(test, saved, "free bytes");
	w->space.nr_areas++;
	expect_seen(test, saved, "areas");
}

/* Gaps by size: of c, of b, and the last. */
static void check_sees_wrong_links(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "a..bb.c....");
	struct annex_vmap_area *a = testwin_area(test, 'a');
	struct annex_vmap_area *b = testwin_area(test, 'b');
	struct annex_vmap_area *c = testwin_area(test, 'c');
	void *saved = save(test);

	b->list.prev = &c->list;
	expect_seen(test, saved, "a link by address");
	b->sizes.prev = &b->sizes;
	expect_seen(test, saved, "a link by size");
	list_swap(&b->sizes, &c->sizes);
	expect_seen(test, saved, "an order");
	list_del(&w->space.last.sizes);
	expect_seen(test, saved, "a gap that is not listed");
	list_add(&a->sizes, &w->space.sizes);
	expect_seen(test, saved, "a listed area without a gap");
	rb_erase(&w->space.last.node, &w->space.gaps);
	expect_seen(test, saved, "a gap that is not in the tree");
	list_del(&w->space.last.sizes);
	rb_erase(&w->space.last.node, &w->space.gaps);
	expect_seen(test, saved, "a gap that is in neither");
	rb_replace_node(&b->node, &a->node, &w->space.gaps);
	expect_seen(test, saved, "an area in another's place");
}

static void check_sees_wrong_slots(struct kunit *test)
{
	struct testwin *w = testwin_draw(test, "a..bb.c....");
	void *saved = save(test);

	w->slot[3] = NULL;
	expect_seen(test, saved, "an area without a pointer");
	w->slot[3] = &w->area[2];
	expect_seen(test, saved, "a pointer to another area");
	w->slot[4] = &w->area[1];
	expect_seen(test, saved, "a pointer where it is");
	w->slot[10] = &w->area[1];
	expect_seen(test, saved, "a pointer in a gap");
}

static struct kunit_case vmap_area_find_cases[] = {
	KUNIT_CASE(find_knows_the_ends_of_an_area),
	KUNIT_CASE(find_knows_the_ends_of_the_window),
	KUNIT_CASE(find_works_for_any_area),
	KUNIT_CASE(find_works_in_a_large_area),
	KUNIT_CASE(find_forgets_what_is_free),
	KUNIT_CASE(areas_come_by_address),
	KUNIT_CASE(areas_can_be_asked_for_from_an_address_on),
	KUNIT_CASE(alloc_refuses_what_makes_no_sense),
	KUNIT_CASE(free_refuses_what_is_no_area),
	KUNIT_CASE(init_refuses_what_is_no_window),
	KUNIT_CASE(metadata_is_a_pointer_a_page),
	KUNIT_CASE(window_may_be_one_page),
	KUNIT_CASE(check_sees_wrong_addresses),
	KUNIT_CASE(check_sees_wrong_sums),
	KUNIT_CASE(check_sees_wrong_links),
	KUNIT_CASE(check_sees_wrong_slots),
	{}
};

static struct kunit_suite annex_vmap_area_find_suite = {
	.name = "annex_vmap_area_find",
	.init = testwin_init,
	.exit = testwin_exit,
	.test_cases = vmap_area_find_cases,
};

kunit_test_suite(annex_vmap_area_find_suite);
