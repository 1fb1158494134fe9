// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of a test device: memory of the host's.
 */
#include "testblk.h"

static const struct annex_testpool opts = {
	.start = 5ULL << 30, .nr_pages = ANNEX_TESTBLK_POOL >> PAGE_SHIFT,
	.lowmem_pages = ANNEX_TESTBLK_POOL >> PAGE_SHIFT >> 2,
	.contents = true, .poison = true,
};

/**
 * annex_testblk_make_pool() - make the pool of a test device
 * @test: the test; it ends here if that fails
 */
struct annex *annex_testblk_make_pool(struct kunit *test)
{
	return annex_testpool(test, &opts);
}

/**
 * annex_testblk_free_pool() - free a pool that nobody uses
 * @test: the test
 * @annex: the pool
 */
void annex_testblk_free_pool(struct kunit *test, struct annex *annex)
{
	/* The test has it until it ends. */
}
