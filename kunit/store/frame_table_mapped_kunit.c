// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what a file system needs of frame tables: copies by a function of the
 * client, frames for mappings, a limit that tables share, tables that grow and that
 * go without a wait.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "lib/testpool.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"

/* Of 16 MB, the first half of which is lowmem. */
static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

#define SMALL		ANNEX_TABLE_ENTRIES_SMALL
#define LARGE		(ANNEX_TABLE_ENTRIES_STEP + 1)

/**
 * struct bench - a table of a private pool whose free frames are full of 0x5a
 * @annex: the pool
 * @t: the table
 * @free: free frames of the pool before the table was made
 * @page: room for a page
 * @fill: the copy in progress first writes to the index it is for
 * @copied: how many bytes a copy is to have; 0 to PAGE_SIZE
 */
struct bench {
	struct annex *annex;
	struct annex_frame_table *t;
	unsigned long free;
	u8 page[PAGE_SIZE];
	bool fill;
	size_t copied;
};

static struct bench *open(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->annex = annex_testpool(test, &half_high);
	b->free = annex_test_free_pages(b->annex);
	memset(b->annex->host.plain, 0x5a,
	       (size_t)half_high.nr_pages << PAGE_SHIFT);
	b->t = __annex_frame_table_create(&b->annex->store, "test", SMALL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b->t));
	b->copied = PAGE_SIZE;
	return b;
}

/* Nothing of the table stays, though nobody waits for it. */
static void close(struct kunit *test, struct bench *b)
{
	annex_test_validate(test, b->annex);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_discard(b->t), 0);
	annex_store_reap(&b->annex->store);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(b->annex), b->free);
	KUNIT_EXPECT_TRUE(test, list_empty(&b->annex->store.tables));
	annex_test_validate(test, b->annex);
}

static bool reads(struct bench *b, u32 index, unsigned int offset, u8 byte,
		  unsigned int len)
{
	memset(b->page, ~byte, sizeof(b->page));
	return !__annex_frame_table_read(b->t, index, offset, b->page, len) &&
	       !memchr_inv(b->page, byte, len);
}

static unsigned long frames(struct annex_frame_table *t)
{
	struct annex_frame_table_usage usage;

	__annex_frame_table_usage(t, &usage);
	return usage.frames;
}

/* A program's memory, of which some is there: 0x77. */
static size_t copy_in(void *addr, size_t len, void *arg)
{
	struct bench *b = arg;

	len = min(len, b->copied);
	memset(addr, 0x77, len);
	b->page[0] = 0x33;
	if (b->fill)
		__annex_frame_table_write(b->t, 5, 0, b->page, 1, GFP_NOWAIT, 0);
	return len;
}

static size_t copy_out(void *addr, size_t len, void *arg)
{
	struct bench *b = arg;

	len = min(len, b->copied);
	memcpy(b->page, addr, len);
	return len;
}

static int write_by(struct bench *b, u32 index, unsigned int offset,
		    unsigned int len)
{
	const struct annex_page_copy copy = { offset, len, copy_in, b };

	return __annex_frame_table_write_by(b->t, index, &copy, GFP_KERNEL);
}

static int read_by(struct bench *b, u32 index, unsigned int offset,
		   unsigned int len)
{
	const struct annex_page_copy copy = { offset, len, copy_out, b };

	return __annex_frame_table_read_by(b->t, index, &copy);
}

static void frame_table_functions_copy(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, read_by(b, 5, 0, PAGE_SIZE), -ENODATA);
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 0, PAGE_SIZE), (int)PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 0, 0x77, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, write_by(b, 6, 100, 50), 50);
	KUNIT_EXPECT_TRUE(test, reads(b, 6, 0, 0, 100));
	KUNIT_EXPECT_TRUE(test, reads(b, 6, 100, 0x77, 50));
	KUNIT_EXPECT_TRUE(test, reads(b, 6, 150, 0, PAGE_SIZE - 150));
	KUNIT_EXPECT_EQ(test, read_by(b, 6, 100, 7), 7);
	KUNIT_EXPECT_EQ(test, b->page[6], 0x77);
	KUNIT_EXPECT_EQ(test, read_by(b, SMALL, 0, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, write_by(b, 0, 1, PAGE_SIZE), -ERANGE);
	KUNIT_EXPECT_EQ(test, frames(b->t), 2UL);
	close(test, b);
}

/* What stopped leaves zeros behind it, and nothing of an earlier owner. */
static void frame_table_copies_may_stop(struct kunit *test)
{
	struct bench *b = open(test);

	b->copied = 0;
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 0, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, frames(b->t), 0UL);
	b->copied = 9;
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 0, PAGE_SIZE), 9);
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 0, 0x77, 9));
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 9, 0, PAGE_SIZE - 9));
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 20, 30), 9);
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 20, 0x77, 9));
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 29, 0, PAGE_SIZE - 29));
	close(test, b);
}

/* A hole that is filled while a function copies: the other was faster. */
static void frame_table_copy_loses_a_race(struct kunit *test)
{
	struct bench *b = open(test);

	b->fill = true;
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 0, PAGE_SIZE), -EAGAIN);
	b->fill = false;
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 0, 0x33, 1));
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 1, 0, PAGE_SIZE - 1));
	KUNIT_EXPECT_EQ(test, frames(b->t), 1UL);
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 0, PAGE_SIZE), (int)PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 0, 0x77, PAGE_SIZE));
	close(test, b);
}

