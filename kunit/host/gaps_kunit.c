// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of placing windows in the gaps of the vmalloc space, and of the words in
 * which sizes are advised.
 */
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "base/refuse.h"
#include "host/gaps.h"
#include "lib/testpool.h"

#define EXTRA	ANNEX_GAPS_WINDOW_EXTRA

static void gaps_windows_need_not_be_neighbours(struct kunit *test)
{
	const u64 windows[] = { SZ_8M, SZ_4M };
	struct annex_gaps gaps = {};

	/* |4M|  |8M|: neither has room for both. */
	annex_gaps_add(&gaps, SZ_4M + EXTRA);
	annex_gaps_add(&gaps, SZ_8M + EXTRA);
	KUNIT_EXPECT_TRUE(test, annex_gaps_hold(&gaps, windows, 2, 0));
	KUNIT_EXPECT_FALSE(test, annex_gaps_hold(&gaps, windows, 2, 1));

	/* As much of it, but in pieces that are too small. */
	gaps.nr = 0;
	annex_gaps_add(&gaps, SZ_8M);
	annex_gaps_add(&gaps, SZ_4M + 2 * EXTRA);
	KUNIT_EXPECT_FALSE(test, annex_gaps_hold(&gaps, windows, 2, 0));
}

/* The host takes the lowest gap that will do, and not the one that fits best. */
static void gaps_are_taken_from_the_lowest(struct kunit *test)
{
	const u64 small_first[] = { SZ_4M, SZ_8M };
	const u64 large_first[] = { SZ_8M, SZ_4M };
	struct annex_gaps gaps = {};

	annex_gaps_add(&gaps, SZ_8M + EXTRA);
	annex_gaps_add(&gaps, SZ_4M + EXTRA);
	KUNIT_EXPECT_FALSE(test, annex_gaps_hold(&gaps, small_first, 2, 0));
	KUNIT_EXPECT_TRUE(test, annex_gaps_hold(&gaps, large_first, 2, 0));
}

static void gaps_keep_what_is_to_be_left(struct kunit *test)
{
	const u64 windows[] = { 0, SZ_8M, 0 };
	struct annex_gaps gaps = {};

	annex_gaps_add(&gaps, SZ_2M);
	annex_gaps_add(&gaps, SZ_8M + EXTRA + SZ_1M);
	KUNIT_EXPECT_TRUE(test, annex_gaps_hold(&gaps, windows, 3, SZ_2M +
						SZ_1M));
	KUNIT_EXPECT_FALSE(test, annex_gaps_hold(&gaps, windows, 3, SZ_2M +
						 SZ_1M + 1));
	KUNIT_EXPECT_FALSE(test, annex_gaps_hold(&gaps, windows, 3, ~0ULL));
}

static void gaps_forget_the_smallest(struct kunit *test)
{
	const u64 first = SZ_16M, last = SZ_8M;
	struct annex_gaps gaps = {}, kept;
	unsigned long least;
	unsigned int i;

	annex_gaps_add(&gaps, 0);
	KUNIT_EXPECT_EQ(test, gaps.nr, 0U);
	annex_gaps_add(&gaps, SZ_16M + EXTRA);
	for (i = 0; i < 3 * ANNEX_GAPS_MAX; i++)
		annex_gaps_add(&gaps, (i % 7 + 1) * PAGE_SIZE);
	annex_gaps_add(&gaps, SZ_8M + EXTRA);
	KUNIT_EXPECT_EQ(test, gaps.nr, (unsigned int)ANNEX_GAPS_MAX);
	KUNIT_EXPECT_EQ(test, gaps.bytes[0], SZ_16M + EXTRA);
	KUNIT_EXPECT_EQ(test, gaps.bytes[ANNEX_GAPS_MAX - 1], SZ_8M + EXTRA);
	/* What is smaller than all of them is forgotten itself. */
	least = gaps.bytes[1];
	for (i = 2; i < gaps.nr; i++)
		least = min(least, gaps.bytes[i]);
	kept = gaps;
	annex_gaps_add(&gaps, least - 1);
	KUNIT_EXPECT_EQ(test, memcmp(&gaps, &kept, sizeof(gaps)), 0);
	KUNIT_EXPECT_TRUE(test, annex_gaps_hold(&gaps, &first, 1, 0));
	KUNIT_EXPECT_TRUE(test, annex_gaps_hold(&gaps, &last, 1, 0));
}

static const struct {
	u64 bytes;
	const char *text;
} sizes[] = {
	{ 0, "0" }, { 1, "1" }, { 5000001, "5000001" }, { 1023, "1023" },
	{ SZ_1K, "1K" }, { 4092 * SZ_1K, "4092K" }, { SZ_1M, "1M" },
	{ SZ_1G, "1G" }, { SZ_1G + SZ_512M, "1536M" }, { 57ULL << 30, "57G" },
	{ 0x1a0000000ULL, "6656M" }, { 0x13ff01000ULL, "5241860K" },
	{ 1ULL << 50, "1048576G" }, { ~0ULL, "18446744073709551615" },
};

static void size_text_is_exact_and_short(struct kunit *test)
{
	struct annex_size_text buf;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_STREQ(test, annex_size_text(&buf, sizes[i].bytes),
				   sizes[i].text);
}

static const struct {
	u64 size;
	const char *says; /* NULL: it may be had */
} asked[] = {
	{ SZ_2M, NULL }, { SZ_16M, NULL }, { SZ_4M + SZ_4K, NULL },
	{ SZ_1M, "it=1M is less than 2M" },
	/* What is merely too large is not called odd, and what is both is large. */
	{ SZ_32M, "it=32M is more than the pool's 16M" },
	{ SZ_16M + SZ_1K, "it=16385K is more than the pool's 16M" },
	{ 5ULL << 30, "it=5G is more than the pool's 16M" },
	{ SZ_4M + SZ_1K, "it=4097K is not a multiple of 4K" },
};

static void size_is_refused_for_what_is_wrong(struct kunit *test)
{
	static const struct annex_size_rule rule = {
		"it", SZ_2M, SZ_16M, SZ_4K, "the pool's "
	};
	struct annex_reason why;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		err = annex_check_size(&rule, asked[i].size, &why);
		KUNIT_EXPECT_EQ(test, err, asked[i].says ? -EINVAL : 0);
		if (err && asked[i].says)
			KUNIT_EXPECT_STREQ(test, why.text, asked[i].says);
	}
}

static struct kunit_case gaps_cases[] = {
	KUNIT_CASE(gaps_windows_need_not_be_neighbours),
	KUNIT_CASE(gaps_are_taken_from_the_lowest),
	KUNIT_CASE(gaps_keep_what_is_to_be_left),
	KUNIT_CASE(gaps_forget_the_smallest),
	KUNIT_CASE(size_text_is_exact_and_short),
	KUNIT_CASE(size_is_refused_for_what_is_wrong),
	{}
};

static struct kunit_suite annex_gaps_suite = {
	.name = "annex_gaps",
	.test_cases = gaps_cases,
};

kunit_test_suite(annex_gaps_suite);
