// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what gfp flags mean for how long a request waits, and of the order
 * in which requests are served.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>

#include "lib/testpool.h"
#include "lib/waiter.h"
#include "page/page_alloc.h"

#define DMA	ANNEX_ZONE_DMA

struct wait {
	gfp_t gfp;
	unsigned int order;
	unsigned int least;	/* in ms */
	unsigned int most;
};

/* The upper bounds leave room for a busy host, not for another round. */
static const struct wait waits[] = {
	{ GFP_NOWAIT, 0, 0, 200 },
	{ GFP_ATOMIC, 0, 0, 200 },
	{ GFP_KERNEL | __GFP_NORETRY, 0, 0, 200 },
	{ GFP_KERNEL | __GFP_NORETRY, 3, 0, 200 },
	{ GFP_KERNEL, 0, 290, 1400 },
	{ GFP_KERNEL, 3, 290, 1400 },
	{ GFP_KERNEL, 4, 0, 200 },
	{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0, 1490, 5000 },
	{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 4, 1490, 5000 },
};

static void slowpath_wait_is_as_long_as_the_flags_say(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int i;

	annex_test_exhaust(annex, GFP_ATOMIC, pages);
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		const struct wait *w = &waits[i];
		ktime_t start = ktime_get();
		s64 took;

		KUNIT_EXPECT_NULL(test,
				  annex_test_alloc(annex, w->gfp, w->order));
		took = ktime_ms_delta(ktime_get(), start);
		kunit_info(test, "row %u: %lld ms\n", i, took);
		KUNIT_EXPECT_GE(test, took, (s64)w->least);
		KUNIT_EXPECT_LE(test, took, (s64)w->most);
	}
	annex_test_validate(test, annex);
}

/*
 * It waits longer than any other request, with half of min its own by then,
 * and gets the first frame above that.
 */
static void slowpath_wait_nofail_lasts_until_there_is_something(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_zone *zone = &annex->frames.zones[DMA];
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter w = {
		.annex = annex, .gfp = GFP_KERNEL | __GFP_NOFAIL,
	};
	unsigned long min = annex_test_min(zone), half = min - min / 2;
	unsigned long freed = 0;

	annex_test_exhaust(annex, GFP_KERNEL | __GFP_MEMALLOC, pages);
	annex_waiter_start(test, &w, 1);
	KUNIT_EXPECT_FALSE(test, annex_waiter_is_done(&w, 2000));
	for (; freed < half; freed++) {
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, pages[freed],
						 0),
				0);
		usleep_range(1000, 1100);
		KUNIT_EXPECT_FALSE(test, completion_done(&w.done));
	}
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, pages[freed], 0),
			0);
	annex_waiter_end(test, &w);
	KUNIT_EXPECT_NOT_NULL(test, w.page);
	KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), half);
	annex_test_validate(test, annex);
}

/* Eight frames in a row are waited for like one. */
static void slowpath_wait_nofail_is_for_order_3_too(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_waiter w = {
		.annex = annex, .gfp = GFP_KERNEL | __GFP_NOFAIL, .order = 3,
	};
	struct annex_page *block = annex_test_alloc(annex, GFP_KERNEL, 4);
	struct annex_page **pages = annex_test_array(test, annex);

	KUNIT_ASSERT_NOT_NULL(test, block);
	annex_test_exhaust(annex, GFP_KERNEL, pages);
	annex_waiter_start(test, &w, 1);
	KUNIT_EXPECT_FALSE(test, annex_waiter_is_done(&w, 500));
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, block, 4), 0);
	annex_waiter_give_back(test, &w);
	annex_test_validate(test, annex);
}

/* Nothing makes a larger block: it is refused, also where there are many. */
static void slowpath_wait_nofail_is_refused_for_large_blocks(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	unsigned long bad = annex_test_event(annex, ANNEX_BAD_ALLOC);
	struct annex_page *page;
	unsigned int order;

	for (order = 4; order < ANNEX_MAX_ORDER; order++) {
		/* The CPU may have one cached. */
		page = annex_test_alloc(annex, GFP_KERNEL, order);
		if (page)
			annex_block_free(&annex->frames, page, order);
		KUNIT_EXPECT_EQ(test,
				annex_block_alloc(&annex->frames,
						  GFP_KERNEL | __GFP_NOFAIL,
						  order, &page),
				-EINVAL);
		KUNIT_EXPECT_NULL(test, page);
		KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_ALLOC),
				++bad);
	}
	annex_test_validate(test, annex);
}

struct late_free {
	struct annex *annex;
	struct annex_page *page;
	struct completion done;
};

static int free_one_later(void *arg)
{
	struct late_free *late = arg;

	msleep(100);
	annex_block_free(&late->annex->frames, late->page, 0);
	complete(&late->done);
	return 0;
}

/* Even a thread that frees memory: nothing is free, then another frees. */
static void slowpath_wait_nofail_holds_for_who_frees_memory(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct late_free late = { .annex = annex };
	unsigned int flags;

	annex_test_exhaust(annex, GFP_KERNEL | __GFP_MEMALLOC, pages);
	late.page = pages[0];
	init_completion(&late.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(free_one_later, &late,
						    "annex-late")));
	flags = memalloc_noreclaim_save();
	KUNIT_EXPECT_PTR_EQ(test, annex_test_alloc(annex, GFP_KERNEL |
						   __GFP_NOFAIL, 0), pages[0]);
	memalloc_noreclaim_restore(flags);
	wait_for_completion(&late.done);
	annex_test_validate(test, annex);
}

/*
 * A task that frees memory (PF_MEMALLOC) does not queue behind requests that
 * wait for that, nor does a request with more alloc_flags than they have.
 */
static void slowpath_wait_rights_go_before_the_line(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_waiter w = {
		.annex = annex, .gfp = GFP_KERNEL | __GFP_RETRY_MAYFAIL,
	};

	annex_test_exhaust(annex, GFP_KERNEL, pages);
	annex_waiter_start(test, &w, 1);
	KUNIT_EXPECT_NOT_NULL(test, annex_test_alloc(annex, GFP_KERNEL |
						     __GFP_HIGH | __GFP_NORETRY,
						     0));
	KUNIT_EXPECT_NOT_NULL(test, annex_test_alloc(annex, GFP_ATOMIC, 0));
	KUNIT_EXPECT_NOT_NULL(test, annex_test_alloc(annex, GFP_KERNEL |
						     __GFP_MEMALLOC |
						     __GFP_NORETRY, 0));
	KUNIT_EXPECT_FALSE(test, completion_done(&w.done));
	KUNIT_EXPECT_NULL(test, annex_test_alloc(annex, GFP_KERNEL |
						 __GFP_NORETRY, 0));
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(&annex->frames, pages, 4),
			0);
	annex_waiter_give_back(test, &w);
	annex_test_validate(test, annex);
}

static struct kunit_case slowpath_wait_cases[] = {
	KUNIT_CASE(slowpath_wait_is_as_long_as_the_flags_say),
	KUNIT_CASE(slowpath_wait_nofail_lasts_until_there_is_something),
	KUNIT_CASE(slowpath_wait_nofail_is_for_order_3_too),
	KUNIT_CASE(slowpath_wait_nofail_is_refused_for_large_blocks),
	KUNIT_CASE(slowpath_wait_nofail_holds_for_who_frees_memory),
	KUNIT_CASE(slowpath_wait_rights_go_before_the_line),
	{}
};

static struct kunit_suite annex_slowpath_wait_suite = {
	.name = "annex_slowpath_wait",
	.test_cases = slowpath_wait_cases,
};

kunit_test_suite(annex_slowpath_wait_suite);
