// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of kswapd: that it frees what is wanted and no more, sleeps when there
 * is nothing to do or nothing to be had, and stops when it is told.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "lib/testhoard.h"
#include "lib/testowner.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/pcp.h"
#include "reclaim/folio.h"
#include "reclaim/lru.h"
#include "reclaim/reclaim.h"

/* DMA 4 MB, HighMem 12 MB. */
static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 1024,
	.contents = true,
};

/* Frames that fill a zone and cannot be reclaimed. */
struct ballast {
	struct annex *annex;
	struct annex_page *page[4096];
	unsigned int nr;
};

static struct testowner *new_owner(struct kunit *test)
{
	struct testowner *owner = testowner(test, annex_testpool(test, &opts));

	KUNIT_ASSERT_EQ(test, annex_kswapd_run(&owner->annex->frames), 0);
	return owner;
}

static struct annex_zone *high(struct testowner *owner)
{
	return &owner->annex->frames.zones[ANNEX_ZONE_HIGHMEM];
}

static unsigned long mark(struct testowner *owner, enum annex_zone_watermark m)
{
	return annex_zone_watermark(high(owner), m);
}

/* Take frames of HighMem until it has no more than @left. */
static struct ballast *fill(struct testowner *owner, unsigned long left)
{
	struct ballast *b = kunit_kzalloc(owner->test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(owner->test, b);
	b->annex = owner->annex;
	for (;;) {
		annex_pcp_drain_all(&b->annex->frames);
		if (annex_zone_free_pages(high(owner)) <= left)
			return b;
		KUNIT_ASSERT_EQ(owner->test,
				annex_block_alloc(&b->annex->frames,
						  GFP_HIGHUSER | __GFP_NOWARN,
						  0, &b->page[b->nr]),
				0);
		b->nr++;
	}
}

static void empty(struct ballast *b)
{
	while (b->nr)
		annex_block_free(&b->annex->frames, b->page[--b->nr], 0);
}

static void wake(struct testowner *owner, gfp_t gfp, unsigned int order)
{
	annex_wakeup_kswapd(&owner->annex->frames, gfp, order,
			    ANNEX_ZONE_HIGHMEM);
}

static bool asleep(struct testowner *owner)
{
	return READ_ONCE(owner->annex->reclaim.kswapd->__state) &
	       TASK_INTERRUPTIBLE;
}

/* Wait until it sleeps without a timeout; false if it does not. */
static bool falls_asleep(struct testowner *owner)
{
	unsigned long end = jiffies + 10 * HZ;
	unsigned int still = 0;

	while (still < 4 && time_before(jiffies, end)) {
		unsigned long runs = testowner_event(owner, ANNEX_PAGEOUTRUN);

		schedule_timeout_uninterruptible(HZ / 10 + 2);
		if (asleep(owner) &&
		    runs == testowner_event(owner, ANNEX_PAGEOUTRUN))
			still++;
		else
			still = 0;
	}
	return still == 4;
}

/* Ask for a frame of HighMem, and wait until kswapd has done what it can. */
static void wake_for_a_frame(struct testowner *owner)
{
	wake(owner, GFP_HIGHUSER, 0);
	KUNIT_EXPECT_TRUE(owner->test, falls_asleep(owner));
}

static void expect_above_high(struct testowner *owner)
{
	KUNIT_EXPECT_GT(owner->test, annex_zone_free_pages(high(owner)),
			mark(owner, ANNEX_WMARK_HIGH));
}

/* Make ballast a cache's, until that has so many frames. */
static void hoard(struct testhoard *h, struct ballast *b, unsigned long nr)
{
	h->annex = b->annex;
	while (h->nr < nr)
		h->page[h->nr++] = b->page[--b->nr];
}

static void kswapd_shortage_reaches_high(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_kswapd_shortage(0, 100, 0), 101UL);
	KUNIT_EXPECT_EQ(test, annex_kswapd_shortage(50, 100, 0), 51UL);
	KUNIT_EXPECT_EQ(test, annex_kswapd_shortage(99, 100, 0), 32UL);
	KUNIT_EXPECT_EQ(test, annex_kswapd_shortage(500, 100, 3), 32UL);
	KUNIT_EXPECT_EQ(test, annex_kswapd_shortage(500, 100, 9), 1024UL);
}

