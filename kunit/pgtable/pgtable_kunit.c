// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the page-table library: what is mapped is shown, what is refused
 * changes nothing, and every table comes back.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "lib/testpgt.h"
#include "pgtable/pgtable.h"

#define GB		((u64)SZ_1G)
#define HIGH		0x123400000ULL	/* beyond 4 GB, a multiple of 2 MB */
#define KERNEL		(ANNEX_PTE_RW | ANNEX_PTE_GLOBAL | ANNEX_PTE_NX)

static int map(struct testpgt *t, u64 linear, u64 phys, u64 size, bool huge)
{
	return annex_pgtable_map(&t->pt, linear, phys, size, KERNEL, huge);
}

static void expect(struct kunit *test, struct testpgt *t, u64 linear,
		   enum annex_pgt_level level, u64 phys)
{
	testpgt_expect(test, t, linear, level, phys,
		       level == ANNEX_PGT_NONE ? 0 : KERNEL);
}

/* What is mapped, with which pages at its start and at its end, in which tables. */
static const struct map_case {
	const char *name;
	u64 linear, phys, size;
	bool huge;
	enum annex_pgt_level first, last;
	unsigned long pmd, pte;
} map_cases[] = {
	{ "a page", 0, HIGH, SZ_4K, true, ANNEX_PGT_PTE, ANNEX_PGT_PTE, 1, 1 },
	{ "the last page", 4 * GB - SZ_4K, HIGH, SZ_4K, false, ANNEX_PGT_PTE,
	  ANNEX_PGT_PTE, 1, 1 },
	{ "2 MB in one", GB, HIGH, SZ_2M, true, ANNEX_PGT_PMD, ANNEX_PGT_PMD,
	  1, 0 },
	{ "2 MB in many", GB, HIGH, SZ_2M, false, ANNEX_PGT_PTE, ANNEX_PGT_PTE,
	  1, 1 },
	{ "2 MB, linear not aligned", GB + SZ_4K, HIGH, SZ_2M, true,
	  ANNEX_PGT_PTE, ANNEX_PGT_PTE, 1, 2 },
	{ "2 MB, phys not aligned", GB, HIGH + SZ_4K, SZ_2M, true,
	  ANNEX_PGT_PTE, ANNEX_PGT_PTE, 1, 1 },
	{ "ragged ends", GB + SZ_2M - SZ_4K, HIGH - SZ_4K, SZ_4M + SZ_8K, true,
	  ANNEX_PGT_PTE, ANNEX_PGT_PTE, 1, 2 },
	{ "a ragged start", SZ_2M - SZ_8K, HIGH - SZ_8K, SZ_2M + SZ_8K, true,
	  ANNEX_PGT_PTE, ANNEX_PGT_PMD, 1, 1 },
	{ "a ragged end", 3 * GB, 0, SZ_8M + SZ_4K, true, ANNEX_PGT_PMD,
	  ANNEX_PGT_PTE, 1, 1 },
	{ "across 1 GB", 2 * GB - SZ_2M, HIGH, SZ_4M, true, ANNEX_PGT_PMD,
	  ANNEX_PGT_PMD, 2, 0 },
	{ "across 1 GB in small", 2 * GB - SZ_4K, HIGH, SZ_8K, false,
	  ANNEX_PGT_PTE, ANNEX_PGT_PTE, 2, 2 },
	{ "across 4 GB of phys", GB, 4 * GB - SZ_8K, SZ_2M, true,
	  ANNEX_PGT_PTE, ANNEX_PGT_PTE, 1, 1 },
	{ "across 4 GB in large", GB, 4 * GB - SZ_4M, SZ_8M, true,
	  ANNEX_PGT_PMD, ANNEX_PGT_PMD, 1, 0 },
	{ "all of it", 0, HIGH, 4 * GB, true, ANNEX_PGT_PMD, ANNEX_PGT_PMD, 4,
	  0 },
	{ "the highest phys", 0, (1ULL << 52) - SZ_2M, SZ_2M, true,
	  ANNEX_PGT_PMD, ANNEX_PGT_PMD, 1, 0 },
};

