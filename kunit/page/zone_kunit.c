// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of zones: their bounds, watermarks and lowmem reserves.
 */
#include <linux/sizes.h>

#include "base/refuse.h"
#include "host/frame.h"
#include "lib/testpool.h"
#include "page/page_alloc.h"
#include "page/zone.h"

#define PAGES(bytes)	((annex_pfn_t)((u64)(bytes) >> PAGE_SHIFT))
#define GB(n)		((u64)(n) << 30)

struct ends {
	const char *name;
	struct annex_zone_limits lim;
	annex_pfn_t end[ANNEX_MAX_NR_ZONES];
};

static const struct ends ends[] = {
	{
		"1 GB at 5 GB",
		{ GB(5) >> PAGE_SHIFT, PAGES(SZ_1G), PAGES(SZ_32M) },
		{ 4096, 4096, 8192, 262144, 262144 },
	}, {
		"lowmem smaller than DMA",
		{ GB(5) >> PAGE_SHIFT, PAGES(SZ_32M), PAGES(SZ_8M) },
		{ 2048, 2048, 2048, 8192, 8192 },
	}, {
		"all lowmem",
		{ GB(5) >> PAGE_SHIFT, PAGES(SZ_64M), PAGES(SZ_64M) },
		{ 4096, 4096, 16384, 16384, 16384 },
	}, {
		"Movable",
		{ GB(5) >> PAGE_SHIFT, PAGES(SZ_1G), PAGES(SZ_32M),
		  PAGES(SZ_256M) },
		{ 4096, 4096, 8192, 262144 - 65536, 262144 },
	}, {
		"all highmem movable",
		{ GB(5) >> PAGE_SHIFT, PAGES(SZ_64M), PAGES(SZ_32M),
		  PAGES(SZ_32M) },
		{ 4096, 4096, 8192, 8192, 16384 },
	}, {
		"DMA32 of a pool under 4 GB is the rest of lowmem",
		{ GB(1) >> PAGE_SHIFT, PAGES(SZ_1G), PAGES(SZ_32M), 0, true },
		{ 4096, 8192, 8192, 262144, 262144 },
	}, {
		"DMA32 of a pool above 4 GB is empty",
		{ GB(5) >> PAGE_SHIFT, PAGES(SZ_1G), PAGES(SZ_32M), 0, true },
		{ 4096, 4096, 8192, 262144, 262144 },
	}, {
		"DMA32 ends at 4 GB of host addresses",
		{ PAGES(GB(4) - SZ_16M - SZ_8M), PAGES(SZ_64M), PAGES(SZ_32M),
		  0, true },
		{ 4096, 6144, 8192, 16384, 16384 },
	}, {
		"63 GB",
		{ GB(1) >> PAGE_SHIFT, PAGES(GB(63)), PAGES(SZ_32M) },
		{ 4096, 4096, 8192, 16515072, 16515072 },
	},
};

static void ends_name(const struct ends *t, char *desc)
{
	strscpy(desc, t->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ends, ends, ends_name);

static void zone_ends_where_it_should(struct kunit *test)
{
	const struct ends *t = test->param_value;
	annex_pfn_t end[ANNEX_MAX_NR_ZONES];
	unsigned int i;

	annex_zone_ends(&t->lim, end);
	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		KUNIT_EXPECT_EQ_MSG(test, end[i], t->end[i], "zone %u",
				    i);
}

/* What the kernel prints for these sizes, in MB and kB. */
static const unsigned int min_free[][2] = {
	{ 1, 128 }, { 16, 512 }, { 32, 724 }, { 64, 1024 }, { 128, 1448 },
	{ 256, 2048 }, { 512, 2896 }, { 1024, 4096 }, { 2048, 5792 },
	{ 4096, 8192 }, { 8192, 11585 }, { 16384, 16384 },
};

static void zone_min_free_follows_the_square_root(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(min_free); i++)
		KUNIT_EXPECT_EQ(test,
				annex_min_free_kbytes((unsigned long)
						      min_free[i][0] << 8),
				(unsigned long)min_free[i][1]);
	KUNIT_EXPECT_EQ(test, annex_min_free_kbytes(0), 128UL);
}

