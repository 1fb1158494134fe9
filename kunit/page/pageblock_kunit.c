// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of pageblocks: whose pageblock a request is served from, when one
 * changes sides, and what becomes of free blocks then. Many frames at once are for
 * pageblock_many_kunit.c, pageblocks that are kept from requests for
 * pageblock_kept_kunit.c.
 */
#include <linux/mm.h>

#include "lib/testblock.h"
#include "page/buddy.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pageblock.h"
#include "page/pcp.h"

static unsigned int count_type(const struct annex *annex, unsigned int type)
{
	unsigned int i, nr = 0;

	for (i = 0; i < annex->frames.nr_pageblocks; i++)
		nr += annex->frames.pageblock[i].type == type;
	return nr;
}

/* Is all of a pageblock in one zone of the pool? Frame by frame. */
static bool is_whole(struct annex *annex, u32 i)
{
	u32 b = i << ANNEX_PAGEBLOCK_ORDER, end = b + ANNEX_PAGEBLOCK_PAGES;
	struct annex_zone *zone = NULL;

	for (; b < end; b++) {
		struct annex_zone *mine;

		if (b < annex->frames.bias ||
		    b - annex->frames.bias >= annex->frames.nr_pages)
			return false;
		mine = annex_pfn_zone(&annex->frames, b - annex->frames.bias);
		if (zone && zone != mine)
			return false;
		zone = mine;
	}
	return true;
}

/*
 *       |<- bias     DMA            | HighMem      end
 *   :..[####|####|...|##:#|####|...|#.:.]
 *     fixed             fixed        fixed
 */
static void pageblock_is_movable_at_first(struct kunit *test)
{
	static const struct annex_testpool ragged[] = {
		{ .start = (5ULL << 30) + 3 * PAGE_SIZE, .nr_pages = 10001,
		  .lowmem_pages = 4000 },
		{ .start = (5ULL << 30) + 1023 * PAGE_SIZE, .nr_pages = 6000,
		  .lowmem_pages = 5000, .movable_pages = 700 },
		{ .start = (5ULL << 30) + 512 * PAGE_SIZE, .nr_pages = 4096,
		  .lowmem_pages = 1024 },
	};
	unsigned int i, fixed = 0;
	u32 b;

	for (i = 0; i < ARRAY_SIZE(ragged); i++) {
		struct annex *annex = annex_testpool(test, &ragged[i]);

		for (b = 0; b < annex->frames.nr_pageblocks; b++) {
			struct annex_pageblock *block =
				annex->frames.pageblock + b;

			KUNIT_EXPECT_EQ(test, (int)block->type, M);
			KUNIT_EXPECT_EQ(test, block->fixed,
					!is_whole(annex, b));
			KUNIT_EXPECT_EQ(test, block->fixed,
					block->home ==
						annex->frames.pcp_closed);
			fixed += block->fixed;
		}
		annex_test_validate(test, annex);
	}
	KUNIT_EXPECT_EQ(test, fixed, 3U + 6U + 1U);
}

/* Without grouping there is one type, and one list of what a CPU has. */
static void pageblock_is_nobodys_without_grouping(struct kunit *test)
{
	const struct annex_testpool one = {
		.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 512,
		.reserved_pages = 512, .ungrouped = true,
	};
	static const gfp_t gfp[] = {
		GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE,
		GFP_HIGHUSER | __GFP_RECLAIMABLE, GFP_HIGHUSER,
	};
	struct annex *annex = annex_testpool(test, &one);
	struct annex_page *page, *first = NULL;
	unsigned int order, i;

	migrate_disable();
	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		for (i = 0; i < ARRAY_SIZE(gfp); i++) {
			KUNIT_ASSERT_EQ(test,
					annex_block_alloc(&annex->frames,
							  gfp[i], order, &page),
					0);
			if (i)
				KUNIT_EXPECT_PTR_EQ(test, page, first);
			first = page;
			annex_block_free(&annex->frames, page, order);
		}
	}
	migrate_enable();
	KUNIT_EXPECT_EQ(test, count_type(annex, U),
			annex->frames.nr_pageblocks);
	KUNIT_EXPECT_EQ(test,
			annex_block_alloc(&annex->frames,
					  GFP_HIGHUSER_MOVABLE |
						  __GFP_RECLAIMABLE,
					  0, &page),
			-EINVAL);
	annex_test_validate(test, annex);
}

