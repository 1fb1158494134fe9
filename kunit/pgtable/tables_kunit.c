// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a pool's own tables: what is planned for which pool, what it costs, and
 * that what was planned is what is shown.
 */
#include <linux/align.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "base/refuse.h"
#include "lib/testpool.h"
#include "pgtable/tables.h"

#define GB	((u64)SZ_1G)
#define MB	((u64)SZ_1M)
#define TOP	0xf8000000ULL	/* 896 MB above 3 GB */

/* Tables lie in so much of a pool's start. */
#define LOWMEM	((u64)SZ_4M)

static struct annex_tables_wish wish_for(u64 start, u64 size)
{
	return (struct annex_tables_wish) {
		.pool = { start, start + size }, .lowmem = LOWMEM, .top = TOP,
		.nx = true,
	};
}

/* Pools, and what is to come of them; sizes in kB. */
static const struct pool_case {
	const char *name;
	u64 start, size, page_offset, provisional;
	enum annex_direct kind;
	u64 direct, early;
	unsigned int huge, small;	/* pages of the direct map */
	unsigned int pmd, pte;		/* tables of the master */
} pools[] = {
	{ "4 MB", 5 * GB, 4 * MB, 0, 0, ANNEX_DIRECT_ALL, 4096, 4096, 2, 0,
	  1, 0 },
	{ "512 MB", 5 * GB, 512 * MB, 0, 0, ANNEX_DIRECT_ALL, 524288, 24576,
	  256, 0, 1, 0 },
	{ "as much as there is room", 5 * GB, 896 * MB, 0, 0, ANNEX_DIRECT_ALL,
	  917504, 24576, 448, 0, 1, 0 },
	{ "a page more", 5 * GB, 896 * MB + SZ_4K, 0, 0, ANNEX_DIRECT_HIGHMEM,
	  917504, 24576, 448, 0, 1, 0 },
	{ "3 GB", 5 * GB, 3 * GB, 0, 0, ANNEX_DIRECT_HIGHMEM, 917504, 24576,
	  448, 0, 1, 0 },
	{ "4 GB", 5 * GB, 4 * GB, 0, 0, ANNEX_DIRECT_HIGHMEM, 917504, 24576,
	  448, 0, 1, 0 },
	{ "a page more than 4 GB", 5 * GB, 4 * GB + SZ_4K, 0, 0,
	  ANNEX_DIRECT_PAE, 917504, 24576, 448, 0, 1, 0 },
	{ "57 GB", 4 * GB, 57 * GB, 0, 0, ANNEX_DIRECT_PAE, 917504, 24576, 448,
	  0, 1, 0 },
	{ "3 GB at 2 GB", 5 * GB, 3 * GB, 2 * GB, 0, ANNEX_DIRECT_HIGHMEM,
	  1966080, 24576, 960, 0, 2, 0 },
	{ "1 GB at 2 GB", 5 * GB, GB, 2 * GB, 0, ANNEX_DIRECT_ALL, 1048576,
	  24576, 512, 0, 2, 0 },
	{ "57 GB at 1 GB", 4 * GB, 57 * GB, GB, 0, ANNEX_DIRECT_PAE, 3014656,
	  24576, 1472, 0, 3, 0 },
	{ "an odd start", 5 * GB + SZ_4K, 100 * MB, 0, 0, ANNEX_DIRECT_ALL,
	  102400, 24576, 49, 512, 1, 2 },
	{ "an odd end", 5 * GB, 100 * MB + 3 * SZ_4K, 0, 0, ANNEX_DIRECT_ALL,
	  102412, 24576, 50, 3, 1, 1 },
	{ "a start of 1 MB and an odd end", 5 * GB + MB, 4 * MB + SZ_4K, 0, 0,
	  ANNEX_DIRECT_ALL, 4100, 6144, 1, 513, 1, 2 },
	{ "an odd start, more than fits", 5 * GB + 7 * SZ_4K, GB, 0, 0,
	  ANNEX_DIRECT_HIGHMEM, 917504 - 28, 24576, 447, 505, 1, 1 },
	{ "little provisional", 5 * GB, GB, 0, 2 * MB, ANNEX_DIRECT_HIGHMEM,
	  917504, 2048, 448, 0, 1, 0 },
	{ "much provisional", 5 * GB, GB, 0, 896 * MB, ANNEX_DIRECT_HIGHMEM,
	  917504, 917504, 448, 0, 1, 0 },
	{ "provisional beyond 4 GB", 4 * GB - 16 * MB, GB, GB, 0,
	  ANNEX_DIRECT_ALL, 1048576, 24576, 512, 0, 3, 0 },
};

