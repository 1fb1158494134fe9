// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of copies between a frame table and pages of the host's, in a pool whose
 * frames are ordinary memory: there each goes by an address. Those that map both
 * pages at once are in frame_table_pages_real_kunit.c.
 */
#include "lib/page_copies.h"
#include "lib/testpool.h"

static const struct annex_testpool high = {
	.start = 5ULL << 30, .nr_pages = 2048, .lowmem_pages = 512,
	.contents = true, .poison = true,
};

static void frame_table_pages_copy_as_addresses_do(struct kunit *test)
{
	annex_test_page_copies(test, annex_testpool(test, &high));
}

static struct kunit_case frame_table_pages_cases[] = {
	KUNIT_CASE(frame_table_pages_copy_as_addresses_do),
	{}
};

static struct kunit_suite frame_table_pages_suite = {
	.name = "annex_frame_table_pages",
	.test_cases = frame_table_pages_cases,
};

kunit_test_suite(frame_table_pages_suite);
