/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTMM_H
#define ANNEX_KUNIT_LIB_TESTMM_H

#include <kunit/test.h>
#include <linux/types.h>

#include "mm/mm.h"
#include "testpool.h"

#define TESTMM_OFFSET	0xc0000000ULL

struct annex *testmm_open(struct kunit *test, const struct annex_testpool *opts,
			  u64 page_offset);
void testmm_close(struct annex *annex);

struct annex_mm *testmm_new(struct kunit *test, struct annex *annex);
struct annex_page *testmm_frame(struct kunit *test, struct annex *annex);
int testmm_mapcount(struct annex *annex, struct annex_page *page);
unsigned long testmm_tables(struct annex *annex);

/* Where a frame lies. */
static inline u64 testmm_phys(const struct annex *annex,
			      const struct annex_page *page)
{
	return (u64)annex_page_host_pfn(&annex->frames, page) << PAGE_SHIFT;
}

#endif /* ANNEX_KUNIT_LIB_TESTMM_H */
