// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of many frames at once: which entries are set and which are not, what
 * is refused and stays, and that a list of calls comes to the same as the
 * calls one by one.
 */
#include <linux/bitmap.h>
#include <linux/hrtimer.h>
#include <linux/limits.h>

#include "host/frame.h"
#include "lib/testpool.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "page/pcp.h"

/* Three rounds and a bit. */
#define MANY	200

static bool are_distinct(struct kunit *test, struct annex *annex,
			 struct annex_page **pages, unsigned int nr)
{
	unsigned long *seen = bitmap_zalloc(annex->frames.nr_pages, GFP_KERNEL);
	bool distinct = true;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (i = 0; i < nr; i++)
		if (pages[i] &&
		    __test_and_set_bit(pages[i] - annex->frames.mem_map, seen))
			distinct = false;
	bitmap_free(seen);
	return distinct;
}

static void bulk_fills_gaps_and_nothing_else(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_frames *frames = &annex->frames;
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_page **set = annex_test_array(test, annex);
	struct rnd_state rnd;
	unsigned int i, got;

	annex_test_seed(test, &rnd);
	for (i = 0; i < MANY; i++) {
		if (annex_test_below(&rnd, 3))
			continue;
		annex_block_alloc(frames, GFP_KERNEL, 0, &set[i]);
		pages[i] = set[i];
	}
	got = __annex_alloc_pages_bulk(frames, GFP_KERNEL, MANY, pages);
	KUNIT_EXPECT_EQ(test, got, (unsigned int)MANY);
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		KUNIT_EXPECT_EQ(test, annex_page_ref_count(pages[i]), 1U);
		if (set[i])
			KUNIT_EXPECT_PTR_EQ(test, pages[i], set[i]);
	}
	KUNIT_EXPECT_TRUE(test, are_distinct(test, annex, pages, MANY));
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free - MANY);
	/* All are set: nothing to do. No entries: the same. */
	got = __annex_alloc_pages_bulk(frames, GFP_KERNEL, MANY, pages);
	KUNIT_EXPECT_EQ(test, got, (unsigned int)MANY);
	KUNIT_EXPECT_EQ(test,
			__annex_alloc_pages_bulk(frames, GFP_KERNEL, 0, NULL),
			0U);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(frames, pages, MANY), 0);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(frames, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static const struct dry {
	gfp_t gfp;
	bool atomic;
} dries[] = {
	{ GFP_NOWAIT }, { GFP_KERNEL | __GFP_NORETRY },
	{ GFP_HIGHUSER | __GFP_NORETRY }, { GFP_ATOMIC, true },
};

/* As many as there are above the mark, in any number of calls. */
static void bulk_stops_at_the_mark(struct kunit *test)
{
	unsigned int i, got;

	for (i = 0; i < ARRAY_SIZE(dries); i++) {
		struct annex *annex =
			annex_testpool(test, &annex_testpool_small);
		struct annex_frames *frames = &annex->frames;
		struct annex_zone *zone = &frames->zones[ANNEX_ZONE_DMA];
		unsigned long mark = annex_test_min(zone);
		unsigned int nr = frames->nr_pages, want, j;
		struct annex_page **pages = annex_test_array(test, annex);
		gfp_t gfp;

		if (dries[i].atomic) {
			mark -= mark / 2;
			mark -= mark / 4;
		}
		want = zone->managed_pages - mark;
		gfp = dries[i].gfp | __GFP_NOWARN;
		got = __annex_alloc_pages_bulk(frames, gfp, nr, pages);
		KUNIT_EXPECT_EQ(test, got, want);
		for (j = 0; j < nr; j++)
			if (pages[j] ? j >= want : j < want)
				KUNIT_FAIL(test, "entry %u of %u", j, want);
		KUNIT_EXPECT_EQ(test, annex_zone_free_pages(zone), mark);
		KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_ALLOC_FAIL),
				1UL);
		/* Entries behind the first that cannot be filled count too. */
		swap(pages[0], pages[nr - 1]);
		swap(pages[1], pages[nr - 3]);
		got = __annex_alloc_pages_bulk(frames, gfp, nr, pages);
		KUNIT_EXPECT_EQ(test, got, want);
		KUNIT_EXPECT_NULL(test, pages[0]);
		KUNIT_EXPECT_EQ(test,
				__annex_free_pages_bulk(frames, pages, nr), 0);
		annex_test_validate(test, annex);
	}
}

static void bulk_refuses_senseless_requests(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page *pages[3] = {};

	annex_block_alloc(&annex->frames, GFP_KERNEL, 0, &pages[1]);
	KUNIT_EXPECT_EQ(test,
			__annex_alloc_pages_bulk(&annex->frames,
						 GFP_DMA | __GFP_HIGHMEM, 3,
						 pages),
			1U);
	KUNIT_EXPECT_NULL(test, pages[0]);
	KUNIT_EXPECT_NULL(test, pages[2]);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_ALLOC), 1UL);
	annex_test_validate(test, annex);
}

