// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of recounting frame tables: each kind of damage is found, and what is
 * put right is right.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 1024,
	.contents = true,
};

#define ENTRIES	(2 * ANNEX_LEAF_ENTRIES + 100)

/* A pool with a table that has two pages of its first leaf, one of its last. */
struct scene {
	struct annex *annex;
	struct annex_frame_table *t;
	u32 *first;
	u32 *last;
};

static u32 *leaf_at(struct scene *s, u32 index)
{
	annex_pfn_t pfn = annex_entry_pfn(*annex_root_slot(s->t, index));

	return (void *)s->annex->host.plain + ((size_t)pfn << PAGE_SHIFT);
}

static int validate_store_test_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	const u32 indices[] = { 3, 4, 2 * ANNEX_LEAF_ENTRIES };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->annex = annex_testpool(test, &opts);
	s->t = __annex_frame_table_create(&s->annex->store, "hurt", ENTRIES);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s->t));
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		KUNIT_ASSERT_EQ(test,
				__annex_frame_table_write(s->t, indices[i], 0,
							  "x", 1, GFP_KERNEL, 0),
				0);
	s->first = leaf_at(s, 0);
	s->last = leaf_at(s, 2 * ANNEX_LEAF_ENTRIES);
	test->priv = s;
	return 0;
}

static unsigned long violations(struct kunit *test)
{
	struct scene *s = test->priv;

	return annex_test_violations(s->annex);
}

static void finish(struct kunit *test)
{
	struct scene *s = test->priv;

	annex_test_validate(test, s->annex);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_destroy(&s->annex->store, s->t), 0);
	annex_test_validate(test, s->annex);
}

/* Change a word, see that so much is found, and change it back. */
static void expect_found(struct kunit *test, u32 *word, u32 what,
			 unsigned long nr)
{
	u32 old = *word;

	*word = what;
	KUNIT_EXPECT_EQ(test, violations(test), nr);
	*word = old;
	KUNIT_EXPECT_EQ(test, violations(test), 0UL);
}

/* A frame in two places has the wrong index in one of them. */
static void validate_store_finds_a_frame_in_two_places(struct kunit *test)
{
	struct scene *s = test->priv;

	/* The index, the count of the leaf, that of the part. */
	expect_found(test, &s->first[5], s->first[3], 3);
	/* In place of another, which is lost: only the index is wrong. */
	expect_found(test, &s->first[4], s->first[3], 1);
	expect_found(test, &s->first[4], s->last[0], 1);
	finish(test);
}

static void validate_store_finds_exchanged_frames(struct kunit *test)
{
	struct scene *s = test->priv;

	swap(s->first[3], s->first[4]);
	KUNIT_EXPECT_EQ(test, violations(test), 2UL);
	swap(s->first[3], s->first[4]);
	finish(test);
}

/* An entry went without its frame. */
static void validate_store_finds_a_lost_frame(struct kunit *test)
{
	struct scene *s = test->priv;

	/* Leaf, part; the pool has the frames that the parts count. */
	expect_found(test, &s->first[3], 0, 2);
	finish(test);
}

/* A frame of no table is marked as one's. */
static void validate_store_finds_a_frame_without_an_entry(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_page *page = annex_test_must_alloc(test, s->annex,
							GFP_HIGHUSER, 0);

	KUNIT_ASSERT_EQ(test,
			annex_page_make_own(page, ANNEX_STORE_DATA | 7,
					    BIT(ANNEX_PG_STORE)), 0);
	KUNIT_EXPECT_EQ(test, violations(test), 1UL);
	annex_store_free(&s->annex->store, page);
	finish(test);
}

static void validate_store_finds_bad_entries(struct kunit *test)
{
	struct scene *s = test->priv;
	u32 entry = s->first[3];

	expect_found(test, &s->first[3], entry | ANNEX_ENTRY_UNWRITTEN, 1);
	expect_found(test, &s->first[3], entry | BIT(24), 1);
	/* No frame of the pool, and a frame of nobody. */
	expect_found(test, &s->first[3], ANNEX_PFN_MASK, 1);
	expect_found(test, &s->first[3], annex_entry(0, 0), 1);
	/* Beyond the table: one more than the leaf and the part count. */
	expect_found(test, &s->last[100], entry, 3);
	finish(test);
}

static void validate_store_finds_bad_leaves(struct kunit *test)
{
	struct scene *s = test->priv;
	u32 *slot = annex_root_slot(s->t, 0);
	struct annex_page *leaf =
		s->annex->frames.mem_map + annex_entry_pfn(*slot);
	u32 link = leaf->link;

	/* The count, and the number. */
	expect_found(test, &leaf->link, link + BIT(ANNEX_LEAF_NR_BITS), 1);
	expect_found(test, &leaf->link, link + 1, 2);
	/* The leaf of another place, and a page of data. */
	expect_found(test, slot, *annex_root_slot(s->t, ENTRIES - 1), 2);
	expect_found(test, slot, s->first[3], 2);
	expect_found(test, slot, ANNEX_PFN_MASK, 2);
	finish(test);
}

static void validate_store_finds_wrong_numbers(struct kunit *test)
{
	struct scene *s = test->priv;
	struct annex_table_part *part = annex_part_of(s->t, 0);

	/* With wrong sums, the pool seems to change and is not compared. */
	expect_found(test, &part->frames, 1, 1);
	expect_found(test, &part->leaves, 3, 2);
	expect_found(test, (u32 *)s->t->magic, 0, 1);
	finish(test);
}

static struct kunit_case validate_store_cases[] = {
	KUNIT_CASE(validate_store_finds_a_frame_in_two_places),
	KUNIT_CASE(validate_store_finds_exchanged_frames),
	KUNIT_CASE(validate_store_finds_a_lost_frame),
	KUNIT_CASE(validate_store_finds_a_frame_without_an_entry),
	KUNIT_CASE(validate_store_finds_bad_entries),
	KUNIT_CASE(validate_store_finds_bad_leaves),
	KUNIT_CASE(validate_store_finds_wrong_numbers),
	{}
};

static struct kunit_suite annex_validate_store_suite = {
	.name = "annex_validate_store",
	.init = validate_store_test_init,
	.test_cases = validate_store_cases,
};

kunit_test_suite(annex_validate_store_suite);
