// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the hand-over, and of the whole early allocator against bitmaps.
 *
 * The random tests keep two bitmaps, memory and reserved, of units that lie
 * across 4 GB, so that an address cut to 32 bits shows. They know what each
 * call must do: which bits change, which address an allocation gets, and,
 * because a list has one region for each run of bits, whether a list that may
 * not grow has room. The seed is in the log.
 */

#include <asm/page.h>
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "boot/memblock.h"
#include "lib/testpool.h"

/*
 * Units of the bitmaps. Ranges of one to three units leave up to some 150
 * runs in 1024, so that an array of 32 grows more than once.
 */
#define UNITS		1024

/*
 * A unit is a byte in the test of the lists, and an eighth of a frame in that
 * of the hand-over, which then has 128 frames, many of them partly reserved.
 */
#define FRAME_UNITS	8
#define FRAME_UNIT	(PAGE_SIZE / FRAME_UNITS)
#define FRAMES		(UNITS / FRAME_UNITS)

struct fixture {
	struct annex_memblock mb;
	struct rnd_state rnd;
	u64 base;
	u32 unit;
	DECLARE_BITMAP(memory, UNITS);
	DECLARE_BITMAP(reserved, UNITS);
	DECLARE_BITMAP(free, UNITS);
	DECLARE_BITMAP(wanted, UNITS);
	DECLARE_BITMAP(seen, UNITS);
};

static int handover_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	annex_memblock_init(&f->mb);
	test->priv = f;
	return 0;
}

static void handover_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	KUNIT_EXPECT_TRUE(test, annex_memblock_valid(&f->mb));
	annex_memblock_destroy(&f->mb);
}

/* The hand-over */

/* The blocks of a walk, counted and checked. */
struct blocks {
	u64 base_pfn;
	annex_pfn_t next;
	annex_pfn_t first;
	unsigned int nr[ANNEX_MAX_ORDER];
	bool sane;
};

/* Blocks ascend, do not overlap, and are aligned by host numbers. */
static void count_block(void *arg, annex_pfn_t pfn, unsigned int order)
{
	struct blocks *b = arg;

	if (b->next == ANNEX_PFN_NIL)
		b->first = pfn;
	else if (pfn < b->next)
		b->sane = false;
	if (order >= ANNEX_MAX_ORDER ||
	    (b->base_pfn + pfn) & ((1U << order) - 1)) {
		b->sane = false;
		return;
	}
	b->nr[order]++;
	b->next = pfn + (1U << order);
}

static u32 walk(struct kunit *test, struct blocks *b, u64 pool_start,
		annex_pfn_t pfn, annex_pfn_t end_pfn)
{
	struct fixture *f = test->priv;
	u32 frames;

	memset(b, 0, sizeof(*b));
	b->base_pfn = pool_start >> PAGE_SHIFT;
	b->next = ANNEX_PFN_NIL;
	b->sane = true;
	frames = annex_memblock_walk_blocks(&f->mb, pool_start, pfn,
					    end_pfn, count_block, b);
	KUNIT_EXPECT_TRUE(test, b->sane);
	return frames;
}

/* What annex_block_order() must say, by trying. */
static unsigned int order_by_trying(u64 pfn, u64 end)
{
	unsigned int order = ANNEX_MAX_ORDER - 1;

	while (pfn & ((1U << order) - 1) || pfn + (1U << order) > end)
		order--;
	return order;
}

static void block_order_is_the_largest_that_fits(struct kunit *test)
{
	static const u64 bases[] = { 0, 1ULL << 20, 1ULL << 32, 1ULL << 51 };
	u64 pfn, len;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (pfn = bases[i]; pfn < bases[i] + 1026; pfn += 1 + i)
			for (len = 1; len < 2100; len += 1 + len / 8)
				KUNIT_ASSERT_EQ_MSG(test,
						    annex_block_order(pfn, pfn + len),
						    order_by_trying(pfn, pfn + len),
						    "pfn %llx len %llu", pfn, len);
	KUNIT_EXPECT_EQ(test, annex_block_order(0, U64_MAX), 10U);
	KUNIT_EXPECT_EQ(test, annex_block_order(1ULL << 32, 1ULL << 33), 10U);
}

