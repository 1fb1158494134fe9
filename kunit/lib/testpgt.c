// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees of page tables for the suites, which no MMU uses. Each table is a frame
 * of the host's, so KASAN sees what is done to one that was given back.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "testpgt.h"

static int give_frame(void *arg, u64 *phys)
{
	struct testpgt *t = arg;
	unsigned long addr;

	if (!t->allow)
		return -ENOMEM;
	addr = get_zeroed_page(GFP_KERNEL);
	if (!addr)
		return -ENOMEM;
	if (t->allow != ULONG_MAX)
		t->allow--;
	*phys = __pa(addr);
	xa_store(&t->frames, *phys >> PAGE_SHIFT, xa_mk_value(1), GFP_KERNEL);
	t->nr++;
	return 0;
}

static void take_frame(void *arg, u64 phys)
{
	struct testpgt *t = arg;

	t->unflushed += !t->nr_flushes;
	if (!xa_erase(&t->frames, phys >> PAGE_SHIFT)) {
		t->bad_frees++;
		return;
	}
	t->nr--;
	free_page((unsigned long)__va((unsigned long)phys));
}

static void *frame_virt(void *arg, u64 phys)
{
	return __va((unsigned long)phys);
}

static void note_flush(void *arg, u64 start, u64 end)
{
	struct annex_translation translation;
	struct testpgt *t = arg;

	t->nr_flushes++;
	t->start = start;
	t->end = end;
	t->still = (annex_pgtable_walk(&t->pt, start, &translation) !=
		    ANNEX_PGT_NONE) +
		   (annex_pgtable_walk(&t->pt, end - SZ_4K, &translation) !=
		    ANNEX_PGT_NONE);
}

const struct annex_pgtable_ops testpgt_ops = {
	.alloc = give_frame,
	.free = take_frame,
	.virt = frame_virt,
	.flush = note_flush,
};

/**
 * testpgt() - make an empty tree
 * @test: the test; it ends here if there is no memory
 *
 * Return: the tree, for testpgt_end().
 */
struct testpgt *testpgt(struct kunit *test)
{
	struct testpgt *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	xa_init(&t->frames);
	t->allow = ULONG_MAX;
	KUNIT_ASSERT_EQ(test, annex_pgtable_create(&t->pt, &testpgt_ops, t), 0);
	return t;
}

/**
 * testpgt_end() - free a tree and expect that nothing of it is left
 * @test: the test
 * @t: the tree
 */
void testpgt_end(struct kunit *test, struct testpgt *t)
{
	annex_pgtable_free(&t->pt);
	KUNIT_EXPECT_EQ(test, t->nr, 0UL);
	KUNIT_EXPECT_EQ(test, t->bad_frees, 0UL);
	KUNIT_EXPECT_EQ(test, t->pt.root, 0ULL);
	xa_destroy(&t->frames);
}

/**
 * testpgt_expect() - expect the translation of an address
 * @test: the test
 * @t: the tree
 * @linear: the address
 * @level: where its translation ends
 * @phys: the physical address
 * @prot: the protection; present and pse are implied
 */
void testpgt_expect(struct kunit *test, struct testpgt *t, u64 linear,
		    enum annex_pgt_level level, u64 phys, u64 prot)
{
	struct annex_translation translation;

	if (level != ANNEX_PGT_NONE)
		prot |= ANNEX_PTE_PRESENT;
	if (level == ANNEX_PGT_PMD)
		prot |= ANNEX_PTE_PSE;
	KUNIT_EXPECT_EQ_MSG(test,
			    annex_pgtable_walk(&t->pt, linear, &translation),
			    level, "at %#llx", linear);
	KUNIT_EXPECT_EQ_MSG(test, translation.phys, phys, "at %#llx", linear);
	KUNIT_EXPECT_EQ_MSG(test, translation.prot, prot, "at %#llx", linear);
}

/**
 * testpgt_expect_tables() - expect that a tree has so many tables
 * @test: the test
 * @t: the tree
 * @pmd: PMDs
 * @pte: PTE tables; both must be there, and what the tree believes
 */
void testpgt_expect_tables(struct kunit *test, struct testpgt *t,
			   unsigned long pmd, unsigned long pte)
{
	struct annex_pgtable_count count;

	annex_pgtable_count(&t->pt, 0, ANNEX_PGT_LINEAR_END, &count);
	KUNIT_EXPECT_EQ(test, count.tables[ANNEX_PGT_PMD], pmd);
	KUNIT_EXPECT_EQ(test, count.tables[ANNEX_PGT_PTE], pte);
	KUNIT_EXPECT_EQ(test, t->pt.nr_tables[ANNEX_PGT_PDPT], 1UL);
	KUNIT_EXPECT_EQ(test, t->pt.nr_tables[ANNEX_PGT_PMD], pmd);
	KUNIT_EXPECT_EQ(test, t->pt.nr_tables[ANNEX_PGT_PTE], pte);
	KUNIT_EXPECT_EQ(test, t->nr, 1 + pmd + pte);
}
