// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what mappings hold when others go: frames that cannot be freed, and
 * frames that were free already.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>

#include "lib/testmm.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"

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

	KUNIT_ASSERT_EQ(test,
			__annex_folio_alloc(&annex->frames, GFP_HIGHUSER, 0,
					    &folio),
			0);
	page = annex_folio_head(folio);
	KUNIT_ASSERT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, page, 0), 0);
	folio->mapping = &mapping;
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), -EBUSY);
	KUNIT_EXPECT_EQ(test, annex_page_ref_count(page), 1U);
	KUNIT_EXPECT_EQ(test, testmm_tables(annex), 0UL);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, __annex_put_page(&annex->frames, page), 0);
	annex_test_validate(test, annex);
}

/* What was freed and merged is free, and not the middle of something. */
static void mm_end_tells_a_merged_frame(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	struct annex_page *block = annex_test_must_alloc(test, annex,
							 GFP_HIGHUSER, 6);
	struct annex_mm *mm = testmm_new(test, annex);

	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, block, 6), 0);
	KUNIT_EXPECT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, block + 1,
					    0),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	annex_test_validate(test, annex);
}

/* One of two mappings may lose its reference to a free too many: reported. */
static void mm_end_is_told_who_was_robbed(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page = testmm_frame(test, annex);
	struct annex_mm *mm = testmm_new(test, annex);

	KUNIT_ASSERT_EQ(test, __annex_mm_map_page(&annex->mms, mm, 0, page, 0),
			0);
	KUNIT_ASSERT_EQ(test,
			__annex_mm_map_page(&annex->mms, mm, ADDR, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, page, 0),
			-EBUSY);
	/* One of the two is told, and nothing is lost. */
	KUNIT_EXPECT_EQ(test, __annex_mm_unmap_page(&annex->mms, mm, 0),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_mm_unmap_page(&annex->mms, mm, ADDR), 0);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* A thread that maps and unmaps a frame in a process of its own. */
struct caller {
	struct annex *annex;
	struct annex_mm *mm;
	struct annex_page *page;
	int err;
	struct completion done;
};

static int map_and_unmap(void *data)
{
	struct caller *c = data;
	unsigned int i;

	for (i = 0; i < 100 && !c->err; i++)
		c->err =
			__annex_mm_map_page(&c->annex->mms, c->mm, ADDR, c->page, ANNEX_MM_WRITE) ?:
				__annex_mm_protect(&c->annex->mms, c->mm, ADDR, PAGE_SIZE, 0) ?:
				__annex_mm_unmap_page(&c->annex->mms, c->mm,
						      ADDR);
	complete(&c->done);
	return 0;
}

/* Creating or listing processes does not block calls for one process. */
static void mm_end_calls_want_nothing_of_all(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	struct caller *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct task_struct *task;
	unsigned long left;

	KUNIT_ASSERT_NOT_NULL(test, c);
	init_completion(&c->done);
	c->annex = annex;
	c->mm = testmm_new(test, annex);
	c->page = testmm_frame(test, annex);
	mutex_lock(&annex->mms.lock);
	task = kthread_run(map_and_unmap, c, "annex_mm");
	left = wait_for_completion_timeout(&c->done, 20 * HZ);
	mutex_unlock(&annex->mms.lock);
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	KUNIT_EXPECT_GT(test, left, 0UL);
	if (!left)
		wait_for_completion(&c->done);
	KUNIT_EXPECT_EQ(test, c->err, 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(&annex->frames, c->page, 0), 0);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, c->mm), 0);
}

#define PROCESSES	200

/* Each is found among many, and none that is gone. */
static void mm_end_finds_each_of_many(struct kunit *test)
{
	struct annex *annex = testmm_open(test, &half_high, TESTMM_OFFSET);
	struct annex_mm **mm = kunit_kcalloc(test, PROCESSES, sizeof(*mm),
					     GFP_KERNEL);
	unsigned long refused = annex_test_event(annex, ANNEX_BAD_MAP);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mm);
	for (i = 0; i < PROCESSES; i++)
		mm[i] = testmm_new(test, annex);
	for (i = 0; i < PROCESSES; i += 2)
		KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm[i]),
				0);
	for (i = 0; i < PROCESSES; i++)
		KUNIT_EXPECT_EQ(test,
				__annex_mm_protect(&annex->mms, mm[i], 0, 0, 0),
				i % 2 ? 0 : -EFAULT);
	annex_test_validate(test, annex);
	for (i = 1; i < PROCESSES; i += 2)
		KUNIT_EXPECT_EQ(test, __annex_mm_destroy(&annex->mms, mm[i]),
				0);
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_MAP) - refused,
			PROCESSES / 2UL);
	annex_test_validate(test, annex);
}

static struct kunit_case mm_end_cases[] = {
	KUNIT_CASE(mm_end_calls_want_nothing_of_all),
	KUNIT_CASE(mm_end_finds_each_of_many),
	KUNIT_CASE(mm_end_says_what_stays),
	KUNIT_CASE(mm_end_tells_a_merged_frame),
	KUNIT_CASE(mm_end_is_told_who_was_robbed),
	{}
};

static struct kunit_suite annex_mm_end_suite = {
	.name = "annex_mm_end",
	.exit = mm_end_exit,
	.test_cases = mm_end_cases,
};

kunit_test_suite(annex_mm_end_suite);
