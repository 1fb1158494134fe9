// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of frame tables: what is read of what was written, which frames there
 * are, what is refused. Random calls against a model are in
 * frame_table_model_kunit.c, calls on two CPUs in frame_table_race_kunit.c.
 */
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "reclaim/lock.h"
#include "store/frame_table.h"
#include "store/leaf.h"
#include "store/store.h"
#include "store/tables.h"

/* Of 16 MB, the first half of which is lowmem. */
static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.contents = true,
};

#define ENTRIES		(5 * ANNEX_LEAF_ENTRIES + 5)
#define LAST		(ENTRIES - 1)

/**
 * struct bench - a table of a private pool
 * @annex: the pool
 * @t: the table
 * @free: free frames of the pool before the table was made
 * @page: room for a page
 */
struct bench {
	struct annex *annex;
	struct annex_frame_table *t;
	unsigned long free;
	u8 page[PAGE_SIZE];
};

static struct bench *open(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->annex = annex_testpool(test, &half_high);
	b->free = annex_test_free_pages(b->annex);
	b->t = __annex_frame_table_create(&b->annex->store, "test", ENTRIES);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b->t));
	return b;
}

/* The table goes, and nothing of it stays. */
static void close(struct kunit *test, struct bench *b)
{
	annex_test_validate(test, b->annex);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_destroy(&b->annex->store, b->t), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(b->annex), b->free);
	KUNIT_EXPECT_EQ(test, annex_test_event(b->annex, ANNEX_TABLE_FRAMES),
			0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(b->annex, ANNEX_TABLE_LEAVES),
			0UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(b->annex, ANNEX_TABLE_WAITING),
			0UL);
	annex_test_validate(test, b->annex);
}

static int write(struct bench *b, u32 index, unsigned int offset, u8 byte,
		 unsigned int len)
{
	memset(b->page, byte, len);
	return __annex_frame_table_write(b->t, index, offset, b->page, len,
					 GFP_KERNEL, 0);
}

/* Does this part of a page read as this byte? */
static bool reads(struct bench *b, u32 index, unsigned int offset, u8 byte,
		  unsigned int len)
{
	memset(b->page, ~byte, sizeof(b->page));
	return !__annex_frame_table_read(b->t, index, offset, b->page, len) &&
	       !memchr_inv(b->page, byte, len);
}

static struct annex_frame_table_usage usage(struct bench *b)
{
	struct annex_frame_table_usage u;

	__annex_frame_table_usage(b->t, &u);
	return u;
}

static void expect_frames(struct kunit *test, struct bench *b,
			  unsigned long frames, unsigned long leaves)
{
	KUNIT_EXPECT_EQ(test, usage(b).frames, frames);
	KUNIT_EXPECT_EQ(test, usage(b).leaves, leaves);
	KUNIT_EXPECT_EQ(test, annex_test_event(b->annex, ANNEX_TABLE_FRAMES),
			frames);
	KUNIT_EXPECT_EQ(test, annex_test_event(b->annex, ANNEX_TABLE_LEAVES),
			leaves);
}

static u32 entry_at(struct bench *b, u32 index)
{
	u32 entry;

	rcu_read_lock();
	entry = annex_leaf_lookup(b->t, index);
	rcu_read_unlock();
	return entry;
}

static struct annex_page *frame_at(struct bench *b, u32 index)
{
	return b->annex->frames.mem_map + annex_entry_pfn(entry_at(b, index));
}

static void frame_table_holes_read_as_zeros(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_TRUE(test, reads(b, 0, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, LAST, 100, 0, 17));
	KUNIT_EXPECT_EQ(test, __annex_frame_table_zero(b->t, 7, 0, PAGE_SIZE),
			0);
	expect_frames(test, b, 0, 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(b->annex), b->free);
	close(test, b);
}

/* The rest of a new page is zeros, whatever the frame held before. */
static void frame_table_reads_what_was_written(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, write(b, 5, 0, 0xaa, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, write(b, LAST, 512, 0xbb, 1024), 0);
	KUNIT_EXPECT_EQ(test, write(b, 5, 4000, 0xcc, 96), 0);
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 0, 0xaa, 4000));
	KUNIT_EXPECT_TRUE(test, reads(b, 5, 4000, 0xcc, 96));
	KUNIT_EXPECT_TRUE(test, reads(b, LAST, 0, 0, 512));
	KUNIT_EXPECT_TRUE(test, reads(b, LAST, 512, 0xbb, 1024));
	KUNIT_EXPECT_TRUE(test, reads(b, LAST, 1536, 0, PAGE_SIZE - 1536));
	KUNIT_EXPECT_TRUE(test, reads(b, 4, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, 6, 0, 0, PAGE_SIZE));
	expect_frames(test, b, 2, 2);
	close(test, b);
}