static void map_case_name(const struct map_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(map_case, map_cases, map_case_name);

static void pgtable_maps(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	struct testpgt *t = testpgt(test);
	u64 at = 0, last = c->size - 1;

	KUNIT_ASSERT_EQ(test, map(t, c->linear, c->phys, c->size, c->huge), 0);
	testpgt_expect_tables(test, t, c->pmd, c->pte);
	expect(test, t, c->linear, c->first, c->phys);
	expect(test, t, c->linear + 0x123, c->first, c->phys + 0x123);
	expect(test, t, c->linear + last, c->last, c->phys + last);
	for (; at < min_t(u64, c->size, SZ_16M); at += SZ_4K) {
		struct annex_translation tr;

		annex_pgtable_walk(&t->pt, c->linear + at, &tr);
		KUNIT_ASSERT_EQ(test, tr.phys, c->phys + at);
	}
	if (c->linear)
		expect(test, t, c->linear - 1, ANNEX_PGT_NONE, 0);
	expect(test, t, c->linear + c->size, ANNEX_PGT_NONE, 0);
	KUNIT_EXPECT_EQ(test, t->nr_flushes, 0UL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, c->linear, c->size),
			0);
	KUNIT_EXPECT_EQ(test, t->nr_flushes, 1UL);
	testpgt_expect_tables(test, t, 0, 0);
	testpgt_end(test, t);
}

/* Mappings that make no sense, and what each is told. */
static const struct {
	u64 linear, phys, size, prot;
	int err;
} senseless[] = {
	{ 0, 0, 0, 0, -EINVAL },
	{ 1, 0, SZ_4K, 0, -EINVAL },
	{ 0, 2048, SZ_4K, 0, -EINVAL },
	{ 0, 0, SZ_4K + 1, 0, -EINVAL },
	{ 0, 0, SZ_4K, ANNEX_PTE_PSE, -EINVAL },
	{ 0, 0, SZ_4K, ANNEX_PTE_FOREIGN, -EINVAL },
	{ 0, 0, SZ_4K, BIT_ULL(62), -EINVAL },
	{ 0, 0, SZ_4K, SZ_4K, -EINVAL },
	{ 4 * GB, 0, SZ_4K, 0, -ERANGE },
	{ 4 * GB - SZ_4K, 0, SZ_8K, 0, -ERANGE },
	{ SZ_4K, 0, 4 * GB, 0, -ERANGE },
	{ SZ_4K, 0, -(u64)SZ_4K, 0, -ERANGE },
	{ -(u64)SZ_4K, 0, SZ_8K, 0, -ERANGE },
	{ 0, 1ULL << 52, SZ_4K, 0, -ERANGE },
	{ 0, (1ULL << 52) - SZ_4K, SZ_8K, 0, -ERANGE },
};

/* Refused, each with its errno; nothing is there afterwards. */
static void pgtable_refuses_what_makes_no_sense(struct kunit *test)
{
	struct testpgt *t = testpgt(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(senseless); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    annex_pgtable_map(&t->pt,
						      senseless[i].linear,
						      senseless[i].phys,
						      senseless[i].size,
						      senseless[i].prot, true),
				    senseless[i].err, "row %u", i);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, 1, SZ_4K), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, 4 * GB, SZ_4K),
			-ERANGE);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 0, SZ_4K, ANNEX_PTE_RW,
					      ANNEX_PTE_RW), -EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 0, SZ_4K, 0,
					      ANNEX_PTE_PRESENT), -EINVAL);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 0, SZ_4K, ANNEX_PTE_PSE,
					      0), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(&t->pt, SZ_4K, HIGH), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(&t->pt, 0, HIGH + 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(&t->pt, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(&t->pt, 4 * GB, HIGH), -ERANGE);
	KUNIT_EXPECT_EQ(test, annex_pgtable_keep(&t->pt, 4), -EINVAL);
	testpgt_expect_tables(test, t, 0, 0);
	testpgt_end(test, t);
}

