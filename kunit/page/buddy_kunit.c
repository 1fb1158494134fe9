// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the buddy allocator: splitting, coalescing, borders, and a million
 * random operations against a bitmap.
 */
#include <linux/bitmap.h>
#include <linux/vmalloc.h>

#include "lib/testpool.h"
#include "page/buddy.h"
#include "page/page.h"

static annex_pfn_t take(struct annex_zone *zone, unsigned int order)
{
	return annex_test_take(zone, order, ANNEX_MIGRATE_MOVABLE);
}

/* 16 MB in one zone; the last 9 frames hold the descriptors. */
#define SMALL_PAGES	4096
#define SMALL_MANAGED	(SMALL_PAGES - 9)

static const struct annex_testpool small = {
	.start = 5ULL << 30, .nr_pages = SMALL_PAGES,
	.lowmem_pages = SMALL_PAGES,
};

static void buddy_pfn_is_its_own_inverse(struct kunit *test)
{
	static const u32 biases[] = { 0, 1, 3, 512, 1023 };
	unsigned int b, order;
	annex_pfn_t pfn;

	for (b = 0; b < ARRAY_SIZE(biases); b++)
		for (order = 0; order < ANNEX_MAX_ORDER; order++)
			for (pfn = 0; pfn < 4096; pfn++) {
				annex_pfn_t block, buddy;

				block = annex_block_pfn(pfn, order, biases[b]);
				buddy = annex_buddy_pfn(block, order,
							biases[b]);
				if (annex_buddy_pfn(buddy, order, biases[b]) !=
				    block)
					KUNIT_FAIL(test, "%#x order %u bias %u",
						   pfn, order, biases[b]);
			}
}

static void buddy_fresh_pool_has_the_largest_blocks(struct kunit *test)
{
	/* 4096 - 9 frames: 3 x 1024 + 512 + 256 + ... + 16 + 4 + 2 + 1. */
	static const unsigned long fresh[ANNEX_MAX_ORDER] = {
		1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 3,
	};
	struct annex *annex = annex_testpool(test, &small);

	annex_test_expect_areas(test, &annex->frames.zones[0], fresh);
	annex_test_validate(test, annex);
}

/*
 * order   0  1  2  3  4 ...
 * before  1  2  4  . 16       taking order 3 splits the 16
 * after   1  2  4  8  .       and leaves 8
 */
static void buddy_take_splits_the_smallest_that_fits(struct kunit *test)
{
	static const unsigned long split[ANNEX_MAX_ORDER] = {
		1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 3,
	};
	struct annex *annex = annex_testpool(test, &small);
	struct annex_zone *zone = &annex->frames.zones[0];
	annex_pfn_t pfn = take(zone, 3);

	KUNIT_EXPECT_EQ(test, pfn & 15, 0U);
	annex_test_expect_areas(test, zone, split);
	annex_test_validate(test, annex);
	annex_test_give(test, zone, pfn);
}

static void buddy_free_coalesces_to_max_order(struct kunit *test)
{
	unsigned long fresh[ANNEX_MAX_ORDER];
	struct annex *annex = annex_testpool(test, &small);
	struct annex_zone *zone = &annex->frames.zones[0];
	annex_pfn_t *held = kunit_kmalloc_array(test, SMALL_PAGES,
						sizeof(*held), GFP_KERNEL);
	int n = 0, i;

	KUNIT_ASSERT_NOT_NULL(test, held);
	annex_test_count_areas(zone, fresh);
	while ((held[n] = take(zone, 0)) != ANNEX_PFN_NIL)
		n++;
	KUNIT_EXPECT_EQ(test, n, SMALL_MANAGED);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), 0UL);
	annex_test_validate(test, annex);

	/* Every second one: nothing can merge. */
	for (i = 0; i < n; i++)
		if (held[i] & 1)
			annex_test_give(test, zone, held[i]);
	KUNIT_EXPECT_EQ(test, annex_zone_nr_free(zone, 0),
			annex_zone_free_pages(zone));
	annex_test_validate(test, annex);
	for (i = 0; i < n; i++)
		if (!(held[i] & 1))
			annex_test_give(test, zone, held[i]);
	annex_test_expect_areas(test, zone, fresh);
	annex_test_validate(test, annex);
}

