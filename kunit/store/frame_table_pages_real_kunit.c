// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of copies between a frame table and pages of the host's, on real frames:
 * the frame, the leaf of its entry, and a page of the host's highmem are mapped
 * at scratch addresses at the same time.
 */
#include <linux/sizes.h>

#include "base/refuse.h"
#include "lib/page_copies.h"
#include "lib/testpool.h"
#include "lib/testrange.h"
#include "pool/create.h"

static const struct annex_params params = {
	.pool = { TEST_RANGE_START, TEST_RANGE_START + SZ_64M },
	.vmalloc = SZ_1M,
};

static void frame_table_pages_copy_on_real_frames(struct kunit *test)
{
	struct annex *annex = kunit_kzalloc(test, sizeof(*annex), GFP_KERNEL);
	struct annex_reason why = {};

	KUNIT_ASSERT_NOT_NULL(test, annex);
	KUNIT_ASSERT_EQ_MSG(test, annex_create(annex, &params, &why), 0, "%s",
			    why.text);
	annex_test_page_copies(test, annex);
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}

static struct kunit_case frame_table_pages_real_cases[] = {
	KUNIT_CASE(frame_table_pages_copy_on_real_frames),
	{}
};

static struct kunit_suite frame_table_pages_real_suite = {
	.name = "annex_frame_table_pages_real",
	.test_cases = frame_table_pages_real_cases,
};

kunit_test_suite(frame_table_pages_real_suite);