/* A frame that was held and never written is a hole for who asks for data. */
static void frame_table_held_frames_have_no_data(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(b->t, 3, 4, GFP_KERNEL),
			0);
	KUNIT_EXPECT_EQ(test, read_by(b, 4, 0, 1), -ENODATA);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next_data(b->t, 0, true),
			SMALL);
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 8, 8), -EAGAIN);
	KUNIT_EXPECT_EQ(test, write_by(b, 5, 8, 8), 8);
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 0, 0, 8));
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 16, 0, PAGE_SIZE - 16));
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next_data(b->t, 0, true), 5U);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next_data(b->t, 5, false), 6U);
	KUNIT_EXPECT_EQ(test, frames(b->t), 4UL);
	close(test, b);
}

static void frame_table_provides_frames_of_zeros(struct kunit *test)
{
	struct bench *b = open(test);
	unsigned long pfn, again, pfns[4] = { 1, 1, 1, 1 };

	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(b->t, 9, 2, GFP_KERNEL),
			0);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_provide(b->t, 9, GFP_KERNEL, &pfn),
			0);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_provide(b->t, 9, GFP_KERNEL, &again),
			0);
	KUNIT_EXPECT_EQ(test, pfn, again);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_provide(b->t, 8, GFP_KERNEL, &again),
			0);
	KUNIT_EXPECT_TRUE(test, reads(b, 8, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, 9, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, __annex_frame_table_frames(b->t, 7, 4, pfns), 2U);
	KUNIT_EXPECT_EQ(test, pfns[0] | pfns[3], 0UL);
	KUNIT_EXPECT_EQ(test, pfns[1], again);
	KUNIT_EXPECT_EQ(test, pfns[2], pfn);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_frames(b->t, SMALL - 1, 4, pfns),
			0U);
	KUNIT_EXPECT_EQ(test, pfns[1], 0UL);
	close(test, b);
}

/* Two tables and their limit: what one gives back, the other has. */
static void frame_table_budget_is_shared(struct kunit *test)
{
	struct annex_frame_budget budget = { .limit = 3 };
	struct bench *b = open(test);
	struct annex_frame_table *t =
		__annex_frame_table_create(&b->annex->store, "other", 9);

	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	b->t->budget = &budget;
	t->budget = &budget;
	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(t, 0, 2, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, write_by(b, 0, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, write_by(b, 1, 0, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_hold(b->t, 1, 2, GFP_KERNEL),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, atomic_read(&budget.used), 3);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(t, 0, 1), 1U);
	KUNIT_EXPECT_EQ(test, write_by(b, 1, 0, 1), 1);
	__annex_frame_table_set_limit(b->t, 2);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(t, 0, 9), 1U);
	KUNIT_EXPECT_EQ(test, write_by(b, 2, 0, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, atomic_read(&budget.used), 2);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_discard(t), 0);
	close(test, b);
	KUNIT_EXPECT_EQ(test, atomic_read(&budget.used), 0);
}

static void frame_table_grows(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, b->t->root_pfn[0], 0U);
	KUNIT_EXPECT_EQ(test, write_by(b, 2, 0, PAGE_SIZE), (int)PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, write_by(b, SMALL - 1, 0, 7), 7);
	KUNIT_EXPECT_EQ(test, write_by(b, SMALL, 0, 7), -ERANGE);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_grow(b->t, LARGE), 0);
	annex_test_validate(test, b->annex);
	KUNIT_EXPECT_TRUE(test, reads(b, 2, 0, 0x77, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, SMALL - 1, 0, 0x77, 7));
	KUNIT_EXPECT_EQ(test, write_by(b, LARGE - 1, 0, PAGE_SIZE),
			(int)PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, reads(b, LARGE - 1, 0, 0x77, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, SMALL, true),
			LARGE - 1);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 2, 1), 1U);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_grow(b->t, 1), 0);
	KUNIT_EXPECT_EQ(test, b->t->nr_entries, LARGE);
	KUNIT_EXPECT_EQ(test, frames(b->t), 2UL);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_grow(b->t,
						 ANNEX_TABLE_ENTRIES_MAX + 1),
			-ERANGE);
	close(test, b);
}

static struct kunit_case frame_table_mapped_cases[] = {
	KUNIT_CASE(frame_table_functions_copy),
	KUNIT_CASE(frame_table_copies_may_stop),
	KUNIT_CASE(frame_table_copy_loses_a_race),
	KUNIT_CASE(frame_table_held_frames_have_no_data),
	KUNIT_CASE(frame_table_provides_frames_of_zeros),
	KUNIT_CASE(frame_table_budget_is_shared),
	KUNIT_CASE(frame_table_grows),
	{}
};

static struct kunit_suite annex_frame_table_mapped_suite = {
	.name = "annex_frame_table_mapped",
	.test_cases = frame_table_mapped_cases,
};

kunit_test_suite(annex_frame_table_mapped_suite);
