// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what mappings hold when others go: frames that cannot be freed, and
 * frames that were free already.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "page/folio.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "suites.h"
#include "testmm.h"

static const struct annex_testpool half_high = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 2048,
	.reserved_pages = 1, .contents = true,
};

#define ADDR	0x08048000U

static void mm_end_exit(struct kunit *test)
{
	testmm_close(test->priv);
}

/* A block that is relied on still is said, and is there. */
static void mm_end_says_what_stays(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	struct annex_mm *mm = testmm_new(test, annex);
	struct annex_mapping mapping = {};
	struct annex_folio *folio;
	struct annex_page *page;

	KUNIT_ASSERT_EQ(test, annex_pool_folio_alloc(annex, GFP_HIGHUSER, 0,
						     &folio), 0);
	page = annex_folio_head(folio);
	KUNIT_ASSERT_EQ(test, annex_pool_mm_map_page(annex, mm, ADDR, page, 0),
			0);
	folio->mapping = &mapping;
	KUNIT_EXPECT_EQ(test, annex_pool_put(annex, page), 0);
	KUNIT_EXPECT_EQ(test, annex_pool_mm_destroy(annex, mm), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, testmm_tables(annex), 0UL);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, annex_pool_put(annex, page), 0);
	annex_test_validate(test, annex);
}

/* What was freed and merged is free, and not the middle of something. */
static void mm_end_tells_a_merged_frame(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	struct annex_page *block = annex_test_must_alloc(test, annex,
							 GFP_HIGHUSER, 6);
	struct annex_mm *mm = testmm_new(test, annex);

	KUNIT_EXPECT_EQ(test, annex_pool_free(annex, block, 6), 0);
	KUNIT_EXPECT_EQ(test, annex_pool_mm_map_page(annex, mm, ADDR,
						     block + 1, 0), -EALREADY);
	KUNIT_EXPECT_EQ(test, annex_pool_mm_destroy(annex, mm), 0);
	annex_test_validate(test, annex);
}

/* Of two mappings, one can lose its reference to who frees too often: it says so. */
static void mm_end_is_told_who_was_robbed(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);

	KUNIT_ASSERT_EQ(test, annex_pool_mm_map_page(annex, mm, 0, page, 0), 0);
	KUNIT_ASSERT_EQ(test, annex_pool_mm_map_page(annex, mm, ADDR, page, 0),
			0);
	KUNIT_EXPECT_EQ(test, annex_pool_free(annex, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_pool_free(annex, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_pool_free(annex, page, 0), -EBUSY);
	/* One of the two is told, and nothing is lost. */
	KUNIT_EXPECT_EQ(test, annex_pool_mm_unmap_page(annex, mm, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_pool_mm_unmap_page(annex, mm, ADDR), 0);
	KUNIT_EXPECT_EQ(test, annex_pool_mm_destroy(annex, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case mm_end_cases[] = {
	KUNIT_CASE(mm_end_says_what_stays),
	KUNIT_CASE(mm_end_tells_a_merged_frame),
	KUNIT_CASE(mm_end_is_told_who_was_robbed),
	{}
};

struct kunit_suite annex_mm_end_suite = {
	.name = "annex_mm_end",
	.exit = mm_end_exit,
	.test_cases = mm_end_cases,
};