static void bulk_zeroes_when_asked(struct kunit *test)
{
	const struct annex_testpool with_contents = {
		.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 1024,
		.contents = true,
	};
	static const gfp_t gfps[] = { GFP_KERNEL | __GFP_ZERO, GFP_HIGHUSER,
				      GFP_HIGHUSER | __GFP_ZERO, GFP_ATOMIC };
	struct annex *annex = annex_testpool(test, &with_contents);
	struct annex_page **pages = annex_test_array(test, annex);
	unsigned int i, j;
	u32 found;

	memset(annex->host.plain, 0xa5,
	       (size_t)annex->frames.nr_pages << PAGE_SHIFT);
	for (i = 0; i < 2 * ARRAY_SIZE(gfps); i++) {
		gfp_t gfp = gfps[i % ARRAY_SIZE(gfps)];
		u32 value = gfp & __GFP_ZERO ? 0 : 0xa5a5a5a5;

		KUNIT_EXPECT_EQ(test,
				__annex_alloc_pages_bulk(&annex->frames, gfp,
							 MANY, pages),
				(unsigned int)MANY);
		for (j = 0; j < MANY; j++) {
			unsigned long pfn =
				annex_page_host_pfn(&annex->frames, pages[j]);

			KUNIT_EXPECT_LT(test, annex_frame_mismatch(&annex->host,
								   pfn, value,
								   &found), 0);
			annex_frame_fill(&annex->host, pfn, 0xa5a5a5a5);
		}
		__annex_free_pages_bulk(&annex->frames, pages, MANY);
	}
	annex_test_validate(test, annex);
}

/* Entries that are refused, around the end of a round, and how each is. */
static const unsigned int bad_at[] = { 3, 63, 64, 100, 130, 199 };
static const int bad_errs[] = { -ERANGE, -EINVAL, -EBUSY, -EPERM, -EALREADY,
				-EFAULT };

#define NR_BAD	ARRAY_SIZE(bad_at)

/* Fill an array, of which entries are bad from the @k-th on, and NULL before. */
static void put_bad(struct annex *annex, struct annex_page **pages,
		    struct annex_page **bad, unsigned int k)
{
	unsigned int i;

	__annex_alloc_pages_bulk(&annex->frames, GFP_KERNEL, MANY, pages);
	for (i = 0; i < NR_BAD; i++)
		annex_block_free(&annex->frames, pages[bad_at[i]], 0);
	/* A frame that the array has already. */
	bad[4] = pages[0];
	for (i = 0; i < NR_BAD; i++)
		pages[bad_at[i]] = i < k ? NULL : bad[i];
}

static void expect_bad_left(struct kunit *test, struct annex_page **pages,
			    struct annex_page **bad, unsigned int k)
{
	unsigned int i;

	for (i = k; i < NR_BAD; i++) {
		KUNIT_EXPECT_PTR_EQ(test, pages[bad_at[i]], bad[i]);
		pages[bad_at[i]] = NULL;
	}
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_NULL(test, pages[i]);
}

/*
 * Refused entries stay, the others are freed, and the first refusal is told;
 * also where a round ends, after 64.
 */
static void bulk_free_leaves_what_is_refused(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	struct annex_page **pages = annex_test_array(test, annex);
	struct annex_page *bad[NR_BAD], *block, *locked;
	unsigned long free = annex_test_free_pages(annex);
	unsigned int k;

	annex_block_alloc(&annex->frames, GFP_KERNEL, 2, &block);
	annex_block_alloc(&annex->frames, GFP_KERNEL, 0, &locked);
	annex_page_set_bit(locked, ANNEX_PG_LOCKED);
	bad[0] = block;
	bad[1] = block + 1;
	bad[2] = locked;
	bad[3] = annex->frames.mem_map + annex->frames.nr_pages - 1;
	bad[5] = annex->frames.mem_map + annex->frames.nr_pages;
	for (k = 0; k < NR_BAD; k++) {
		put_bad(annex, pages, bad, k);
		KUNIT_EXPECT_EQ(test,
				__annex_free_pages_bulk(&annex->frames, pages,
							MANY),
				bad_errs[k]);
		expect_bad_left(test, pages, bad, k);
		annex_test_validate(test, annex);
	}
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_FREE),
			6UL + 5 + 4 + 3 + 2 + 1);
	annex_page_clear_bit(locked, ANNEX_PG_LOCKED);
	annex_block_free(&annex->frames, locked, 0);
	annex_block_free(&annex->frames, block, 2);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* Another's reference keeps the frame; the caller's is gone all the same. */
static void bulk_free_drops_one_reference(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &annex_testpool_small);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *pages[3] = {}, *shared;

	__annex_alloc_pages_bulk(&annex->frames, GFP_KERNEL, 3, pages);
	shared = pages[1];
	KUNIT_EXPECT_EQ(test, __annex_get_page(&annex->frames, shared), 0);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_bulk(&annex->frames, pages, 3),
			0);
	KUNIT_EXPECT_NULL(test, pages[1]);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(shared), 1U);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free - 1);
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, shared), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static unsigned long allocs(struct annex *annex)
{
	return annex_test_event(annex, ANNEX_PGALLOC_DMA) +
	       annex_test_event(annex, ANNEX_PGALLOC_NORMAL) +
	       annex_test_event(annex, ANNEX_PGALLOC_HIGH);
}