/* Over what is there, nothing is mapped, not even beside it. */
static void pgtable_refuses_what_is_taken(struct kunit *test)
{
	struct testpgt *t = testpgt(test);

	KUNIT_ASSERT_EQ(test, map(t, SZ_4M, HIGH, SZ_2M, true), 0);
	KUNIT_ASSERT_EQ(test, map(t, GB + SZ_8K, HIGH, SZ_4K, true), 0);
	KUNIT_EXPECT_EQ(test, map(t, SZ_4M, 0, SZ_4K, true), -EEXIST);
	KUNIT_EXPECT_EQ(test, map(t, SZ_2M, 0, SZ_8M, true), -EEXIST);
	KUNIT_EXPECT_EQ(test, map(t, SZ_4M + SZ_2M - SZ_4K, 0, SZ_8K, false),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, map(t, GB, 0, SZ_2M, true), -EEXIST);
	KUNIT_EXPECT_EQ(test, map(t, 0, 0, 4 * GB, true), -EEXIST);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(&t->pt, GB, HIGH), -EEXIST);
	testpgt_expect_tables(test, t, 2, 1);
	/* Beside it there is room. */
	KUNIT_EXPECT_EQ(test, map(t, SZ_2M, 0, SZ_2M, true), 0);
	KUNIT_EXPECT_EQ(test, map(t, GB, 0, SZ_8K, false), 0);
	KUNIT_EXPECT_EQ(test, map(t, GB + SZ_8K + SZ_4K, 0, SZ_4K, false), 0);
	testpgt_expect_tables(test, t, 2, 1);
	expect(test, t, GB + SZ_8K, ANNEX_PGT_PTE, HIGH);
	testpgt_end(test, t);
}

/*
 *   before   |-- 2 MB --|-- 2 MB --|-- 2 MB --|
 *   unmap         |--------------------|
 *   after    |pp..|                    |..ppp|
 */
static void pgtable_unmap_splits(struct kunit *test)
{
	struct testpgt *t = testpgt(test);
	u64 hole = GB + SZ_1M, end = GB + SZ_4M + SZ_4K, at;

	KUNIT_ASSERT_EQ(test, map(t, GB, HIGH, 3 * SZ_2M, true), 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, hole, end - hole), 0);
	for (at = GB; at < GB + 3 * SZ_2M; at += SZ_4K)
		if (at >= hole && at < end)
			expect(test, t, at, ANNEX_PGT_NONE, 0);
		else
			expect(test, t, at, ANNEX_PGT_PTE, HIGH + at - GB);
	testpgt_expect_tables(test, t, 1, 2);
	KUNIT_EXPECT_EQ(test, t->start, hole);
	KUNIT_EXPECT_EQ(test, t->end, end);
	KUNIT_EXPECT_EQ(test, t->still, 0U);
	/* Nothing is there: nothing happens, and nothing is wrong. */
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, 0, GB), 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, 0, 4 * GB), 0);
	testpgt_expect_tables(test, t, 0, 0);
	testpgt_end(test, t);
}

/* A page in the middle of one of 2 MB: one table, for both of its ends. */
static void pgtable_unmap_splits_once(struct kunit *test)
{
	struct testpgt *t = testpgt(test);

	KUNIT_ASSERT_EQ(test, map(t, GB, HIGH, SZ_2M, true), 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, GB + SZ_8K, SZ_4K), 0);
	testpgt_expect_tables(test, t, 1, 1);
	expect(test, t, GB + SZ_4K, ANNEX_PGT_PTE, HIGH + SZ_4K);
	expect(test, t, GB + SZ_8K, ANNEX_PGT_NONE, 0);
	expect(test, t, GB + SZ_2M - 1, ANNEX_PGT_PTE, HIGH + SZ_2M - 1);
	testpgt_end(test, t);
}

