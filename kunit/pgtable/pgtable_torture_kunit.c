// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls of the page-table library against a model: an array that says of
 * each page what it has to show. Tables are missing now and then; then nothing
 * may have changed.
 *
 * The pages are those of four spans of 8 MB, at both ends of what there is and
 * across two borders of 1 GB.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "lib/testpgt.h"
#include "lib/testpool.h"
#include "pgtable/pgtable.h"

#define STEPS		30000
#define SPANS		4
#define SPAN_PAGES	(SZ_8M / SZ_4K)
#define PAGES		(SPANS * SPAN_PAGES)
#define GRANULE		(SZ_2M / SZ_4K)
#define GRANULES	(PAGES / GRANULE)

static const u64 span_start[SPANS] = {
	0, SZ_1G - SZ_4M, 3ULL * SZ_1G - SZ_4M, 4ULL * SZ_1G - SZ_8M,
};

/**
 * struct model - what a tree has to be like
 * @test: the test
 * @t: the tree
 * @foreign: has the table that is linked
 * @table: its address
 * @page: what each page shows: frame and bits; 0 for nothing
 * @huge: which 2 MB are one page
 * @link: which are a link
 * @done: calls that succeeded
 * @rnd: what happens next
 */
struct model {
	struct kunit *test;
	struct testpgt *t;
	struct testpgt *foreign;
	u64 table;
	u64 page[PAGES];
	DECLARE_BITMAP(huge, GRANULES);
	DECLARE_BITMAP(link, GRANULES);
	unsigned long done;
	struct rnd_state rnd;
};

/* A range of pages of one span. */
struct part {
	unsigned int first, end;
};

static u64 linear_of(unsigned int page)
{
	return span_start[page / SPAN_PAGES] + (u64)(page % SPAN_PAGES) * SZ_4K;
}

static u64 bytes_of(const struct part *p)
{
	return (u64)(p->end - p->first) * SZ_4K;
}

/* Small ones, and often such as begin or end with 2 MB. */
static struct part some_part(struct model *m)
{
	unsigned int span = annex_test_below(&m->rnd, SPANS) * SPAN_PAGES;
	unsigned int first = annex_test_below(&m->rnd, SPAN_PAGES);
	unsigned int nr = 1 + annex_test_below(&m->rnd, 16);

	if (!annex_test_below(&m->rnd, 3))
		first = first / GRANULE * GRANULE;
	if (!annex_test_below(&m->rnd, 3))
		nr = GRANULE * (1 + annex_test_below(&m->rnd, 2));
	if (!annex_test_below(&m->rnd, 8))
		nr = 1 + annex_test_below(&m->rnd, SPAN_PAGES);
	return (struct part) {
		span + first, span + min_t(unsigned int, first + nr, SPAN_PAGES),
	};
}

static u64 some_bits(struct model *m)
{
	u64 bits = (u64)prandom_u32_state(&m->rnd) & ANNEX_PTE_CHANGEABLE;

	return bits | (annex_test_below(&m->rnd, 2) ? ANNEX_PTE_NX : 0);
}

static bool has_link(const struct model *m, const struct part *p, bool part)
{
	unsigned int g;

	for (g = p->first / GRANULE; g <= (p->end - 1) / GRANULE; g++)
		if (test_bit(g, m->link) &&
		    !(part && p->first <= g * GRANULE &&
		      p->end >= (g + 1) * GRANULE))
			return true;
	return false;
}

static bool is_vacant(const struct model *m, const struct part *p)
{
	unsigned int i;

	for (i = p->first; i < p->end; i++)
		if (m->page[i])
			return false;
	return !has_link(m, p, false);
}

/* Pages of 2 MB that a change has a part of are none any more. */
static void model_split(struct model *m, const struct part *p)
{
	if (p->first % GRANULE)
		clear_bit(p->first / GRANULE, m->huge);
	if (p->end % GRANULE)
		clear_bit(p->end / GRANULE, m->huge);
}

static void step_map(struct model *m)
{
	struct part p = some_part(m);
	bool huge = annex_test_below(&m->rnd, 2);
	u64 phys = (u64)annex_test_below(&m->rnd, 1 << 20) * SZ_2M;
	u64 prot = some_bits(m);
	unsigned int i;
	int err;

	/* As far from a multiple of 2 MB as the address, or not. */
	if (annex_test_below(&m->rnd, 4))
		phys += linear_of(p.first) & (SZ_2M - 1);
	err = annex_pgtable_map(&m->t->pt, linear_of(p.first), phys,
				bytes_of(&p), prot, huge);
	if (err == -ENOMEM && m->t->allow == 0 && is_vacant(m, &p))
		return;
	KUNIT_EXPECT_EQ(m->test, err, is_vacant(m, &p) ? 0 : -EEXIST);
	if (err)
		return;
	m->done++;
	for (i = p.first; i < p.end; i++, phys += SZ_4K) {
		m->page[i] = phys | prot | ANNEX_PTE_PRESENT;
		if (huge && i % GRANULE == 0 && i + GRANULE <= p.end &&
		    !(phys & (SZ_2M - 1)))
			set_bit(i / GRANULE, m->huge);
	}
}