static void zone_min_is_shared_by_size_in_lowmem(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_DMA, 1000, 4000, 400),
			100UL);
	KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_NORMAL, 3000, 4000,
					     400), 300UL);
	KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_DMA, 1, 4000, 400),
			4UL);
	KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_NORMAL, 3999, 4000, 0),
			4UL);
	KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_NORMAL, 0, 0, 400),
			0UL);
}

static void zone_min_of_highmem_is_between_one_batch_and_four(struct kunit *test)
{
	static const unsigned long size[][2] = {
		{ 0, 0 }, { 1, 32 }, { 32 * 1024, 32 }, { 64 * 1024, 64 },
		{ 128 * 1024, 128 }, { 16000000, 128 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_HIGHMEM,
						     size[i][0], 4000, 9999),
				size[i][1]);
		KUNIT_EXPECT_EQ(test, annex_zone_min(ANNEX_ZONE_MOVABLE,
						     size[i][0], 4000, 9999),
				size[i][1]);
	}
}

static void expect_marks(struct kunit *test, const struct annex_zone *zone)
{
	const unsigned long *mark = zone->_watermark;

	KUNIT_EXPECT_EQ(test, mark[ANNEX_WMARK_LOW] * 4,
			mark[ANNEX_WMARK_MIN] * 5);
	KUNIT_EXPECT_EQ(test, mark[ANNEX_WMARK_HIGH] * 2,
			mark[ANNEX_WMARK_MIN] * 3);
}

static void zone_marks_are_exact_fractions_by_default(struct kunit *test)
{
	struct annex_testpool opts = { .start = GB(5), .nr_pages = 40000 };
	struct rnd_state rnd;
	unsigned int round, i;

	annex_test_seed(test, &rnd);
	for (round = 0; round < 20; round++) {
		struct annex *annex;

		opts.lowmem_pages = 512 + annex_test_below(&rnd, 30000);
		opts.reserved_pages = annex_test_below(&rnd, 256);
		annex = annex_testpool(test, &opts);
		for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
			expect_marks(test, &annex->frames.zones[i]);
	}
}

static void zone_marks_spread_by_watermark_scale(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = GB(5), .nr_pages = 40000, .lowmem_pages = 8192,
		.watermark_scale = 1000,
	};
	struct annex *annex = annex_testpool(test, &opts);
	unsigned int i;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
		const struct annex_zone *zone = &annex->frames.zones[i];
		const unsigned long *mark = zone->_watermark;
		unsigned long step = zone->managed_pages / 10;

		KUNIT_EXPECT_EQ(test, mark[ANNEX_WMARK_LOW],
				mark[ANNEX_WMARK_MIN] + step);
		KUNIT_EXPECT_EQ(test, mark[ANNEX_WMARK_HIGH],
				mark[ANNEX_WMARK_MIN] + 2 * step);
	}
}

/* A tenth of a frame is no reason to come closer than a quarter of min. */
static void zone_marks_never_come_closer_than_a_quarter(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, annex_zone_step(128, 40000, 1), 32UL);
	KUNIT_EXPECT_EQ(test, annex_zone_step(128, 40000, 10), 40UL);
	KUNIT_EXPECT_EQ(test, annex_zone_step(128, 16000000, 3000),
			4800000UL);
}