static void pgtable_protects(struct kunit *test)
{
	const u64 seen = ANNEX_PTE_ACCESSED | ANNEX_PTE_DIRTY;
	struct testpgt *t = testpgt(test);

	KUNIT_ASSERT_EQ(test, annex_pgtable_map(&t->pt, GB, HIGH, SZ_4M,
						KERNEL | seen, true), 0);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, GB + SZ_4K, SZ_2M,
					      ANNEX_PTE_USER | ANNEX_PTE_PCD,
					      KERNEL), 0);
	KUNIT_EXPECT_EQ(test, t->nr_flushes, 1UL);
	testpgt_expect_tables(test, t, 1, 2);
	testpgt_expect(test, t, GB, ANNEX_PGT_PTE, HIGH, KERNEL | seen);
	testpgt_expect(test, t, GB + SZ_4K, ANNEX_PGT_PTE, HIGH + SZ_4K,
		       ANNEX_PTE_USER | ANNEX_PTE_PCD | seen);
	testpgt_expect(test, t, GB + SZ_2M, ANNEX_PGT_PTE, HIGH + SZ_2M,
		       ANNEX_PTE_USER | ANNEX_PTE_PCD | seen);
	testpgt_expect(test, t, GB + SZ_2M + SZ_4K, ANNEX_PGT_PTE,
		       HIGH + SZ_2M + SZ_4K, KERNEL | seen);
	/* Whole pages of 2 MB stay that. */
	KUNIT_ASSERT_EQ(test, map(t, 2 * GB, HIGH, SZ_4M, true), 0);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 2 * GB, SZ_2M, 0,
					      ANNEX_PTE_RW), 0);
	testpgt_expect(test, t, 2 * GB, ANNEX_PGT_PMD, HIGH,
		       KERNEL & ~ANNEX_PTE_RW);
	expect(test, t, 2 * GB + SZ_2M, ANNEX_PGT_PMD, HIGH + SZ_2M);
	/* What is so already needs no invalidation; where nothing is, neither. */
	t->nr_flushes = 0;
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 2 * GB, SZ_2M, 0,
					      ANNEX_PTE_RW), 0);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 0, GB, ANNEX_PTE_RW, 0),
			0);
	KUNIT_EXPECT_EQ(test, t->nr_flushes, 0UL);
	testpgt_end(test, t);
}

/* A table may be walked until translations are invalidated. */
static void pgtable_flushes_before_it_frees(struct kunit *test)
{
	struct testpgt *t = testpgt(test);

	KUNIT_ASSERT_EQ(test, map(t, 2 * GB - SZ_4M, HIGH, SZ_8M, false), 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, GB, 2 * GB), 0);
	testpgt_expect_tables(test, t, 0, 0);
	KUNIT_EXPECT_EQ(test, t->unflushed, 0UL);
	testpgt_end(test, t);
}

/* The first level has no other bits, and nothing keeps a page from its own. */
static void pgtable_entries_above_let_all_through(struct kunit *test)
{
	struct testpgt *t = testpgt(test);
	u64 *root, *pmd, all = ANNEX_PTE_RW | ANNEX_PTE_GLOBAL;

	KUNIT_ASSERT_EQ(test, annex_pgtable_map(&t->pt, GB, HIGH, SZ_4K, all, true), 0);
	root = testpgt_ops.virt(t, t->pt.root);
	KUNIT_EXPECT_EQ(test, root[0] | root[2] | root[3], 0ULL);
	KUNIT_EXPECT_EQ(test, root[1] & ~ANNEX_PTE_PHYS_MASK, ANNEX_PTE_PRESENT);
	pmd = testpgt_ops.virt(t, root[1] & ANNEX_PTE_PHYS_MASK);
	KUNIT_EXPECT_EQ(test, pmd[0] & ~ANNEX_PTE_PHYS_MASK,
			ANNEX_PTE_PRESENT | ANNEX_PTE_RW | ANNEX_PTE_USER);
	/* If somebody takes rights away there, they are gone. */
	pmd[0] = (pmd[0] & ~ANNEX_PTE_RW) | ANNEX_PTE_NX;
	testpgt_expect(test, t, GB, ANNEX_PGT_PTE, HIGH, ANNEX_PTE_GLOBAL | ANNEX_PTE_NX);
	testpgt_end(test, t);
}