static void hand_over_of_nothing_calls_nobody(struct kunit *test)
{
	struct annex_memblock *mb = &((struct fixture *)test->priv)->mb;
	struct blocks b;

	KUNIT_EXPECT_EQ(test, walk(test, &b, 0, 0, ANNEX_PFN_NIL), 0U);
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, SZ_4G, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 0, 0), 0U);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, SZ_4G, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 0, 262144), 0U);
	KUNIT_EXPECT_EQ(test, b.next, ANNEX_PFN_NIL);
}

/* 57 GB at 4 GB, the first megabyte reserved: 256 + 512 frames, then 4 MB. */
static void hand_over_cuts_57_gb_into_few_blocks(struct kunit *test)
{
	struct annex_memblock *mb = &((struct fixture *)test->priv)->mb;
	struct blocks b;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, SZ_4G, 57ULL << 30), 0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 0, 14942208), 14942208U);
	KUNIT_EXPECT_EQ(test, b.nr[10], 14592U);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, SZ_4G, SZ_1M), 0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 0, 14942208), 14941952U);
	KUNIT_EXPECT_EQ(test, b.first, 256U);
	KUNIT_EXPECT_EQ(test, b.nr[8], 1U);
	KUNIT_EXPECT_EQ(test, b.nr[9], 1U);
	KUNIT_EXPECT_EQ(test, b.nr[10], 14591U);
	KUNIT_EXPECT_EQ(test, b.next, 14942208U);
}

/*
 * A pool that begins 3 frames before a multiple of 4 MB and has 1024 + 8:
 *
 *	host  ..1021    1022:1023   0:......1023   0:..3   4
 *	annex      0        1:2     3:......1026
 */
static void hand_over_aligns_by_host_frames(struct kunit *test)
{
	const u64 start = SZ_4G - 3 * PAGE_SIZE;
	struct annex_memblock *mb = &((struct fixture *)test->priv)->mb;
	struct blocks b;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, start, 1032 * PAGE_SIZE),
			0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, start, 0, 1032), 1032U);
	KUNIT_EXPECT_EQ(test, b.first, 0U);
	KUNIT_EXPECT_EQ(test, b.nr[0], 2U);
	KUNIT_EXPECT_EQ(test, b.nr[1], 1U);
	KUNIT_EXPECT_EQ(test, b.nr[2], 1U);
	KUNIT_EXPECT_EQ(test, b.nr[10], 1U);
}

static void hand_over_stays_between_its_bounds(struct kunit *test)
{
	struct annex_memblock *mb = &((struct fixture *)test->priv)->mb;
	struct blocks b;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, SZ_4G, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 5, 4099), 4094U);
	KUNIT_EXPECT_EQ(test, b.first, 5U);
	KUNIT_EXPECT_EQ(test, b.next, 4099U);
	KUNIT_EXPECT_EQ(test, b.nr[10], 3U);
	/* Memory ends at frame 262144, and lies beyond a pool at 1 GB. */
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 262140, 300000), 4U);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_1G, 0, 786432), 0U);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_1G, 0, 786433), 1U);
	KUNIT_EXPECT_EQ(test, walk(test, &b, 2 * SZ_4G, 0, 1000), 0U);
}

/*
 * A byte takes its whole frame, on either side and in the middle:
 *
 *	frame  0       1       2       3       4
 *	       |x------|-------|---x---|-------|------x|
 */