/* Whatever was asked for, low is above min and high above low. */
static void zone_marks_are_apart_however_little_is_kept(struct kunit *test)
{
	struct annex_testpool opts = {
		.start = GB(5), .nr_pages = 16384, .movable_pages = 512,
	};
	struct rnd_state rnd;
	unsigned int round, i;

	annex_test_seed(test, &rnd);
	for (round = 0; round < 40; round++) {
		struct annex *annex;

		opts.min_free_kbytes = 1 + annex_test_below(&rnd, 200);
		opts.lowmem_pages = 600 + annex_test_below(&rnd, 8000);
		annex = annex_testpool(test, &opts);
		KUNIT_EXPECT_EQ(test, annex->frames.min_free_kbytes,
				max(opts.min_free_kbytes, 128UL));
		for (i = 0; i < ANNEX_MAX_NR_ZONES; i++) {
			const struct annex_zone *zone = &annex->frames.zones[i];
			const unsigned long *mark = zone->_watermark;

			if (!zone->managed_pages)
				continue;
			KUNIT_EXPECT_GT(test, mark[ANNEX_WMARK_MIN], 0UL);
			KUNIT_EXPECT_GT(test, mark[ANNEX_WMARK_LOW],
					mark[ANNEX_WMARK_MIN]);
			KUNIT_EXPECT_GT(test, mark[ANNEX_WMARK_HIGH],
					mark[ANNEX_WMARK_LOW]);
		}
	}
}

static void zone_marks_refuse_what_leaves_nothing(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = GB(5), .nr_pages = 16384, .lowmem_pages = 4096,
	};
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_reason why;

	/* Half of 16 MB is 8192 kB; 4096 frames are all managed. */
	KUNIT_EXPECT_EQ(test,
			annex_zones_set_watermarks(&annex->frames, 8193, 0,
						   &why),
			-EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, strstr(why.text, "at most 8192"));
	KUNIT_EXPECT_EQ(test,
			annex_zones_set_watermarks(&annex->frames, 0, 3001,
						   &why),
			-EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, strstr(why.text, "3000"));
	KUNIT_EXPECT_EQ(test,
			annex_zones_set_watermarks(&annex->frames, 8192, 3000,
						   &why),
			0);
	KUNIT_EXPECT_EQ(test, annex->frames.min_free_kbytes, 8192UL);
}

/* What zone @i keeps from a request for zone @j, said in another way. */
static unsigned long kept(const struct annex *annex, unsigned int i,
			  unsigned int j)
{
	static const unsigned int ratio[] = { 256, 256, 32, 0, 0 };
	unsigned long above = 0;

	if (!ratio[i] || !annex->frames.zones[i].managed_pages)
		return 0;
	for (; j > i; j--)
		above += annex->frames.zones[j].managed_pages;
	return above / ratio[i];
}

static void expect_reserve(struct kunit *test, const struct annex *annex)
{
	unsigned int i, j;

	for (i = 0; i < ANNEX_MAX_NR_ZONES; i++)
		for (j = 0; j < ANNEX_MAX_NR_ZONES; j++)
			KUNIT_EXPECT_EQ_MSG(test,
					    annex->frames.zones[i]
						    .lowmem_reserve[j],
					    kept(annex, i, j), "%s for %s",
					    annex->frames.zones[i].name,
					    annex->frames.zones[j].name);
}

static void zone_reserve_is_a_share_of_what_lies_above(struct kunit *test)
{
	struct annex_testpool opts = {
		.start = GB(1), .nr_pages = 60000, .lowmem_pages = 20000,
		.movable_pages = 10000, .dma32 = true, .reserved_pages = 256,
	};

	expect_reserve(test, annex_testpool(test, &opts));
	opts.dma32 = false;
	expect_reserve(test, annex_testpool(test, &opts));
	opts.lowmem_pages = opts.nr_pages;
	opts.movable_pages = 0;
	expect_reserve(test, annex_testpool(test, &opts));
}

/*
 * No PC has RAM across 4 GB: its firmware is there. The numbers are right all the
 * same.
 *
 *   | DMA 4096 | DMA32 901 | Normal 1003 | HighMem |
 *                          4 GB
 */
