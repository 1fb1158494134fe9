// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of pageblocks that are kept: HighAtomic ones for atomic requests,
 * isolated ones from all.
 */
#include <linux/mm.h>

#include "lib/testblock.h"
#include "page/page_alloc.h"
#include "page/pageblock.h"
#include "page/pcp.h"

/* 254 MB of HighMem: a hundredth is more than a pageblock, but less than two. */
static const struct annex_testpool large = {
	.start = 5ULL << 30, .nr_pages = 65536, .lowmem_pages = 512,
	.reserved_pages = 512,
};

/* May use all of the reserve; half as much, and may not wait; may wait. */
#define ATOMIC		(GFP_ATOMIC | __GFP_HIGHMEM | __GFP_NOWARN)
#define PLAIN		(__GFP_HIGHMEM | __GFP_NOMEMALLOC | __GFP_NOWARN)
#define SLEEPING	(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN)

static bool unreserve(struct annex_zone *zone)
{
	return annex_pageblock_unreserve(zone->frames, ANNEX_ZONE_HIGHMEM, R);
}

static struct annex_page *alloc(struct annex_zone *zone, gfp_t gfp,
				unsigned int order)
{
	struct annex_page *page;

	annex_block_alloc(zone->frames, gfp, order, &page);
	return page;
}

static unsigned int type_of_page(const struct annex_zone *zone,
				 const struct annex_page *page)
{
	return type_of(zone, page - zone->frames->mem_map);
}

static annex_pfn_t pageblock_of(const struct annex_zone *zone,
				const struct annex_page *page)
{
	return start_of(zone, page - zone->frames->mem_map);
}

/* Use frames until so many are free, all in one pageblock. */
static void fill_to(struct annex_zone *zone, unsigned long left)
{
	while (annex_zone_free_pages(zone) > left)
		annex_test_take(zone, 0, M);
}

/*
 *           low        min
 *   .........|..........|.........   free frames
 *         1. | 2.  3.   |
 *
 * An atomic request that finds as much as it likes (1.), or that is for one
 * frame (2.), keeps nothing; one for two frames that has to dig does (3.).
 */
static void highatomic_is_what_an_atomic_request_dug_from(struct kunit *test)
{
	struct annex_zone *zone = high_zone_of(test, &large);
	unsigned long low = zone->_watermark[ANNEX_WMARK_LOW];
	struct annex_page *page;

	KUNIT_ASSERT_NOT_NULL(test, alloc(zone, ATOMIC, 1));
	KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, 0UL);
	annex_pcp_drain_all(zone->frames);
	fill_to(zone, low - 1);
	KUNIT_ASSERT_NOT_NULL(test, alloc(zone, ATOMIC, 0));
	KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, 0UL);
	page = alloc(zone, ATOMIC, 1);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, 512UL);
	KUNIT_EXPECT_EQ(test, type_of_page(zone, page), ANNEX_MIGRATE_HIGHATOMIC);
	annex_block_free(zone->frames, page, 1);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* A zone whose last @left free frames are HighAtomic, and one such block. */
static struct annex_page *reserve(struct kunit *test, struct annex_zone *zone,
				  unsigned long left)
{
	struct annex_page *page;

	fill_to(zone, left + 2);
	page = alloc(zone, ATOMIC, 1);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, type_of_page(zone, page), ANNEX_MIGRATE_HIGHATOMIC);
	return page;
}

static void highatomic_frames_are_free_for_atomic_requests(struct kunit *test)
{
	struct annex_zone *zone = high_zone_of(test, &large);
	unsigned long left = zone->_watermark[ANNEX_WMARK_LOW] - 8;
	struct annex_page *page = reserve(test, zone, left), *more, *one;
	unsigned int type;

	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), left);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), 0UL);
	KUNIT_EXPECT_PTR_EQ(test, alloc(zone, PLAIN, 0), NULL);
	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		KUNIT_EXPECT_EQ(test, annex_test_take(zone, 0, type),
				ANNEX_PFN_NIL);
	annex_test_validate(test, annex_of(zone->frames, frames));

	more = alloc(zone, ATOMIC, 2);
	one = alloc(zone, ATOMIC, 0);
	KUNIT_ASSERT_NOT_NULL(test, more);
	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_EXPECT_EQ(test, pageblock_of(zone, more),
			pageblock_of(zone, page));
	KUNIT_EXPECT_EQ(test, pageblock_of(zone, one),
			pageblock_of(zone, page));
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), left - 5);
	/* What comes back is seen at once: no CPU keeps it. */
	annex_block_free(zone->frames, more, 2);
	annex_block_free(zone->frames, one, 0);
	annex_block_free(zone->frames, page, 1);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), left + 2);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), 0UL);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/*
 *   HighAtomic: many    others: 8, of which a mark wants 4 left
 *
 * Requests for the others get four, one by one: reserved blocks do not count.
 */