static void buddy_take_fails_when_no_block_is_large_enough(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &small);
	struct annex_zone *zone = &annex->frames.zones[0];
	annex_pfn_t big[3], pfn;
	unsigned int i;

	for (i = 0; i < 3; i++)
		big[i] = take(zone, 10);
	KUNIT_EXPECT_EQ(test, take(zone, 10), ANNEX_PFN_NIL);
	pfn = take(zone, 9);
	KUNIT_EXPECT_NE(test, pfn, ANNEX_PFN_NIL);
	KUNIT_EXPECT_EQ(test, take(zone, 9), ANNEX_PFN_NIL);
	annex_test_validate(test, annex);
	annex_test_give(test, zone, pfn);
	for (i = 0; i < 3; i++)
		annex_test_give(test, zone, big[i]);
	annex_test_validate(test, annex);
}

/*
 *   DMA ............4095|4096 ........ Normal
 *
 * with the pool's start off by one, frames 4095 and 4096 are buddies that lie
 * in two zones.
 */
static void buddy_never_merges_across_a_zone(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = (5ULL << 30) + PAGE_SIZE,
		.nr_pages = 8192, .lowmem_pages = 8192,
	};
	struct annex *annex = annex_testpool(test, &opts);
	unsigned long fresh[2][ANNEX_MAX_ORDER];
	struct annex_zone *dma = &annex->frames.zones[ANNEX_ZONE_DMA];
	struct annex_zone *normal = &annex->frames.zones[ANNEX_ZONE_NORMAL];
	annex_pfn_t pfn, n;

	KUNIT_ASSERT_EQ(test, annex_buddy_pfn(4095, 0, annex->frames.bias),
			4096U);
	annex_test_count_areas(dma, fresh[0]);
	annex_test_count_areas(normal, fresh[1]);
	for (n = 0; take(dma, 0) != ANNEX_PFN_NIL; n++)
		;
	KUNIT_EXPECT_EQ(test, n, 4096U);
	for (pfn = 0; pfn < 4096; pfn++)
		annex_test_give(test, dma, pfn);
	annex_test_expect_areas(test, dma, fresh[0]);
	annex_test_expect_areas(test, normal, fresh[1]);
	annex_test_validate(test, annex);
}

/* A block of order n is aligned by physical address, wherever a pool starts. */
static void buddy_blocks_are_aligned_by_host_frames(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = (5ULL << 30) + 1021 * PAGE_SIZE,
		.nr_pages = 10000, .lowmem_pages = 4096,
	};
	struct annex *annex = annex_testpool(test, &opts);
	unsigned int order, i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		for (order = 0; order < ANNEX_MAX_ORDER; order++) {
			annex_pfn_t pfn = take(&annex->frames.zones[i], order);

			if (pfn == ANNEX_PFN_NIL)
				continue;
			KUNIT_EXPECT_EQ(test,
					(annex->frames.base_pfn + pfn) &
						((1UL << order) - 1),
					0UL);
		}
	annex_test_validate(test, annex);
}

/* What the random test believes. */
struct model {
	struct annex_zone *zone;
	unsigned long *used;		/* a bit for each frame */
	struct { annex_pfn_t pfn; unsigned int order; } *live;
	unsigned int nr_live;
	unsigned int max_live;
	unsigned long nr_free;
};

static void model_take(struct kunit *test, struct model *m, unsigned int order)
{
	annex_pfn_t pfn = take(m->zone, order);
	unsigned long size = 1UL << order;

	if (pfn == ANNEX_PFN_NIL) {
		/* Then the bitmap has no aligned hole of that size either. */
		KUNIT_ASSERT_GE(test,
				bitmap_find_next_zero_area(m->used,
							   m->zone->spanned_pages,
							   0, size, size - 1),
				m->zone->spanned_pages);
		return;
	}
	KUNIT_ASSERT_EQ(test, pfn & (size - 1), 0UL);
	KUNIT_ASSERT_LE(test, pfn + size, m->zone->spanned_pages);
	KUNIT_ASSERT_GE(test, find_next_bit(m->used, pfn + size, pfn),
			pfn + size);
	bitmap_set(m->used, pfn, size);
	m->live[m->nr_live].pfn = pfn;
	m->live[m->nr_live].order = order;
	m->nr_live++;
	m->nr_free -= size;
}

static void model_give(struct kunit *test, struct model *m, unsigned int which)
{
	annex_pfn_t pfn = m->live[which].pfn;
	unsigned int order = m->live[which].order;

	bitmap_clear(m->used, pfn, 1U << order);
	annex_test_give(test, m->zone, pfn);
	m->nr_free += 1UL << order;
	m->live[which] = m->live[--m->nr_live];
}

/* Small blocks are common, as they are in life; fullness comes and goes. */
static void model_step(struct kunit *test, struct model *m,
		       struct rnd_state *rnd, unsigned int step)
{
	unsigned int order = min_t(u32, __ffs(prandom_u32_state(rnd) | 1 << 10),
				   annex_test_below(rnd, ANNEX_MAX_ORDER));
	bool growing = (step >> 14) & 1;
	bool more = annex_test_below(rnd, 100) < (growing ? 60 : 40);