/* Each of these takes tables. */

static int try_map(struct testpgt *t)
{
	return map(t, GB - SZ_4M - SZ_4K, HIGH - SZ_4K, SZ_8M + SZ_8K, true);
}

static int try_map_small(struct testpgt *t)
{
	return map(t, GB - SZ_4M, HIGH, SZ_8M, false);
}

static int try_unmap(struct testpgt *t)
{
	return annex_pgtable_unmap(&t->pt, 2 * GB + SZ_4K, SZ_4M);
}

static int try_protect(struct testpgt *t)
{
	return annex_pgtable_protect(&t->pt, 2 * GB + SZ_4K, SZ_4M, 0,
				     ANNEX_PTE_RW);
}

static int try_keep(struct testpgt *t)
{
	return annex_pgtable_keep(&t->pt, 0);
}

static int try_link(struct testpgt *t)
{
	return annex_pgtable_link(&t->pt, GB, HIGH);
}

static const struct attempt {
	const char *name;
	int (*run)(struct testpgt *t);
} attempts[] = {
	{ "map", try_map }, { "map small", try_map_small },
	{ "unmap", try_unmap }, { "protect", try_protect },
	{ "keep", try_keep }, { "link", try_link },
};

static void attempt_name(const struct attempt *a, char *name)
{
	strscpy(name, a->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(attempt, attempts, attempt_name);

/* Whichever table is the one that is not to be had. */
static void pgtable_failure_leaves_nothing(struct kunit *test)
{
	const struct attempt *a = test->param_value;
	struct testpgt *t = testpgt(test);
	unsigned long n = 0, tables;
	u64 at;
	int err;

	KUNIT_ASSERT_EQ(test, map(t, 2 * GB, HIGH, 3 * SZ_2M, true), 0);
	KUNIT_ASSERT_EQ(test, map(t, SZ_4M, HIGH, SZ_4K, true), 0);
	tables = t->nr;
	for (;; n++) {
		t->allow = n;
		err = a->run(t);
		if (err != -ENOMEM)
			break;
		KUNIT_EXPECT_EQ(test, t->nr, tables);
		testpgt_expect_tables(test, t, 2, 1);
		for (at = 2 * GB; at < 2 * GB + 3 * SZ_2M; at += SZ_1M)
			expect(test, t, at, ANNEX_PGT_PMD, HIGH + at - 2 * GB);
		expect(test, t, SZ_4M, ANNEX_PGT_PTE, HIGH);
		expect(test, t, GB, ANNEX_PGT_NONE, 0);
		expect(test, t, GB - SZ_4M, ANNEX_PGT_NONE, 0);
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GT(test, n, 0UL);
	KUNIT_EXPECT_EQ(test, t->nr, tables + n);
	testpgt_end(test, t);
}

/* No root: no tree. */
static void pgtable_create_fails(struct kunit *test)
{
	struct testpgt *t = testpgt(test);
	struct annex_pgtable pt;

	t->allow = 0;
	KUNIT_EXPECT_EQ(test, annex_pgtable_create(&pt, &testpgt_ops, t),
			-ENOMEM);
	annex_pgtable_free(&pt);
	testpgt_end(test, t);
}

/* Process tables: the kernel's part is that of another tree, whatever it becomes. */
static void pgtable_borrows(struct kunit *test)
{
	struct testpgt *master = testpgt(test), *t = testpgt(test);

	KUNIT_EXPECT_EQ(test, annex_pgtable_borrow(&t->pt, &master->pt, 3),
			-EINVAL);
	KUNIT_ASSERT_EQ(test, annex_pgtable_keep(&master->pt, 2), 0);
	testpgt_expect_tables(test, master, 2, 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_borrow(&t->pt, &master->pt, 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, annex_pgtable_borrow(&t->pt, &master->pt, 4),
			-EINVAL);
	KUNIT_ASSERT_EQ(test, annex_pgtable_borrow(&t->pt, &master->pt, 2), 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_borrow(&t->pt, &master->pt, 2),
			-EEXIST);
	KUNIT_ASSERT_EQ(test, map(master, 3 * GB, HIGH, SZ_2M, true), 0);
	expect(test, t, 3 * GB + 5, ANNEX_PGT_PMD, HIGH + 5);
	KUNIT_EXPECT_EQ(test, map(t, 3 * GB + SZ_4M, 0, SZ_4K, false), -EPERM);
	KUNIT_EXPECT_EQ(test, map(t, 2 * GB - SZ_4K, 0, SZ_8K, false), -EPERM);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&t->pt, 3 * GB, SZ_2M),
			-EPERM);
	KUNIT_EXPECT_EQ(test,
			annex_pgtable_protect(&t->pt, 3 * GB, SZ_2M, 0,
					      ANNEX_PTE_RW), -EPERM);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(&t->pt, 3 * GB + SZ_8M, HIGH),
			-EPERM);
	KUNIT_EXPECT_EQ(test, annex_pgtable_keep(&t->pt, 3), -EPERM);
	KUNIT_EXPECT_EQ(test, map(t, 2 * GB - SZ_4K, 0, SZ_4K, false), 0);
	testpgt_expect_tables(test, t, 1, 1);
	/* What is kept stays, and so the other still sees what comes. */
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(&master->pt, 0, 4 * GB), 0);
	expect(test, t, 3 * GB, ANNEX_PGT_NONE, 0);
	KUNIT_ASSERT_EQ(test, map(master, 2 * GB, HIGH, SZ_4K, false), 0);
	expect(test, t, 2 * GB, ANNEX_PGT_PTE, HIGH);
	testpgt_end(test, t);
	expect(test, master, 2 * GB, ANNEX_PGT_PTE, HIGH);
	testpgt_end(test, master);
}

