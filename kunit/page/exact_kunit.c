// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of blocks that are taken apart, and of exact numbers of frames.
 */
#include <linux/errno.h>
#include <linux/sizes.h>

#include "host/frame.h"
#include "lib/testpool.h"
#include "page/exact.h"
#include "page/owner.h"
#include "page/page.h"
#include "page/page_alloc.h"
#include "reclaim/folio.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 4096,
	.reserved_pages = 16, .contents = true,
};

static const struct annex_testpool owned = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 4096,
	.contents = true, .page_owner = true,
};

static int refusals(struct annex *annex)
{
	return annex_test_event(annex, ANNEX_BAD_FREE);
}

/* Of each order, high and low: parts are frames like any other. */
static void exact_split_gives_single_frames(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_frames *frames = &annex->frames;
	unsigned long free = annex_test_free_pages(annex);
	unsigned int order, i;

	for (order = 0; order < ANNEX_MAX_ORDER; order++) {
		gfp_t gfp = order & 1 ? GFP_HIGHUSER : GFP_KERNEL;
		struct annex_page *page =
			annex_test_must_alloc(test, annex, gfp, order);

		annex_page_store_private(page, 77);
		KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page, order),
				0);
		annex_test_validate(test, annex);
		KUNIT_EXPECT_EQ(test, annex_page_load_private(page), 77U);
		for (i = 0; i < 1U << order; i++) {
			KUNIT_EXPECT_EQ(test, annex_page_ref_count(page + i),
					1U);
			KUNIT_EXPECT_EQ(test, annex_page_order(page + i), 0U);
			KUNIT_EXPECT_EQ(test, annex_page_load_private(page + i),
					i ? 0U : 77U);
			KUNIT_EXPECT_EQ(test,
					__annex_get_page(frames, page + i), 0);
			KUNIT_EXPECT_EQ(test,
					__annex_put_page(frames, page + i), 0);
		}
		for (i = 1U << order; i--;)
			KUNIT_EXPECT_EQ(test,
					annex_block_free(frames, page + i, 0),
					0);
	}
	KUNIT_EXPECT_EQ(test, refusals(annex), 0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static void exact_split_refuses_what_is_shared(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_frames *frames = &annex->frames;
	unsigned long free = annex_test_free_pages(annex);
	struct annex_page *page =
		annex_test_must_alloc(test, annex, GFP_KERNEL, 3);
	struct annex_page *whole =
		annex_test_must_alloc(test, annex, GFP_KERNEL | __GFP_COMP, 2);

	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page, 2), -ERANGE);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page + 1, 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, whole, 2), -EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_get_page(frames, page), 0);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page, 3), -EBUSY);
	KUNIT_EXPECT_EQ(test, __annex_put_page(frames, page), 0);
	annex_page_set_bit(page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page, 3), -EBUSY);
	annex_page_clear_bit(page, ANNEX_PG_PRIVATE);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, frames->mem_map, 0),
			-EPERM);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, NULL, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test,
			__annex_split_page(frames,
					   frames->mem_map + frames->nr_pages,
					   0),
			-EFAULT);
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test, annex_block_free(frames, page, 3), 0);
	KUNIT_EXPECT_EQ(test, annex_block_free(frames, whole, 2), 0);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page, 3), -EALREADY);
	KUNIT_EXPECT_EQ(test, __annex_split_page(frames, page + 1, 3),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, refusals(annex), 10);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

/* The owner of each frame is that of the block. */
static void exact_split_keeps_the_owner(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &owned);
	struct annex_page *page = annex_test_must_alloc(test, annex, GFP_KERNEL,
							3);
	annex_pfn_t pfn = page - annex->frames.mem_map;
	struct annex_owner rec;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, __annex_split_page(&annex->frames, page, 3), 0);
	for (i = 0; i < 8; i++) {
		KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames,
							 pfn + i, &rec));
		KUNIT_EXPECT_EQ(test, rec.state, (u8)ANNEX_OWNER_ALLOCATED);
		KUNIT_EXPECT_EQ(test, rec.order, (u8)0);
		KUNIT_EXPECT_EQ(test, rec.pid, current->pid);
		KUNIT_EXPECT_EQ(test,
				annex_block_free(&annex->frames, page + i, 0),
				0);
		KUNIT_ASSERT_TRUE(test, annex_owner_read(&annex->frames,
							 pfn + i, &rec));
		KUNIT_EXPECT_EQ(test, rec.state, (u8)ANNEX_OWNER_FREED);
	}
	annex_test_validate(test, annex);
}

static const size_t sizes[] = {
	1, SZ_4K, SZ_4K + 1, 3 * SZ_4K, 5 * SZ_4K - 1, SZ_64K, 100000, SZ_1M + 1,
	3 * SZ_1M, SZ_4M,
};

static void check_exact(struct kunit *test, struct annex *annex, size_t size)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_COMP | __GFP_HIGHMEM;
	unsigned long free = annex_test_free_pages(annex);
	u8 *addr = __annex_alloc_pages_exact(&annex->frames, size, gfp);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex),
			free - DIV_ROUND_UP(size, SZ_4K));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(addr, 0, PAGE_ALIGN(size)));
	memset(addr, 0xff, PAGE_ALIGN(size));
	annex_test_validate(test, annex);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_exact(&annex->frames, addr, size),
			0);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_exact(&annex->frames, addr, size),
			-EALREADY);
}

static void exact_takes_no_frame_too_many(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		check_exact(test, annex, sizes[i]);
	annex_test_validate(test, annex);
}

static void exact_misuse_is_refused(struct kunit *test)
{
	struct annex *annex = annex_testpool(test, &opts);
	struct annex_frames *frames = &annex->frames;
	unsigned long free = annex_test_free_pages(annex);
	u8 *addr = __annex_alloc_pages_exact(frames, 3 * SZ_4K, GFP_KERNEL);
	u8 *end = frames->lowmem + ((size_t)frames->lowmem_pages << PAGE_SHIFT);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_NULL(test,
			  __annex_alloc_pages_exact(frames, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, __annex_alloc_pages_exact(frames, SZ_4M + 1,
							  GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, __annex_alloc_pages_exact(frames, ~(size_t)0,
							  GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, annex_test_event(annex, ANNEX_BAD_ALLOC), 3UL);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_exact(frames, addr + 1, SZ_4K),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_exact(frames, addr, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_exact(frames, addr, ~(size_t)0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test,
			__annex_free_pages_exact(frames, end - SZ_4K, SZ_8K),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_exact(frames, &free, SZ_4K),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, annex_block_free_at(frames, addr + 8, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_block_free_at(frames, end, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, annex_block_free_at(frames, addr, 1), -ERANGE);
	/* The middle one is gone already: the others are given back. */
	KUNIT_EXPECT_EQ(test, annex_block_free_at(frames, addr + SZ_4K, 0), 0);
	KUNIT_EXPECT_EQ(test, __annex_free_pages_exact(frames, addr, 3 * SZ_4K),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex), free);
	annex_test_validate(test, annex);
}

static struct kunit_case exact_cases[] = {
	KUNIT_CASE(exact_split_gives_single_frames),
	KUNIT_CASE(exact_split_refuses_what_is_shared),
	KUNIT_CASE(exact_split_keeps_the_owner),
	KUNIT_CASE(exact_takes_no_frame_too_many),
	KUNIT_CASE(exact_misuse_is_refused),
	{}
};

static struct kunit_suite annex_exact_suite = {
	.name = "annex_exact",
	.test_cases = exact_cases,
};

kunit_test_suite(annex_exact_suite);
