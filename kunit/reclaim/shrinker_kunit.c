// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the shrinkers: how much they are asked for, and that one which is
 * gone is not asked.
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include <annex/reclaim.h>

#include "lib/testhoard.h"
#include "lib/testlog.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "reclaim/reclaim.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 4096,
};

static void shrinker_delta_follows_the_kernels_rule(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_shrink_delta(40960, 12, 2), 20UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_delta(4095, 12, 2), 0UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_delta(1000, 0, 2), 2000UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_delta(1000, 0, 4), 1000UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_delta(1000, 12, 0), 500UL);
	/* Four times what a long has room for. */
	KUNIT_EXPECT_EQ(test, annex_shrink_delta(0xc0000000, 0, 4),
			0xc0000000UL);
}

static void shrinker_total_is_at_most_twice_what_there_is(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_shrink_total(1000, 12, 20, 0), 20UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_total(1000, 4, 20, 1600), 120UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_total(1000, 0, 2000, 1600), 2000UL);
}

static void shrinker_what_is_not_scanned_is_put_off(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_shrink_deferred(1000, 20, 100, 0), 120UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_deferred(1000, 20, 100, 128), 0UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_deferred(1000, 20, 100, 70), 50UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_deferred(10, 20, 100, 0), 20UL);
}

static void shrinker_arithmetic_does_not_wrap(struct kunit *test)
{
	const unsigned long most = LONG_MAX;

	KUNIT_EXPECT_EQ(test, annex_shrink_delta(most, 0, 1), ULONG_MAX);
	/* Of 64 bits, four times as much is beyond what can be divided. */
	KUNIT_EXPECT_GE(test, annex_shrink_delta(most, 0, 2), most);
	KUNIT_EXPECT_EQ(test, annex_shrink_total(most, 0, ULONG_MAX, ULONG_MAX),
			2 * most);
	KUNIT_EXPECT_EQ(test, annex_shrink_total(1000, 1, ULONG_MAX - 2, 100),
			2000UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_deferred(1000, ULONG_MAX, 5, 0),
			2000UL);
	KUNIT_EXPECT_EQ(test, annex_shrink_deferred(ULONG_MAX, ULONG_MAX, 5, 0),
			ULONG_MAX);
}

/*
 * Somebody subtracted twice: the cache says -5. It is asked for a batch or two
 * each time, and blamed once.
 */
static void shrinker_count_below_zero_is_a_batch(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, -5UL);
	struct testlog *log = testlog(test);
	unsigned int i;

	h->stop_after = 1000;
	h->shrinker.name = "test-below-zero";
	testhoard_register(test, annex, h);
	for (i = 0; i < 10; i++)
		annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0);
	KUNIT_EXPECT_GE(test, h->calls, 10UL);
	KUNIT_EXPECT_LE(test, h->calls, 20UL);
	KUNIT_EXPECT_EQ(test, h->most, 128UL);
	KUNIT_EXPECT_EQ(test, testlog_count(log, "test-below-zero: the count"),
			1U);
	testhoard_unregister(test, annex, h);
}

/* The same, halved since: more objects than fit into the pool at 8 bytes each. */
static void shrinker_count_beyond_the_pool_is_a_batch(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	const unsigned long most = opts.nr_pages * PAGE_SIZE / 8;
	struct testhoard *h = testhoard(test, -1UL / 2);
	struct testlog *log = testlog(test);

	h->stop_after = 1000;
	h->shrinker.name = "test-halved";
	testhoard_register(test, annex, h);
	annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0);
	KUNIT_EXPECT_LE(test, h->calls, 2UL);
	h->nr = most + 1;
	annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0);
	KUNIT_EXPECT_LE(test, h->calls, 4UL);
	KUNIT_EXPECT_EQ(test, testlog_count(log, "test-halved: the count"), 1U);
	/* As many as fit are believed. */
	h->nr = most;
	annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0);
	KUNIT_EXPECT_GT(test, h->calls, 100UL);
	testhoard_unregister(test, annex, h);
}

/* An errno in place of a number: nothing was freed, and it is not asked on. */
static void shrinker_result_below_zero_is_nothing(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 10000);
	struct testlog *log = testlog(test);

	h->freed_says = -EAGAIN;
	h->shrinker.name = "test-errno";
	testhoard_register(test, annex, h);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			0UL);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			0UL);
	KUNIT_EXPECT_EQ(test, h->calls, 2UL);
	KUNIT_EXPECT_EQ(test, testlog_count(log, "test-errno: the result"),
			1U);
	testhoard_unregister(test, annex, h);
}

