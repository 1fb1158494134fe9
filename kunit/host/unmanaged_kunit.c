// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of RAM that the kernel does not manage: of the search, with a memory map
 * that the test makes up, and of this machine's RAM.
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sizes.h>

#include "host/unmanaged.h"
#include "lib/testpool.h"
#include "lib/testrange.h"

#define BLOCK	((u64)MAX_ORDER_NR_PAGES << PAGE_SHIFT)

/* Blocks of the largest order, from 4 GB on, of which the kernel has pages. */
static unsigned long managed_blocks;

static bool has_page(unsigned long pfn)
{
	u64 at = (u64)pfn << PAGE_SHIFT;

	return managed_blocks & BIT((at - SZ_4G) / BLOCK);
}

struct search {
	const char *name;
	unsigned long managed;
	u64 from;
	u64 to;
	u64 max;
	u64 start;
	u64 end;
	unsigned int ranges;
	u64 bytes;
};

/* Offsets from 4 GB. */
static const struct search searches[] = {
	{ "all of it", 0, 0, 8 * BLOCK, -1, 0, 8 * BLOCK, 1, 8 * BLOCK },
	{ "none", 0xff, 0, 8 * BLOCK, -1, 0, 0, 0, 0 },
	{ "not a block", 0, PAGE_SIZE, 8 * BLOCK - PAGE_SIZE, -1, PAGE_SIZE,
	  8 * BLOCK - PAGE_SIZE, 1, 8 * BLOCK - 2 * PAGE_SIZE },
	{ "behind the kernel's", 0x7, 0, 8 * BLOCK, -1, 3 * BLOCK, 8 * BLOCK,
	  1, 5 * BLOCK },
	{ "before the kernel's", 0xe0, 0, 8 * BLOCK, -1, 0, 5 * BLOCK, 1,
	  5 * BLOCK },
	{ "the longer of two", 0x10, 0, 8 * BLOCK, -1, 0, 4 * BLOCK, 2,
	  7 * BLOCK },
	{ "the second is longer", 0x4, 0, 8 * BLOCK, -1, 3 * BLOCK, 8 * BLOCK,
	  2, 7 * BLOCK },
	{ "a block begins before it", 0x1, BLOCK - PAGE_SIZE, 2 * BLOCK, -1,
	  BLOCK, 2 * BLOCK, 1, BLOCK },
	{ "a block ends behind it", 0x2, 0, BLOCK + PAGE_SIZE, -1, 0, BLOCK, 1,
	  BLOCK },
	{ "a page", 0, PAGE_SIZE, 2 * PAGE_SIZE, -1, PAGE_SIZE, 2 * PAGE_SIZE,
	  1, PAGE_SIZE },
	{ "more than a pool can have", 0, 0, 8 * BLOCK, 2 * BLOCK, 0,
	  2 * BLOCK, 1, 8 * BLOCK },
	{ "nothing", 0, BLOCK, BLOCK, -1, 0, 0, 0, 0 },
};

static void search_name(const struct search *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(search, searches, search_name);

static void unmanaged_is_what_has_no_page(struct kunit *test)
{
	const struct search *s = test->param_value;
	struct annex_unmanaged found = { .has_page = has_page, .max = s->max };

	managed_blocks = s->managed;
	annex_unmanaged_scan(&found, SZ_4G + s->from, SZ_4G + s->to);
	KUNIT_EXPECT_EQ(test, found.ranges, s->ranges);
	KUNIT_EXPECT_EQ(test, found.bytes, s->bytes);
	if (!s->ranges)
		return;
	KUNIT_EXPECT_EQ(test, found.start, SZ_4G + s->start);
	KUNIT_EXPECT_EQ(test, found.end, SZ_4G + s->end);
}

static void unmanaged_search_adds_up_entries(struct kunit *test)
{
	struct annex_unmanaged found = { .has_page = has_page, .max = -1 };

	managed_blocks = 0x3;
	annex_unmanaged_scan(&found, SZ_4G, SZ_4G + 4 * BLOCK);
	annex_unmanaged_scan(&found, SZ_4G + 8 * BLOCK, SZ_4G + 12 * BLOCK);
	annex_unmanaged_scan(&found, SZ_4G + 16 * BLOCK, SZ_4G + 17 * BLOCK);
	KUNIT_EXPECT_EQ(test, found.ranges, 3U);
	KUNIT_EXPECT_EQ(test, found.bytes, 7 * BLOCK);
	KUNIT_EXPECT_EQ(test, found.start, SZ_4G + 8 * BLOCK);
	KUNIT_EXPECT_EQ(test, found.end, SZ_4G + 12 * BLOCK);
}

/* Frames of the page allocator are never unmanaged, at any place of lowmem. */
static void unmanaged_is_nothing_that_the_kernel_allocates(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int i;

	annex_test_seed(test, &rnd);
	for (i = 0; i < 200; i++) {
		unsigned int order = annex_test_below(&rnd, 4);
		gfp_t gfp = annex_test_below(&rnd, 2) ? GFP_KERNEL :
							 GFP_HIGHUSER;
		struct page *page = alloc_pages(gfp, order);
		u64 at;

		if (!page)
			continue;
		at = (u64)page_to_pfn(page) << PAGE_SHIFT;
		KUNIT_EXPECT_FALSE(test,
				   annex_unmanaged_is(at, at + PAGE_SIZE));
		at = round_down(at, SZ_4M);
		KUNIT_EXPECT_FALSE(test, annex_unmanaged_is(at, at + SZ_4M));
		__free_pages(page, order);
	}
}

/* Reserved by memmap=: no struct page may be there, but it is not System RAM. */
static void unmanaged_is_not_what_memmap_reserved(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, annex_unmanaged_is(TEST_RANGE_START,
						    TEST_RANGE_END));
}

static struct kunit_case unmanaged_cases[] = {
	KUNIT_CASE_PARAM(unmanaged_is_what_has_no_page, search_gen_params),
	KUNIT_CASE(unmanaged_search_adds_up_entries),
	KUNIT_CASE(unmanaged_is_nothing_that_the_kernel_allocates),
	KUNIT_CASE(unmanaged_is_not_what_memmap_reserved),
	{}
};

static struct kunit_suite annex_unmanaged_suite = {
	.name = "annex_unmanaged",
	.test_cases = unmanaged_cases,
};

kunit_test_suite(annex_unmanaged_suite);