static void kswapd_wishes_add_up(struct kunit *test)
{
	int wish = annex_kswapd_wish(0, 0, 0);

	KUNIT_EXPECT_EQ(test, wish, 1);
	wish = annex_kswapd_wish(wish, 3, ANNEX_ZONE_HIGHMEM);
	KUNIT_EXPECT_EQ(test, wish, 3 << 8 | (ANNEX_ZONE_HIGHMEM + 1));
	KUNIT_EXPECT_EQ(test, annex_kswapd_wish(wish, 2, 0), wish);
	/* As in kswapd itself, which may have been asked for nothing. */
	KUNIT_EXPECT_EQ(test, annex_kswapd_wish(0, 0, -1), 0);
}

static void kswapd_brings_a_zone_above_high_and_sleeps(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct ballast *b;
	unsigned long runs;

	testowner_add_some(owner, GFP_HIGHUSER, 500);
	b = fill(owner, mark(owner, ANNEX_WMARK_LOW));
	wake_for_a_frame(owner);
	annex_pcp_drain_all(&owner->annex->frames);
	expect_above_high(owner);
	/* And not far above: a batch, and what was scanned with it. */
	KUNIT_EXPECT_LE(test, annex_zone_free_pages(high(owner)),
			mark(owner, ANNEX_WMARK_HIGH) + 64);
	KUNIT_EXPECT_EQ(test, (unsigned long)owner->nr_gone,
			testowner_event(owner, ANNEX_PGSTEAL_KSWAPD));
	runs = testowner_event(owner, ANNEX_PAGEOUTRUN);
	KUNIT_EXPECT_GE(test, runs, 1UL);
	/* There is nothing to do now, and it does nothing. */
	wake_for_a_frame(owner);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PAGEOUTRUN), runs);
	empty(b);
	testowner_drop_all(owner);
}

static void kswapd_sleeps_through_requests_that_do_not_want_it(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct ballast *b;

	testowner_add_some(owner, GFP_HIGHUSER, 100);
	b = fill(owner, mark(owner, ANNEX_WMARK_LOW));
	wake(owner, GFP_HIGHUSER & ~__GFP_KSWAPD_RECLAIM, 0);
	KUNIT_EXPECT_TRUE(test, falls_asleep(owner));
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PAGEOUTRUN), 0UL);
	KUNIT_EXPECT_EQ(test, owner->nr_gone, 0U);
	empty(b);
	testowner_drop_all(owner);
}

/* All is ballast: sixteen runs, and then not even if called. */
static void kswapd_gives_up_and_begins_again(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct ballast *b = fill(owner, mark(owner, ANNEX_WMARK_LOW));
	struct ballast *more;
	unsigned long runs;

	wake_for_a_frame(owner);
	runs = testowner_event(owner, ANNEX_PAGEOUTRUN);
	KUNIT_EXPECT_EQ(test, runs, (unsigned long)ANNEX_KSWAPD_RETRIES);
	KUNIT_EXPECT_EQ(test, high(owner)->lruvec.kswapd_failures,
			(unsigned int)ANNEX_KSWAPD_RETRIES);
	wake_for_a_frame(owner);
	KUNIT_EXPECT_EQ(test, testowner_event(owner, ANNEX_PAGEOUTRUN), runs);
	/* There is something at last. */
	while (b->nr > 400)
		annex_block_free(&b->annex->frames, b->page[--b->nr], 0);
	testowner_add_some(owner, GFP_HIGHUSER, 400);
	more = fill(owner, mark(owner, ANNEX_WMARK_LOW));
	wake_for_a_frame(owner);
	expect_above_high(owner);
	KUNIT_EXPECT_EQ(test, high(owner)->lruvec.kswapd_failures, 0U);
	empty(more);
	empty(b);
	testowner_drop_all(owner);
}

static bool gave_up(struct testowner *owner)
{
	return high(owner)->lruvec.kswapd_failures >= ANNEX_KSWAPD_RETRIES;
}

/* What only a shrinker can free, and how the tests ask for it. */
#define HOARD_GFP	(GFP_HIGHUSER & ~__GFP_DIRECT_RECLAIM)

/* All is ballast for a while, and kswapd gives up. */
static struct ballast *have_it_give_up(struct testowner *owner)
{
	struct ballast *b = fill(owner, mark(owner, ANNEX_WMARK_MIN) + 1);

