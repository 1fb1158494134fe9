/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ANNEX_KUNIT_LIB_TESTMMU_H
#define ANNEX_KUNIT_LIB_TESTMMU_H

/*
 * Real pools whose tables the MMU is asked about. All frames that can be had are
 * the test's, and have stamps.
 */
#include <kunit/test.h>

#include "mmu_compare.h"
#include "pool/create.h"
#include "testmm.h"

/* Frames that the pool's process shows. */
#define TESTMMU_SHOWN	48

/* As many tables as the test's own trees can want. */
#define TESTMMU_TABLES	16

/**
 * struct testmmu - a pool, and what the test has of it
 * @annex: the pool
 * @room: this thread's
 * @pages: all its frames that could be had
 * @nr: how many
 * @table: frames for tables of the test's own, of lowmem
 * @nr_tables: how many of them are not in use
 * @stamped: which frames are @pages
 * @mm: a process
 * @view: what is looked at
 */
struct testmmu {
	struct annex annex;
	struct mmu_room *room;
	struct annex_page **pages;
	unsigned int nr;
	struct annex_page *table[TESTMMU_TABLES];
	unsigned int nr_tables;
	unsigned long *stamped;
	struct annex_mm *mm;
	struct mmu_view view;
};

struct testmmu *testmmu_open(struct kunit *test,
			     const struct annex_params *params);
void testmmu_close(struct kunit *test, struct testmmu *s);
void testmmu_exit(struct kunit *test);
void testmmu_view(struct kunit *test, struct testmmu *s,
		  const struct annex_pgtable *pt);
u32 testmmu_shown_addr(unsigned int nr);
struct annex_page *testmmu_shown_at(const struct testmmu *s, u32 addr);
void testmmu_expect_right(struct kunit *test, const char *what,
			  const struct mmu_tally *t);

static inline u64 testmmu_phys(const struct testmmu *s,
			       const struct annex_page *page)
{
	return testmm_phys(&s->annex, page);
}

#endif /* ANNEX_KUNIT_LIB_TESTMMU_H */
