// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests for many frames that only pageblocks of another type have:
 * which of these they spoil.
 */
#include "lib/testblock.h"
#include "page/page_alloc.h"

/* Take up to @nr frames of a zone at once, not used yet. */
static unsigned int take_many(struct annex_zone *zone, unsigned int order,
			      unsigned int type, unsigned int nr,
			      struct annex_page **page)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	nr = annex_buddy_take_locked(zone, order, type, nr, page);
	spin_unlock_irqrestore(&zone->lock, flags);
	return nr;
}

static void give_many(struct annex_zone *zone, unsigned int order,
		      unsigned int nr, struct annex_page **page)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	annex_buddy_free_many_locked(zone, page, nr, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Do @nr blocks lie in one pageblock of a type? */
static void expect_together(struct kunit *test, const struct annex_zone *zone,
			    struct annex_page **page, unsigned int nr,
			    unsigned int type)
{
	const struct annex_page *map = zone->frames->mem_map;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, start_of(zone, page[i] - map),
				start_of(zone, page[0] - map));
		KUNIT_EXPECT_EQ(test, type_of(zone, page[i] - map), type);
	}
}

/* A bulk request that falls back takes its frames from one pageblock only. */
static void pageblock_gives_many_of_one_pageblock(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t one = pageblock(zone, 1, M), other = pageblock(zone, 3, M);
	struct annex_page *page[8];
	unsigned int i, n;

	/* A frame of each pageblock in turn: the list has them in turn as well. */
	for (i = 0; i < 200; i += 2) {
		annex_test_give(test, zone, one + i);
		annex_test_give(test, zone, other + i);
	}
	n = take_many(zone, 0, U, 8, page);
	KUNIT_EXPECT_EQ(test, n, 8U);
	expect_together(test, zone, page, n, M);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), 192UL);
	give_many(zone, 0, n, page);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* With few free frames, one that is there is found sooner than the others. */
static void pageblock_nearly_full_gives_a_block_at_a_time(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t block = pageblock(zone, 1, M);
	struct annex_page *page[8];
	unsigned int i, n;

	for (i = 0; i < 15; i++)
		annex_test_give(test, zone, block + 2 * i);
	n = take_many(zone, 0, U, 8, page);
	KUNIT_EXPECT_EQ(test, n, 1U);
	give_many(zone, 0, n, page);
	annex_test_give(test, zone, block + 30);
	n = take_many(zone, 0, U, 8, page);
	KUNIT_EXPECT_EQ(test, n, 8U);
	give_many(zone, 0, n, page);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), 16UL);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* Blocks, too: what is smaller is left. */
static void pageblock_gives_blocks_of_the_order(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t block = pageblock(zone, 1, M);
	struct annex_page *page[64];
	unsigned int i, n;

	for (i = 0; i < 250; i += 5)
		give_range(test, zone, block + 2 * (i / 2), i % 2 ? 4 : 1);
	n = take_many(zone, 1, U, 64, page);
	KUNIT_EXPECT_GT(test, n, 8U);
	expect_together(test, zone, page, n, M);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, annex_page_order(page[i]), 1U);
	give_many(zone, 1, n, page);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

/* To move all blocks of a pageblock was enough with interrupts off. */
static void pageblock_in_pieces_gives_one_when_claimed(struct kunit *test)
{
	struct annex_zone *zone = full_zone(test);
	annex_pfn_t block = pageblock(zone, 1, M);
	struct annex_page *page[8];
	unsigned int i, n;

	for (i = 0; i < ANNEX_PAGEBLOCK_PAGES; i += 2)
		annex_test_give(test, zone, block + i);
	n = take_many(zone, 0, U, 8, page);
	KUNIT_EXPECT_EQ(test, n, 1U);
	KUNIT_EXPECT_EQ(test, type_of(zone, block), U);
	annex_test_validate(test, annex_of(zone->frames, frames));
	n += take_many(zone, 0, U, 7, page + n);
	KUNIT_EXPECT_EQ(test, n, 8U);
	expect_together(test, zone, page, n, U);
	give_many(zone, 0, n, page);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), 256UL);
	annex_test_validate(test, annex_of(zone->frames, frames));
}

static struct kunit_case pageblock_many_cases[] = {
	KUNIT_CASE(pageblock_gives_many_of_one_pageblock),
	KUNIT_CASE(pageblock_nearly_full_gives_a_block_at_a_time),
	KUNIT_CASE(pageblock_gives_blocks_of_the_order),
	KUNIT_CASE(pageblock_in_pieces_gives_one_when_claimed),
	{}
};

static struct kunit_suite annex_pageblock_many_suite = {
	.name = "annex_pageblock_many",
	.test_cases = pageblock_many_cases,
};

kunit_test_suite(annex_pageblock_many_suite);