static void pool_name(const struct pool_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pool_case, pools, pool_name);

static void expect_shown(struct kunit *test, const struct annex_pgtable *pt,
			 u64 linear, u64 phys, u64 prot)
{
	struct annex_translation tr;

	annex_pgtable_walk(pt, linear, &tr);
	KUNIT_EXPECT_EQ_MSG(test, tr.phys, phys, "at %#llx", linear);
	KUNIT_EXPECT_EQ_MSG(test, tr.prot & ~ANNEX_PTE_PSE,
			    prot | ANNEX_PTE_PRESENT, "at %#llx", linear);
}

static void expect_nothing(struct kunit *test, const struct annex_pgtable *pt,
			   u64 start, u64 end)
{
	struct annex_pgtable_run run;

	KUNIT_EXPECT_FALSE(test, start < end &&
			   annex_pgtable_run(pt, start, end, &run));
}

static void expect_provisional(struct kunit *test, const struct pool_case *c,
			       const struct annex_tables *t)
{
	const struct annex_pgtable *pt = &t->provisional;
	u64 off = c->start % SZ_2M;
	u64 end = min(c->early << 10, off + c->size), at;

	KUNIT_EXPECT_EQ(test, t->early, c->early << 10);
	KUNIT_EXPECT_EQ(test, pt->nr_tables[ANNEX_PGT_PMD], 2UL);
	KUNIT_EXPECT_EQ(test, pt->nr_tables[ANNEX_PGT_PTE],
			(unsigned long)(c->early >> 11));
	for (at = off; at < end; at += SZ_4K) {
		u64 phys = c->start - off + at;
		u64 prot = ANNEX_PTE_RW | ANNEX_PTE_NX;

		expect_shown(test, pt, at, phys, prot);
		expect_shown(test, pt, t->page_offset + at, phys, prot);
	}
	expect_nothing(test, pt, 0, off);
	expect_nothing(test, pt, end, t->page_offset + off);
	expect_nothing(test, pt, t->page_offset + end, ANNEX_PGT_LINEAR_END);
}

static void expect_master(struct kunit *test, const struct pool_case *c,
			  const struct annex_tables *t)
{
	const struct annex_pgtable *pt = &t->master;
	unsigned int pages[ANNEX_NR_PGT_LEVELS] = {};
	u64 end = t->start + (c->direct << 10), at = t->start;
	struct annex_pgtable_run run;

	KUNIT_EXPECT_EQ(test, t->kind, c->kind);
	KUNIT_EXPECT_EQ(test, t->end, end);
	KUNIT_EXPECT_EQ(test, t->start % SZ_2M, c->start % SZ_2M);
	expect_nothing(test, pt, 0, t->start);
	expect_nothing(test, pt, end, ANNEX_PGT_LINEAR_END);
	for (; at < end; at += SZ_64K - SZ_4K)
		expect_shown(test, pt, at, c->start + at - t->start,
			     ANNEX_PTE_RW | ANNEX_PTE_NX | ANNEX_PTE_GLOBAL);
	for (at = 0; annex_pgtable_run(pt, at, ANNEX_PGT_LINEAR_END, &run);
	     at = run.end)
		pages[run.level] += (run.end - run.start) >>
				    (run.level == ANNEX_PGT_PMD ? 21 : 12);
	KUNIT_EXPECT_EQ(test, pages[ANNEX_PGT_PMD], c->huge);
	KUNIT_EXPECT_EQ(test, pages[ANNEX_PGT_PTE], c->small);
	KUNIT_EXPECT_EQ(test, pt->nr_tables[ANNEX_PGT_PMD],
			(unsigned long)c->pmd);
	KUNIT_EXPECT_EQ(test, pt->nr_tables[ANNEX_PGT_PTE],
			(unsigned long)c->pte);
}

