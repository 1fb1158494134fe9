// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of a test device: real frames, which are copied at scratch addresses.
 */
#include "base/refuse.h"
#include "lib/testrange.h"
#include "pool/create.h"
#include "testblk.h"

static const struct annex_params params = {
	.pool = { TEST_RANGE_START, TEST_RANGE_START + ANNEX_TESTBLK_POOL },
	.lowmem = ANNEX_TESTBLK_POOL / 4,
	.vmalloc = SZ_1M,
	.poison = true,
};

/**
 * annex_testblk_make_pool() - make the pool of a test device
 * @test: the test; it ends here if that fails
 */
struct annex *annex_testblk_make_pool(struct kunit *test)
{
	struct annex *annex = kunit_kzalloc(test, sizeof(*annex), GFP_KERNEL);
	struct annex_reason why = {};

	KUNIT_ASSERT_NOT_NULL(test, annex);
	KUNIT_ASSERT_EQ_MSG(test, annex_create(annex, &params, &why), 0, "%s",
			    why.text);
	return annex;
}

/**
 * annex_testblk_free_pool() - free a pool that nobody uses
 * @test: the test
 * @annex: the pool
 */
void annex_testblk_free_pool(struct kunit *test, struct annex *annex)
{
	KUNIT_EXPECT_EQ(test, annex_destroy(annex), 0UL);
}