/* High frames, marked, with their index. */
static void frame_table_frames_are_high_and_marked(struct kunit *test)
{
	struct bench *b = open(test);
	struct annex_page *page;

	KUNIT_EXPECT_EQ(test, write(b, 1234, 0, 1, 1), 0);
	page = frame_at(b, 1234);
	KUNIT_EXPECT_GE(test, (annex_pfn_t)(page - b->annex->frames.mem_map),
			half_high.lowmem_pages);
	KUNIT_EXPECT_TRUE(test, annex_page_test_flag(page, ANNEX_PG_STORE));
	KUNIT_EXPECT_EQ(test, annex_page_own(page), 1234U);
	close(test, b);
}

static void frame_table_punch_gives_frames_back(struct kunit *test)
{
	struct bench *b = open(test);
	u32 i;

	for (i = 1000; i < 1100; i++)
		KUNIT_ASSERT_EQ(test, write(b, i, 0, i, PAGE_SIZE), 0);
	expect_frames(test, b, 100, 2);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 1010, 80), 80U);
	expect_frames(test, b, 20, 2);
	KUNIT_EXPECT_TRUE(test, reads(b, 1009, 0, 1009 & 0xff, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, 1010, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, 1089, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, 1090, 0, 1090 & 0xff, PAGE_SIZE));
	/* The second leaf has nothing left. */
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 1024, 3000 - 1024),
			10U);
	expect_frames(test, b, 10, 1);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 0, ENTRIES), 10U);
	expect_frames(test, b, 0, 0);
	annex_store_reap(&b->annex->store);
	KUNIT_EXPECT_EQ(test, usage(b).waiting, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(b->annex), b->free);
	KUNIT_EXPECT_EQ(test, usage(b).most, 100UL);
	close(test, b);
}

static void frame_table_zero_keeps_the_frame(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, write(b, 3, 0, 0x11, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_zero(b->t, 3, 10, 20), 0);
	KUNIT_EXPECT_TRUE(test, reads(b, 3, 0, 0x11, 10));
	KUNIT_EXPECT_TRUE(test, reads(b, 3, 10, 0, 20));
	KUNIT_EXPECT_TRUE(test, reads(b, 3, 30, 0x11, PAGE_SIZE - 30));
	expect_frames(test, b, 1, 1);
	close(test, b);
}

static int write_zeros(struct bench *b, u32 index, unsigned int len)
{
	memset(b->page, 0, len);
	return __annex_frame_table_write(b->t, index, 0, b->page, len,
					 GFP_KERNEL, ANNEX_TABLE_SKIP_ZEROS);
}

/* A whole page of zeros needs no frame; a part, or a held frame, does. */
static void frame_table_skips_zeros(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, write_zeros(b, 9, PAGE_SIZE), 0);
	expect_frames(test, b, 0, 0);
	KUNIT_EXPECT_EQ(test, write(b, 9, 0, 0x99, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, write_zeros(b, 9, PAGE_SIZE - 1), 0);
	KUNIT_EXPECT_TRUE(test, reads(b, 9, PAGE_SIZE - 1, 0x99, 1));
	expect_frames(test, b, 1, 1);
	KUNIT_EXPECT_EQ(test, write_zeros(b, 9, PAGE_SIZE), 0);
	KUNIT_EXPECT_TRUE(test, reads(b, 9, 0, 0, PAGE_SIZE));
	expect_frames(test, b, 0, 0);

	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(b->t, 9, 1, GFP_KERNEL),
			0);
	KUNIT_EXPECT_EQ(test, write(b, 9, 0, 0x99, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, write_zeros(b, 9, PAGE_SIZE), 0);
	KUNIT_EXPECT_TRUE(test, reads(b, 9, 0, 0, PAGE_SIZE));
	expect_frames(test, b, 1, 1);
	close(test, b);
}

/* Frames that were the pool's before are full of something. */
static void dirty_free_frames(struct bench *b)
{
	memset(b->annex->host.plain, 0x5a,
	       (size_t)half_high.nr_pages << PAGE_SHIFT);
}

