// SPDX-License-Identifier: GPL-2.0-only
/*
 * Folios without an owner, for the suites: how they are allocated and freed.
 * Those that reclaim may take have an owner, see testowner.c.
 */
#include "testfolio.h"
#include "testpool.h"

const struct annex_testpool testfolio_pool = {
	.start = 5ULL << 30, .nr_pages = 8192, .lowmem_pages = 5120,
	.reserved_pages = 16, .contents = true,
};

const struct annex_testpool testfolio_small_lowmem = {
	.start = 5ULL << 30, .nr_pages = 4096, .lowmem_pages = 512,
	.contents = true,
};

/**
 * testfolio_new() - a block with a folio
 * @test: the test; it ends here if there is none
 * @annex: the pool
 * @gfp: where from
 * @order: its order
 */
struct annex_folio *testfolio_new(struct kunit *test, struct annex *annex,
				  gfp_t gfp, unsigned int order)
{
	struct annex_folio *folio;

	KUNIT_ASSERT_EQ(test,
			__annex_folio_alloc(&annex->frames, gfp, order, &folio),
			0);
	return folio;
}

/**
 * testfolio_put() - drop a reference, which must not be refused
 * @test: the test
 * @annex: the pool
 * @folio: the folio
 */
void testfolio_put(struct kunit *test, struct annex *annex,
		   struct annex_folio *folio)
{
	KUNIT_EXPECT_EQ(test, __annex_folio_put(&annex->frames, folio), 0);
}

/**
 * testfolio_slabs() - number of folio slabs
 * @annex: the pool, not in use at the moment
 */
unsigned long testfolio_slabs(const struct annex *annex)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ANNEX_FOLIO_SLAB_LISTS; i++)
		sum += annex->reclaim.folio_slabs.list[i].nr_pages;
	return sum;
}
