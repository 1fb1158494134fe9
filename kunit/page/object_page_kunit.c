// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of equal small objects: which object is taken, and when a page is in its
 * list. The frames and their users have suites of their own, annex_folio* and
 * annex_slab*.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "page/object_page.h"

#define NR	70	/* more than a word of bits, and no whole number of them */

struct fixture {
	struct list_head partial;
	struct annex_object_page page[2];
};

static int object_page_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	if (!f)
		return -ENOMEM;
	INIT_LIST_HEAD(&f->partial);
	for (i = 0; i < ARRAY_SIZE(f->page); i++)
		list_add_tail(&f->page[i].partial, &f->partial);
	test->priv = f;
	return 0;
}

static bool is_listed(const struct annex_object_page *op)
{
	return !list_empty(&op->partial);
}

static void object_page_is_filled_in_order(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_TRUE(test, is_listed(&f->page[0]));
		KUNIT_EXPECT_EQ(test, annex_object_take(&f->page[0], NR), i);
	}
	KUNIT_EXPECT_FALSE(test, is_listed(&f->page[0]));
	KUNIT_EXPECT_TRUE(test, is_listed(&f->page[1]));
}

/* A full page comes back at the head, and its free object is taken next. */
static void object_page_full_one_returns_first(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < NR; i++)
		annex_object_take(&f->page[1], NR);
	KUNIT_EXPECT_FALSE(test, annex_object_give(&f->page[1], 65, NR,
						   &f->partial));
	KUNIT_EXPECT_PTR_EQ(test, f->partial.next, &f->page[1].partial);
	KUNIT_EXPECT_FALSE(test, annex_object_give(&f->page[1], 3, NR,
						   &f->partial));
	KUNIT_EXPECT_PTR_EQ(test, f->partial.next, &f->page[1].partial);
	KUNIT_EXPECT_EQ(test, annex_object_take(&f->page[1], NR), 3U);
	KUNIT_EXPECT_EQ(test, annex_object_take(&f->page[1], NR), 65U);
	KUNIT_EXPECT_FALSE(test, is_listed(&f->page[1]));
}

static void object_page_empty_one_leaves(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < 3; i++)
		annex_object_take(&f->page[0], NR);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_PTR_EQ(test, f->partial.next, &f->page[0].partial);
		KUNIT_EXPECT_EQ(test, annex_object_give(&f->page[0], i, NR,
							&f->partial), i == 2);
	}
	KUNIT_EXPECT_PTR_EQ(test, f->partial.next, &f->page[1].partial);
}

static struct kunit_case object_page_cases[] = {
	KUNIT_CASE(object_page_is_filled_in_order),
	KUNIT_CASE(object_page_full_one_returns_first),
	KUNIT_CASE(object_page_empty_one_leaves),
	{ }
};

static struct kunit_suite annex_object_page_suite = {
	.name = "annex_object_page",
	.init = object_page_test_init,
	.test_cases = object_page_cases,
};

kunit_test_suite(annex_object_page_suite);