/* A fresh pool: the first Unmovable frame claims a pageblock for the others. */
static void pageblock_is_claimed_and_used_up(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	annex_pfn_t pfn, first = ANNEX_PFN_NIL;
	unsigned int i;

	for (i = 0; i < 3 * ANNEX_PAGEBLOCK_PAGES; i++) {
		pfn = annex_test_take(zone, 0, U);
		if (i % ANNEX_PAGEBLOCK_PAGES == 0)
			first = start_of(zone, pfn);
		KUNIT_ASSERT_EQ(test, start_of(zone, pfn), first);
		KUNIT_ASSERT_EQ(test, type_of(zone, pfn), U);
		KUNIT_ASSERT_EQ(test,
				count_type(annex_of(zone->frames, frames), U),
				1 + i / ANNEX_PAGEBLOCK_PAGES);
		KUNIT_ASSERT_NE(test, start_of(zone, annex_test_take(zone, 0,
								     M)),
				first);
	}
	annex_test_validate(test, annex_of(zone->frames, frames));

	/* What comes back serves the same type again. */
	annex_test_give(test, zone, first + 100);
	annex_test_take(zone, 0, M);
	KUNIT_EXPECT_EQ(test, annex_test_take(zone, 0, U), first + 100);
}

/* Two free pageblocks in one block stay together if one is free alone. */
static void pageblock_that_is_free_alone_is_claimed_first(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t both = pageblock(zone, 1, M), alone = pageblock(zone, 4, M);

	give_range(test, zone, alone, ANNEX_PAGEBLOCK_PAGES);
	give_range(test, zone, both, 2 * ANNEX_PAGEBLOCK_PAGES);
	KUNIT_ASSERT_EQ(test, annex_zone_nr_free(zone, 10), 1UL);
	KUNIT_EXPECT_EQ(test, start_of(zone, annex_test_take(zone, 0, U)),
			alone);
	KUNIT_EXPECT_EQ(test, annex_zone_nr_free(zone, 10), 1UL);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/*
 * Of a Movable pageblock, @nr frames are free, the first ones; whose is it
 * after an Unmovable request?
 */
static void claim_of(struct kunit *test, unsigned int nr, unsigned int type)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t block = pageblock(zone, 3, M), pfn;

	give_range(test, zone, block, nr);
	pfn = annex_test_take(zone, 0, U);
	KUNIT_EXPECT_EQ(test, start_of(zone, pfn), block);
	KUNIT_EXPECT_EQ(test, type_of(zone, block), type);
	KUNIT_EXPECT_EQ(test, count_type(annex_of(zone->frames, frames), type),
			type == U ? 1 : zone->frames->nr_pageblocks);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void pageblock_is_claimed_if_half_is_free(struct kunit *test)
{
	claim_of(test, ANNEX_PAGEBLOCK_PAGES / 2, U);
	claim_of(test, ANNEX_PAGEBLOCK_PAGES / 2 - 1, M);
	claim_of(test, 1, M);
}

/* The first block that is free need not be of the pageblock to claim. */
static void pageblock_with_the_larger_block_is_claimed(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t small = pageblock(zone, 1, M);
	annex_pfn_t large = pageblock(zone, 2, M), pfn;

	give_range(test, zone, large, 256);
	give_range(test, zone, small, 128);
	annex_test_give(test, zone, small + 200);
	pfn = annex_test_take(zone, 0, U);
	KUNIT_EXPECT_EQ(test, start_of(zone, pfn), large);
	KUNIT_EXPECT_EQ(test, type_of(zone, large), U);
	KUNIT_EXPECT_EQ(test, type_of(zone, small), M);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

struct pick {
	unsigned int type;
	unsigned int expect[2];
};

static const struct pick picks[] = {
	{ U, { R, M } },
	{ M, { R, U } },
	{ R, { U, M } },
};

static void pick_name(const struct pick *p, char *desc)
{
	strscpy(desc, annex_migratetype_name(p->type), KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pick, picks, pick_name);

/* Where no pageblock can be claimed, of the other two types one goes first. */
static void pageblock_falls_back_in_order(struct kunit *test)
{
	const struct pick *p = test->param_value;
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t block[ANNEX_MIGRATE_PCPTYPES], pfn;
	unsigned int type, i;

	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		block[type] = pageblock(zone, type, type);
	for (type = 0; type < ANNEX_MIGRATE_PCPTYPES; type++)
		if (type != p->type)
			annex_test_give(test, zone, block[type] + 5);
	for (i = 0; i < 2; i++) {
		pfn = annex_test_take(zone, 0, p->type);
		KUNIT_EXPECT_EQ(test, pfn, block[p->expect[i]] + 5);
		KUNIT_EXPECT_EQ(test, type_of(zone, pfn), p->expect[i]);
	}
	KUNIT_EXPECT_EQ(test, annex_test_take(zone, 0, p->type),
			ANNEX_PFN_NIL);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* A smaller block of the second type does less harm than a larger of the first. */
static void pageblock_gives_its_smallest_block(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t reclaimable = pageblock(zone, 1, R);
	annex_pfn_t movable = pageblock(zone, 2, M);

	give_range(test, zone, reclaimable, 64);
	give_range(test, zone, movable, 16);
	annex_test_give(test, zone, movable + 18);
	KUNIT_EXPECT_EQ(test, annex_test_take(zone, 0, U), movable + 18);
	KUNIT_EXPECT_EQ(test, start_of(zone, annex_test_take(zone, 3, U)),
			movable);
	KUNIT_EXPECT_EQ(test, start_of(zone, annex_test_take(zone, 5, U)),
			reclaimable);
	KUNIT_EXPECT_EQ(test, count_type(annex_of(zone->frames, frames), U),
			0U);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void pageblock_claims_by_the_kernels_rule(struct kunit *test)
{
	unsigned int from;

	for (from = 0; from < ANNEX_MAX_ORDER; from++) {
		KUNIT_EXPECT_TRUE(test, annex_pageblock_worth_claiming(from, U));
		KUNIT_EXPECT_TRUE(test, annex_pageblock_worth_claiming(from, R));
		KUNIT_EXPECT_EQ(test, annex_pageblock_worth_claiming(from, M),
				from >= 4);
	}
}

/*
 * An Unmovable pageblock of which most is free, in pieces of @piece frames: does
 * a Movable request take it over?
 */
static void movable_claim(struct kunit *test, unsigned int piece, bool claims)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t block = pageblock(zone, 1, U), at;

	for (at = block; at < block + ANNEX_PAGEBLOCK_PAGES; at += 2 * piece) {
		give_range(test, zone, at, piece);
		give_range(test, zone, at + piece, piece / 2);
	}
	at = annex_test_take(zone, 0, M);
	KUNIT_EXPECT_EQ(test, start_of(zone, at), block);
	KUNIT_EXPECT_EQ(test, type_of(zone, block), claims ? M : U);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static void pageblock_in_small_pieces_is_not_for_movable(struct kunit *test)
{
	movable_claim(test, 8, false);
	movable_claim(test, 16, true);
}

static void pageblocks_of_a_large_block_are_claimed_together(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	unsigned long fresh[ANNEX_MAX_ORDER];
	annex_pfn_t pfn;

	annex_test_count_areas(zone, fresh);
	pfn = annex_test_take(zone, 10, U);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn), U);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn + ANNEX_PAGEBLOCK_PAGES), U);
	KUNIT_EXPECT_EQ(test, count_type(annex_of(zone->frames, frames), U),
			2U);
	annex_test_validate(test, annex_of(zone->frames, frames));
	annex_test_give(test, zone, pfn);
	annex_test_expect_areas(test, zone, fresh);
	KUNIT_EXPECT_EQ(test, annex_buddy_first(zone, U, 10),
			pfn + zone->frames->bias);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/*
 *   | Unmovable, used | Movable, free |    freed, this is one block, and so
 *   | Unmovable, free                 |    of one type
 */
static void pageblocks_that_merge_become_of_one_type(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	unsigned long fresh[ANNEX_MAX_ORDER], usable;
	annex_pfn_t pfn;

	/* So that there is none free alone. */
	while (zone->free_orders[M] & 1U << 9)
		annex_test_take(zone, 9, M);
	usable = annex_zone_usable_pages(zone);
	annex_test_count_areas(zone, fresh);
	pfn = annex_test_take(zone, 9, U);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn), U);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn ^ ANNEX_PAGEBLOCK_PAGES), M);
	annex_test_validate(test, annex_of(zone->frames, frames));
	annex_test_give(test, zone, pfn);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn), U);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn ^ ANNEX_PAGEBLOCK_PAGES), U);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone), usable);
	annex_test_expect_areas(test, zone, fresh);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* Its halves got different types while it was used; they mix. */