static void highatomic_frames_fill_no_stack(struct kunit *test)
{
	struct annex_zone *zone = high_zone_of(test, &large);
	unsigned long left = zone->_watermark[ANNEX_WMARK_LOW] - 8;
	struct annex_page *page[4];
	annex_pfn_t others[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = annex_test_take(zone, 0, M);
	reserve(test, zone, left);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		annex_test_give(test, zone, others[i]);
	KUNIT_ASSERT_EQ(test, annex_zone_usable_pages(zone), 8UL);
	KUNIT_ASSERT_EQ(test, annex_zone_free_pages(zone), left + 8);
	for (i = 0; i < ARRAY_SIZE(page); i++) {
		page[i] = annex_pcp_take(zone, 0, M, 4, false);
		KUNIT_ASSERT_NOT_NULL(test, page[i]);
		KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), 7UL - i);
	}
	KUNIT_EXPECT_NULL(test, annex_pcp_take(zone, 0, M, 4, false));
	while (i--)
		annex_pcp_give(zone->frames, page[i], 0);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void highatomic_is_given_up_before_others_fail(struct kunit *test)
{
	struct annex_zone *zone = high_zone_of(test, &large);
	unsigned long left = zone->_watermark[ANNEX_WMARK_LOW] - 8;
	struct annex_page *page = reserve(test, zone, left), *mine;

	mine = alloc(zone, SLEEPING, 0);
	KUNIT_ASSERT_NOT_NULL(test, mine);
	KUNIT_EXPECT_EQ(test, pageblock_of(zone, mine),
			pageblock_of(zone, page));
	KUNIT_EXPECT_EQ(test, type_of_page(zone, mine), M);
	KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, 0UL);
	KUNIT_EXPECT_EQ(test,
			annex_test_free_pages(annex_of(zone->frames, frames)),
			left - 1);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), left - 1);
	KUNIT_EXPECT_FALSE(test, unreserve(zone));
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* Take blocks of a pageblock each and have each reserved, twice. */
static unsigned int reserve_each(struct annex_zone *zone, annex_pfn_t *pfn,
				 unsigned int nr)
{
	unsigned int i, kept = 0;

	for (i = 0; i < nr; i++) {
		struct annex_page *page;

		pfn[i] = annex_test_take(zone, 9, M);
		page = zone->frames->mem_map + pfn[i];
		annex_pageblock_reserve(zone, page);
		annex_pageblock_reserve(zone, page);
		kept += type_of_page(zone, page) == ANNEX_MIGRATE_HIGHATOMIC;
	}
	return kept;
}

/* A hundredth of the zone and a pageblock, of 254 MB: two pageblocks. */
static void highatomic_has_a_limit(struct kunit *test)
{
	struct annex_zone *zone = high_zone_of(test, &large);
	unsigned long fresh[ANNEX_MAX_ORDER], free;
	annex_pfn_t pfn[6];
	unsigned int i;

	/* From now on each has the other half of 4 MB beside it. */
	while (zone->free_orders[M] & 1U << 9)
		annex_test_take(zone, 9, M);
	free = annex_zone_free_pages(zone);
	annex_test_count_areas(zone, fresh);
	KUNIT_EXPECT_EQ(test, reserve_each(zone, pfn, ARRAY_SIZE(pfn)), 2U);
	KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, 1024UL);
	KUNIT_EXPECT_LE(test, zone->nr_reserved_highatomic,
			zone->managed_pages / 100 + ANNEX_PAGEBLOCK_PAGES);
	for (i = 0; i < ARRAY_SIZE(pfn); i++)
		annex_test_give(test, zone, pfn[i]);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), free - 1024);
	annex_test_validate(test, annex_of(zone->frames, frames));

	/* Given up, they merge with what is free beside them. */
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, unreserve(zone));
		annex_test_validate(test, annex_of(zone->frames, frames));
	}
	KUNIT_EXPECT_FALSE(test, unreserve(zone));
	KUNIT_EXPECT_EQ(test, zone->nr_reserved_highatomic, 0UL);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), free);
	annex_test_expect_areas(test, zone, fresh);
}

/* The second pageblock of a free block of order 10. */
static annex_pfn_t upper_half(const struct annex_zone *zone)
{
	return annex_buddy_first(zone, M, 10) - zone->frames->bias +
	       ANNEX_PAGEBLOCK_PAGES;
}