static void frame_table_held_frames_read_as_zeros(struct kunit *test)
{
	struct bench *b = open(test);

	dirty_free_frames(b);
	KUNIT_EXPECT_EQ(test, write(b, 1030, 0, 0x77, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test,
			__annex_frame_table_hold(b->t, 1020, 20, GFP_KERNEL),
			0);
	expect_frames(test, b, 20, 2);
	KUNIT_EXPECT_TRUE(test, reads(b, 1020, 0, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, reads(b, 1030, 0, 0x77, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, write(b, 1021, 100, 0x66, 5), 0);
	KUNIT_EXPECT_TRUE(test, reads(b, 1021, 0, 0, 100));
	KUNIT_EXPECT_TRUE(test, reads(b, 1021, 100, 0x66, 5));
	KUNIT_EXPECT_TRUE(test, reads(b, 1021, 105, 0, PAGE_SIZE - 105));
	KUNIT_EXPECT_EQ(test, entry_at(b, 1022) & ~ANNEX_PFN_MASK,
			ANNEX_ENTRY_HELD | ANNEX_ENTRY_UNWRITTEN);
	KUNIT_EXPECT_EQ(test, entry_at(b, 1021) & ~ANNEX_PFN_MASK,
			ANNEX_ENTRY_HELD);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 0, ENTRIES), 20U);
	close(test, b);
}

/* A hold that fails leaves what was there, and what others hold. */
static void frame_table_failed_hold_is_undone(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(b->t, 50, 5, GFP_KERNEL),
			0);
	KUNIT_EXPECT_EQ(test, write(b, 60, 0, 0x60, PAGE_SIZE), 0);
	__annex_frame_table_set_limit(b->t, 40);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_hold(b->t, 40, 100, GFP_KERNEL),
			-ENOSPC);
	expect_frames(test, b, 6, 1);
	KUNIT_EXPECT_EQ(test, entry_at(b, 60) & ~ANNEX_PFN_MASK, 0U);
	KUNIT_EXPECT_EQ(test, entry_at(b, 52) & ~ANNEX_PFN_MASK,
			ANNEX_ENTRY_HELD | ANNEX_ENTRY_UNWRITTEN);
	KUNIT_EXPECT_TRUE(test, reads(b, 60, 0, 0x60, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, usage(b).most, 40UL);
	close(test, b);
}

static void frame_table_limit_is_kept(struct kunit *test)
{
	struct bench *b = open(test);

	__annex_frame_table_set_limit(b->t, 2);
	KUNIT_EXPECT_EQ(test, write(b, 0, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, write(b, 1, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, write(b, 2, 0, 1, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, write(b, 1, 0, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 0, 1), 1U);
	KUNIT_EXPECT_EQ(test, write(b, 2, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, usage(b).most, 2UL);
	KUNIT_EXPECT_EQ(test, usage(b).limit, 2UL);
	__annex_frame_table_set_limit(b->t, 0);
	KUNIT_EXPECT_EQ(test, write(b, 3, 0, 1, 1), 0);
	close(test, b);
}

static void frame_table_most_can_be_forgotten(struct kunit *test)
{
	struct bench *b = open(test);
	u32 i;

	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, write(b, i, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 0, 3), 3U);
	KUNIT_EXPECT_EQ(test, usage(b).most, 5UL);
	__annex_frame_table_reset_most(b->t);
	KUNIT_EXPECT_EQ(test, usage(b).most, 2UL);
	KUNIT_EXPECT_EQ(test, write(b, 0, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, usage(b).most, 3UL);
	close(test, b);
}

static void frame_table_next_finds_frames_and_holes(struct kunit *test)
{
	struct bench *b = open(test);

	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, 0, true),
			(u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, 0, false), 0U);
	KUNIT_EXPECT_EQ(test, write(b, 1023, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, write(b, 1024, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, write(b, LAST, 0, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, 0, true), 1023U);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, 1023, false),
			1025U);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, 1025, true),
			(u32)LAST);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, LAST, false),
			(u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, __annex_frame_table_next(b->t, ENTRIES, true),
			(u32)ENTRIES);
	close(test, b);
}