	if (m->nr_live && (!more || m->nr_live == m->max_live))
		model_give(test, m, annex_test_below(rnd, m->nr_live));
	else
		model_take(test, m, order);
}

#define MODEL_STEPS	1000000

static void model_init(struct kunit *test, struct model *m)
{
	m->zone = &annex_testpool(test, &small)->frames.zones[ANNEX_ZONE_DMA];
	m->max_live = SMALL_PAGES;
	m->used = kunit_kcalloc(test, BITS_TO_LONGS(SMALL_PAGES),
				sizeof(long), GFP_KERNEL);
	m->live = kunit_kmalloc_array(test, SMALL_PAGES, sizeof(*m->live),
				      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->used);
	KUNIT_ASSERT_NOT_NULL(test, m->live);
	bitmap_set(m->used, SMALL_MANAGED, SMALL_PAGES - SMALL_MANAGED);
	m->nr_free = SMALL_MANAGED;
}

static void buddy_million_random_operations_match_a_bitmap(struct kunit *test)
{
	unsigned long fresh[ANNEX_MAX_ORDER];
	struct rnd_state rnd;
	struct model m = {};
	unsigned int step;

	model_init(test, &m);
	annex_test_count_areas(m.zone, fresh);
	annex_test_seed(test, &rnd);
	for (step = 0; step < MODEL_STEPS; step++) {
		model_step(test, &m, &rnd, step);
		if (step % 1000)
			continue;
		KUNIT_ASSERT_EQ(test, annex_zone_free_pages(m.zone), m.nr_free);
		annex_test_validate(test, annex_of(m.zone->frames, frames));
		cond_resched();
	}
	while (m.nr_live)
		model_give(test, &m, m.nr_live - 1);
	annex_test_expect_areas(test, m.zone, fresh);
	annex_test_validate(test, annex_of(m.zone->frames, frames));
}

/*
 * The same with a pool that begins at an odd frame, in a zone that begins and
 * ends inside of blocks: pairs with the frames beyond its ends must not merge.
 */
static void buddy_random_operations_at_ragged_ends(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = (5ULL << 30) + 1021 * PAGE_SIZE,
		.nr_pages = 12001, .lowmem_pages = 7001,
	};
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_zone *zone = &annex->frames.zones[ANNEX_ZONE_NORMAL];
	unsigned long fresh[ANNEX_MAX_ORDER];
	struct { annex_pfn_t pfn; unsigned int order; } held[64] = {};
	struct rnd_state rnd;
	unsigned int step, i;

	annex_test_count_areas(zone, fresh);
	annex_test_seed(test, &rnd);
	for (step = 0; step < 100000; step++) {
		i = annex_test_below(&rnd, ARRAY_SIZE(held));
		if (held[i].pfn) {
			annex_test_give(test, zone, held[i].pfn);
			held[i].pfn = 0;
			continue;
		}
		held[i].order = annex_test_below(&rnd, 8);
		held[i].pfn = take(zone, held[i].order);
		if (held[i].pfn == ANNEX_PFN_NIL)
			held[i].pfn = 0;
		else
			KUNIT_ASSERT_TRUE(test, annex_zone_spans(zone,
								 held[i].pfn));
		if (!(step % 1000))
			annex_test_validate(test, annex);
	}
	for (i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].pfn)
			annex_test_give(test, zone, held[i].pfn);
	annex_test_expect_areas(test, zone, fresh);
	annex_test_validate(test, annex);
}

static struct kunit_case buddy_cases[] = {
	KUNIT_CASE(buddy_pfn_is_its_own_inverse),
	KUNIT_CASE(buddy_fresh_pool_has_the_largest_blocks),
	KUNIT_CASE(buddy_take_splits_the_smallest_that_fits),
	KUNIT_CASE(buddy_free_coalesces_to_max_order),
	KUNIT_CASE(buddy_take_fails_when_no_block_is_large_enough),
	KUNIT_CASE(buddy_never_merges_across_a_zone),
	KUNIT_CASE(buddy_blocks_are_aligned_by_host_frames),
	KUNIT_CASE(buddy_million_random_operations_match_a_bitmap),
	KUNIT_CASE(buddy_random_operations_at_ragged_ends),
	{}
};

static struct kunit_suite annex_buddy_suite = {
	.name = "annex_buddy",
	.test_cases = buddy_cases,
};

kunit_test_suite(annex_buddy_suite);