/*
 * Calls at random, and a model of the owner of each frame: single and in bulk,
 * with gaps, until the pool is empty and full again.
 */
struct model {
	struct kunit *test;
	struct annex *annex;
	struct rnd_state rnd;
	struct annex_page **pages;	/* as many as the pool has frames */
	unsigned long nr;
	unsigned long allocs;
	unsigned long frees;
};

static unsigned int count_set(struct annex_page **pages, unsigned int nr)
{
	unsigned int set = 0;

	while (nr--)
		set += !!pages[nr];
	return set;
}

static void model_alloc(struct model *m, unsigned int at, unsigned int len)
{
	static const gfp_t gfps[] = { GFP_NOWAIT, GFP_ATOMIC, GFP_HIGHUSER,
				      GFP_KERNEL | __GFP_ZERO };
	gfp_t gfp = gfps[annex_test_below(&m->rnd, ARRAY_SIZE(gfps))];
	unsigned int before = count_set(m->pages + at, len), set;

	if (gfp & __GFP_DIRECT_RECLAIM)
		gfp |= __GFP_NORETRY;
	set = __annex_alloc_pages_bulk(&m->annex->frames, gfp | __GFP_NOWARN,
				       len, m->pages + at);
	KUNIT_EXPECT_EQ(m->test, set, count_set(m->pages + at, len));
	KUNIT_EXPECT_GE(m->test, set, before);
	m->nr += set - before;
	m->allocs += set - before;
}

static void model_free(struct model *m, unsigned int at, unsigned int len)
{
	unsigned int set = count_set(m->pages + at, len);

	KUNIT_EXPECT_EQ(m->test,
			__annex_free_pages_bulk(&m->annex->frames,
						m->pages + at, len),
			0);
	KUNIT_EXPECT_EQ(m->test, count_set(m->pages + at, len), 0U);
	m->nr -= set;
	m->frees += set;
}

static void model_single(struct model *m, unsigned int at)
{
	if (m->pages[at]) {
		KUNIT_EXPECT_EQ(m->test,
				annex_block_free(&m->annex->frames,
						 m->pages[at], 0),
				0);
		m->pages[at] = NULL;
		m->nr--;
		m->frees++;
	} else if (!annex_block_alloc(&m->annex->frames,
				      GFP_NOWAIT | __GFP_NOWARN, 0,
				      &m->pages[at])) {
		m->nr++;
		m->allocs++;
	}
}

static void model_step(struct model *m)
{
	unsigned int at = annex_test_below(&m->rnd, m->annex->frames.nr_pages);
	unsigned int len = annex_test_below(&m->rnd, 300);

	len = min(len, m->annex->frames.nr_pages - at);
	switch (annex_test_below(&m->rnd, 8)) {
	case 0:
		annex_pcp_drain_all(&m->annex->frames);
		break;
	case 1 ... 3:
		model_alloc(m, at, len);
		break;
	case 4 ... 5:
		model_free(m, at, len / 2);
		break;
	default:
		model_single(m, at);
	}
}

static void bulk_comes_to_the_same_as_one_by_one(struct kunit *test)
{
	const struct annex_testpool opts = {
		.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
		.contents = true,
	};
	struct model m = { .test = test, .annex = annex_testpool(test, &opts) };
	unsigned long free = annex_test_free_pages(m.annex);
	unsigned int i;

	annex_test_seed(test, &m.rnd);
	m.pages = annex_test_array(test, m.annex);
	for (i = 0; i < 3000; i++) {
		model_step(&m);
		if (i % 100)
			continue;
		KUNIT_EXPECT_EQ(test, annex_test_free_pages(m.annex),
				free - m.nr);
		KUNIT_EXPECT_TRUE(test, are_distinct(test, m.annex, m.pages,
						     m.annex->frames.nr_pages));
		annex_test_validate(test, m.annex);
	}
	model_free(&m, 0, m.annex->frames.nr_pages);
	KUNIT_EXPECT_EQ(test, m.nr, 0UL);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(m.annex), free);
	KUNIT_EXPECT_EQ(test, allocs(m.annex), m.allocs);
	KUNIT_EXPECT_EQ(test, annex_test_event(m.annex, ANNEX_PGFREE), m.frees);
	annex_test_validate(test, m.annex);
}

static struct kunit_case bulk_cases[] = {
	KUNIT_CASE(bulk_fills_gaps_and_nothing_else),
	KUNIT_CASE(bulk_stops_at_the_mark),
	KUNIT_CASE(bulk_refuses_senseless_requests),
	KUNIT_CASE(bulk_zeroes_when_asked),
	KUNIT_CASE(bulk_free_leaves_what_is_refused),
	KUNIT_CASE(bulk_free_drops_one_reference),
	KUNIT_CASE(bulk_comes_to_the_same_as_one_by_one),
	{}
};

static struct kunit_suite annex_bulk_suite = {
	.name = "annex_bulk",
	.test_cases = bulk_cases,
};

kunit_test_suite(annex_bulk_suite);