	wake_for_a_frame(owner);
	KUNIT_EXPECT_TRUE(owner->test, gave_up(owner));
	return b;
}

/*
 * The ballast goes, a cache fills the zone, and nothing comes to the lists. The
 * requests that took it through high have seen that there is hope.
 */
static void kswapd_begins_again_below_high_for_shrinkers(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct testhoard *h = testhoard(test, 0);

	testhoard_register(test, owner->annex, h);
	empty(have_it_give_up(owner));
	annex_pcp_drain_all(&owner->annex->frames);
	testhoard_fill(h, owner->annex, HOARD_GFP);
	KUNIT_EXPECT_FALSE(test, gave_up(owner));
	wake_for_a_frame(owner);
	expect_above_high(owner);
	KUNIT_EXPECT_GE(test, h->calls, 1UL);
	testhoard_unregister(test, owner->annex, h);
	testhoard_empty(h);
	testowner_drop_all(owner);
}

/* The same, and all frames are taken at once, by __annex_alloc_pages_bulk(). */
static void kswapd_begins_again_after_a_bulk(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct annex_page **pages = annex_test_array(test, owner->annex);

	empty(have_it_give_up(owner));
	annex_pcp_drain_all(&owner->annex->frames);
	__annex_alloc_pages_bulk(&owner->annex->frames,
				 HOARD_GFP | __GFP_NOWARN, 128, pages);
	KUNIT_EXPECT_FALSE(test, gave_up(owner));
	__annex_free_pages_bulk(&owner->annex->frames, pages, 128);
	testowner_drop_all(owner);
}

/* Frames that a shrinker frees for somebody else show kswapd that it can. */
static void kswapd_hears_of_what_direct_reclaim_shrinks(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct testhoard *h = testhoard(test, 0);
	struct ballast *b;

	testhoard_register(test, owner->annex, h);
	b = have_it_give_up(owner);
	hoard(h, b, 1000);
	KUNIT_EXPECT_TRUE(test, gave_up(owner));
	KUNIT_EXPECT_GT(test,
			annex_reclaim_direct(&owner->annex->frames,
					     GFP_HIGHUSER, 0,
					     ANNEX_ZONE_HIGHMEM),
			0UL);
	KUNIT_EXPECT_FALSE(test, gave_up(owner));
	testhoard_unregister(test, owner->annex, h);
	testhoard_empty(h);
	empty(b);
	testowner_drop_all(owner);
}

/* A run in which a shrinker freed something is no failure. */
static void kswapd_counts_what_shrinkers_free(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct testhoard *h = testhoard(test, 0);
	struct ballast *b;

	b = fill(owner, mark(owner, ANNEX_WMARK_MIN) + 1);
	/* Not enough for high, which is half as much above min. */
	hoard(h, b, mark(owner, ANNEX_WMARK_MIN) / 4);
	testhoard_register(test, owner->annex, h);
	wake_for_a_frame(owner);
	KUNIT_EXPECT_EQ(test, h->nr, 0UL);
	KUNIT_EXPECT_GT(test, testowner_event(owner, ANNEX_PAGEOUTRUN),
			(unsigned long)ANNEX_KSWAPD_RETRIES);
	KUNIT_EXPECT_TRUE(test, gave_up(owner));
	testhoard_unregister(test, owner->annex, h);
	empty(b);
	testowner_drop_all(owner);
}

/* A cache that is registered later is asked. */
static void kswapd_begins_again_for_a_new_shrinker(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct testhoard *h = testhoard(test, 0);
	struct ballast *b = have_it_give_up(owner);

	hoard(h, b, 1000);
	testhoard_register(test, owner->annex, h);
	wake_for_a_frame(owner);
	expect_above_high(owner);
	testhoard_unregister(test, owner->annex, h);
	testhoard_empty(h);
	empty(b);
	testowner_drop_all(owner);
}