/* A linked table at 3 GB is another tree's: nothing in it can be changed. */
static void expect_link_is_kept(struct kunit *test, struct testpgt *t,
				u64 table)
{
	struct annex_pgtable *pt = &t->pt;

	KUNIT_EXPECT_EQ(test, map(t, 3 * GB + SZ_8K, 0, SZ_4K, false), -EEXIST);
	KUNIT_EXPECT_EQ(test, annex_pgtable_link(pt, 3 * GB, table), -EEXIST);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(pt, 3 * GB, SZ_4K), -EPERM);
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(pt, 3 * GB + SZ_4K, SZ_2M),
			-EPERM);
	KUNIT_EXPECT_EQ(test, annex_pgtable_protect(pt, 3 * GB, SZ_2M, 0,
						    ANNEX_PTE_RW), -EPERM);
	expect(test, t, 3 * GB + SZ_4K, ANNEX_PGT_PTE, HIGH);
}

/* A table of another tree shows here what it does there, and is left alone. */
static void pgtable_links(struct kunit *test)
{
	struct testpgt *other = testpgt(test), *t = testpgt(test);
	const u64 kernel = KERNEL, user = KERNEL | ANNEX_PTE_USER;
	struct annex_pgtable *pt = &t->pt;
	u64 table;

	KUNIT_ASSERT_EQ(test, map(other, SZ_2M + SZ_4K, HIGH, SZ_4K, false), 0);
	table = annex_pgtable_table(&other->pt, SZ_2M);
	KUNIT_ASSERT_NE(test, table, 0ULL);
	KUNIT_ASSERT_EQ(test, annex_pgtable_link(pt, 3 * GB, table), 0);
	KUNIT_EXPECT_EQ(test, annex_pgtable_table(pt, 3 * GB + SZ_1M), table);
	testpgt_expect_tables(test, t, 1, 0);
	expect(test, t, 3 * GB, ANNEX_PGT_NONE, 0);
	expect(test, t, 3 * GB + SZ_4K, ANNEX_PGT_PTE, HIGH);
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_map(&other->pt, SZ_2M, 0, SZ_4K, user,
					  false), 0);
	/* It lets no user in. */
	testpgt_expect(test, t, 3 * GB, ANNEX_PGT_PTE, 0, kernel);
	testpgt_expect(test, other, SZ_2M, ANNEX_PGT_PTE, 0, user);

	expect_link_is_kept(test, t, table);
	/* All of it ends the link, and the table is as it was. */
	KUNIT_EXPECT_EQ(test, annex_pgtable_unmap(pt, 3 * GB - SZ_4K,
						  SZ_2M + SZ_4K), 0);
	testpgt_expect_tables(test, t, 0, 0);
	expect(test, other, SZ_2M + SZ_4K, ANNEX_PGT_PTE, HIGH);
	/* Nor does it go with a tree that has a link to it. */
	KUNIT_ASSERT_EQ(test, annex_pgtable_link(pt, 0, table), 0);
	testpgt_end(test, t);
	testpgt_expect_tables(test, other, 1, 1);
	testpgt_end(test, other);
}