/* A pool without frames: nothing is written, nothing is lost. */
static void frame_table_full_pool_is_refused(struct kunit *test)
{
	struct bench *b = open(test);
	struct annex_page **pages = annex_test_array(test, b->annex);
	unsigned int i, nr;
	u32 at;

	for (at = 0; !write(b, at, 0, at, PAGE_SIZE); at++)
		;
	KUNIT_EXPECT_GT(test, at, half_high.nr_pages / 2);
	nr = annex_test_exhaust(b->annex, GFP_HIGHUSER, pages);
	KUNIT_EXPECT_EQ(test, write(b, at, 0, 1, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, write(b, LAST, 0, 1, 1), -ENOSPC);
	KUNIT_EXPECT_TRUE(test, reads(b, at, 0, 0, PAGE_SIZE));
	for (i = 0; i < at; i++)
		KUNIT_ASSERT_TRUE(test, reads(b, i, 0, i, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, usage(b).frames, (unsigned long)at);
	/* Removed frames can be had again at once by a caller that sleeps. */
	KUNIT_EXPECT_EQ(test, __annex_frame_table_punch(b->t, 0, 1), 1U);
	KUNIT_EXPECT_EQ(test, write(b, at, 0, 1, 1), 0);
	for (i = 0; i < nr; i++)
		annex_block_free(&b->annex->frames, pages[i], 0);
	close(test, b);
}

typedef int (*bad_fn)(struct bench *b);

static int read_beyond(struct bench *b)
{
	return __annex_frame_table_read(b->t, ENTRIES, 0, b->page, 1);
}

static int read_too_long(struct bench *b)
{
	return __annex_frame_table_read(b->t, 0, 1, b->page, PAGE_SIZE);
}

static int read_wraps(struct bench *b)
{
	return __annex_frame_table_read(b->t, 0, 2, b->page, ~0U);
}

static int write_beyond(struct bench *b)
{
	return write(b, ENTRIES, 0, 0, 1);
}

static int write_offset(struct bench *b)
{
	return write(b, 0, PAGE_SIZE + 1, 0, 0);
}

static int write_flags(struct bench *b)
{
	return __annex_frame_table_write(b->t, 0, 0, b->page, 1, GFP_KERNEL, 2);
}

static int zero_beyond(struct bench *b)
{
	return __annex_frame_table_zero(b->t, ~0U, 0, 1);
}

static int hold_beyond(struct bench *b)
{
	return __annex_frame_table_hold(b->t, 1, ENTRIES, GFP_KERNEL);
}

static int hold_wraps(struct bench *b)
{
	return __annex_frame_table_hold(b->t, 2, ~0U, GFP_KERNEL);
}

static int hold_in_atomic(struct bench *b)
{
	int err;

	local_irq_disable();
	err = __annex_frame_table_hold(b->t, 0, 1, GFP_ATOMIC);
	local_irq_enable();
	return err;
}

static int punch_beyond(struct bench *b)
{
	return __annex_frame_table_punch(b->t, ENTRIES + 1, 0) ? 0 : -ERANGE;
}

static int create_of(struct bench *b, const char *owner, u32 nr)
{
	struct annex_frame_table *t =
		__annex_frame_table_create(&b->annex->store, owner, nr);

	return PTR_ERR_OR_ZERO(t);
}

static int create_empty(struct bench *b)
{
	return create_of(b, "test", 0);
}

static int create_too_large(struct bench *b)
{
	return create_of(b, "test", ANNEX_TABLE_ENTRIES_MAX + 1);
}

static int create_without_name(struct bench *b)
{
	return create_of(b, NULL, 1);
}

static int create_long_name(struct bench *b)
{
	return create_of(b, "a-name-of-24-characters-", 1);
}

static int create_blank_name(struct bench *b)
{
	return create_of(b, "two words", 1);
}

static int destroy_none(struct bench *b)
{
	return __annex_frame_table_destroy(&b->annex->store, (void *)b->page);
}

static const struct {
	const char *name;
	bad_fn call;
	int err;
} bad_calls[] = {
	{ "read beyond the table", read_beyond, -ERANGE },
	{ "read beyond the page", read_too_long, -ERANGE },
	{ "read that wraps", read_wraps, -ERANGE },
	{ "write beyond the table", write_beyond, -ERANGE },
	{ "write behind the page", write_offset, -ERANGE },
	{ "write with another flag", write_flags, -EINVAL },
	{ "zero beyond the table", zero_beyond, -ERANGE },
	{ "hold beyond the table", hold_beyond, -ERANGE },
	{ "hold that wraps", hold_wraps, -ERANGE },
	{ "hold where nobody may sleep", hold_in_atomic, -EINVAL },
	{ "punch beyond the table", punch_beyond, -ERANGE },
	{ "create of no entries", create_empty, -EINVAL },
	{ "create of too many entries", create_too_large, -EINVAL },
	{ "create without a name", create_without_name, -EINVAL },
	{ "create with a long name", create_long_name, -EINVAL },
	{ "create with a blank", create_blank_name, -EINVAL },
	{ "destroy of no table", destroy_none, -EFAULT },
};

static void frame_table_refuses_and_changes_nothing(struct kunit *test)
{
	struct bench *b = open(test);
	unsigned long bad;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, write(b, 0, 0, 0xee, PAGE_SIZE), 0);
	for (i = 0; i < ARRAY_SIZE(bad_calls); i++) {
		bad = annex_test_event(b->annex, ANNEX_BAD_TABLE);
		KUNIT_EXPECT_EQ_MSG(test, bad_calls[i].call(b),
				    bad_calls[i].err, "%s", bad_calls[i].name);
		KUNIT_EXPECT_EQ_MSG(test,
				    annex_test_event(b->annex, ANNEX_BAD_TABLE),
				    bad + 1, "%s", bad_calls[i].name);
		expect_frames(test, b, 1, 1);
		KUNIT_EXPECT_TRUE(test, reads(b, 0, 0, 0xee, PAGE_SIZE));
	}
	close(test, b);
}

/* The functions for callers refuse a table's frames. */
static void frame_table_frames_are_annex_s_own(struct kunit *test)
{
	struct bench *b = open(test);
	struct annex_frames *frames = &b->annex->frames;
	struct annex_folio *folio;
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test, write(b, 0, 0, 0xee, PAGE_SIZE), 0);
	page = frame_at(b, 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(frames, page, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_put_page(frames, page), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_store_private(page, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test,
			__annex_folio_attach(frames, page, GFP_KERNEL, &folio),
			-EBUSY);
	KUNIT_EXPECT_FALSE(test, __annex_trylock_page(frames, page));
	KUNIT_EXPECT_TRUE(test, reads(b, 0, 0, 0xee, PAGE_SIZE));
	close(test, b);
}

/* What a reader of a memory image sees of a table. */
static void frame_table_can_be_read_without_symbols(struct kunit *test)
{
	struct bench *b = open(test);
	const u8 *raw = (void *)b->t;
	u32 root, leaf, *words;

	KUNIT_ASSERT_EQ(test, write(b, 2050, 0, 0xee, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, memcmp(raw, "ANNEXFT", 8), 0);
	KUNIT_EXPECT_STREQ(test, (const char *)raw + 8, "test");
	KUNIT_EXPECT_EQ(test, *(const u32 *)(raw + 32), (u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, *(const u32 *)(raw + 36),
			(u32)b->annex->frames.base_pfn);
	KUNIT_EXPECT_EQ(test, *(const u64 *)(raw + 104),
			(u64)b->annex->frames.map_phys);
	KUNIT_EXPECT_EQ(test, *(const u32 *)(raw + 112),
			b->annex->frames.nr_pages);
	root = *(const u32 *)(raw + 40);
	words = page_address(pfn_to_page(root));
	KUNIT_EXPECT_EQ(test, words[0], 0U);
	leaf = words[2] - 1;
	words = (void *)b->annex->host.plain + ((size_t)leaf << PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, words[1], 0U);
	KUNIT_EXPECT_EQ(test, words[2], annex_entry(frame_at(b, 2050) -
						    b->annex->frames.mem_map,
						    0));
	close(test, b);
}

static struct kunit_case frame_table_cases[] = {
	KUNIT_CASE(frame_table_holes_read_as_zeros),
	KUNIT_CASE(frame_table_reads_what_was_written),
	KUNIT_CASE(frame_table_frames_are_high_and_marked),
	KUNIT_CASE(frame_table_punch_gives_frames_back),
	KUNIT_CASE(frame_table_zero_keeps_the_frame),
	KUNIT_CASE(frame_table_skips_zeros),
	KUNIT_CASE(frame_table_held_frames_read_as_zeros),
	KUNIT_CASE(frame_table_failed_hold_is_undone),
	KUNIT_CASE(frame_table_limit_is_kept),
	KUNIT_CASE(frame_table_most_can_be_forgotten),
	KUNIT_CASE(frame_table_next_finds_frames_and_holes),
	KUNIT_CASE(frame_table_full_pool_is_refused),
	KUNIT_CASE(frame_table_refuses_and_changes_nothing),
	KUNIT_CASE(frame_table_frames_are_annex_s_own),
	KUNIT_CASE(frame_table_can_be_read_without_symbols),
	{}
};

static struct kunit_suite annex_frame_table_suite = {
	.name = "annex_frame_table",
	.test_cases = frame_table_cases,
};

kunit_test_suite(annex_frame_table_suite);