static void zone_pool_across_4_gb_works(struct kunit *test)
{
	const struct annex_testpool across = {
		.start = GB(4) - 4997 * PAGE_SIZE,
		.nr_pages = 8191,
		.lowmem_pages = 6000,
		.dma32 = true, .contents = true,
	};
	struct annex *annex = annex_testpool(test, &across);
	struct annex_frames *frames = &annex->frames;
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned long pfn, free = annex_test_free_pages(annex);
	unsigned int i, nr;

	KUNIT_EXPECT_EQ(test, annex_pfn_zone(frames, 4996)->idx,
			ANNEX_ZONE_DMA32);
	KUNIT_EXPECT_EQ(test, annex_pfn_zone(frames, 4997)->idx,
			ANNEX_ZONE_NORMAL);
	nr = annex_test_exhaust(annex, GFP_DMA32, pages);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_LT(test, pages[i] - frames->mem_map, 4997L);
	KUNIT_EXPECT_GT(test, i, 901U);
	nr += annex_test_exhaust(annex, GFP_ATOMIC | __GFP_HIGHMEM, pages + nr);
	KUNIT_EXPECT_GT(test, nr, 4997U + 1003);
	for (i = 0; i < nr; i++)
		annex_frame_fill(&annex->host,
				 annex_page_host_pfn(frames, pages[i]), ~i);
	annex_test_validate(test, annex);
	for (i = 0; i < nr; i++) {
		u32 found;

		pfn = annex_page_host_pfn(frames, pages[i]);
		KUNIT_EXPECT_EQ(test,
				annex_frame_mismatch(&annex->host, pfn, ~i, &found),
				-1);
		KUNIT_EXPECT_EQ(test, annex_block_free(frames, pages[i], 0), 0);
	}
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* Frames of other zones are near, and must not be mistaken for buddies. */
static void zone_pools_of_odd_shapes_balance(struct kunit *test)
{
	struct annex_testpool opts = {};
	struct rnd_state rnd;
	unsigned int round;

	annex_test_seed(test, &rnd);
	for (round = 0; round < 50; round++) {
		struct annex *annex;

		opts.start = GB(3) + ((u64)annex_test_below(&rnd, 1 << 20)
				      << PAGE_SHIFT);
		opts.nr_pages = 1024 + annex_test_below(&rnd, 20000);
		opts.lowmem_pages = 300 + annex_test_below(&rnd,
							   opts.nr_pages - 300);
		opts.movable_pages =
			annex_test_below(&rnd, opts.nr_pages -
					       opts.lowmem_pages + 1);
		opts.reserved_pages = annex_test_below(&rnd, 257);
		opts.dma32 = round & 1;
		annex = annex_testpool(test, &opts);
		annex_test_validate(test, annex);
		KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex) +
				      opts.reserved_pages +
				      (annex->mem_map_bytes >> PAGE_SHIFT),
				(unsigned long)opts.nr_pages);
	}
}

static struct kunit_case zone_cases[] = {
	KUNIT_CASE_PARAM(zone_ends_where_it_should, ends_gen_params),
	KUNIT_CASE(zone_min_free_follows_the_square_root),
	KUNIT_CASE(zone_min_is_shared_by_size_in_lowmem),
	KUNIT_CASE(zone_min_of_highmem_is_between_one_batch_and_four),
	KUNIT_CASE(zone_marks_are_exact_fractions_by_default),
	KUNIT_CASE(zone_marks_spread_by_watermark_scale),
	KUNIT_CASE(zone_marks_never_come_closer_than_a_quarter),
	KUNIT_CASE(zone_marks_are_apart_however_little_is_kept),
	KUNIT_CASE(zone_marks_refuse_what_leaves_nothing),
	KUNIT_CASE(zone_reserve_is_a_share_of_what_lies_above),
	KUNIT_CASE(zone_pool_across_4_gb_works),
	KUNIT_CASE(zone_pools_of_odd_shapes_balance),
	{}
};

static struct kunit_suite annex_zone_suite = {
	.name = "annex_zone",
	.test_cases = zone_cases,
};

kunit_test_suite(annex_zone_suite);
