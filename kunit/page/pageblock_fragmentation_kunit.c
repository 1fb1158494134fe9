// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeping frames apart by type is worth: the same traffic on two pools,
 * one of which does not.
 */
#include <linux/mm.h>

#include "lib/testpool.h"
#include "lib/traffic.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

/* 496 MB of HighMem: 248 pageblocks, of which 8 have room for what stays. */
static const struct annex_testpool grouped = {
	.start = 5ULL << 30, .nr_pages = 131072, .lowmem_pages = 4096,
};

static const struct annex_testpool ungrouped = {
	.start = 5ULL << 30, .nr_pages = 131072, .lowmem_pages = 4096,
	.ungrouped = true,
};

static struct annex_page *alloc(void *pool, gfp_t gfp, unsigned int order)
{
	int err;

	return __annex_alloc_pages(pool, gfp, order, &err);
}

static void give(void *pool, struct annex_page *page, unsigned int order)
{
	annex_block_free(pool, page, order);
}

/* In a thousand, of what is free. */
struct shares {
	u32 full;
	u32 drained;
};

static void run(struct kunit *test, const struct annex_testpool *opts,
		const struct rnd_state *rnd, struct shares *shares)
{
	struct annex *annex = annex_testpool(test, opts);
	struct annex_zone *zone = &annex->frames.zones[ANNEX_ZONE_HIGHMEM];
	unsigned long free = annex_test_free_pages(annex);
	struct traffic t = {
		.pool = &annex->frames,
		.alloc = alloc,
		.free = give,
		.map = annex->frames.mem_map + zone->zone_start_pfn,
		.frames = zone->spanned_pages,
		.room = zone->spanned_pages / 2,
		.rnd = *rnd,
	};

	t.block = kvmalloc_array(t.room, sizeof(*t.block), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t.block);
	KUNIT_EXPECT_TRUE(test, traffic_run(&t));
	annex_pcp_drain_all(&annex->frames);
	shares->full = traffic_share(&t);
	annex_test_validate(test, annex);
	traffic_drop(&t, 0);
	annex_pcp_drain_all(&annex->frames);
	shares->drained = traffic_share(&t);
	KUNIT_EXPECT_EQ(test, annex_zones_used(&annex->frames), t.stay);
	KUNIT_EXPECT_GT(test, t.stay, t.frames / 13);
	traffic_drop_staying(&t, 0);
	kvfree(t.block);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static void compare(struct kunit *test, const struct rnd_state *rnd)
{
	struct shares with, without;

	run(test, &grouped, rnd, &with);
	run(test, &ungrouped, rnd, &without);
	kunit_info(test,
		   "free memory in blocks of order 9 and 10: drained, %u.%u %% with types and %u.%u %% without; full, %u.%u %% and %u.%u %%",
		   with.drained / 10, with.drained % 10, without.drained / 10,
		   without.drained % 10, with.full / 10, with.full % 10,
		   without.full / 10, without.full % 10);
	KUNIT_EXPECT_GE(test, with.drained, 4 * without.drained);
	/* A fifth of the pool was never allocated, and is whole in both. */
	KUNIT_EXPECT_LE(test, without.drained, 250U);
	KUNIT_EXPECT_GE(test, with.full, 900U);
}

/*
 * Frames that stay are kept together: when all others are gone, what is left
 * free is large blocks. Without types nearly every pageblock that was used has
 * a frame in it that stays.
 */
static void fragmentation_is_less_with_types(struct kunit *test)
{
	struct rnd_state rnd;
	u32 seed;

	for (seed = 1; seed <= 3; seed++) {
		kunit_info(test, "seed %#x", seed);
		prandom_seed_state(&rnd, seed);
		compare(test, &rnd);
	}
	annex_test_seed(test, &rnd);
	compare(test, &rnd);
}

static struct kunit_case pageblock_fragmentation_cases[] = {
	KUNIT_CASE(fragmentation_is_less_with_types),
	{}
};

static struct kunit_suite annex_pageblock_fragmentation_suite = {
	.name = "annex_pageblock_fragmentation",
	.test_cases = pageblock_fragmentation_cases,
};

kunit_test_suite(annex_pageblock_fragmentation_suite);