/* Frames that lie apart make no block of order 9: high is enough then. */
static void kswapd_settles_for_single_frames(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct ballast *b;
	unsigned int i;

	b = fill(owner, mark(owner, ANNEX_WMARK_HIGH) + 100);
	/* Every other frame is free now. */
	for (i = 0; i < b->nr; i += 2) {
		annex_block_free(&b->annex->frames, b->page[i], 0);
		b->page[i] = NULL;
	}
	annex_pcp_drain_all(&owner->annex->frames);
	wake(owner, GFP_HIGHUSER, 9);
	KUNIT_EXPECT_TRUE(test, falls_asleep(owner));
	KUNIT_EXPECT_GE(test, testowner_event(owner, ANNEX_PAGEOUTRUN), 1UL);
	KUNIT_EXPECT_EQ(test, high(owner)->lruvec.kswapd_failures, 0U);
	for (i = 1; i < b->nr; i += 2)
		annex_block_free(&b->annex->frames, b->page[i], 0);
	testowner_drop_all(owner);
}

/* Pageblocks reserved for atomic requests do not count for a wake-up. */
static void kswapd_does_not_count_what_is_kept(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct annex_zone *zone = high(owner);
	struct ballast *b = fill(owner, mark(owner, ANNEX_WMARK_LOW));

	KUNIT_EXPECT_FALSE(test, annex_zone_balanced(zone, 0));
	WRITE_ONCE(zone->free_highatomic, mark(owner, ANNEX_WMARK_HIGH));
	KUNIT_EXPECT_FALSE(test, annex_zone_balanced(zone, 0));
	WRITE_ONCE(zone->free_highatomic, 0);
	empty(b);
	annex_pcp_drain_all(&owner->annex->frames);
	KUNIT_EXPECT_TRUE(test, annex_zone_balanced(zone, 0));
}

static void linger(struct testowner *owner, struct annex_folio *folio)
{
	schedule_timeout_uninterruptible(1);
}

/* In the middle of a run that would take seconds. */
static void kswapd_stops_when_told(struct kunit *test)
{
	struct testowner *owner = new_owner(test);
	struct ballast *b;
	unsigned long begin;

	owner->on_release = linger;
	testowner_add_some(owner, GFP_HIGHUSER, 500);
	b = fill(owner, mark(owner, ANNEX_WMARK_MIN) + 1);
	/* A block of 4 MB: what there is will not do. */
	wake(owner, GFP_HIGHUSER, 10);
	while (!READ_ONCE(owner->nr_gone))
		schedule_timeout_uninterruptible(1);
	begin = jiffies;
	annex_kswapd_stop(&owner->annex->frames);
	KUNIT_EXPECT_LE(test, jiffies - begin, (unsigned long)HZ);
	KUNIT_EXPECT_LT(test, owner->nr_gone, 400U);
	annex_kswapd_stop(&owner->annex->frames);
	/* It runs again, and stops while it sleeps. */
	owner->on_release = NULL;
	KUNIT_EXPECT_EQ(test, annex_kswapd_run(&owner->annex->frames), 0);
	KUNIT_EXPECT_TRUE(test, falls_asleep(owner));
	annex_kswapd_stop(&owner->annex->frames);
	wake(owner, GFP_HIGHUSER, 0);
	empty(b);
	testowner_drop_all(owner);
}

static struct kunit_case kswapd_cases[] = {
	KUNIT_CASE(kswapd_shortage_reaches_high),
	KUNIT_CASE(kswapd_wishes_add_up),
	KUNIT_CASE(kswapd_brings_a_zone_above_high_and_sleeps),
	KUNIT_CASE(kswapd_sleeps_through_requests_that_do_not_want_it),
	KUNIT_CASE(kswapd_gives_up_and_begins_again),
	KUNIT_CASE(kswapd_begins_again_below_high_for_shrinkers),
	KUNIT_CASE(kswapd_begins_again_after_a_bulk),
	KUNIT_CASE(kswapd_hears_of_what_direct_reclaim_shrinks),
	KUNIT_CASE(kswapd_counts_what_shrinkers_free),
	KUNIT_CASE(kswapd_begins_again_for_a_new_shrinker),
	KUNIT_CASE(kswapd_settles_for_single_frames),
	KUNIT_CASE(kswapd_does_not_count_what_is_kept),
	KUNIT_CASE(kswapd_stops_when_told),
	{}
};

static struct kunit_suite annex_kswapd_suite = {
	.name = "annex_kswapd",
	.test_cases = kswapd_cases,
};

kunit_test_suite(annex_kswapd_suite);