static const struct annex_pgtable_run runs[] = {
	{ GB - SZ_8K, GB + SZ_8K, ANNEX_PGT_PTE, 0 },
	{ GB + SZ_8K, GB + SZ_16K, ANNEX_PGT_PTE, ANNEX_PTE_NX },
	{ GB + SZ_2M, GB + SZ_4M, ANNEX_PGT_PMD, ANNEX_PTE_PSE },
	{ GB + SZ_4M, GB + SZ_4M + SZ_4K, ANNEX_PGT_PTE, 0 },
	{ 4 * GB - SZ_4K, 4 * GB, ANNEX_PGT_PTE, 0 },
};

/*
 * A run goes on over borders of tables, and ends where pages are of another size,
 * may be used otherwise, or are not there; not where the frames jump.
 */
static void pgtable_runs(struct kunit *test)
{
	struct testpgt *t = testpgt(test);
	struct annex_pgtable_run run;
	unsigned int i;
	u64 at = 0;

	KUNIT_EXPECT_FALSE(test, annex_pgtable_run(&t->pt, 0, 4 * GB, &run));
	for (i = 0; i < ARRAY_SIZE(runs); i++)
		KUNIT_ASSERT_EQ(test,
				annex_pgtable_map(&t->pt, runs[i].start, HIGH,
						  runs[i].end - runs[i].start,
						  runs[i].prot & ANNEX_PTE_NX,
						  true), 0);
	/* What the MMU notes makes no run of its own. */
	KUNIT_ASSERT_EQ(test,
			annex_pgtable_protect(&t->pt, GB, SZ_4K,
					      ANNEX_PTE_ACCESSED |
					      ANNEX_PTE_DIRTY, 0), 0);
	for (i = 0; annex_pgtable_run(&t->pt, at, 5 * GB, &run); i++) {
		KUNIT_ASSERT_LT(test, i, (unsigned int)ARRAY_SIZE(runs));
		KUNIT_EXPECT_EQ(test, run.start, runs[i].start);
		KUNIT_EXPECT_EQ(test, run.end, runs[i].end);
		KUNIT_EXPECT_EQ(test, run.level, runs[i].level);
		KUNIT_EXPECT_EQ(test, run.prot,
				runs[i].prot | ANNEX_PTE_PRESENT);
		at = run.end;
	}
	KUNIT_EXPECT_EQ(test, i, (unsigned int)ARRAY_SIZE(runs));
	/* Cut to what is asked for. */
	KUNIT_EXPECT_TRUE(test, annex_pgtable_run(&t->pt, GB - SZ_4K, GB, &run));
	KUNIT_EXPECT_EQ(test, run.start, GB - SZ_4K);
	KUNIT_EXPECT_EQ(test, run.end, GB);
	testpgt_end(test, t);
}