static void step_unmap(struct model *m)
{
	struct part p = some_part(m);
	int err = annex_pgtable_unmap(&m->t->pt, linear_of(p.first),
				      bytes_of(&p));
	unsigned int i;

	if (err == -ENOMEM && m->t->allow == 0)
		return;
	KUNIT_EXPECT_EQ(m->test, err, has_link(m, &p, true) ? -EPERM : 0);
	if (err)
		return;
	m->done++;
	model_split(m, &p);
	for (i = p.first; i < p.end; i++) {
		m->page[i] = 0;
		clear_bit(i / GRANULE, m->link);
		if (i % GRANULE == 0 && i + GRANULE <= p.end)
			clear_bit(i / GRANULE, m->huge);
	}
}

static void step_protect(struct model *m)
{
	u64 bits = some_bits(m), set = bits & some_bits(m), clear = bits & ~set;
	struct part p = some_part(m);
	int err = annex_pgtable_protect(&m->t->pt, linear_of(p.first),
					bytes_of(&p), set, clear);
	unsigned int i;

	if (err == -ENOMEM && m->t->allow == 0)
		return;
	KUNIT_EXPECT_EQ(m->test, err, has_link(m, &p, false) ? -EPERM : 0);
	if (err)
		return;
	m->done++;
	model_split(m, &p);
	for (i = p.first; i < p.end; i++)
		if (m->page[i])
			m->page[i] = (m->page[i] | set) & ~clear;
}

static void step_link(struct model *m)
{
	unsigned int g = annex_test_below(&m->rnd, GRANULES);
	struct part p = { g * GRANULE, (g + 1) * GRANULE };
	int err = annex_pgtable_link(&m->t->pt, linear_of(p.first), m->table);

	if (err == -ENOMEM && m->t->allow == 0)
		return;
	KUNIT_EXPECT_EQ(m->test, err, is_vacant(m, &p) ? 0 : -EEXIST);
	if (err)
		return;
	m->done++;
	set_bit(g, m->link);
}

static void check_page(struct model *m, unsigned int i)
{
	u64 linear = linear_of(i), entry = m->page[i];
	struct annex_translation tr;

	annex_pgtable_walk(&m->t->pt, linear, &tr);
	if (test_bit(i / GRANULE, m->link)) {
		/* The other tree has one page there. */
		KUNIT_EXPECT_EQ(m->test, tr.level, i % GRANULE == 7 ?
				ANNEX_PGT_PTE : ANNEX_PGT_NONE);
		return;
	}
	if (test_bit(i / GRANULE, m->huge))
		entry |= ANNEX_PTE_PSE;
	KUNIT_EXPECT_EQ_MSG(m->test, tr.phys | tr.prot, entry, "at %#llx",
			    linear);
	if (entry)
		KUNIT_EXPECT_EQ(m->test, tr.level, entry & ANNEX_PTE_PSE ?
				ANNEX_PGT_PMD : ANNEX_PGT_PTE);
}

/* A PTE table for 2 MB of small pages, a PMD for 1 GB with anything. */
static void check_tables(struct model *m)
{
	unsigned int i, nr_pte = 0, pmds = 0;
	DECLARE_BITMAP(used, GRANULES) = {};

	for (i = 0; i < PAGES; i++)
		if (m->page[i])
			set_bit(i / GRANULE, used);
	for (i = 0; i < GRANULES; i++) {
		nr_pte += test_bit(i, used) && !test_bit(i, m->huge);
		if (test_bit(i, used) || test_bit(i, m->link))
			pmds |= BIT(linear_of(i * GRANULE) >> 30);
	}
	testpgt_expect_tables(m->test, m->t, hweight32(pmds), nr_pte);
}

static void step(struct model *m, unsigned int n)
{
	unsigned int i;

	m->t->allow = annex_test_below(&m->rnd, 4) ?
		      ULONG_MAX : annex_test_below(&m->rnd, 4);
	switch (annex_test_below(&m->rnd, 8)) {
	case 0 ... 2:
		step_map(m);
		break;
	case 3 ... 4:
		step_unmap(m);
		break;
	case 5 ... 6:
		step_protect(m);
		break;
	default:
		step_link(m);
	}
	for (i = 0; i < 16; i++)
		check_page(m, annex_test_below(&m->rnd, PAGES));
	if (n % 128)
		return;
	for (i = 0; i < PAGES; i++)
		check_page(m, i);
	check_tables(m);
	cond_resched();
}

static void pgtable_torture(struct kunit *test)
{
	struct model *m = vzalloc(sizeof(*m));
	unsigned int n;

	KUNIT_ASSERT_NOT_NULL(test, m);
	annex_test_seed(test, &m->rnd);
	m->test = test;
	m->t = testpgt(test);
	m->foreign = testpgt(test);
	if (!annex_pgtable_map(&m->foreign->pt, 7 * SZ_4K, SZ_1G, SZ_4K, 0,
			       false)) {
		m->table = annex_pgtable_table(&m->foreign->pt, 0);
		for (n = 0; n < STEPS; n++)
			step(m, n);
	}
	kunit_info(test, "%lu of %u calls changed something", m->done, n);
	KUNIT_EXPECT_GT(test, m->done, STEPS / 4UL);
	KUNIT_EXPECT_EQ(test, m->t->unflushed, 0UL);
	testpgt_end(test, m->t);
	testpgt_expect_tables(test, m->foreign, 1, 1);
	testpgt_end(test, m->foreign);
	vfree(m);
}

static struct kunit_case pgtable_torture_cases[] = {
	KUNIT_CASE(pgtable_torture),
	{}
};

static struct kunit_suite annex_pgtable_torture_suite = {
	.name = "annex_pgtable_torture",
	.test_cases = pgtable_torture_cases,
};

kunit_test_suite(annex_pgtable_torture_suite);
