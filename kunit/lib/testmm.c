// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private pools that have a master table, and so processes. Its tables are
 * frames of lowmem, which are plain memory there.
 */
#include <linux/mm.h>

#include "page/page_alloc.h"
#include "reclaim/folio.h"
#include "testmm.h"

static int master_alloc(void *arg, u64 *phys)
{
	struct annex_page *page = annex_test_alloc(arg, GFP_KERNEL | __GFP_ZERO,
						   0);

	if (!page)
		return -ENOMEM;
	*phys = testmm_phys(arg, page);
	return 0;
}

static struct annex_page *page_of(struct annex *annex, u64 phys)
{
	return annex->frames.mem_map +
	       ((phys >> PAGE_SHIFT) - annex->frames.base_pfn);
}

static void master_free(void *arg, u64 phys)
{
	struct annex *annex = arg;

	annex_block_free(&annex->frames, page_of(annex, phys), 0);
}

static void *master_virt(void *arg, u64 phys)
{
	struct annex *annex = arg;

	return annex->frames.lowmem +
	       (size_t)(phys - annex->frames.range.start);
}

static const struct annex_pgtable_ops master_ops = {
	.alloc = master_alloc,
	.free = master_free,
	.virt = master_virt,
};

/**
 * testmm_open() - make a pool with a master table that shows nothing
 * @test: the test; it ends here if there is no memory
 * @opts: what from; with contents
 * @page_offset: where the kernel's part begins
 *
 * Return: the pool, for testmm_close().
 */
struct annex *testmm_open(struct kunit *test, const struct annex_testpool *opts,
			  u64 page_offset)
{
	struct annex *annex = annex_testpool(test, opts);

	struct annex_tables *t = &annex->tables;

	KUNIT_ASSERT_EQ(test, annex_pgtable_create(&t->master, &master_ops,
						   annex), 0);
	KUNIT_ASSERT_EQ(test, annex_pgtable_keep(&t->master, page_offset >> 30),
			0);
	t->page_offset = page_offset;
	t->prot = ANNEX_PTE_RW | ANNEX_PTE_NX;
	test->priv = annex;
	return annex;
}

/**
 * testmm_close() - the pool has no master table any more, and no process
 * @annex: from testmm_open(), or NULL
 */
void testmm_close(struct annex *annex)
{
	if (!annex)
		return;
	annex_mms_exit(&annex->mms);
	annex_pgtable_free(&annex->tables.master);
	annex->tables.page_offset = 0;
}

/* A process, or the test ends here. */
struct annex_mm *testmm_new(struct kunit *test, struct annex *annex)
{
	struct annex_mm *mm = __annex_mm_create(&annex->mms);

	KUNIT_ASSERT_NOT_NULL(test, mm);
	return mm;
}

/* A frame to map, or the test ends here. */
struct annex_page *testmm_frame(struct kunit *test, struct annex *annex)
{
	return annex_test_must_alloc(test, annex, GFP_HIGHUSER, 0);
}

int testmm_mapcount(struct annex *annex, struct annex_page *page)
{
	struct annex_folio *folio = __annex_page_folio(&annex->frames, page);

	return folio ? annex_folio_mapcount(folio) : 0;
}

/* Tables of all processes. */
unsigned long testmm_tables(struct annex *annex)
{
	return annex_test_node(annex, ANNEX_NR_PAGE_TABLE_PAGES);
}