/* Made in memory that has exactly the frames that are needed, and guards. */
static int build(struct kunit *test, struct annex_tables *t, u8 *lowmem)
{
	unsigned long bytes = annex_tables_need(t) << PAGE_SHIFT;
	u64 phys = t->lowmem_phys + LOWMEM - bytes - SZ_4K;

	KUNIT_ASSERT_LT(test, bytes + SZ_8K, (unsigned long)LOWMEM);
	memset(lowmem, 0x5a, LOWMEM);
	return annex_tables_build(t, phys, bytes, lowmem, LOWMEM);
}

static void expect_guards(struct kunit *test, const struct annex_tables *t,
			  u8 *lowmem)
{
	u8 *first = lowmem + (unsigned long)(t->phys - t->lowmem_phys);

	/* Below is the PMD of the identity mapping, which went. */
	KUNIT_EXPECT_NULL(test, memchr_inv(lowmem, 0x5a,
					   first - SZ_4K - lowmem));
	KUNIT_EXPECT_NULL(test, memchr_inv(first + t->bytes, 0x5a, SZ_4K));
}

static void tables_show_the_pool(struct kunit *test)
{
	const struct pool_case *c = test->param_value;
	struct annex_tables_wish wish = wish_for(c->start, c->size);
	struct annex_tables t = {};
	u8 *lowmem = vmalloc(LOWMEM);
	struct annex_reason why = {};

	KUNIT_ASSERT_NOT_NULL(test, lowmem);
	wish.page_offset = c->page_offset;
	wish.provisional = c->provisional;
	KUNIT_EXPECT_EQ_MSG(test, annex_tables_plan(&t, &wish, &why), 0, "%s",
			    why.text);
	KUNIT_EXPECT_EQ(test, build(test, &t, lowmem), 0);
	expect_provisional(test, c, &t);
	expect_master(test, c, &t);
	KUNIT_EXPECT_EQ(test, t.bytes >> PAGE_SHIFT,
			2UL + 2 + (unsigned long)(c->early >> 11) + c->pmd +
			c->pte);
	KUNIT_EXPECT_EQ(test, t.bytes >> PAGE_SHIFT, annex_tables_need(&t) - 1);
	expect_guards(test, &t, lowmem);
	annex_tables_free(&t);
	KUNIT_EXPECT_EQ(test, t.bytes, 0UL);
	vfree(lowmem);
}

/* Whichever frame is the one too few: no tables, and nothing beside the room. */
static void tables_fail_whole(struct kunit *test)
{
	struct annex_tables_wish wish = wish_for(5 * GB + SZ_4K, 100 * MB);
	u8 *lowmem = vmalloc(LOWMEM);
	struct annex_tables t = {};
	struct annex_reason why;
	unsigned long n, need;

	KUNIT_ASSERT_NOT_NULL(test, lowmem);
	KUNIT_EXPECT_EQ(test, annex_tables_plan(&t, &wish, &why), 0);
	need = annex_tables_need(&t);
	memset(lowmem, 0x5a, LOWMEM);
	for (n = 0; n < need; n++) {
		KUNIT_EXPECT_EQ(test,
				annex_tables_build(&t, t.lowmem_phys + SZ_4K,
						   n << PAGE_SHIFT, lowmem,
						   LOWMEM), -ENOMEM);
		KUNIT_EXPECT_EQ(test, t.master.root | t.provisional.root |
				t.bytes, 0ULL);
		KUNIT_EXPECT_NULL(test, memchr_inv(lowmem, 0x5a, SZ_4K));
		KUNIT_EXPECT_NULL(test,
				  memchr_inv(lowmem + ((n + 1) << PAGE_SHIFT),
					     0x5a, SZ_4K));
	}
	KUNIT_EXPECT_EQ(test, annex_tables_build(&t, t.lowmem_phys + SZ_4K,
						 need << PAGE_SHIFT, lowmem,
						 LOWMEM), 0);
	annex_tables_free(&t);
	vfree(lowmem);
}