/* Two frames of which a half of one and a half of the other is a third. */
#define ONE_FRAME	0x100000000ULL
#define OTHER_FRAME	0x200001000ULL

static DECLARE_COMPLETION(changing);

static int change_frames(void *tree)
{
	struct testpgt *t = tree;
	int err = 0;

	complete(&changing);
	while (!kthread_should_stop() && !err) {
		err = annex_pgtable_unmap(&t->pt, GB, SZ_4K) ?:
		      map(t, GB, ONE_FRAME, SZ_4K, false) ?:
		      annex_pgtable_protect(&t->pt, GB, SZ_4K, 0, ANNEX_PTE_NX) ?:
		      annex_pgtable_unmap(&t->pt, GB, SZ_4K) ?:
		      map(t, GB, OTHER_FRAME, SZ_4K, false);
		cond_resched();
	}
	return err;
}

static void pgtable_is_never_seen_torn(struct kunit *test)
{
	unsigned long seen[3] = {}, i;
	struct testpgt *t = testpgt(test);
	struct annex_translation tr;
	struct task_struct *task;

	/* So that its table stays. */
	KUNIT_ASSERT_EQ(test, map(t, GB + SZ_4K, HIGH, SZ_4K, false), 0);
	KUNIT_ASSERT_EQ(test, map(t, GB, OTHER_FRAME, SZ_4K, false), 0);
	task = kthread_run(change_frames, t, "annex-pgt");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&changing);
	for (i = 0; i < 300000; i++) {
		annex_pgtable_walk(&t->pt, GB, &tr);
		if (tr.phys == ONE_FRAME)
			seen[0]++;
		else if (tr.phys == OTHER_FRAME)
			seen[1]++;
		else if (!tr.level)
			seen[2]++;
		else
			KUNIT_FAIL(test, "%#llx is neither", tr.phys);
		if (!(i & 1023))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, kthread_stop(task), 0);
	kunit_info(test, "%lu of one, %lu of the other, %lu of none", seen[0],
		   seen[1], seen[2]);
	testpgt_end(test, t);
}

static struct kunit_case pgtable_cases[] = {
	KUNIT_CASE_PARAM(pgtable_maps, map_case_gen_params),
	KUNIT_CASE(pgtable_refuses_what_makes_no_sense),
	KUNIT_CASE(pgtable_refuses_what_is_taken),
	KUNIT_CASE(pgtable_unmap_splits),
	KUNIT_CASE(pgtable_unmap_splits_once),
	KUNIT_CASE(pgtable_protects),
	KUNIT_CASE(pgtable_flushes_before_it_frees),
	KUNIT_CASE(pgtable_entries_above_let_all_through),
	KUNIT_CASE_PARAM(pgtable_failure_leaves_nothing, attempt_gen_params),
	KUNIT_CASE(pgtable_create_fails),
	KUNIT_CASE(pgtable_borrows),
	KUNIT_CASE(pgtable_links),
	KUNIT_CASE(pgtable_runs),
	KUNIT_CASE(pgtable_is_never_seen_torn),
	{}
};

static struct kunit_suite annex_pgtable_suite = {
	.name = "annex_pgtable",
	.test_cases = pgtable_cases,
};

kunit_test_suite(annex_pgtable_suite);
