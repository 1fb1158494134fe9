// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of telling uncached memory by the time that it takes to read it. The figures
 * are cycles for the 1024 words of a page.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include "host/host.h"
#include "host/speed.h"
#include "lib/testpool.h"

static const struct {
	const char *what;
	u64 own;
	u64 frame;
	bool uncached;
} figures[] = {
	{ "both cached", 580, 580, false },
	{ "both cached, one noisy", 580, 1900, false },
	{ "one from the second cache", 580, 4100, false },
	{ "8 times, and no more", 580, 8 * 580, false },
	{ "uncached", 580, 213000, true },
	{ "uncached, and fast memory", 1100, 61000, true },
	{ "an emulator without caches", 52000, 53100, false },
	{ "the same, and somebody else ran", 52000, 208000, false },
	{ "a clock that stands still", 0, 0, false },
	{ "no page to compare with", 0, 213000, false },
	{ "no time at all", 580, 0, false },
	{ "beyond all bounds", U64_MAX, U64_MAX, false },
	{ "what would wrap", U64_MAX / 4, U64_MAX, false },
};

static void speed_tells_uncached_by_ratio(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(figures); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    annex_speed_uncached(figures[i].own,
							 figures[i].frame),
				    figures[i].uncached, "%s", figures[i].what);
}

/* Memory that is as the kernel's own is not called uncached, however busy it is. */
static void speed_of_cached_memory_is_not_called_uncached(struct kunit *test)
{
	struct annex_host *host = kunit_kzalloc(test, sizeof(*host),
						GFP_KERNEL);
	unsigned int i, uncached = 0;
	u64 own, frame = 0;

	KUNIT_ASSERT_NOT_NULL(test, host);
	host->plain = vmalloc(PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, host->plain);
	own = annex_speed_own();
	for (i = 0; i < 200; i++) {
		frame = annex_speed_frame(host, 0);
		uncached += annex_speed_uncached(own, frame);
	}
	kunit_info(test, "own %llu, frame %llu\n", own, frame);
	KUNIT_EXPECT_EQ(test, uncached, 0U);
	vfree(host->plain);
}

static struct kunit_case speed_cases[] = {
	KUNIT_CASE(speed_tells_uncached_by_ratio),
	KUNIT_CASE(speed_of_cached_memory_is_not_called_uncached),
	{}
};

static struct kunit_suite annex_speed_suite = {
	.name = "annex_speed",
	.test_cases = speed_cases,
};

kunit_test_suite(annex_speed_suite);