static void isolate_keeps_free_frames_back(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	unsigned long fresh[ANNEX_MAX_ORDER], free, taken = 0;
	annex_pfn_t block = upper_half(zone), pfn;

	free = annex_zone_free_pages(zone);
	annex_test_count_areas(zone, fresh);
	KUNIT_ASSERT_EQ(test,
			annex_pageblock_isolate(&annex->frames, block + 77), 0);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free - 512);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), free - 512);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_NR_FREE_PAGES),
			free - 512);
	KUNIT_EXPECT_EQ(test, annex_zones_used(&annex->frames), 0UL);
	annex_test_validate(test, annex);

	while ((pfn = annex_test_take(zone, 0, taken % 3)) != ANNEX_PFN_NIL) {
		KUNIT_ASSERT_NE(test, pfn & ~511U, block);
		taken++;
	}
	KUNIT_EXPECT_EQ(test, taken, free - 512);
	KUNIT_EXPECT_PTR_EQ(test, alloc(zone, ATOMIC, 1), NULL);
	KUNIT_ASSERT_EQ(test, annex_pageblock_unisolate(&annex->frames, block),
			0);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), 512UL);
	KUNIT_EXPECT_EQ(test, (int)annex_pageblock(&annex->frames, block)->type,
			M);
	for (pfn = 512; taken; pfn++)
		if ((pfn & ~511U) != block) {
			annex_test_give(test, zone, pfn);
			taken--;
		}
	annex_test_expect_areas(test, zone, fresh);
	annex_test_validate(test, annex);
}

/* Both halves of a block of order 10, and back in either order. */
static void isolate_merges_what_comes_back(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	unsigned long fresh[ANNEX_MAX_ORDER];
	annex_pfn_t upper = upper_half(zone);
	annex_pfn_t lower = upper - ANNEX_PAGEBLOCK_PAGES;
	unsigned int i;

	annex_test_count_areas(zone, fresh);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test,
				annex_pageblock_isolate(&annex->frames, lower),
				0);
		KUNIT_EXPECT_EQ(test,
				annex_pageblock_isolate(&annex->frames, upper),
				0);
		annex_test_validate(test, annex);
		KUNIT_EXPECT_EQ(test,
				annex_pageblock_unisolate(&annex->frames,
							  i ? upper : lower),
				0);
		KUNIT_EXPECT_EQ(test, annex_zone_nr_free(zone, 10),
				fresh[10] - 1);
		KUNIT_EXPECT_EQ(test,
				annex_pageblock_unisolate(&annex->frames,
							  i ? lower : upper),
				0);
		annex_test_expect_areas(test, zone, fresh);
		annex_test_validate(test, annex);
	}
}

/* What is used when a pageblock is isolated stays in it when it is freed. */
static void isolate_keeps_what_is_freed(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	unsigned long fresh[ANNEX_MAX_ORDER], free;
	annex_pfn_t pfn[4], block;
	unsigned int i;

	annex_test_count_areas(zone, fresh);
	while (zone->free_orders[M] & 0x3ff)
		annex_test_take(zone, __ffs(zone->free_orders[M]), M);
	free = annex_zone_free_pages(zone);
	for (i = 0; i < ARRAY_SIZE(pfn); i++)
		pfn[i] = annex_test_take(zone, i, M);
	block = pfn[0] & ~511U;
	KUNIT_ASSERT_EQ(test, annex_pageblock_isolate(&annex->frames, block),
			0);
	KUNIT_EXPECT_EQ(test, zone->free_isolated, 512UL - 15);
	for (i = 0; i < ARRAY_SIZE(pfn); i++) {
		KUNIT_ASSERT_EQ(test, pfn[i] & ~511U, block);
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames,
						 annex->frames.mem_map + pfn[i],
						 i),
				0);
		KUNIT_EXPECT_EQ(test, zone->free_isolated,
				512UL - 15 + (2UL << i) - 1);
		KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free - 512);
	}
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_pageblock_unisolate(&annex->frames, block),
			0);
	KUNIT_EXPECT_EQ(test, annex_zone_nr_free(zone, 10), fresh[10]);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free);
	annex_test_validate(test, annex);
}