static void shrinker_scanned_below_zero_is_what_was_asked(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 10000);
	struct testlog *log = testlog(test);

	h->scanned_says = -1UL;
	h->shrinker.name = "test-scanned";
	testhoard_register(test, annex, h);
	/* As in shrinker_is_asked_by_the_batch(). */
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 5),
			512UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_SLABS_SCANNED),
			512UL);
	KUNIT_EXPECT_EQ(test, testlog_count(log, "test-scanned: nr_scanned"),
			1U);
	testhoard_unregister(test, annex, h);
}

static void shrinker_is_asked_by_the_batch(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 10000);

	testhoard_register(test, annex, h);
	/* 10000 >> 5, by 4, by 2 seeks: 624, which is four batches of 128. */
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 5),
			512UL);
	KUNIT_EXPECT_EQ(test, h->calls, 4UL);
	KUNIT_EXPECT_EQ(test, h->most, 128UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&h->shrinker.nr_deferred), 112L);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_SLABS_SCANNED),
			512UL);
	/* Of the 112 put off a 32nd comes on top: again four batches. */
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 5),
			512UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&h->shrinker.nr_deferred), 224L);
	h->shrinker.batch = 1000;
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 5),
			0UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&h->shrinker.nr_deferred), 848L);
	testhoard_unregister(test, annex, h);
}

static void shrinker_small_cache_is_asked_when_it_is_tight(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 50);

	testhoard_register(test, annex, h);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 3),
			0UL);
	KUNIT_EXPECT_EQ(test, h->calls, 0UL);
	KUNIT_EXPECT_GE(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			50UL);
	KUNIT_EXPECT_GE(test, h->calls, 1UL);
	testhoard_unregister(test, annex, h);
}

static void shrinker_that_cannot_now_is_left(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 10000);

	h->stop = true;
	testhoard_register(test, annex, h);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			0UL);
	KUNIT_EXPECT_EQ(test, h->calls, 1UL);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_SLABS_SCANNED),
			0UL);
	h->stop = false;
	h->nr = 0;
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			0UL);
	h->nr = ANNEX_SHRINK_EMPTY;
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			0UL);
	KUNIT_EXPECT_EQ(test, h->calls, 1UL);
	testhoard_unregister(test, annex, h);
}

static void shrinker_misuse_is_refused(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 1);

	KUNIT_EXPECT_EQ(test, annex_shrinker_del(&annex->frames, &h->shrinker),
			-ENOENT);
	h->shrinker.scan_objects = NULL;
	KUNIT_EXPECT_EQ(test, annex_shrinker_add(&annex->frames, &h->shrinker),
			-EINVAL);
	h->shrinker.scan_objects = testhoard_scan;
	h->shrinker.seeks = -1;
	KUNIT_EXPECT_EQ(test, annex_shrinker_add(&annex->frames, &h->shrinker),
			-EINVAL);
	h->shrinker.seeks = 2;
	h->shrinker.name = "a cache";
	KUNIT_EXPECT_EQ(test, annex_shrinker_add(&annex->frames, &h->shrinker),
			-EINVAL);
	h->shrinker.name = "sb-ext4:sda1";
	KUNIT_EXPECT_EQ(test, annex_shrinker_add(&annex->frames, &h->shrinker),
			0);
	KUNIT_EXPECT_EQ(test, annex_shrinker_add(&annex->frames, &h->shrinker),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, annex_shrinker_del(&annex->frames, &h->shrinker),
			0);
	KUNIT_EXPECT_EQ(test, annex_shrinker_del(&annex->frames, &h->shrinker),
			-ENOENT);
}

/* Frames that a shrinker gives back are what direct reclaim returns. */
static void shrinker_frames_count_as_reclaimed(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	unsigned long free = annex_test_free_pages(annex);
	struct testhoard *h = testhoard(test, 0);
	unsigned long freed, filled;

	filled = testhoard_fill(h, annex, GFP_NOWAIT);
	KUNIT_ASSERT_GE(test, filled, 1000UL);
	testhoard_register(test, annex, h);
	freed = annex_reclaim_direct(&annex->frames, GFP_KERNEL, 0,
				     ANNEX_ZONE_NORMAL);
	KUNIT_EXPECT_GE(test, freed, 32UL);
	KUNIT_EXPECT_LE(test, freed, filled - h->nr);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free - h->nr);
	testhoard_unregister(test, annex, h);
	testhoard_empty(h);
	annex_test_validate(test, annex);
}