static void hand_over_keeps_frames_partly_reserved(struct kunit *test)
{
	struct annex_memblock *mb = &((struct fixture *)test->priv)->mb;
	struct blocks b;

	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, SZ_4G + 1,
						 5 * PAGE_SIZE - 2), 0);
	KUNIT_EXPECT_EQ(test, annex_memblock_reserve(mb, SZ_4G + 2 * PAGE_SIZE +
						     100, 1), 0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, SZ_4G, 0, 5), 2U);
	KUNIT_EXPECT_EQ(test, b.nr[0], 2U);
	KUNIT_EXPECT_EQ(test, b.first, 1U);
	KUNIT_EXPECT_EQ(test, b.next, 4U);
}

static void hand_over_reaches_the_last_whole_frame(struct kunit *test)
{
	const u64 start = ALIGN_DOWN(U64_MAX, SZ_4M);
	struct annex_memblock *mb = &((struct fixture *)test->priv)->mb;
	struct blocks b;

	/* Its last byte has no end, so the last frame is not whole. */
	KUNIT_EXPECT_EQ(test, annex_memblock_add(mb, start, U64_MAX - start),
			0);
	KUNIT_EXPECT_EQ(test, walk(test, &b, start, 0, 1024), 1023U);
	KUNIT_EXPECT_EQ(test, b.next, 1023U);
}

/* Random */

static u32 below(struct fixture *f, u32 ceiling)
{
	return annex_test_below(&f->rnd, ceiling);
}

static u64 addr_of(const struct fixture *f, unsigned int unit)
{
	return f->base + (u64)unit * f->unit;
}

/* @addr is in the model, so the offset has 32 bits. */
static unsigned int unit_of(const struct fixture *f, u64 addr)
{
	return (u32)(addr - f->base) / f->unit;
}

/* Empty lists. Each may have a bound that the changes to come run into. */
static void start_anew(struct fixture *f)
{
	static const unsigned int limits[] = { 32, 48, 64, UINT_MAX };

	annex_memblock_destroy(&f->mb);
	f->mb.memory.limit = limits[below(f, ARRAY_SIZE(limits))];
	f->mb.reserved.limit = limits[below(f, ARRAY_SIZE(limits))];
	bitmap_zero(f->memory, UNITS);
	bitmap_zero(f->reserved, UNITS);
}

static unsigned int count_runs(const unsigned long *bits)
{
	unsigned int i, runs = test_bit(0, bits);

	for (i = 1; i < UNITS; i++)
		runs += test_bit(i, bits) && !test_bit(i - 1, bits);
	return runs;
}

/* Whether a list that may not outgrow @limit can become f->wanted. */
static int take_wanted(struct fixture *f, unsigned long *bits,
		       unsigned int limit)
{
	if (count_runs(f->wanted) > limit)
		return -ENOMEM;
	bitmap_copy(bits, f->wanted, UNITS);
	return 0;
}

/*
 * Mostly short ranges, sometimes long or empty ones. Memory is added seldom, so
 * that it keeps holes for long.
 */
static void change_at_random(struct kunit *test)
{
	static int (* const change[])(struct annex_memblock *, u64, u64) = {
		annex_memblock_add, annex_memblock_reserve, annex_memblock_free,
	};
	struct fixture *f = test->priv;
	unsigned int what = below(f, 16) ? 1 + below(f, 2) : 0;
	unsigned int from = below(f, UNITS);
	unsigned int len = below(f, below(f, 32) ? 4 : 100);
	struct annex_memblock_type *type;
	unsigned long *bits;
	int err;

	type = what ? &f->mb.reserved : &f->mb.memory;
	bits = what ? f->reserved : f->memory;
	len = min(len, UNITS - from);
	bitmap_copy(f->wanted, bits, UNITS);
	if (what == 2)
		bitmap_clear(f->wanted, from, len);
	else
		bitmap_set(f->wanted, from, len);

	err = change[what](&f->mb, addr_of(f, from), (u64)len * f->unit);
	KUNIT_ASSERT_EQ(test, err, take_wanted(f, bits, type->limit));
}

static bool all_set(const unsigned long *bits, unsigned int from,
		    unsigned int len)
{
	return find_next_zero_bit(bits, from + len, from) >= from + len;
}