static void pageblocks_of_a_large_block_may_differ(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	unsigned long fresh[ANNEX_MAX_ORDER];
	annex_pfn_t pfn;

	annex_test_count_areas(zone, fresh);
	pfn = annex_test_take(zone, 10, M);
	retype(zone, pfn + ANNEX_PAGEBLOCK_PAGES + 9, R);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn), M);
	annex_test_give(test, zone, pfn);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn + ANNEX_PAGEBLOCK_PAGES), M);
	annex_test_expect_areas(test, zone, fresh);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* Each half of a free block of order 10 can go its way. */
static void pageblocks_of_a_free_block_come_apart(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	annex_pfn_t pfn = annex_buddy_first(zone, M, 10) - zone->frames->bias;
	unsigned long usable = annex_zone_usable_pages(zone);

	retype(zone, pfn + ANNEX_PAGEBLOCK_PAGES, R);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn), M);
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn + ANNEX_PAGEBLOCK_PAGES), R);
	KUNIT_EXPECT_EQ(test, annex_test_take(zone, 9, R),
			pfn + ANNEX_PAGEBLOCK_PAGES);
	KUNIT_EXPECT_EQ(test, annex_zone_usable_pages(zone),
			usable - ANNEX_PAGEBLOCK_PAGES);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* A CPU's list of frames of a type. */