struct asker {
	struct annex *annex;
	struct completion done;
	bool stop;
};

static int ask(void *arg)
{
	struct asker *asker = arg;

	while (!READ_ONCE(asker->stop)) {
		annex_shrinkers_run(&asker->annex->frames, GFP_KERNEL, 0);
		cond_resched();
	}
	complete(&asker->done);
	return 0;
}

static void shrinker_that_is_gone_is_not_asked(struct kunit *test)
{
	struct asker asker = { .annex = annex_testpool(test, &opts) };
	struct testhoard *h = testhoard(test, 100);
	unsigned int i;

	init_completion(&asker.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(ask, &asker, "annex-ask")));
	for (i = 0; i < 2000; i++) {
		WRITE_ONCE(h->dead, false);
		annex_shrinker_add(&asker.annex->frames, &h->shrinker);
		cond_resched();
		annex_shrinker_del(&asker.annex->frames, &h->shrinker);
		WRITE_ONCE(h->dead, true);
		if (!(i & 15))
			schedule_timeout_uninterruptible(i & 16 ? 1 : 0);
	}
	WRITE_ONCE(asker.stop, true);
	wait_for_completion(&asker.done);
	kunit_info(test, "it was asked %lu times", h->calls);
	KUNIT_EXPECT_EQ(test, h->after_death, 0UL);
}

static bool is_count(const void *code, const void *unused)
{
	return code == testhoard_count;
}

static bool is_nothing(const void *code, const void *unused)
{
	return false;
}

/* Its owner has gone without a word: what was told it was would be called. */
static void shrinker_whose_code_goes_is_forgotten(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct testhoard *h = testhoard(test, 10000);
	struct testhoard *other = testhoard(test, 0);

	testhoard_register(test, annex, h);
	testhoard_register(test, annex, other);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_revoke(&annex->frames, is_nothing,
					       NULL),
			0U);
	KUNIT_EXPECT_GT(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 5),
			0UL);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_revoke(&annex->frames, is_count, NULL),
			2U);
	h->dead = true;
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_run(&annex->frames, GFP_KERNEL, 0),
			0UL);
	KUNIT_EXPECT_EQ(test, h->after_death, 0UL);
	KUNIT_EXPECT_EQ(test, annex_shrinker_del(&annex->frames, &h->shrinker),
			-ENOENT);
	KUNIT_EXPECT_EQ(test,
			annex_shrinkers_revoke(&annex->frames, is_count, NULL),
			0U);
}

static struct kunit_case shrinker_cases[] = {
	KUNIT_CASE(shrinker_delta_follows_the_kernels_rule),
	KUNIT_CASE(shrinker_total_is_at_most_twice_what_there_is),
	KUNIT_CASE(shrinker_what_is_not_scanned_is_put_off),
	KUNIT_CASE(shrinker_arithmetic_does_not_wrap),
	KUNIT_CASE(shrinker_count_below_zero_is_a_batch),
	KUNIT_CASE(shrinker_count_beyond_the_pool_is_a_batch),
	KUNIT_CASE(shrinker_result_below_zero_is_nothing),
	KUNIT_CASE(shrinker_scanned_below_zero_is_what_was_asked),
	KUNIT_CASE(shrinker_is_asked_by_the_batch),
	KUNIT_CASE(shrinker_small_cache_is_asked_when_it_is_tight),
	KUNIT_CASE(shrinker_that_cannot_now_is_left),
	KUNIT_CASE(shrinker_misuse_is_refused),
	KUNIT_CASE(shrinker_frames_count_as_reclaimed),
	KUNIT_CASE(shrinker_that_is_gone_is_not_asked),
	KUNIT_CASE(shrinker_whose_code_goes_is_forgotten),
	{}
};

static struct kunit_suite annex_shrinker_suite = {
	.name = "annex_shrinker",
	.test_cases = shrinker_cases,
};

kunit_test_suite(annex_shrinker_suite);