static bool none_set(const unsigned long *bits, unsigned int from,
		     unsigned int len)
{
	return find_next_bit(bits, from + len, from) >= from + len;
}

/* The unit that an allocation must get, UNITS if there is none. */
static unsigned int fit_by_trying(const struct fixture *f, unsigned int len,
				  u64 align, unsigned int min,
				  unsigned int max, bool top_down)
{
	unsigned int at, best = UNITS;

	for (at = min; at + len <= max; at++) {
		if (addr_of(f, at) & (align - 1) || !all_set(f->free, at, len))
			continue;
		best = at;
		if (!top_down)
			break;
	}
	return best;
}

static void alloc_at_random(struct kunit *test)
{
	struct fixture *f = test->priv;
	bool anywhere = below(f, 2), top_down = below(f, 2);
	unsigned int min = anywhere ? 0 : below(f, UNITS + 1);
	unsigned int max = anywhere ? UNITS : below(f, UNITS + 1);
	unsigned int len = 1 + below(f, below(f, 4) ? 3 : 20);
	u64 align = 1ULL << below(f, 8), base = 42;
	unsigned int expected;
	int err;

	bitmap_andnot(f->free, f->memory, f->reserved, UNITS);
	expected = fit_by_trying(f, len, align, min, max, top_down);
	err = annex_memblock_alloc_range(&f->mb, len, align,
					 anywhere ? 0 : addr_of(f, min),
					 anywhere ? U64_MAX : addr_of(f, max),
					 top_down, &base);
	bitmap_copy(f->wanted, f->reserved, UNITS);
	if (expected < UNITS)
		bitmap_set(f->wanted, expected, len);
	if (expected == UNITS ||
	    take_wanted(f, f->reserved, f->mb.reserved.limit)) {
		KUNIT_ASSERT_EQ(test, err, -ENOMEM);
		KUNIT_ASSERT_EQ(test, base, 42ULL);
	} else {
		KUNIT_ASSERT_EQ(test, err, 0);
		KUNIT_ASSERT_EQ(test, base, addr_of(f, expected));
	}
}

static void query_at_random(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int from = below(f, UNITS), len = 1 + below(f, 5);

	len = min(len, UNITS - from);
	KUNIT_ASSERT_EQ(test, annex_memblock_is_reserved(&f->mb,
							 addr_of(f, from), len),
			!none_set(f->reserved, from, len));
}

static bool list_matches(struct fixture *f,
			 const struct annex_memblock_type *type,
			 const unsigned long *bits)
{
	const struct annex_memblock_region *r = type->regions;

	bitmap_zero(f->seen, UNITS);
	for (; r < type->regions + type->cnt; r++)
		bitmap_set(f->seen, unit_of(f, r->base),
			   (u32)r->size / f->unit);
	return bitmap_equal(f->seen, bits, UNITS);
}

static bool free_ranges_match(struct fixture *f)
{
	u64 cursor = 0, start, end;

	bitmap_zero(f->seen, UNITS);
	while (annex_memblock_next_free(&f->mb, &cursor, &start, &end))
		bitmap_set(f->seen, unit_of(f, start),
			   unit_of(f, end) - unit_of(f, start));
	bitmap_andnot(f->free, f->memory, f->reserved, UNITS);
	return bitmap_equal(f->seen, f->free, UNITS);
}

static void lists_match_bitmaps(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int step;

	annex_test_seed(test, &f->rnd);
	f->unit = 1;
	f->base = SZ_4G - UNITS / 2;
	for (step = 0; step < 40000; step++) {
		if (step % 2000 == 0)
			start_anew(f);
		change_at_random(test);
		if (step % 4 == 0)
			alloc_at_random(test);
		query_at_random(test);
		if (step % 16)
			continue;
		KUNIT_ASSERT_TRUE_MSG(test, annex_memblock_valid(&f->mb) &&
				      list_matches(f, &f->mb.memory, f->memory) &&
				      list_matches(f, &f->mb.reserved, f->reserved) &&
				      free_ranges_match(f), "step %u", step);
	}
}