/* Half of a used block of order 10 is isolated: it is freed as two. */
static void isolate_cuts_a_block_that_is_freed(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	struct annex *annex = annex_of(zone->frames, frames);
	unsigned long fresh[ANNEX_MAX_ORDER], free;
	annex_pfn_t pfn, half;
	unsigned int i;

	annex_test_count_areas(zone, fresh);
	free = annex_zone_free_pages(zone);
	for (i = 0; i < 2; i++) {
		pfn = annex_test_take(zone, 10, M);
		half = pfn + i * ANNEX_PAGEBLOCK_PAGES;
		KUNIT_EXPECT_EQ(test,
				annex_pageblock_isolate(&annex->frames, half),
				0);
		KUNIT_EXPECT_EQ(test, zone->free_isolated, 0UL);
		annex_test_give(test, zone, pfn);
		KUNIT_EXPECT_EQ(test, zone->free_isolated, 512UL);
		KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), free - 512);
		KUNIT_EXPECT_EQ(test,
				annex_buddy_first(zone, ANNEX_MIGRATE_ISOLATE,
						  9),
				half + annex->frames.bias);
		annex_test_validate(test, annex);
		KUNIT_EXPECT_EQ(test,
				annex_pageblock_unisolate(&annex->frames, half),
				0);
		annex_test_expect_areas(test, zone, fresh);
	}
	annex_test_validate(test, annex);
}

/* Isolating drains per-CPU lists, so no cached frame is allocated later. */
static void isolate_calls_frames_in(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	struct annex_page *page[ANNEX_PCP_ORDERS], *other;
	unsigned int order, n = 0;
	annex_pfn_t block;

	for (order = 0; order < ANNEX_PCP_ORDERS; order++)
		page[order] = alloc(zone, GFP_HIGHUSER, order);
	block = pageblock_of(zone, page[0]);
	for (order = 0; order < ANNEX_PCP_ORDERS; order++) {
		KUNIT_ASSERT_EQ(test, pageblock_of(zone, page[order]), block);
		annex_block_free(zone->frames, page[order], order);
		KUNIT_ASSERT_EQ(test, (int)annex_page_state(page[order]),
				(int)ANNEX_PAGE_CACHED);
	}
	KUNIT_ASSERT_EQ(test, annex_pageblock_isolate(zone->frames, block), 0);
	KUNIT_EXPECT_EQ(test, zone->free_isolated, 512UL);
	while ((other = alloc(zone, PLAIN, n % ANNEX_PCP_ORDERS))) {
		KUNIT_ASSERT_NE(test, pageblock_of(zone, other), block);
		n++;
	}
	KUNIT_EXPECT_GT(test, n, 512U);
	KUNIT_EXPECT_EQ(test, zone->free_isolated, 512UL);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void isolate_refuses(struct kunit *test)
{
	const struct annex_testpool ragged = {
		.start = (5ULL << 30) + PAGE_SIZE,
		.nr_pages = 8192,
		.lowmem_pages = 4096,
	};
	struct annex *annex = annex_testpool(test, &ragged);
	struct annex_frames *frames = &annex->frames;
	struct annex_zone *zone = &frames->zones[ANNEX_ZONE_HIGHMEM];
	annex_pfn_t mine = upper_half(zone), kept;

	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, 8192), -ERANGE);
	KUNIT_EXPECT_EQ(test, annex_pageblock_unisolate(frames, ANNEX_PFN_NIL),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, annex_pageblock_unisolate(frames, mine),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, mine), 0);
	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, mine + 511),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_pageblock_unisolate(frames, mine + 1), 0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_REF), 4UL);

	/* Its first, the one that zones share, its last: not whole. */
	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, 4095), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, 4096), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_pageblock_unisolate(frames, 8191), -EBUSY);
	kept = annex_test_take(zone, 3, M);
	while (annex_pageblock(frames, kept)->fixed)
		kept = annex_test_take(zone, 3, M);
	annex_pageblock_reserve(zone, frames->mem_map + kept);
	KUNIT_EXPECT_EQ(test, annex_pageblock_isolate(frames, kept), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_pageblock_unisolate(frames, kept), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_REF), 4UL);
	annex_test_validate(test, annex);
}

static struct kunit_case kept_cases[] = {
	KUNIT_CASE(highatomic_is_what_an_atomic_request_dug_from),
	KUNIT_CASE(highatomic_frames_are_free_for_atomic_requests),
	KUNIT_CASE(highatomic_frames_fill_no_stack),
	KUNIT_CASE(highatomic_is_given_up_before_others_fail),
	KUNIT_CASE(highatomic_has_a_limit),
	KUNIT_CASE(isolate_keeps_free_frames_back),
	KUNIT_CASE(isolate_merges_what_comes_back),
	KUNIT_CASE(isolate_keeps_what_is_freed),
	KUNIT_CASE(isolate_cuts_a_block_that_is_freed),
	KUNIT_CASE(isolate_calls_frames_in),
	KUNIT_CASE(isolate_refuses),
	{}
};

static struct kunit_suite annex_pageblock_kept_suite = {
	.name = "annex_pageblock_kept",
	.test_cases = kept_cases,
};

kunit_test_suite(annex_pageblock_kept_suite);