static void tables_without_nx(struct kunit *test)
{
	struct annex_tables_wish wish = wish_for(5 * GB, 512 * MB);
	u8 *lowmem = vmalloc(LOWMEM);
	struct annex_tables t = {};
	struct annex_reason why;

	KUNIT_ASSERT_NOT_NULL(test, lowmem);
	wish.nx = false;
	KUNIT_EXPECT_EQ(test, annex_tables_plan(&t, &wish, &why), 0);
	KUNIT_EXPECT_EQ(test, build(test, &t, lowmem), 0);
	expect_shown(test, &t.master, t.start, 5 * GB,
		     ANNEX_PTE_RW | ANNEX_PTE_GLOBAL);
	expect_shown(test, &t.provisional, 0, 5 * GB, ANNEX_PTE_RW);
	annex_tables_free(&t);
	vfree(lowmem);
}

static void tables_refuse(struct kunit *test)
{
	static const struct {
		u64 size, lowmem, page_offset, provisional;
		const char *words;
	} bad[] = {
		{ GB, LOWMEM, 4 * GB, 0,
		  "page_offset=4G is none of 3G, 2G and 1G" },
		{ GB, LOWMEM, 3 * GB + MB, 0, "is none of" },
		{ GB, LOWMEM, SZ_4K, 0, "page_offset=4K is none of" },
		{ GB, LOWMEM, 0, MB,
		  "provisional=1M is not a multiple of 2M" },
		{ GB, LOWMEM, 0, 898 * MB,
		  "provisional=898M is more than the direct map's 896M" },
		{ 16 * MB, LOWMEM, 0, 18 * MB, "the direct map's 16M" },
		{ 3 * GB, LOWMEM, GB, GB + 2 * MB, "the direct map's 1G" },
		{ 2 * GB, 897 * MB, 0, 0,
		  "from page_offset=3G to the windows, 917504 kB; load with a smaller" },
		{ 4 * GB, 3 * GB, GB, 0, "ask for less" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct annex_tables_wish wish = wish_for(5 * GB, bad[i].size);
		struct annex_reason why = {};
		struct annex_tables t = {};

		wish.lowmem = bad[i].lowmem;
		wish.page_offset = bad[i].page_offset;
		wish.provisional = bad[i].provisional;
		KUNIT_EXPECT_EQ_MSG(test, annex_tables_plan(&t, &wish, &why),
				    -EINVAL, "row %u", i);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(why.text, bad[i].words),
				      "row %u: %s", i, why.text);
	}
}

/* In a pool, they are among what early allocation took, and nothing is left over. */
static void tables_are_in_the_pool(struct kunit *test)
{
	static const struct annex_testpool opts = {
		.start = 5ULL * SZ_1G + SZ_4K, .nr_pages = 4096,
		.lowmem_pages = 1024, .contents = true, .tables = true,
	};
	struct annex *annex = annex_testpool(test, &opts);
	const struct annex_tables *t = &annex->tables;
	u64 end = opts.start + SZ_4M;

	/* A root and 2 PMDs for 9 PTE tables; a root, a PMD, 2 PTE tables. */
	KUNIT_EXPECT_EQ(test, t->bytes >> PAGE_SHIFT, 1UL + 2 + 9 + 1 + 1 + 2);
	KUNIT_EXPECT_EQ(test, t->phys + t->bytes, end);
	KUNIT_EXPECT_EQ(test, annex->memblock.reserved.total_size,
			(u64)t->bytes + annex->mem_map_bytes);
	KUNIT_EXPECT_EQ(test, annex_test_free_pages(annex),
			4096UL - ((t->bytes + annex->mem_map_bytes) >>
				  PAGE_SHIFT));
	annex_test_validate(test, annex);
}

static struct kunit_case tables_cases[] = {
	KUNIT_CASE_PARAM(tables_show_the_pool, pool_case_gen_params),
	KUNIT_CASE(tables_fail_whole),
	KUNIT_CASE(tables_without_nx),
	KUNIT_CASE(tables_refuse),
	KUNIT_CASE(tables_are_in_the_pool),
	{}
};

static struct kunit_suite annex_tables_suite = {
	.name = "annex_tables",
	.test_cases = tables_cases,
};

kunit_test_suite(annex_tables_suite);