static bool is_free_block(const struct fixture *f, const unsigned long *bits,
			  u64 host_pfn, unsigned int order)
{
	u64 from = (host_pfn - (f->base >> PAGE_SHIFT)) * FRAME_UNITS;
	u64 len = (u64)FRAME_UNITS << order;

	return from < UNITS && from + len <= UNITS && all_set(bits, from, len);
}

/*
 * Clears the units of a block in f->free, which must be aligned and free, and
 * no block that could merge with its buddy: all free frames are in f->wanted.
 * If it is not, f->free will not be empty in the end.
 */
static void take_block(void *arg, annex_pfn_t pfn, unsigned int order)
{
	struct fixture *f = arg;
	u64 host_pfn = (f->base >> PAGE_SHIFT) + pfn;

	if (host_pfn & ((1U << order) - 1) ||
	    !is_free_block(f, f->free, host_pfn, order) ||
	    is_free_block(f, f->wanted, host_pfn ^ (1U << order), order))
		bitmap_fill(f->free, UNITS);
	else
		bitmap_clear(f->free, pfn * FRAME_UNITS, FRAME_UNITS << order);
}

/* Leaves in f->free and f->wanted the frames of which every unit is free. */
static unsigned int keep_whole_frames(struct fixture *f)
{
	unsigned int at, frames = 0;

	bitmap_andnot(f->free, f->memory, f->reserved, UNITS);
	for (at = 0; at < UNITS; at += FRAME_UNITS) {
		if (all_set(f->free, at, FRAME_UNITS))
			frames++;
		else
			bitmap_clear(f->free, at, FRAME_UNITS);
	}
	bitmap_copy(f->wanted, f->free, UNITS);
	return frames;
}

static void hand_over_names_each_free_frame_once(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int round, i, frames;
	u32 handed;

	annex_test_seed(test, &f->rnd);
	f->unit = FRAME_UNIT;
	for (round = 0; round < 1000; round++) {
		/* Any alignment of the pool, across 4 GB as often as not. */
		f->base = SZ_4G - (u64)below(f, 2 * FRAMES) * PAGE_SIZE;
		start_anew(f);
		annex_memblock_add(&f->mb, f->base, UNITS * FRAME_UNIT);
		bitmap_fill(f->memory, UNITS);
		for (i = below(f, 60); i; i--)
			change_at_random(test);
		frames = keep_whole_frames(f);
		handed = annex_memblock_walk_blocks(&f->mb, f->base, 0, FRAMES,
						    take_block, f);
		KUNIT_ASSERT_EQ_MSG(test, handed, frames, "round %u", round);
		KUNIT_ASSERT_TRUE_MSG(test, bitmap_empty(f->free, UNITS),
				      "round %u", round);
	}
}

static struct kunit_case handover_cases[] = {
	KUNIT_CASE(block_order_is_the_largest_that_fits),
	KUNIT_CASE(hand_over_of_nothing_calls_nobody),
	KUNIT_CASE(hand_over_cuts_57_gb_into_few_blocks),
	KUNIT_CASE(hand_over_aligns_by_host_frames),
	KUNIT_CASE(hand_over_stays_between_its_bounds),
	KUNIT_CASE(hand_over_keeps_frames_partly_reserved),
	KUNIT_CASE(hand_over_reaches_the_last_whole_frame),
	KUNIT_CASE(lists_match_bitmaps),
	KUNIT_CASE(hand_over_names_each_free_frame_once),
	{ }
};

static struct kunit_suite annex_memblock_handover_suite = {
	.name = "annex_memblock_handover",
	.init = handover_test_init,
	.exit = handover_test_exit,
	.test_cases = handover_cases,
};

kunit_test_suite(annex_memblock_handover_suite);
