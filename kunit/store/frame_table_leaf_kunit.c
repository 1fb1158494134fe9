// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the short ways through a leaf: a frame for a hole, and an entry that
 * is removed alone.
 *
 *   [ hole | entry | hole | ... ]	install: only into a hole of a leaf
 *	       `-- the last one		remove: the leaf goes with it
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lib/testpool.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"

static const struct annex_testpool small = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 512,
	.contents = true,
};

#define ENTRIES		(2 * ANNEX_LEAF_ENTRIES)

/**
 * struct bench - a table of a private pool
 * @annex: the pool
 * @t: the table
 * @free: free frames of the pool before the table was made
 */
struct bench {
	struct annex *annex;
	struct annex_frame_table *t;
	unsigned long free;
};

static struct bench open(struct kunit *test)
{
	struct bench b = { .annex = annex_testpool(test, &small) };

	b.free = annex_test_free_pages(b.annex);
	b.t = __annex_frame_table_create(&b.annex->store, "leaf", ENTRIES);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b.t));
	return b;
}

static void close(struct kunit *test, struct bench *b)
{
	int err = __annex_frame_table_destroy(&b->annex->store, b->t);

	KUNIT_EXPECT_EQ(test, err, 0);
	annex_test_validate(test, b->annex);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(b->annex), b->free);
}

static void write_byte(struct kunit *test, struct bench *b, u32 index)
{
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_write(b->t, index, 0, "w", 1,
						  GFP_KERNEL, 0), 0);
}

/* Does a frame go into an index? If not, it is freed. */
static bool install(struct kunit *test, struct bench *b, u32 index)
{
	struct annex_store *store = &b->annex->store;
	struct annex_fresh fresh = {
		.data = annex_store_alloc(store, GFP_KERNEL,
					  ANNEX_STORE_DATA | index),
	};
	struct annex_page *page = fresh.data;

	KUNIT_ASSERT_NOT_NULL(test, page);
	atomic_inc(&b->t->charged);
	if (annex_leaf_install(b->t, index, &fresh)) {
		KUNIT_EXPECT_NULL(test, fresh.data);
		return true;
	}
	KUNIT_EXPECT_PTR_EQ(test, fresh.data, page);
	annex_store_free(store, page);
	atomic_dec(&b->t->charged);
	return false;
}

static void frame_table_installs_only_into_holes_of_a_leaf(struct kunit *test)
{
	struct bench b = open(test);
	u32 entry;

	KUNIT_EXPECT_FALSE(test, install(test, &b, 5));
	write_byte(test, &b, 5);
	entry = annex_leaf_lookup(b.t, 5);
	KUNIT_EXPECT_FALSE(test, install(test, &b, 5));
	KUNIT_EXPECT_EQ(test, annex_leaf_lookup(b.t, 5), entry);
	KUNIT_EXPECT_TRUE(test, install(test, &b, 6));
	KUNIT_EXPECT_TRUE(test, annex_entry_has_data(annex_leaf_lookup(b.t, 6)));
	KUNIT_EXPECT_FALSE(test, install(test, &b, ANNEX_LEAF_ENTRIES));
	annex_test_validate(test, b.annex);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, 0, ENTRIES), 2U);
	close(test, &b);
}

static void frame_table_removes_one_entry_and_the_last_leaf(struct kunit *test)
{
	struct annex_frame_table_usage u;
	struct bench b = open(test);

	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, 7, 1), 0U);
	write_byte(test, &b, 7);
	write_byte(test, &b, 8);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, 9, 1), 0U);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, 7, 1), 1U);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, 7, 1), 0U);
	KUNIT_EXPECT_EQ(test, annex_leaf_lookup(b.t, 7), 0U);
	__annex_frame_table_usage(b.t, &u);
	KUNIT_EXPECT_EQ(test, u.frames, 1UL);
	KUNIT_EXPECT_EQ(test, u.leaves, 1UL);
	KUNIT_EXPECT_EQ(test, atomic_read(&b.t->charged), 1);
	annex_test_validate(test, b.annex);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, 8, 1), 1U);
	__annex_frame_table_usage(b.t, &u);
	KUNIT_EXPECT_EQ(test, u.frames, 0UL);
	KUNIT_EXPECT_EQ(test, u.leaves, 0UL);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b.t, ENTRIES, 1), 0U);
	close(test, &b);
}

/* More than a batch of frames is freed, and a batch and a part of one. */
static void frame_table_frees_whole_chains(struct kunit *test)
{
	struct bench b = open(test);
	u32 nr, i;

	for (nr = 1; nr <= 130; nr += 43) {
		for (i = 0; i < nr; i++)
			write_byte(test, &b, i);
		for (i = 0; i < nr; i++)
			KUNIT_EXPECT_EQ(test,
					__annex_frame_table_punch(b.t, i, 1),
					1U);
		annex_store_reap(&b.annex->store);
		KUNIT_EXPECT_EQ(test, annex_test_free_pages(b.annex), b.free);
		annex_test_validate(test, b.annex);
	}
	close(test, &b);
}

static struct kunit_case frame_table_leaf_cases[] = {
	KUNIT_CASE(frame_table_installs_only_into_holes_of_a_leaf),
	KUNIT_CASE(frame_table_removes_one_entry_and_the_last_leaf),
	KUNIT_CASE(frame_table_frees_whole_chains),
	{}
};

static struct kunit_suite frame_table_leaf_suite = {
	.name = "annex_frame_table_leaf",
	.test_cases = frame_table_leaf_cases,
};

kunit_test_suite(frame_table_leaf_suite);
