/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTFOLIO_H
#define ANNEX_KUNIT_LIB_TESTFOLIO_H

#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/types.h>
#include <annex/folio.h>

#include "reclaim/folio.h"

struct annex;
struct annex_testpool;

/* DMA 16 MB, Normal 4 MB, HighMem 12 MB. */
extern const struct annex_testpool testfolio_pool;

/* 2 MB of lowmem, which is where folios live. */
extern const struct annex_testpool testfolio_small_lowmem;

struct annex_folio *testfolio_new(struct kunit *test, struct annex *annex,
				  gfp_t gfp, unsigned int order);
void testfolio_put(struct kunit *test, struct annex *annex,
		   struct annex_folio *folio);
unsigned long testfolio_slabs(const struct annex *annex);

static inline bool testfolio_has(const struct annex_folio *folio,
				 enum annex_folioflags flag)
{
	return annex_folio_test_flag(folio, flag);
}

#endif /* ANNEX_KUNIT_LIB_TESTFOLIO_H */
