/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTPGT_H
#define ANNEX_KUNIT_LIB_TESTPGT_H

#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/xarray.h>

#include "pgtable/pgtable.h"

/**
 * struct testpgt - a tree whose tables are frames of the host's, each counted
 * @pt: the tree
 * @frames: those that are out, by number
 * @nr: how many that are
 * @allow: how many more there are to be had
 * @bad_frees: frames that were given back and were not out
 * @unflushed: frames that were given back before translations were invalidated
 * @nr_flushes: how often they were; a test may set it to 0
 * @start: of the range that was last invalidated
 * @end: and its end
 * @still: how many of its borders still showed something then
 */
struct testpgt {
	struct annex_pgtable pt;
	struct xarray frames;
	unsigned long nr;
	unsigned long allow;
	unsigned long bad_frees;
	unsigned long unflushed;
	unsigned long nr_flushes;
	u64 start;
	u64 end;
	unsigned int still;
};

extern const struct annex_pgtable_ops testpgt_ops;

struct testpgt *testpgt(struct kunit *test);
void testpgt_end(struct kunit *test, struct testpgt *t);
void testpgt_expect(struct kunit *test, struct testpgt *t, u64 linear,
		    enum annex_pgt_level level, u64 phys, u64 prot);
void testpgt_expect_tables(struct kunit *test, struct testpgt *t,
			   unsigned long pmd, unsigned long pte);

#endif /* ANNEX_KUNIT_LIB_TESTPGT_H */