static struct annex_pcp_list *pcp_list(const struct annex_zone *zone,
				       unsigned int type)
{
	return this_cpu_ptr(annex_pcp_list(zone, type, 0));
}

/* A freed frame goes to the list of its pageblock's type as of now. */
static void pageblock_gets_its_frames_back(struct kunit *test)
{
	struct annex_zone *zone = high_zone(test);
	struct annex_page *page, *next;
	unsigned int in_u, in_r;
	annex_pfn_t pfn;

	migrate_disable();
	annex_block_alloc(zone->frames, GFP_HIGHUSER, 0, &page);
	annex_block_alloc(zone->frames, GFP_HIGHUSER, 0, &next);
	pfn = page - zone->frames->mem_map;
	KUNIT_EXPECT_EQ(test, type_of(zone, pfn), U);
	in_u = pcp_list(zone, U)->count;
	annex_block_free(zone->frames, next, 0);
	KUNIT_EXPECT_EQ(test, pcp_list(zone, U)->count, in_u + 1);
	retype(zone, pfn, R);
	in_r = pcp_list(zone, R)->count;
	annex_block_free(zone->frames, page, 0);
	KUNIT_EXPECT_EQ(test, pcp_list(zone, U)->count, in_u + 1);
	KUNIT_EXPECT_EQ(test, pcp_list(zone, R)->count, in_r + 1);
	annex_block_alloc(zone->frames, GFP_HIGHUSER | __GFP_RECLAIMABLE, 0,
			  &next);
	KUNIT_EXPECT_PTR_EQ(test, next, page);
	annex_block_free(zone->frames, next, 0);
	migrate_enable();

	/* What waited on the list of the former type goes to the right one. */
	annex_pcp_drain_all(zone->frames);
	KUNIT_EXPECT_EQ(test, zone->free_orders[U], 0);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static struct kunit_case pageblock_cases[] = {
	KUNIT_CASE(pageblock_is_movable_at_first),
	KUNIT_CASE(pageblock_is_nobodys_without_grouping),
	KUNIT_CASE(pageblock_is_claimed_and_used_up),
	KUNIT_CASE(pageblock_that_is_free_alone_is_claimed_first),
	KUNIT_CASE(pageblock_is_claimed_if_half_is_free),
	KUNIT_CASE(pageblock_with_the_larger_block_is_claimed),
	KUNIT_CASE_PARAM(pageblock_falls_back_in_order, pick_gen_params),
	KUNIT_CASE(pageblock_gives_its_smallest_block),
	KUNIT_CASE(pageblock_claims_by_the_kernels_rule),
	KUNIT_CASE(pageblock_in_small_pieces_is_not_for_movable),
	KUNIT_CASE(pageblocks_of_a_large_block_are_claimed_together),
	KUNIT_CASE(pageblocks_that_merge_become_of_one_type),
	KUNIT_CASE(pageblocks_of_a_large_block_may_differ),
	KUNIT_CASE(pageblocks_of_a_free_block_come_apart),
	KUNIT_CASE(pageblock_gets_its_frames_back),
	{}
};

static struct kunit_suite annex_pageblock_suite = {
	.name = "annex_pageblock",
	.test_cases = pageblock_cases,
};

kunit_test_suite(annex_pageblock_suite);
